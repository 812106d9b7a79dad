/* The door: every message comes in here, its era is decided once, and a handler gets it.
 *
 * MCP 2026-07-28, basic/versioning: a protocol version in _meta means stateless; `initialize` begins a
 * session. Nothing behind the door looks at versions again. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json_read.h"
#include "mcp/batch.h"
#include "mcp/exchange.h"
#include "mcp/headers.h"
#include "mcp/lifecycle.h"
#include "mcp/logging.h"
#include "mcp/methods.h"
#include "mcp/session.h"
#include "mcp/stream.h"
#include "toolkit/trace.h"

#define BATCH_MAX 100
#define META "io.modelcontextprotocol/"
#define KEY_VERSION META "protocolVersion"
#define KEY_CAPABILITIES META "clientCapabilities"
#define KEY_CLIENT META "clientInfo"
#define KEY_LOG_LEVEL META "logLevel"

static const char *header_of(const struct mcp_envelope *envelope, const char *name)
{
    return envelope->header ? envelope->header(envelope->user, name) : NULL;
}

/* Which key of a stateless request's _meta is missing or malformed; NULL if none is. */
static const char *meta_fault(const struct mcp_json *meta)
{
    const struct mcp_json *version = mcp_json_get(meta, KEY_VERSION);
    const struct mcp_json *capabilities = mcp_json_get(meta, KEY_CAPABILITIES);
    const struct mcp_json *client = mcp_json_get(meta, KEY_CLIENT);
    const struct mcp_json *level = mcp_json_get(meta, KEY_LOG_LEVEL);
    if (!version || version->kind != MCP_JSON_STRING)
        return KEY_VERSION " (a string)";
    if (!capabilities || capabilities->kind != MCP_JSON_OBJECT)
        return KEY_CAPABILITIES " (an object)";
    if (client && (!mcp_json_get_text(client, "name") || !mcp_json_get_text(client, "version")))
        return KEY_CLIENT " ({name, version})";
    if (!level || logging_level(level) >= 0)
        return NULL;
    return KEY_LOG_LEVEL " (debug, info, notice, warning, error, critical, alert, emergency)";
}

static const char *supported_data(struct mcp_exchange *x, const char *requested)
{
    struct buf data = { 0 };
    buf_adds(&data, "{\"supported\":");
    revision_put_modern(&data);
    if (requested) {
        buf_adds(&data, ",\"requested\":");
        json_quote(&data, requested, strlen(requested));
    }
    buf_addc(&data, '}');
    char *text = arena_strdup(&x->arena, buf_str(&data));
    buf_done(&data);
    return text;
}

/* HTTP says 400 where a pipe has no status; the number is only read by HTTP. */
static void refuse(struct mcp_exchange *x, enum jsonrpc_code code, const char *text)
{
    exchange_refuse(x, 400, code, NULL, "%s", text);
}

static void run_method(struct mcp_exchange *x)
{
    bool is_notification = x->message.kind == JSONRPC_NOTIFICATION;
    const struct method *method = method_find(x);
    if (method) {
        if (!is_notification)
            exchange_list(x);
        method->handle(x);
    } else if (is_notification) {
        exchange_drop(x);
    } else {
        /* MCP 2026-07-28, basic/transports: an unknown method is 404; sessions answer it in-band. */
        int status = x->revision->era == ERA_MODERN ? 404 : 200;
        bool is_bare = x->revision->era == ERA_BARE;
        exchange_refuse(x, status, JSONRPC_METHOD_NOT_FOUND, NULL, "method %.100s is not known %s%s",
            x->message.method, is_bare ? "outside a session" : "in revision ",
            is_bare ? "" : x->revision->name);
    }
}

/* A stateless request: the checks in the order in which clients rely on them, first failure wins. */
static void receive_modern(struct mcp_exchange *x, const struct mcp_envelope *envelope)
{
    const struct mcp_json *meta = x->message.meta;
    x->revision = revision_newest_modern();
    const char *fault = meta_fault(meta);
    if (fault) {
        exchange_refuse(x, 400, JSONRPC_INVALID_PARAMS, NULL, "params._meta: missing or malformed %s", fault);
        return;
    }
    const char *version = mcp_json_get_text(meta, KEY_VERSION);
    const char *header = header_of(envelope, "mcp-protocol-version");
    if (x->is_http && (!header || strcmp(header, version) != 0)) {
        exchange_refuse(x, 400, JSONRPC_HEADER_MISMATCH, NULL,
            "MCP-Protocol-Version is %.40s but _meta says %.40s", header ? header : "missing", version);
        return;
    }
    const struct revision *revision = revision_find(version);
    if (!revision || revision->era != ERA_MODERN) {
        exchange_refuse(x, 400, JSONRPC_UNSUPPORTED_VERSION, supported_data(x, version),
            "protocol version %.40s is not supported", version);
        return;
    }
    x->revision = revision;
    x->client = lifecycle_client(&x->arena, mcp_json_get(meta, KEY_CLIENT));
    const struct mcp_json *capabilities = mcp_json_get(meta, KEY_CAPABILITIES);
    x->asks = lifecycle_asks(capabilities, revision);
    x->offers_tasks =
        mcp_json_get(mcp_json_get(capabilities, "extensions"), "io.modelcontextprotocol/tasks") != NULL;
    x->log_level = logging_level(mcp_json_get(meta, KEY_LOG_LEVEL));
    if (x->is_http) {
        const char *disagreement = headers_disagree(x, envelope);
        if (disagreement) {
            exchange_refuse(x, 400, JSONRPC_HEADER_MISMATCH, NULL, "%s", disagreement);
            return;
        }
    }
    run_method(x);
}

/* A request of a session over HTTP, or one without any: true if x->peer and x->revision are set, else it is
 * answered. */
static bool find_session(struct mcp_exchange *x, const struct mcp_envelope *envelope)
{
    const char *id = header_of(envelope, "mcp-session-id");
    const char *version = header_of(envelope, "mcp-protocol-version");
    const struct revision *named = version ? revision_find(version) : NULL;
    bool is_initialize = x->message.method && strcmp(x->message.method, "initialize") == 0;
    if (!id) {
        x->revision = named && !is_initialize ? named : revision_bare();
        if (!version || is_initialize)
            return true;
        refuse(x, JSONRPC_INVALID_REQUEST, "the header Mcp-Session-Id is missing; begin with initialize");
        return false;
    }
    x->peer = session_find(x->server, id, x->principal);
    if (!x->peer) {
        exchange_refuse(x, 404, JSONRPC_INVALID_REQUEST, NULL,
            "the session is unknown or has ended; begin with initialize");
        return false;
    }
    x->revision = x->peer->revision;
    if (version && (!named || named->era != ERA_LEGACY)) {
        exchange_refuse(x, 400, JSONRPC_INVALID_REQUEST, NULL,
            "MCP-Protocol-Version %.40s is not a revision with sessions", version);
        return false;
    }
    x->asks = x->peer->asks;
    if (is_initialize) {
        refuse(x, JSONRPC_INVALID_REQUEST, "this session is initialized already");
        return false;
    }
    return true;
}

/* A message on a pipe that makes no stateless claim. True if x->revision is set. */
static bool find_pipe_session(struct mcp_exchange *x)
{
    bool is_initialize = x->message.method && strcmp(x->message.method, "initialize") == 0;
    bool is_ping = x->message.method && strcmp(x->message.method, "ping") == 0;
    x->revision = x->peer->revision;
    x->asks = x->peer->asks;
    if (x->revision && is_initialize && x->message.kind == JSONRPC_REQUEST) {
        refuse(x, JSONRPC_INVALID_REQUEST, "this connection is initialized already");
        return false;
    }
    if (x->revision)
        return true;
    if (is_initialize || is_ping || x->message.kind != JSONRPC_REQUEST) {
        x->revision = revision_bare();
        return true;
    }
    exchange_refuse(x, 400, JSONRPC_INVALID_PARAMS, supported_data(x, NULL),
        "begin with initialize, or name the protocol in params._meta: %s and %s", KEY_VERSION,
        KEY_CAPABILITIES);
    return false;
}

static void receive_legacy(struct mcp_exchange *x, const struct mcp_envelope *envelope)
{
    bool found = x->is_http ? find_session(x, envelope) : find_pipe_session(x);
    if (!found)
        return;
    x->log_level = x->peer ? x->peer->log_level : CALL_LOG_NOTHING;
    x->client = x->peer ? x->peer->client : header_of(envelope, "user-agent");
    if (x->peer)
        x->peer->used_ms = clock_ms();
    if (x->message.kind == JSONRPC_RESPONSE)
        lifecycle_take_answer(x);
    else
        run_method(x);
}

/* A text of _meta that can be a header's value; NULL if it is absent or none. */
static const char *meta_text(const struct mcp_exchange *x, const char *key)
{
    const struct mcp_json *value = mcp_json_get(x->message.meta, key);
    bool is_text = value && value->kind == MCP_JSON_STRING && strlen(value->text) == value->len;
    return is_text ? value->text : NULL;
}

static void receive_one(
    struct mcp_exchange *x, const struct mcp_json *value, const struct mcp_envelope *envelope)
{
    x->message = jsonrpc_classify(value);
    if (x->message.kind == JSONRPC_INVALID) {
        refuse(x, JSONRPC_INVALID_REQUEST, x->message.fault);
        return;
    }
    x->trace = trace_read(
        &x->arena, meta_text(x, "traceparent"), meta_text(x, "tracestate"), meta_text(x, "baggage"));
    const char *header = header_of(envelope, "mcp-protocol-version");
    const struct revision *named = revision_find(header);
    bool has_claim = mcp_json_get(x->message.meta, KEY_VERSION) != NULL;
    bool header_is_modern = named && named->era == ERA_MODERN;
    bool is_initialize = x->message.method && strcmp(x->message.method, "initialize") == 0;
    if (has_claim) {
        receive_modern(x, envelope);
    } else if (is_initialize && header_is_modern) {
        x->revision = named;
        exchange_refuse(
            x, 400, JSONRPC_HEADER_MISMATCH, NULL, "initialize does not exist in revision %s", header);
    } else if (header_is_modern && x->message.kind == JSONRPC_NOTIFICATION) {
        x->revision = named;
        exchange_drop(x); /* no client notification is defined for stateless HTTP */
    } else if (header_is_modern && x->message.kind == JSONRPC_RESPONSE) {
        x->revision = named;
        x->message.id = NULL; /* with it this would look like the answer to a request of the client */
        refuse(x, JSONRPC_INVALID_REQUEST, "a stateless server asks nothing, so nothing answers it");
    } else if (header_is_modern) {
        receive_modern(x, envelope); /* it answers which keys are missing */
    } else {
        receive_legacy(x, envelope);
    }
}

/* Of the session that the bytes came in, before they are read; NULL: of none. An error without an id is
 * written as it has them. */
static const struct revision *session_revision(
    const struct mcp_exchange *x, const struct mcp_envelope *envelope)
{
    const char *id = header_of(envelope, "mcp-session-id");
    const struct mcp_peer *peer = !x->is_http ? x->peer
        : id                                  ? session_find(x->server, id, x->principal)
                                              : NULL;
    return peer ? peer->revision : NULL;
}

static void receive_batch(
    struct mcp_exchange *x, const struct mcp_json *array, const struct mcp_envelope *envelope)
{
    /* MCP 2025-06-18, changelog: batches are gone. */
    const char *fault = !x->revision || !x->revision->has_batches
        ? "a message must be a JSON object; batches are not part of this revision"
        : array->count == 0 ? "an empty batch"
                            : NULL;
    if (!fault && array->count > BATCH_MAX)
        fault = "a batch may have 100 messages at most";
    for (const struct mcp_json *item = array->first; item && !fault; item = item->next) {
        struct jsonrpc_message message = jsonrpc_classify(item);
        if (mcp_json_get(message.meta, KEY_VERSION))
            fault = "a stateless request cannot be part of a batch";
        else if (message.method && strcmp(message.method, "initialize") == 0)
            fault = "initialize cannot be part of a batch";
    }
    struct batch *batch = fault ? NULL : batch_new(x);
    if (!batch) {
        refuse(x, JSONRPC_INVALID_REQUEST, fault ? fault : "out of memory");
        return;
    }
    for (const struct mcp_json *item = array->first; item; item = item->next) {
        struct mcp_exchange *one = exchange_new(x->server, envelope, batch_sink(), batch);
        if (!one)
            continue;
        batch_expect(batch);
        one->peer = x->peer;
        one->revision = x->revision;
        /* Each message is parsed again in its own memory: it may outlive its brothers. */
        const struct mcp_json *copy = NULL;
        struct json_error error;
        const char *text = arena_strndup(&one->arena, item->raw, item->raw_len);
        const struct json_limits limits = { .unique_keys = true };
        if (json_read(&one->arena, text, item->raw_len, &limits, &copy, &error) == 0)
            receive_one(one, copy, envelope);
        else
            exchange_drop(one);
    }
    batch_close(batch);
}

struct mcp_exchange *mcp_receive(struct mcp_server *server, struct mcp_peer *peer, const char *bytes,
    size_t len, const struct mcp_envelope *envelope, const struct mcp_sink *sink, void *user)
{
    struct mcp_exchange *x = exchange_new(server, envelope, sink, user);
    if (!x) {
        const struct mcp_reply reply = { .status = 503, .json = "" };
        sink->end(user, &reply);
        return NULL;
    }
    x->peer = peer;
    x->revision = session_revision(x, envelope);
    char *copy = arena_strndup(&x->arena, bytes, len);
    const struct json_limits limits = { .unique_keys = true };
    const struct mcp_json *value = NULL;
    struct json_error error = { 0 };
    server->receiving = x;
    if (json_read(&x->arena, copy, len, &limits, &value, &error) < 0) {
        exchange_refuse(
            x, 400, JSONRPC_PARSE_ERROR, NULL, "not valid JSON at byte %zu: %s", error.offset, error.what);
    } else if (value->kind == MCP_JSON_ARRAY) {
        receive_batch(x, value, envelope);
    } else {
        receive_one(x, value, envelope);
    }
    struct mcp_exchange *pending = server->receiving;
    server->receiving = NULL;
    return pending && pending->sink ? pending : NULL; /* without a sink the transport has hung up already */
}

/* Answers a GET: it has no body and so no message. */
struct mcp_exchange *mcp_listen(
    struct mcp_server *server, const struct mcp_envelope *envelope, const struct mcp_sink *sink, void *user)
{
    struct mcp_exchange *x = exchange_new(server, envelope, sink, user);
    if (!x) {
        sink->end(user, &(struct mcp_reply){ .status = 503, .json = "" });
        return NULL;
    }
    server->receiving = x;
    const char *last_event_id = header_of(envelope, "last-event-id");
    if (!header_of(envelope, "mcp-session-id")) {
        exchange_refuse(
            x, 405, JSONRPC_INVALID_REQUEST, NULL, "GET is the stream of a session; begin with initialize");
    } else if (find_session(x, envelope)) {
        if (last_event_id)
            server->receiving = stream_resume(x, last_event_id);
        else if (x->peer->standalone)
            exchange_refuse(x, 409, JSONRPC_INVALID_REQUEST, NULL, "this session has a stream already");
        else
            x->peer->standalone = x;
    }
    struct mcp_exchange *pending = server->receiving;
    server->receiving = NULL;
    return pending && pending->sink ? pending : NULL; /* without a sink the transport has hung up already */
}

void mcp_prime(struct mcp_exchange *exchange)
{
    stream_prime(exchange);
}

void mcp_leave(struct mcp_exchange *exchange)
{
    bool is_standalone = exchange->peer && exchange->peer->standalone == exchange;
    exchange->sink = NULL;
    if (is_standalone || (exchange->revision && exchange->revision->cancels_on_close))
        exchange_free(exchange);
}
