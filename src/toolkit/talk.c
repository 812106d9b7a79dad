/* What else a tool says and asks for: sentences, faults, memory. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json_read.h"
#include "toolkit/call_state.h"

/* The format in the caller's language, checked by the compiler against the arguments of each caller. */
static char *phrase(struct mcp_call *call, const char *fr, const char *en, va_list args)
    __attribute__((format(printf, 2, 0), format(printf, 3, 0)));

static char *phrase(struct mcp_call *call, const char *fr, const char *en, va_list args)
{
    return call->lang == MCP_FR ? arena_vprintf(&call->arena, fr, args)
                                : arena_vprintf(&call->arena, en, args);
}

void mcp_say(struct mcp_call *call, const char *fr, const char *en, ...)
{
    va_list args;
    va_start(args, en);
    render_say(&call->result.render, phrase(call, fr, en, args));
    va_end(args);
}

void mcp_partial(struct mcp_call *call, const char *fr, const char *en, ...)
{
    va_list args;
    va_start(args, en);
    render_say(&call->result.render, phrase(call, fr, en, args));
    va_end(args);
    call->result.partial = true;
}

int mcp_fail(struct mcp_call *call, enum mcp_fault fault, const char *fr, const char *en, ...)
{
    if (call->fault)
        return (int)call->fault;
    va_list args;
    va_start(args, en);
    call->message = phrase(call, fr, en, args);
    va_end(args);
    call->fault = fault;
    return (int)fault;
}

int mcp_reject(struct mcp_call *call, const char *param, const char *fr, const char *en, ...)
{
    va_list args;
    va_start(args, en);
    char *message = phrase(call, fr, en, args);
    va_end(args);
    problems_add(&call->arena, &call->problems, arena_printf(&call->arena, "/%s", param), message, NULL);
    if (!call->fault) {
        call->fault = MCP_INVALID;
        call->message = message;
    }
    return MCP_INVALID;
}

size_t mcp_room(const struct mcp_call *call)
{
    size_t used = call->result.json.len + call->result.render.out.len + call->result.render.say.len + 2048;
    size_t left = used < call->answer_max ? call->answer_max - used : 0;
    /* A third is kept for what frames it; what is shown as text as well costs twice. */
    return left / 3 * 2 / (call->wants_text ? 2 : 1);
}

int mcp_wait(struct mcp_call *call, struct pollfd *fds, nfds_t count, int timeout_ms)
{
    return wait_poll(&call->wait, fds, count, timeout_ms);
}

const struct wait *mcp_waiter(struct mcp_call *call)
{
    return &call->wait;
}

bool mcp_cancelled(const struct mcp_call *call)
{
    return atomic_load_explicit(&call->cancelled, memory_order_relaxed) ||
        clock_ms() >= call->wait.deadline_ms;
}

enum mcp_lang mcp_language(const struct mcp_call *call)
{
    return call->lang;
}

const struct mcp_trace *mcp_trace(const struct mcp_call *call)
{
    return &call->trace;
}

const char *mcp_pick(const struct mcp_call *call, struct mcp_text text)
{
    return call->lang == MCP_FR ? text.fr : text.en;
}

void *mcp_alloc(struct mcp_call *call, size_t size)
{
    return arena_alloc(&call->arena, size);
}

void *mcp_alloc_try(struct mcp_call *call, size_t size)
{
    return arena_try(&call->arena, size);
}

char *mcp_strdup(struct mcp_call *call, const char *text)
{
    return arena_strdup(&call->arena, text);
}

char *mcp_printf(struct mcp_call *call, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = arena_vprintf(&call->arena, format, args);
    va_end(args);
    return text;
}

const char *mcp_json_quote(struct mcp_call *call, const char *text)
{
    struct buf out = { 0 };
    json_quote(&out, text, strlen(text));
    const char *quoted = arena_strndup(&call->arena, buf_str(&out), out.len);
    buf_done(&out);
    return quoted;
}

int mcp_parse_json(struct mcp_call *call, const char *text, size_t len, const struct mcp_json **ret_value)
{
    struct json_error error;
    const struct json_limits limits = { .max_depth = 64 };
    return json_read(&call->arena, text, len, &limits, ret_value, &error);
}
