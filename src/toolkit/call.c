/* The life of a call: checked, let through the one gate, run, answered. */
#include "toolkit/call.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json_read.h"
#include "base/text.h"
#include "toolkit/call_state.h"
#include "toolkit/catalog.h"
#include "toolkit/engine.h"
#include "toolkit/faults.h"
#include "toolkit/notes.h"
#include "toolkit/trace.h"
#include "toolkit/redact.h"

#define ANSWER_MAX ((size_t)16 << 20)
#define CLIENT_MAX 120 /* bytes of a client's name */

static void free_notes(struct note *note)
{
    while (note) {
        struct note *next = note->next;
        free(note);
        note = next;
    }
}

static void call_free(struct mcp_call *call)
{
    free_notes(call->notes);
    pthread_mutex_destroy(&call->notes_lock);
    if (call->wait.cancel_fd >= 0)
        close(call->wait.cancel_fd);
    result_done(&call->result);
    arena_done(&call->arena);
    free(call);
}

/* The client's answers outlive the request they came in. */
static const struct mcp_json *copy_json(struct arena *arena, const struct mcp_json *value)
{
    if (!value)
        return NULL;
    const char *text = arena_strndup(arena, value->raw, value->raw_len);
    const struct mcp_json *copy = NULL;
    struct json_error error;
    const struct json_limits limits = { .max_depth = 64 };
    return json_read(arena, text, value->raw_len, &limits, &copy, &error) == 0 ? copy : NULL;
}

/* What the observer will be told of the call besides its end; the request's own memory may be gone by then.
 */
static void keep_request(struct engine *engine, struct mcp_call *call, const struct call_request *request)
{
    call->client = "";
    call->kept_arguments = "";
    if (request->client) {
        size_t len = strlen(request->client);
        call->client = arena_strndup(&call->arena, request->client,
            len > CLIENT_MAX ? text_utf8_cut(request->client, len, CLIENT_MAX) : len);
    }
    if (!request->arguments)
        return;
    call->argument_bytes = request->arguments->raw_len;
    if (!engine->options.keep_arguments || call->tool->input_schema)
        return;
    buf_clear(&engine->scratch);
    redact_arguments(&engine->scratch, call->tool->params, request->arguments);
    call->kept_arguments = arena_strndup(&call->arena, buf_str(&engine->scratch), engine->scratch.len);
}

static struct mcp_call *call_new(struct engine *engine, const struct call_request *request)
{
    struct mcp_call *call = calloc(1, sizeof *call);
    if (!call)
        return NULL;
    call->engine = engine;
    call->tool_index = request->handler ? -1 : request->tool;
    call->tool = request->handler ? request->handler : engine->options.catalog->tools[request->tool];
    call->log_level = request->events->log ? request->log_level : CALL_LOG_NOTHING;
    call->lang = request->lang;
    call->face = request->face;
    call->id = arena_strdup(&call->arena, request->id ? request->id : "");
    call->principal = request->principal ? arena_strdup(&call->arena, request->principal) : NULL;
    if (request->trace)
        call->trace = trace_copy(&call->arena, request->trace);
    call->answer_max = request->answer_max ? request->answer_max : ANSWER_MAX;
    call->asks = request->asks;
    call->round = request->round;
    call->answers = copy_json(&call->arena, request->answers);
    call->wants_progress = request->events->progress != NULL;
    call->wants_text = !request->text_unwanted;
    call->events = request->events;
    call->user = request->user;
    call->questions_tail = &call->questions;
    call->notes_tail = &call->notes;
    call->blocks_tail = &call->blocks;
    call->note_credit = 10;
    call->progress_done = -1;
    call->started_ns = clock_ns();
    call->started_wall_ms = clock_wall_ms();
    if (engine->options.observe)
        keep_request(engine, call, request);
    call->note_last_ms = call->started_ns / 1000000;
    unsigned timeout_ms = call->tool->timeout_ms ? call->tool->timeout_ms : 1000;
    call->wait = (struct wait){ .cancel_fd = -1, .deadline_ms = call->note_last_ms + timeout_ms };
    pthread_mutex_init(&call->notes_lock, NULL);
    return call;
}

/* A negative errno that reached the engine, as a fault. */
static void fail_errno(struct mcp_call *call, int error)
{
    if (error == -ECANCELED)
        mcp_fail(call, MCP_CANCELLED, "appel annulé", "the call was cancelled");
    else if (error == -ETIMEDOUT)
        mcp_fail(call, MCP_TIMED_OUT, "rien obtenu en %u ms", "nothing was obtained within %u ms",
            call->tool->timeout_ms);
    else
        mcp_fail(
            call, MCP_INTERNAL, "erreur inattendue : %s", "unexpected error: %s", strerrordesc_np(-error));
}

void call_run(struct mcp_call *call)
{
    result_init(call);
    if (mcp_cancelled(call)) {
        fail_errno(call, atomic_load(&call->cancelled) ? -ECANCELED : -ETIMEDOUT);
        return;
    }
    call->returned = call->tool->run(call, call->args);
    if (call->returned < 0)
        fail_errno(call, call->returned);
    if (call->returned == MCP_NEEDS_INPUT && !call->questions)
        mcp_fail(call, MCP_INTERNAL, "l'outil attend une réponse sans avoir posé de question",
            "the tool waits for an answer but asked nothing");
    if (call->returned != MCP_NEEDS_INPUT)
        result_finish(call);
}

/* Tells the observer, once, that a call ended; a round that only asked is not an end. */
void call_record(struct mcp_call *call, enum mcp_fault fault)
{
    const struct engine_options *options = &call->engine->options;
    if (call->is_recorded)
        return;
    call->is_recorded = true;
    if (!options->observe)
        return;
    const struct call_record record = {
        .tool = call->tool,
        .index = call->tool_index,
        .face = call->face,
        .id = call->id,
        .principal = call->principal,
        .trace_id = call->trace.id[0] ? call->trace.id : NULL,
        .client = call->client,
        .arguments = call->kept_arguments,
        .argument_bytes = call->argument_bytes,
        .fault = fault,
        .started_ms = call->started_wall_ms,
        .duration_ns = clock_ns() - call->started_ns,
        .answer_bytes = fault ? 0 : call->result.json.len,
    };
    options->observe(&record, options->user);
}

/* Answers the face, if it still listens. */
void call_answer(struct mcp_call *call, const struct call_outcome *outcome)
{
    const struct call_events *events = call->events;
    call->events = NULL;
    if (events)
        events->done(call->user, outcome);
}

void call_finish(struct mcp_call *call)
{
    notes_deliver(call);
    struct call_outcome outcome = {
        .fault = call->fault,
        .is_cancelled = atomic_load(&call->cancelled),
        .lacks = call->lacks,
        .blocks = call->blocks,
        .meta = call->result_meta,
        .message = call->message ? call->message : "",
        .problems = &call->problems,
        .json = "{}",
        .json_len = 2,
        .text = "",
        .duration_ns = clock_ns() - call->started_ns,
    };
    if (!call->fault && call->returned == MCP_NEEDS_INPUT) {
        outcome.needs_input = true;
        outcome.questions = call->questions;
    } else if (!call->fault) {
        outcome.json = buf_str(&call->result.json);
        outcome.json_len = call->result.json.len;
        outcome.text = buf_str(&call->result.render.say);
        outcome.text_len = call->result.render.say.len;
        outcome.has_data = call->tool->output != NULL;
    }
    if (!outcome.needs_input)
        call_record(call, call->fault);
    call_answer(call, &outcome);
    call_free(call);
}

bool call_is_disabled(const struct engine_options *options, const struct mcp_tool *tool)
{
    const char *const *name = options->disabled;
    while (name && *name && strcmp(*name, tool->name) != 0)
        name++;
    return name && *name;
}

/* The one gate: may this call run at all? Nothing a tool does comes before it. */
static void check_gate(struct mcp_call *call)
{
    const struct engine_options *options = &call->engine->options;
    if (call_is_disabled(options, call->tool))
        mcp_fail(call, MCP_DENIED, "l'outil %s est désactivé sur ce serveur (réglage disabled_tools)",
            "the tool %s is switched off on this server (setting disabled_tools)", call->tool->name);
    if (options->read_only && !(call->tool->traits & MCP_READ_ONLY))
        mcp_fail(call, MCP_DENIED,
            "ce serveur est en lecture seule (réglage read_only) et %s peut modifier quelque chose",
            "this server is read-only (setting read_only) and %s may change something", call->tool->name);
}

/* The time of a call begins when a worker takes it: a busy server must not be mistaken for a slow target. */
static void run_work(struct work *work)
{
    struct mcp_call *call = (struct mcp_call *)((char *)work - offsetof(struct mcp_call, work));
    call->wait.deadline_ms = clock_ms() + call->tool->timeout_ms;
    atomic_store(&call->run_deadline_ms, call->wait.deadline_ms);
    call_run(call);
}

/* Hands the call to a worker. False: the fault is set. */
static bool dispatch(struct mcp_call *call)
{
    struct engine *engine = call->engine;
    call->wait.cancel_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    call->work.run = run_work;
    if (call->wait.cancel_fd < 0) {
        mcp_fail(call, MCP_BUSY, "plus de descripteurs libres (trop de connexions) ; réessayez plus tard",
            "no descriptors are left (too many connections); try again later");
        return false;
    }
    if (workers_submit(engine->workers, &call->work) < 0) {
        mcp_fail(call, MCP_BUSY, "trop d'appels en cours ; réessayez dans un instant",
            "too many calls are running; try again in a moment");
        return false;
    }
    engine_list(engine, call);
    return true;
}

/* By the rows of the tool, or, where it brings its own schema, as they are. */
static void read_arguments(struct mcp_call *call, const struct mcp_json *arguments)
{
    const struct mcp_tool *tool = call->tool;
    if (tool->input_schema)
        call->arguments = copy_json(&call->arena, arguments);
    else
        call->args =
            params_read(&call->arena, tool->params, tool->args_size, arguments, call->lang, &call->problems);
}

struct mcp_call *engine_call(struct engine *engine, const struct call_request *request)
{
    struct mcp_call *call = call_new(engine, request);
    if (!call) {
        const struct problems none = { 0 };
        const struct call_outcome outcome = { .fault = MCP_BUSY,
            .message = "out of memory",
            .problems = &none,
            .json = "{}",
            .json_len = 2,
            .text = "" };
        request->events->done(request->user, &outcome);
        return NULL;
    }
    const struct mcp_tool *tool = call->tool;
    check_gate(call);
    if (!call->fault) {
        read_arguments(call, request->arguments);
        if (call->problems.count)
            mcp_fail(call, MCP_INVALID, "%s", "%s", call->problems.first->message);
    }
    bool is_inline =
        tool->cost == MCP_INLINE || (!call->fault && tool->is_quick && tool->is_quick(call->args));
    if (!call->fault && !is_inline && dispatch(call))
        return call;
    if (!call->fault)
        call_run(call);
    call_finish(call);
    return NULL;
}

void call_cancel(struct mcp_call *call)
{
    if (atomic_exchange(&call->cancelled, true))
        return;
    uint64_t one = 1;
    ssize_t written = write(call->wait.cancel_fd, &one, sizeof one);
    (void)written; /* an eventfd of our own cannot be full after one write */
    if (workers_withdraw(call->engine->workers, &call->work)) {
        call->is_withdrawn = true;
        fail_errno(call, -ECANCELED);
        call_wake(call);
    }
}

void call_abandon(struct mcp_call *call)
{
    call->events = NULL;
    call_cancel(call);
}

void call_redirect(struct mcp_call *call, const struct call_events *events, void *user)
{
    call->events = events;
    call->user = user;
}

void call_wake(struct mcp_call *call)
{
    workers_wake(call->engine->workers);
}
