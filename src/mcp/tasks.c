/* Tasks: a call with a name, that outlives the request which made it. */
#include "mcp/tasks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"
#include "mcp/exchange.h"
#include "mcp/listen.h"
#include "mcp/methods.h"
#include "mcp/question.h"
#include "mcp/run.h"
#include "mcp/tool_result.h"
#include "toolkit/look.h"
#include "toolkit/trace.h"

#define TASKS_MAX 256
#define TASK_LIFE_MS 3600000
#define POLL_MS 500
#define ROUNDS_MAX 16
#define EXTENSION "io.modelcontextprotocol/tasks"

enum task_status { TASK_WORKING, TASK_INPUT_REQUIRED, TASK_COMPLETED, TASK_FAILED, TASK_CANCELLED };

static const char *const status_names[] = { "working", "input_required", "completed", "failed", "cancelled" };

/* A question of the task, as it is shown to the client. */
struct task_question {
    struct task_question *next;
    const char *key; /* the handler's */
    const char *name; /* the client's: no name is used twice within a task */
    const char *json;
    const char *answer; /* NULL: waits for it */
    bool is_past; /* answered in an earlier round */
};

struct task {
    struct task *next;
    struct mcp_server *server;
    struct arena arena;
    char id[33]; /* 128 random bits: knowing it is the right to see it, together with the principal */
    const struct revision *revision;
    struct mcp_trace trace;
    const char *principal, *client, *log_id, *face;
    enum mcp_lang lang;
    int tool;
    const struct mcp_json *arguments, *answers;
    unsigned asks, round;
    struct mcp_call *call;
    struct task_question *questions; /* all there ever were */
    enum task_status status;
    int64_t created_ms, updated_ms; /* wall clock */
    struct buf result; /* COMPLETED: a CallToolResult; FAILED: the error's message */
};

static void start_call(struct task *task);

static const char *copy(struct task *task, const char *text)
{
    return text ? arena_strdup(&task->arena, text) : NULL;
}

static const struct mcp_json *copy_json(struct task *task, const struct mcp_json *value)
{
    return value ? run_join(&task->arena, arena_strndup(&task->arena, value->raw, value->raw_len), NULL)
                 : NULL;
}

static struct task *new_task(struct mcp_exchange *x)
{
    struct mcp_server *server = x->server;
    unsigned char random[16];
    bool may =
        server->task_count < TASKS_MAX && getrandom(random, sizeof random, 0) == (ssize_t)sizeof random;
    struct task *task = may ? calloc(1, sizeof *task) : NULL;
    if (!task)
        return NULL;
    for (size_t i = 0; i < sizeof random; i++)
        snprintf(task->id + 2 * i, 3, "%02x", random[i]);
    task->server = server;
    task->revision = x->revision;
    task->principal = copy(task, x->principal);
    task->client = copy(task, x->client);
    task->log_id = copy(task, x->log_id);
    task->trace = trace_copy(&task->arena, &x->trace);
    task->lang = x->lang;
    task->face = x->face;
    task->tool = x->tool;
    task->arguments = copy_json(task, x->arguments);
    task->answers = copy_json(task, x->answers);
    task->asks = x->asks;
    task->round = x->round;
    task->created_ms = task->updated_ms = clock_wall_ms();
    task->next = server->tasks;
    server->tasks = task;
    server->task_count++;
    return task;
}

static void put_core(struct json_writer *w, const struct task *task)
{
    char stamp[CLOCK_STAMP_SIZE];
    json_put_str(w, "taskId", task->id);
    json_put_str(w, "status", status_names[task->status]);
    json_put_str(w, "createdAt", clock_stamp(task->created_ms, stamp));
    json_put_str(w, "lastUpdatedAt", clock_stamp(task->updated_ms, stamp));
    json_put_int(w, "ttlMs", TASK_LIFE_MS);
    json_put_int(w, "pollIntervalMs", POLL_MS);
}

void tasks_put(struct json_writer *w, const struct task *task)
{
    put_core(w, task);
    if (task->status == TASK_COMPLETED)
        json_put_raw(w, "result", buf_str(&task->result), task->result.len);
    if (task->status == TASK_FAILED) {
        json_open_object(w, "error");
        json_put_int(w, "code", JSONRPC_INTERNAL_ERROR);
        json_put_strn(w, "message", buf_str(&task->result), task->result.len);
        json_close_object(w);
    }
    if (task->status != TASK_INPUT_REQUIRED)
        return;
    json_open_object(w, "inputRequests");
    for (const struct task_question *question = task->questions; question; question = question->next)
        if (!question->answer)
            json_put_raw(w, question->name, question->json, strlen(question->json));
    json_close_object(w);
}

static void set_status(struct task *task, enum task_status status)
{
    task->status = status;
    task->updated_ms = clock_wall_ms();
    listen_tell_task(task->server, task);
}

/* SEP-2663, input requests: an answer that comes late must not be taken for one to the question that followed
 * it, so a question that is asked again has another name. */
static const char *name_question(struct task *task, const char *key)
{
    unsigned before = 0;
    for (const struct task_question *question = task->questions; question; question = question->next)
        before += strcmp(question->key, key) == 0;
    return before ? arena_printf(&task->arena, "%s.%u", key, before + 1) : copy(task, key);
}

static void keep_questions(struct task *task, const struct call_question *questions)
{
    struct task_question **tail = &task->questions;
    while (*tail)
        tail = &(*tail)->next;
    for (; questions; questions = questions->next) {
        struct buf json = { 0 };
        struct json_writer w = { .out = &json };
        json_open_object(&w, NULL);
        question_put(&w, task->revision, questions, NULL);
        json_close_object(&w);
        struct task_question *question = arena_alloc(&task->arena, sizeof *question);
        question->key = copy(task, questions->key);
        question->name = name_question(task, questions->key);
        question->json = copy(task, buf_str(&json));
        *tail = question;
        tail = &question->next;
        buf_done(&json);
    }
}

static void keep_result(struct task *task, const struct call_outcome *outcome)
{
    struct json_writer w = { .out = &task->result };
    buf_clear(&task->result);
    json_open_object(&w, NULL);
    json_put_str(&w, "resultType", "complete");
    look_put_meta(&w, outcome->meta);
    tool_result_put(&w, task->revision, outcome, task->lang);
    json_close_object(&w);
}

static void on_done(void *user, const struct call_outcome *outcome)
{
    struct task *task = user;
    task->call = NULL;
    if (outcome->needs_input && task->round < ROUNDS_MAX) {
        keep_questions(task, outcome->questions);
        set_status(task, TASK_INPUT_REQUIRED);
    } else if (outcome->fault == MCP_CANCELLED && outcome->is_cancelled) {
        set_status(task, TASK_CANCELLED);
    } else if (outcome->fault == MCP_INTERNAL || outcome->needs_input) {
        buf_clear(&task->result);
        buf_adds(&task->result, outcome->needs_input ? "the tool asks without end" : outcome->message);
        set_status(task, TASK_FAILED);
    } else {
        keep_result(task, outcome);
        set_status(task, TASK_COMPLETED);
    }
}

static void on_changed(void *user, enum mcp_change change, const char *uri)
{
    const struct task *task = user;
    mcp_announce(task->server, change, uri);
}

/* No progress and no log messages: a task has no stream of its own. */
static const struct call_events task_events = { .done = on_done, .changed = on_changed };

static void start_call(struct task *task)
{
    const struct call_request request = {
        .tool = task->tool,
        .arguments = task->arguments,
        .lang = task->lang,
        .face = task->face,
        .id = task->log_id,
        .principal = task->principal,
        .trace = &task->trace,
        .client = task->client,
        .answer_max = task->server->options.answer_max_bytes,
        .asks = task->asks,
        .answers = task->answers,
        .round = task->round,
        .events = &task_events,
        .user = task,
    };
    struct mcp_call *call = engine_call(task->server->engine, &request);
    if (call)
        task->call = call;
}

static void send_created(struct mcp_exchange *x, const struct task *task)
{
    exchange_begin_result(x, "task", false);
    put_core(&x->writer, task);
    exchange_end_result(x);
}

static void refuse_busy(struct mcp_exchange *x)
{
    exchange_error(x, JSONRPC_INTERNAL_ERROR, NULL, "%d tasks exist already; try again later", TASKS_MAX);
}

void tasks_start(struct mcp_exchange *x)
{
    struct task *task = new_task(x);
    if (!task) {
        refuse_busy(x);
        return;
    }
    send_created(x, task);
    start_call(task);
}

void tasks_adopt(struct mcp_exchange *x)
{
    struct task *task = new_task(x);
    if (!task)
        return; /* too many: the client waits for the answer as usual */
    task->call = x->call;
    x->call = NULL;
    call_redirect(task->call, &task_events, task);
    send_created(x, task);
}

void tasks_refuse(struct mcp_exchange *x)
{
    exchange_refuse(x, 400, JSONRPC_MISSING_CAPABILITY,
        "{\"requiredCapabilities\":{\"extensions\":{\"" EXTENSION "\":{}}}}",
        "this needs the client extension %s", EXTENSION);
}

static struct task *his_task(const struct mcp_exchange *x, const struct mcp_json *id)
{
    struct task *task = x->server->tasks;
    while (task &&
        (!mcp_json_is(id, task->id) ||
            strcmp(task->principal ? task->principal : "", x->principal ? x->principal : "") != 0))
        task = task->next;
    return task;
}

const struct task *tasks_find(const struct mcp_exchange *x, const struct mcp_json *id)
{
    return his_task(x, id);
}

/* The task a request is about; NULL: answered. */
static struct task *find_task(struct mcp_exchange *x)
{
    if (!x->offers_tasks) {
        tasks_refuse(x);
        return NULL;
    }
    struct task *task = his_task(x, mcp_json_get(x->message.params, "taskId"));
    if (!task)
        exchange_error(x, JSONRPC_INVALID_PARAMS, NULL, "params.taskId names no task");
    return task;
}

static void send_done(struct mcp_exchange *x)
{
    exchange_begin_result(x, "complete", false);
    exchange_end_result(x);
}

void tasks_get(struct mcp_exchange *x)
{
    const struct task *task = find_task(x);
    if (!task)
        return;
    exchange_begin_result(x, "complete", false);
    tasks_put(&x->writer, task);
    exchange_end_result(x);
}

/* All questions have answers: the handler runs again from the start. */
static void run_again(struct task *task)
{
    struct buf later = { 0 };
    struct json_writer w = { .out = &later };
    json_open_object(&w, NULL);
    for (struct task_question *question = task->questions; question; question = question->next) {
        if (!question->is_past)
            json_put_raw(&w, question->key, question->answer, strlen(question->answer));
        question->is_past = true;
    }
    json_close_object(&w);
    const char *earlier =
        task->answers ? arena_strndup(&task->arena, task->answers->raw, task->answers->raw_len) : NULL;
    task->answers = run_join(&task->arena, earlier, arena_strdup(&task->arena, buf_str(&later)));
    buf_done(&later);
    task->round++;
    set_status(task, TASK_WORKING);
    start_call(task);
}

void tasks_update(struct mcp_exchange *x)
{
    struct task *task = find_task(x);
    const struct mcp_json *responses = mcp_json_get(x->message.params, "inputResponses");
    if (!task)
        return;
    if (!responses || responses->kind != MCP_JSON_OBJECT) {
        exchange_error(x, JSONRPC_INVALID_PARAMS, NULL, "params.inputResponses must be an object");
        return;
    }
    bool is_open = false, is_new = false;
    for (struct task_question *question = task->questions; question; question = question->next) {
        const struct mcp_json *answer = mcp_json_get(responses, question->name);
        if (answer && answer->kind == MCP_JSON_OBJECT && !question->answer) {
            question->answer = arena_strndup(&task->arena, answer->raw, answer->raw_len);
            is_new = true;
        }
        is_open |= !question->answer;
    }
    send_done(x);
    if (task->status == TASK_INPUT_REQUIRED && is_new && !is_open)
        run_again(task);
}

void tasks_cancel(struct mcp_exchange *x)
{
    struct task *task = find_task(x);
    if (!task)
        return;
    if (task->call) {
        call_abandon(task->call);
        task->call = NULL;
    }
    if (task->status == TASK_WORKING || task->status == TASK_INPUT_REQUIRED)
        set_status(task, TASK_CANCELLED);
    send_done(x);
}

static void free_task(struct task *task)
{
    if (task->call)
        call_abandon(task->call);
    buf_done(&task->result);
    arena_done(&task->arena);
    free(task);
}

void tasks_sweep(struct mcp_server *server)
{
    int64_t now_ms = clock_wall_ms();
    for (struct task **at = &server->tasks; *at;) {
        struct task *task = *at;
        if (now_ms - task->created_ms < TASK_LIFE_MS) {
            at = &task->next;
            continue;
        }
        *at = task->next;
        server->task_count--;
        free_task(task);
    }
}

void tasks_free_all(struct mcp_server *server)
{
    while (server->tasks) {
        struct task *task = server->tasks;
        server->tasks = task->next;
        free_task(task);
    }
    server->task_count = 0;
}
