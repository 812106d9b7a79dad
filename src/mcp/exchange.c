/* Shaping replies: results stamped from the revision row, errors with the status their era gives them. */
#include "mcp/exchange.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "mcp/lifecycle.h"
#include "mcp/listen.h"
#include "mcp/stream.h"
#include "toolkit/look.h"

#define LIST_TTL_MS 300000
#define SERVER_INFO "io.modelcontextprotocol/serverInfo"

struct mcp_exchange *exchange_new(
    struct mcp_server *server, const struct mcp_envelope *envelope, const struct mcp_sink *sink, void *user)
{
    struct mcp_exchange *x = server->spare;
    server->spare = NULL;
    if (!x)
        x = calloc(1, sizeof *x);
    if (!x)
        return NULL;
    x->server = server;
    x->sink = sink;
    x->user = user;
    x->lang = envelope->lang;
    x->log_id = arena_strdup(&x->arena, envelope->id ? envelope->id : "");
    x->principal = envelope->principal ? arena_strdup(&x->arena, envelope->principal) : NULL;
    x->can_stream = envelope->can_stream;
    x->is_http = envelope->header != NULL;
    x->face = envelope->face ? envelope->face : x->is_http ? "mcp-http" : "mcp-stdio";
    return x;
}

void exchange_list(struct mcp_exchange *x)
{
    struct mcp_peer *peer = x->peer;
    if (!peer)
        return;
    x->next = peer->exchanges;
    if (peer->exchanges)
        peer->exchanges->prev = x;
    peer->exchanges = x;
    peer->pending++;
}

static void unlist(struct mcp_exchange *x)
{
    struct mcp_peer *peer = x->peer;
    if (!peer || (peer->exchanges != x && !x->prev))
        return;
    if (x->prev)
        x->prev->next = x->next;
    else
        peer->exchanges = x->next;
    if (x->next)
        x->next->prev = x->prev;
    peer->pending--;
}

void exchange_free(struct mcp_exchange *x)
{
    struct mcp_server *server = x->server;
    if (x->call)
        call_abandon(x->call);
    if (server->receiving == x)
        server->receiving = NULL;
    listen_forget(x);
    if (x->stream)
        stream_end(x, "", 0);
    if (x->peer && x->peer->standalone == x)
        x->peer->standalone = NULL;
    unlist(x);
    if (server->spare) {
        buf_done(&x->out);
        arena_done(&x->arena);
        free(x);
        return;
    }
    /* Kept warm for the next request: its buffer and first arena block. */
    struct arena arena = x->arena;
    struct buf out = x->out;
    arena_reset(&arena);
    if (out.cap > 65536)
        buf_done(&out);
    buf_clear(&out);
    *x = (struct mcp_exchange){ .arena = arena, .out = out };
    server->spare = x;
}

static void begin_message(struct mcp_exchange *x)
{
    buf_clear(&x->out);
    x->writer = (struct json_writer){ .out = &x->out };
    json_open_object(&x->writer, NULL);
    json_put_str(&x->writer, "jsonrpc", "2.0");
    const struct mcp_json *id = x->message.id;
    const struct revision *revision = x->revision ? x->revision : revision_newest_legacy();
    if (id)
        json_put_raw(&x->writer, "id", id->raw, id->raw_len);
    else if (revision->has_null_id)
        json_put_null(&x->writer, "id");
}

static void send_end(struct mcp_exchange *x, int status)
{
    static const char too_large[] =
        "{\"jsonrpc\":\"2.0\",\"error\":{\"code\":-32603,\"message\":\"the answer is too large\"}}";
    struct mcp_reply reply = { .status = status, .json = buf_str(&x->out), .len = x->out.len };
    if (x->out.failed)
        reply = (struct mcp_reply){ .status = 200, .json = too_large, .len = sizeof too_large - 1 };
    /* Over HTTP a session begins with the answer to `initialize`. */
    if (x->is_http && x->peer && x->message.method && strcmp(x->message.method, "initialize") == 0 &&
        status == 200)
        reply.session = x->peer->id;
    if (x->stream)
        stream_end(x, reply.json, reply.len);
    if (x->sink)
        x->sink->end(x->user, &reply);
    exchange_free(x);
}

void exchange_put_cache(struct mcp_exchange *x, int64_t ttl_ms)
{
    if (!x->revision->has_result_type)
        return;
    /* Texts depend on Accept-Language, so a shared cache must not keep them. */
    json_put_int(&x->writer, "ttlMs", ttl_ms);
    json_put_str(&x->writer, "cacheScope", "private");
}

void exchange_begin_result(struct mcp_exchange *x, const char *type, bool is_cacheable)
{
    begin_message(x);
    json_open_object(&x->writer, "result");
    if (!x->revision->has_result_type) {
        look_put_meta(&x->writer, x->result_meta);
        return;
    }
    json_put_str(&x->writer, "resultType", type);
    if (is_cacheable)
        exchange_put_cache(x, LIST_TTL_MS);
    json_open_object(&x->writer, "_meta");
    look_put_members(&x->writer, x->result_meta);
    const struct buf *info = &x->server->info[x->lang];
    if (x->introduces)
        lifecycle_put_info(&x->writer, SERVER_INFO, x);
    else
        json_put_raw(&x->writer, SERVER_INFO, buf_str(info), info->len);
    if (x->is_listener)
        json_put_raw(
            &x->writer, "io.modelcontextprotocol/subscriptionId", x->message.id->raw, x->message.id->raw_len);
    json_close_object(&x->writer);
}

void exchange_end_result(struct mcp_exchange *x)
{
    json_close_object(&x->writer);
    json_close_object(&x->writer);
    send_end(x, 200);
}

static void send_error(struct mcp_exchange *x, int status, enum jsonrpc_code code, const char *data,
    const char *format, va_list args) __attribute__((format(printf, 5, 0)));

static void send_error(struct mcp_exchange *x, int status, enum jsonrpc_code code, const char *data,
    const char *format, va_list args)
{
    char *message = arena_vprintf(&x->arena, format, args);
    begin_message(x);
    json_open_object(&x->writer, "error");
    json_put_int(&x->writer, "code", code);
    json_put_str(&x->writer, "message", message);
    if (data)
        json_put_raw(&x->writer, "data", data, strlen(data));
    json_close_object(&x->writer);
    json_close_object(&x->writer);
    send_end(x, status);
}

void exchange_error(struct mcp_exchange *x, enum jsonrpc_code code, const char *data, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    send_error(x, 200, code, data, format, args);
    va_end(args);
}

void exchange_refuse(
    struct mcp_exchange *x, int status, enum jsonrpc_code code, const char *data, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    send_error(x, status, code, data, format, args);
    va_end(args);
}

void exchange_drop(struct mcp_exchange *x)
{
    const struct mcp_reply reply = { .status = 202, .json = "" };
    if (x->sink)
        x->sink->end(x->user, &reply);
    exchange_free(x);
}

void exchange_event(struct mcp_exchange *x, const struct buf *json)
{
    if (!x->can_stream || json->failed)
        return;
    if (stream_is_kept(x))
        stream_say(x, buf_str(json), json->len);
    else if (x->sink)
        x->sink->event(x->user, &(struct mcp_event){ .json = buf_str(json), .len = json->len });
}
