/* An engine around the tools of a test, and one call to its end. */
#ifndef TOOLKIT_ENGINE_H_
#define TOOLKIT_ENGINE_H_

#include "toolkit_json.h"

#include <stdio.h>

#include "base/err.h"
#include "base/wait.h"
#include "toolkit/call.h"
#include "toolkit/catalog.h"

/* What the face of a call heard. */
struct heard {
    unsigned ends;
    enum mcp_fault fault;
    bool needs_input;
    char message[300], json[6000], text[6000], pointers[400], questions[400];
    unsigned progress_count;
    double progress[64];
    char progress_message[64];
};

static inline void heard_done(void *user, const struct call_outcome *outcome)
{
    struct heard *heard = user;
    heard->ends++;
    heard->fault = outcome->fault;
    heard->needs_input = outcome->needs_input;
    snprintf(heard->message, sizeof heard->message, "%s", outcome->message);
    snprintf(heard->json, sizeof heard->json, "%s", outcome->json);
    snprintf(heard->text, sizeof heard->text, "%s", outcome->text);
    assert_int_equal(strlen(outcome->json), outcome->json_len);
    assert_int_equal(strlen(outcome->text), outcome->text_len);
    size_t len = 0;
    for (const struct problem *problem = outcome->problems->first; problem; problem = problem->next)
        len += (size_t)snprintf(heard->pointers + len, sizeof heard->pointers - len, "%s ", problem->pointer);
    len = 0;
    for (const struct call_question *question = outcome->questions; question; question = question->next)
        len += (size_t)snprintf(heard->questions + len, sizeof heard->questions - len, "%s=%s%s%s ",
            question->key, question->message ? question->message : question->params,
            question->misfit ? " because " : "", question->misfit ? question->misfit : "");
}

static inline void heard_progress(void *user, double done, double total, const char *message)
{
    struct heard *heard = user;
    assert_true(total >= 0);
    assert_int_equal(heard->ends, 0);
    if (heard->progress_count < 64)
        heard->progress[heard->progress_count++] = done;
    snprintf(heard->progress_message, sizeof heard->progress_message, "%s", message ? message : "");
}

static const struct call_events heard_events = { .done = heard_done, .progress = heard_progress };

static inline struct engine *start_engine(
    struct catalog *catalog, const struct mcp_tool *const *tools, struct engine_options options)
{
    struct err err = { 0 };
    if (catalog_init(catalog, tools, &err) < 0)
        fail_msg("%s", err.text);
    options.catalog = catalog;
    struct engine *engine = engine_new(&options, &err);
    if (!engine)
        fail_msg("%s", err.text);
    return engine;
}

/* Lets the engine work until something happens or `timeout_ms` pass. */
static inline void engine_turn(struct engine *engine, int timeout_ms)
{
    const struct wait forever = { .cancel_fd = -1, .deadline_ms = INT64_MAX };
    wait_fd(&forever, engine_fd(engine), POLLIN, timeout_ms);
    engine_pump(engine);
}

/* Until the call of `heard` has ended; fails after ten seconds of silence. */
static inline void engine_until_end(struct engine *engine, const struct heard *heard)
{
    for (int i = 0; i < 200 && !heard->ends; i++)
        engine_turn(engine, 50);
    assert_int_equal(heard->ends, 1);
}

/* Until no call is left, answered or not. */
static inline void engine_until_idle(struct engine *engine)
{
    for (int i = 0; i < 200 && engine_running(engine); i++)
        engine_turn(engine, 50);
    assert_int_equal(engine_running(engine), 0);
}

/* One call with `arguments` (JSON, may be NULL), to its end. `request` may carry more. */
static inline void engine_run(
    struct engine *engine, struct call_request request, const char *arguments, struct heard *ret_heard)
{
    struct arena arena = { 0 };
    *ret_heard = (struct heard){ 0 };
    request.arguments = arguments ? toolkit_json(&arena, arguments) : NULL;
    request.face = "test";
    request.events = request.events ? request.events : &heard_events;
    request.user = ret_heard;
    struct mcp_call *call = engine_call(engine, &request);
    arena_done(&arena); /* the call must not need the request any more */
    if (call)
        engine_until_end(engine, ret_heard);
    assert_int_equal(ret_heard->ends, 1);
}

#endif
