/* The engine: settings of the tools, and the I/O thread's side of calls that workers run. */
#include "toolkit/engine.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/json_read.h"
#include "toolkit/call_state.h"
#include "toolkit/catalog.h"
#include "toolkit/notes.h"

#define TICK_MS 100
#define QUEUE_WAIT_MS 10000 /* for a worker; then BUSY */
#define ANSWER_GRACE_MS 500 /* after the deadline: answered TIMED_OUT even if the worker lingers */
#define LOSE_GRACE_MS 1000 /* after the deadline: the worker is given up */

static int open_descriptors(struct engine *engine, struct err *err)
{
    engine->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    engine->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    engine->fd = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = { .events = EPOLLIN };
    if (engine->wake_fd < 0 || engine->timer_fd < 0 || engine->fd < 0 ||
        epoll_ctl(engine->fd, EPOLL_CTL_ADD, engine->wake_fd, &event) < 0 ||
        epoll_ctl(engine->fd, EPOLL_CTL_ADD, engine->timer_fd, &event) < 0)
        return err_set(err, -errno, "cannot create the engine's descriptors: %s", strerrordesc_np(errno));
    return 0;
}

/* Defaults for the tools that have settings. */
static void fill_settings(struct engine *engine)
{
    const struct catalog *catalog = engine->options.catalog;
    engine->settings = arena_alloc(&engine->arena, (catalog->count + 1) * sizeof *engine->settings);
    for (size_t i = 0; i < catalog->count; i++) {
        const struct mcp_tool *tool = catalog->tools[i];
        struct problems none = { 0 };
        if (tool->settings)
            engine->settings[i] =
                params_read(&engine->arena, tool->settings, tool->settings_size, NULL, MCP_EN, &none);
    }
}

struct engine *engine_new(const struct engine_options *options, struct err *err)
{
    struct engine *engine = calloc(1, sizeof *engine);
    if (!engine) {
        err_set(err, -ENOMEM, "no memory for the engine");
        return NULL;
    }
    engine->options = *options;
    engine->options.data_dir = arena_strdup(&engine->arena, options->data_dir ? options->data_dir : "");
    engine->options.host_root = arena_strdup(&engine->arena, options->host_root ? options->host_root : "/");
    engine->wake_fd = engine->timer_fd = engine->fd = -1;
    if (open_descriptors(engine, err) == 0)
        engine->workers = workers_new(options->threads_max ? options->threads_max : 32,
            options->queue_max ? options->queue_max : 256, options->lost_max ? options->lost_max : 16,
            engine->wake_fd, err);
    if (!engine->workers) {
        engine_free(engine);
        return NULL;
    }
    fill_settings(engine);
    return engine;
}

/* Adds what the tool itself says of settings whose rows fit. */
static void check_together(struct arena *arena, const struct mcp_tool *row, const void *settings,
    const struct mcp_json *given, enum mcp_lang lang, struct problems *problems)
{
    struct mcp_text accepted = { 0 };
    const char *name = row->check ? row->check(settings, &accepted) : NULL;
    if (!name)
        return;
    bool fr = lang == MCP_FR;
    const struct mcp_json *value = mcp_json_get(given, name);
    const char *message = arena_printf(arena, fr ? "%s : %.*s n'est pas accepté" : "%s: %.*s is not accepted",
        name, value ? (int)value->raw_len : 0, value ? value->raw : "");
    problems_add(arena, problems, arena_printf(arena, "/%s", name), message, fr ? accepted.fr : accepted.en);
}

const struct problem *engine_configure(
    struct engine *engine, int tool, const struct params_text *texts, size_t count, enum mcp_lang lang)
{
    const struct mcp_tool *row = engine->options.catalog->tools[tool];
    struct buf json = { 0 };
    params_from_texts(&json, row->settings, texts, count);
    const char *text = arena_strndup(&engine->arena, buf_str(&json), json.len);
    size_t len = json.len;
    buf_done(&json);
    const struct mcp_json *value = NULL;
    struct json_error error;
    const struct json_limits limits = { .unique_keys = true };
    struct problems problems = { 0 };
    if (json_read(&engine->arena, text, len, &limits, &value, &error) < 0) {
        problems_add(&engine->arena, &problems, "", error.what, NULL);
        return problems.first;
    }
    void *settings = params_read(&engine->arena, row->settings, row->settings_size, value, lang, &problems);
    if (!problems.count)
        check_together(&engine->arena, row, settings, value, lang, &problems);
    if (!problems.count)
        engine->settings[tool] = settings;
    return problems.first;
}

const void *mcp_settings(const struct mcp_call *call)
{
    return call->tool_index < 0 ? NULL : call->engine->settings[call->tool_index];
}

const void *mcp_settings_of(const struct mcp_call *call, const struct mcp_tool *tool)
{
    int index = catalog_find(call->engine->options.catalog, tool);
    return index < 0 || call_is_disabled(&call->engine->options, tool) ? NULL : call->engine->settings[index];
}

const struct mcp_json *mcp_arguments(const struct mcp_call *call)
{
    return call->arguments;
}

const char *mcp_data_dir(const struct mcp_call *call)
{
    return call->engine->options.data_dir;
}

const char *mcp_host_root(const struct mcp_call *call)
{
    return call->engine->options.host_root;
}

int engine_fd(const struct engine *engine)
{
    return engine->fd;
}

unsigned engine_running(const struct engine *engine)
{
    return engine->running;
}

unsigned engine_queued(const struct engine *engine)
{
    return workers_queued(engine->workers);
}

unsigned engine_lost(const struct engine *engine)
{
    return workers_lost(engine->workers);
}

bool engine_exhausted(const struct engine *engine)
{
    return workers_exhausted(engine->workers);
}

const struct catalog *engine_catalog(const struct engine *engine)
{
    return engine->options.catalog;
}

/* The tick runs only while workers have calls. */
static void set_timer(struct engine *engine, bool on)
{
    if (engine->timer_set == on)
        return;
    engine->timer_set = on;
    struct itimerspec spec = { 0 };
    if (on)
        spec.it_value.tv_nsec = spec.it_interval.tv_nsec = TICK_MS * 1000000L;
    timerfd_settime(engine->timer_fd, 0, &spec, NULL);
}

void engine_list(struct engine *engine, struct mcp_call *call)
{
    call->is_listed = true;
    call->prev = NULL;
    call->next = engine->calls;
    if (engine->calls)
        engine->calls->prev = call;
    engine->calls = call;
    engine->running++;
    set_timer(engine, true);
}

static void unlist(struct engine *engine, struct mcp_call *call)
{
    if (call->prev)
        call->prev->next = call->next;
    else
        engine->calls = call->next;
    if (call->next)
        call->next->prev = call->prev;
    engine->running--;
    if (!engine->calls)
        set_timer(engine, false);
}

static void end_call(struct engine *engine, struct mcp_call *call)
{
    unlist(engine, call);
    call_finish(call);
}

/* The worker does not come back: the caller is answered without it. The call itself is freed when it does. */
static void answer_late(struct mcp_call *call)
{
    const struct problems none = { 0 };
    char message[120];
    snprintf(message, sizeof message,
        call->lang == MCP_FR ? "rien obtenu en %u ms" : "nothing was obtained within %u ms",
        call->tool->timeout_ms);
    const struct call_outcome outcome = {
        .fault = MCP_TIMED_OUT,
        .message = message,
        .problems = &none,
        .json = "{}",
        .json_len = 2,
        .text = "",
        .duration_ns = clock_ns() - call->started_ns,
    };
    call_cancel(call);
    call_record(call, MCP_TIMED_OUT);
    call_answer(call, &outcome);
}

static void check_deadline(struct engine *engine, struct mcp_call *call, int64_t now_ms)
{
    int64_t deadline_ms = atomic_load(&call->run_deadline_ms);
    if (!deadline_ms) {
        int64_t waited_ms = now_ms - call->started_ns / 1000000;
        if (waited_ms < QUEUE_WAIT_MS || !workers_withdraw(engine->workers, &call->work))
            return;
        call->is_withdrawn = true;
        mcp_fail(call, MCP_BUSY, "aucun ouvrier libre en %d s ; réessayez plus tard",
            "no worker was free within %d s; try again later", QUEUE_WAIT_MS / 1000);
        return;
    }
    int64_t late_ms = now_ms - deadline_ms;
    if (late_ms >= ANSWER_GRACE_MS && call->events)
        answer_late(call);
    if (late_ms >= LOSE_GRACE_MS)
        workers_lose(engine->workers, &call->work);
}

static void drain(int fd)
{
    uint64_t count;
    ssize_t got = read(fd, &count, sizeof count);
    (void)got; /* nothing to read is fine */
}

void engine_pump(struct engine *engine)
{
    drain(engine->wake_fd);
    drain(engine->timer_fd);
    struct work *work;
    while ((work = workers_take(engine->workers)))
        end_call(engine, (struct mcp_call *)((char *)work - offsetof(struct mcp_call, work)));
    int64_t now_ms = clock_ms();
    for (struct mcp_call *call = engine->calls; call; call = call->next) {
        notes_deliver(call);
        check_deadline(engine, call, now_ms);
    }
    /* Ending a call may start another one, or cancel one: look again from the start after each. */
    struct mcp_call *call = engine->calls;
    while (call) {
        struct mcp_call *next = call->next;
        if (call->is_withdrawn) {
            end_call(engine, call);
            next = engine->calls;
        }
        call = next;
    }
}

void engine_free(struct engine *engine)
{
    if (!engine)
        return;
    for (struct mcp_call *call = engine->calls; call; call = call->next)
        call_abandon(call);
    bool ended = workers_free(engine->workers, 1000);
    engine->workers = ended ? NULL : engine->workers;
    if (!ended)
        return; /* a thread hangs in the kernel and still uses all this: the process is about to end anyway */
    while (engine->calls) {
        struct mcp_call *call = engine->calls;
        unlist(engine, call);
        call_finish(call);
    }
    int fds[] = { engine->fd, engine->wake_fd, engine->timer_fd };
    for (size_t i = 0; i < sizeof fds / sizeof *fds; i++)
        if (fds[i] >= 0)
            close(fds[i]);
    buf_done(&engine->scratch);
    arena_done(&engine->arena);
    free(engine);
}
