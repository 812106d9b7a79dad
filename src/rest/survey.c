/* Looking at the machine for those who ask: one call at a time, whose result serves all for a few seconds. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/json_read.h"
#include "rest/state.h"
#include "toolkit/call.h"
#include "toolkit/faults.h"

#define FRESH_MS 5000

/* A request that waits for the end of the survey; in its own arena. */
struct survey_waiter {
    struct survey_waiter *next;
    struct rest *rest;
    struct http_request *request;
    void (*reply)(struct rest *rest, struct http_request *request);
};

static void on_done(void *user, const struct call_outcome *outcome)
{
    struct rest *rest = user;
    struct survey *survey = &rest->survey;
    free(survey->json);
    survey->json = outcome->fault ? NULL : strndup(outcome->json, outcome->json_len);
    survey->fault = survey->json ? NULL : fault_row(outcome->fault ? outcome->fault : MCP_BUSY)->word;
    survey->read_ms = clock_ms();
    survey->call = NULL;
    struct survey_waiter *waiter = survey->waiters;
    survey->waiters = NULL;
    while (waiter) {
        struct survey_waiter *next = waiter->next; /* its request dies with the reply */
        http_on_abort(waiter->request, NULL, NULL);
        waiter->reply(rest, waiter->request);
        waiter = next;
    }
}

static void on_gone(struct http_request *request, void *user)
{
    struct survey_waiter *gone = user;
    struct survey_waiter **at = &gone->rest->survey.waiters;
    (void)request;
    while (*at && *at != gone)
        at = &(*at)->next;
    if (*at)
        *at = gone->next;
}

static void start(struct rest *rest)
{
    static const struct call_events events = { .done = on_done };
    const struct call_request request = {
        .handler = rest->options.survey,
        .log_level = CALL_LOG_NOTHING,
        .arguments = rest->options.survey_arguments,
        .face = "stats",
        .id = "stats",
        .text_unwanted = true,
        .events = &events,
        .user = rest,
    };
    rest->survey.call = engine_call(rest->options.engine, &request);
}

void survey_then(struct rest *rest, struct http_request *request,
    void (*reply)(struct rest *rest, struct http_request *request))
{
    struct survey *survey = &rest->survey;
    if (survey->read_ms && clock_ms() - survey->read_ms < FRESH_MS) {
        reply(rest, request);
        return;
    }
    struct survey_waiter *waiter = arena_alloc(request->arena, sizeof *waiter);
    *waiter =
        (struct survey_waiter){ .next = survey->waiters, .rest = rest, .request = request, .reply = reply };
    survey->waiters = waiter;
    http_on_abort(request, on_gone, waiter);
    if (!survey->call)
        start(rest);
}

const struct mcp_json *survey_result(const struct survey *survey, struct arena *arena)
{
    const struct mcp_json *result = NULL;
    const struct json_limits limits = { .max_depth = 16 };
    struct json_error error;
    if (survey->json)
        json_read(arena, survey->json, strlen(survey->json), &limits, &result, &error);
    return result;
}

void survey_done(struct survey *survey)
{
    if (survey->call)
        call_abandon(survey->call);
    free(survey->json);
}
