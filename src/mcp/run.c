/* The rounds of a handler: run, ask the client, run again. One way for tools, prompts and resources, sessions
 * and stateless requests alike. */
#include "mcp/run.h"

#include <string.h>

#include "base/clock.h"
#include "base/json_read.h"
#include "mcp/exchange.h"
#include "mcp/listen.h"
#include "mcp/logging.h"
#include "mcp/question.h"
#include "mcp/seal.h"
#include "mcp/stream.h"
#include "mcp/tasks.h"
#include "toolkit/faults.h"

#define ROUNDS_MAX 16
#define SETTLE_MS 200 /* how long a cancelled call may take to let go before others are heard again */

static void start_round(struct mcp_exchange *x);

static const char *answers_text(struct mcp_exchange *x)
{
    return x->answers ? arena_strndup(&x->arena, x->answers->raw, x->answers->raw_len) : "{}";
}

/* Stateless: the questions are the result, and the client comes back with answers (MCP 2026-07-28, multi
 * round-trip). */
static void send_input_required(struct mcp_exchange *x, const struct call_question *questions)
{
    struct buf state = { 0 };
    if (!seal_close(x, answers_text(x), &state)) {
        buf_done(&state);
        exchange_error(x, JSONRPC_INTERNAL_ERROR, NULL, "the state of this request is too large to hand out");
        return;
    }
    exchange_begin_result(x, "input_required", false);
    json_open_object(&x->writer, "inputRequests");
    for (const struct call_question *question = questions; question; question = question->next) {
        json_open_object(&x->writer, question->key);
        question_put(&x->writer, x->revision, question, NULL);
        json_close_object(&x->writer);
    }
    json_close_object(&x->writer);
    json_put_strn(&x->writer, "requestState", buf_str(&state), state.len);
    buf_done(&state);
    exchange_end_result(x);
}

/* Remembers a page under its key, for mcp_page_done(); its id. */
static const char *new_page(struct mcp_exchange *x, const char *key)
{
    char id[QUESTION_ID_SIZE];
    struct page *page = arena_alloc(&x->arena, sizeof *page);
    *page = (struct page){
        .key = arena_strdup(&x->arena, key),
        .id = question_new_id(id) ? arena_strdup(&x->arena, id) : key,
        .next = x->pages,
    };
    x->pages = page;
    return page->id;
}

/* Session without a stream for a request of the server: the pages are an error, and the client calls again
 * when they were seen (MCP 2025-11-25, client/elicitation, URL Elicitation Required Error). */
static void send_pages(struct mcp_exchange *x, const struct call_question *questions)
{
    struct buf data = { 0 };
    struct json_writer w = { .out = &data };
    json_open_object(&w, NULL);
    json_open_array(&w, "elicitations");
    for (; questions; questions = questions->next) {
        json_open_object(&w, NULL);
        question_put_page(&w, questions, new_page(x, questions->key));
        json_close_object(&w);
    }
    json_close_array(&w);
    json_close_object(&w);
    exchange_error(x, JSONRPC_URL_ELICITATION_REQUIRED, buf_str(&data), "%s",
        x->lang == MCP_FR ? "une page doit d'abord être vue" : "a page must be seen first");
    buf_done(&data);
}

/* Session: the questions are requests of the server, on the stream of the call they serve. */
static void send_questions(struct mcp_exchange *x, const struct call_question *questions)
{
    x->asked = NULL;
    for (const struct call_question *question = questions; question; question = question->next) {
        struct asked *asked = arena_alloc(&x->arena, sizeof *asked);
        *asked = (struct asked){
            .id = x->peer->next_request_id++,
            .key = arena_strdup(&x->arena, question->key),
            .page =
                question->kind == MCP_ASK_URL && x->revision->has_url_ids ? new_page(x, question->key) : NULL,
            .next = x->asked,
        };
        x->asked = asked;
    }
    /* All are known before the first is sent: an answer may come at once. */
    const struct call_question *question = questions;
    for (; question; question = question->next) {
        const struct asked *asked = x->asked;
        while (strcmp(asked->key, question->key) != 0)
            asked = asked->next;
        struct buf out = { 0 };
        struct json_writer w = { .out = &out };
        json_open_object(&w, NULL);
        json_put_str(&w, "jsonrpc", "2.0");
        json_put_int(&w, "id", asked->id);
        question_put(&w, x->revision, question, asked->page);
        json_close_object(&w);
        exchange_event(x, &out);
        buf_done(&out);
    }
}

void run_put_fault(struct buf *out, const struct call_outcome *outcome, enum mcp_lang lang)
{
    bool fr = lang == MCP_FR;
    const struct fault_row *row = fault_row(outcome->fault);
    const struct problems *problems = outcome->problems;
    buf_addf(out, fr ? "%s : " : "%s: ", fr ? row->title.fr : row->title.en);
    if (!problems->first)
        buf_adds(out, outcome->message);
    for (const struct problem *problem = problems->first; problem; problem = problem->next) {
        buf_addf(out, problems->count > 1 ? "\n- %s" : "%s", problem->message);
        if (problem->accepted)
            buf_addf(out, fr ? " (accepté : %s)" : " (accepted: %s)", problem->accepted);
    }
}

/* A fault that the engine did not make, told as one. */
static void finish_with_fault(struct mcp_exchange *x, enum mcp_fault fault, const char *message)
{
    const struct problems none = { 0 };
    const struct call_outcome outcome = {
        .fault = fault, .message = message, .problems = &none, .json = "{}", .json_len = 2, .text = ""
    };
    x->finish(x, &outcome);
}

/* The handler waits for answers. */
static void ask(struct mcp_exchange *x, const struct call_question *questions)
{
    const char *unfit = question_unfit(x->revision, questions, x->lang);
    if (unfit)
        finish_with_fault(x, MCP_UNSUPPORTED, unfit);
    else if (x->round >= ROUNDS_MAX && questions->misfit)
        finish_with_fault(x, MCP_UNSUPPORTED, questions->misfit);
    else if (x->round >= ROUNDS_MAX)
        finish_with_fault(x, MCP_INTERNAL, "the handler asks without end");
    else if (x->revision->era == ERA_MODERN)
        send_input_required(x, questions);
    else if (x->can_stream)
        send_questions(x, questions);
    else
        send_pages(x, questions);
}

static void on_done(void *user, const struct call_outcome *outcome)
{
    struct mcp_exchange *x = user;
    x->call = NULL;
    bool is_modern = x->revision->era == ERA_MODERN;
    if (outcome->needs_input)
        ask(x, outcome->questions);
    else if (outcome->fault == MCP_CANCELLED && outcome->is_cancelled)
        exchange_drop(x); /* MCP, basic/utilities/cancellation: no response to a cancelled request */
    else if (outcome->fault == MCP_UNSUPPORTED && outcome->lacks && is_modern)
        exchange_refuse(x, 400, JSONRPC_MISSING_CAPABILITY, question_lacks_data(&x->arena, outcome->lacks),
            "%s", outcome->message);
    else
        x->finish(x, outcome);
}

static void on_progress(void *user, double done, double total, const char *message)
{
    struct mcp_exchange *x = user;
    struct buf out = { 0 };
    struct json_writer w = { .out = &out };
    json_open_object(&w, NULL);
    json_put_str(&w, "jsonrpc", "2.0");
    json_put_str(&w, "method", "notifications/progress");
    json_open_object(&w, "params");
    json_put_raw(&w, "progressToken", x->progress_token->raw, x->progress_token->raw_len);
    json_put_num(&w, "progress", done);
    if (total > 0)
        json_put_num(&w, "total", total);
    if (message)
        json_put_str(&w, "message", message);
    json_close_object(&w);
    json_close_object(&w);
    exchange_event(x, &out);
    buf_done(&out);
}

static void on_log(void *user, enum mcp_level level, const char *logger, const char *text)
{
    logging_send(user, level, logger, text);
}

static void on_changed(void *user, enum mcp_change change, const char *uri)
{
    const struct mcp_exchange *x = user;
    mcp_announce(x->server, change, uri);
}

static void on_hang_up(void *user)
{
    stream_hang_up(user);
}

static void on_detach(void *user)
{
    struct mcp_exchange *x = user;
    if (x->offers_tasks && x->call && !x->resource)
        tasks_adopt(x);
}

static void on_page_done(void *user, const char *key)
{
    struct mcp_exchange *x = user;
    for (struct page **at = &x->pages; *at; at = &(*at)->next) {
        const struct page *page = *at;
        if (strcmp(page->key, key) != 0)
            continue;
        *at = page->next;
        struct buf out = { 0 };
        struct json_writer w = { .out = &out };
        json_open_object(&w, NULL);
        json_put_str(&w, "jsonrpc", "2.0");
        json_put_str(&w, "method", "notifications/elicitation/complete");
        json_open_object(&w, "params");
        json_put_str(&w, "elicitationId", page->id);
        json_close_object(&w);
        json_close_object(&w);
        exchange_event(x, &out);
        buf_done(&out);
        return;
    }
}

/* What may be asked on this exchange. In a session a question needs a stream to travel on, but for pages,
 * where the revision has an error for them; a stateless question is part of the result. */
static unsigned asks_of(const struct mcp_exchange *x)
{
    if (x->revision->era == ERA_MODERN || (x->peer && x->can_stream))
        return x->asks;
    return x->revision->has_url_ids && x->peer ? x->asks & (1U << MCP_ASK_URL) : 0;
}

static void start_round(struct mcp_exchange *x)
{
    static const struct call_events quiet = { .done = on_done,
        .log = on_log,
        .changed = on_changed,
        .hang_up = on_hang_up,
        .detach = on_detach,
        .page_done = on_page_done };
    static const struct call_events telling = { .done = on_done,
        .progress = on_progress,
        .log = on_log,
        .changed = on_changed,
        .hang_up = on_hang_up,
        .detach = on_detach,
        .page_done = on_page_done };
    bool tells = x->progress_token && x->can_stream;
    const struct call_request request = {
        .tool = x->tool,
        .handler = x->tool < 0 ? x->handler : NULL,
        .log_level = x->can_stream ? x->log_level : CALL_LOG_NOTHING,
        .arguments = x->arguments,
        .lang = x->lang,
        .face = x->face,
        .id = x->log_id,
        .principal = x->principal,
        .trace = &x->trace,
        .client = x->client,
        .answer_max = x->server->options.answer_max_bytes,
        .asks = asks_of(x),
        .answers = x->answers,
        .round = x->round,
        .events = tells ? &telling : &quiet,
        .user = x,
    };
    /* `done` may free the exchange before engine_call() returns: then it returned NULL and x is gone. */
    struct mcp_call *call = engine_call(x->server->engine, &request);
    if (call)
        x->call = call;
}

const struct mcp_json *run_join(struct arena *arena, const char *earlier, const char *later)
{
    const struct mcp_json *parts[2] = { NULL, NULL };
    const char *texts[2] = { earlier, later };
    const struct json_limits limits = { .max_depth = 64 };
    struct json_error error;
    for (int i = 0; i < 2; i++)
        if (texts[i] && json_read(arena, texts[i], strlen(texts[i]), &limits, &parts[i], &error) < 0)
            return NULL;
    struct buf joined = { 0 };
    struct json_writer w = { .out = &joined };
    json_open_object(&w, NULL);
    for (int i = 0; i < 2; i++)
        for (const struct mcp_json *member = parts[i] ? parts[i]->first : NULL; member; member = member->next)
            if (i == 1 || !mcp_json_get(parts[1], member->key))
                json_put_raw(&w, member->key, member->raw, member->raw_len);
    json_close_object(&w);
    const char *text = arena_strndup(arena, buf_str(&joined), joined.len);
    const struct mcp_json *answers = NULL;
    json_read(arena, text, joined.len, &limits, &answers, &error);
    buf_done(&joined);
    return answers;
}

/* What a stateless client brings back. False: refused, the exchange is gone. */
static bool take_responses(struct mcp_exchange *x)
{
    const struct mcp_json *responses = mcp_json_get(x->message.params, "inputResponses");
    const struct mcp_json *state = mcp_json_get(x->message.params, "requestState");
    if (x->revision->era != ERA_MODERN || (!responses && !state))
        return true;
    const char *sealed = "{}";
    if (state) {
        bool is_text = state->kind == MCP_JSON_STRING && strlen(state->text) == state->len;
        sealed = is_text ? seal_open(x, state->text, &x->round) : NULL;
    }
    if (!sealed) {
        exchange_error(x, JSONRPC_INVALID_PARAMS, NULL,
            "requestState is not one that this server gave out for this request, or too old");
        return false;
    }
    if (responses && responses->kind != MCP_JSON_OBJECT) {
        exchange_error(x, JSONRPC_INVALID_PARAMS, NULL, "inputResponses must be an object");
        return false;
    }
    x->answers = run_join(
        &x->arena, sealed, responses ? arena_strndup(&x->arena, responses->raw, responses->raw_len) : NULL);
    return true;
}

/* One of another kind than the schema's is none. False: refused, as each event would repeat it. */
static bool take_progress_token(struct mcp_exchange *x)
{
    const struct mcp_json *token = mcp_json_get(x->message.meta, "progressToken");
    if (!token || (token->kind != MCP_JSON_STRING && token->kind != MCP_JSON_NUMBER))
        return true;
    x->progress_token = token;
    if (jsonrpc_is_label(token))
        return true;
    exchange_error(x, JSONRPC_INVALID_PARAMS, NULL,
        "progressToken must be a string or a number, of %d bytes at most", JSONRPC_LABEL_MAX_BYTES);
    return false;
}

void run_handler(struct mcp_exchange *x)
{
    if (take_progress_token(x) && take_responses(x))
        start_round(x);
}

void run_cancel(struct mcp_exchange *x)
{
    if (x->is_listener) {
        listen_end(x);
    } else if (x->call) {
        x->settles_until_ms = clock_ms() + SETTLE_MS;
        call_cancel(x->call); /* on_done() follows and drops the exchange */
    } else if (x->asked) {
        exchange_drop(x);
    }
}

/* All answers are there: the call runs again from the start with them. */
static void run_again(struct mcp_exchange *x)
{
    struct buf later = { 0 };
    struct json_writer w = { .out = &later };
    json_open_object(&w, NULL);
    for (const struct asked *asked = x->asked; asked; asked = asked->next)
        json_put_raw(&w, asked->key, asked->answer, asked->answer_len);
    json_close_object(&w);
    x->answers = run_join(&x->arena, answers_text(x), buf_str(&later));
    buf_done(&later);
    x->asked = NULL;
    x->round++;
    start_round(x);
}

void run_answer(
    struct mcp_exchange *x, struct asked *asked, const struct mcp_json *result, const struct mcp_json *error)
{
    if (error) {
        const char *message = mcp_json_get_text(error, "message");
        char *text = arena_printf(&x->arena,
            x->lang == MCP_FR ? "le client n'a pas répondu à la question %s : %.200s"
                              : "the client did not answer the question %s: %.200s",
            asked->key, message ? message : "error");
        finish_with_fault(x, MCP_UNSUPPORTED, text);
        return;
    }
    asked->answer = arena_strndup(&x->arena, result->raw, result->raw_len);
    asked->answer_len = result->raw_len;
    for (const struct asked *other = x->asked; other; other = other->next)
        if (!other->answer)
            return;
    run_again(x);
}
