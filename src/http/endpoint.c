/* The MCP endpoint (MCP, basic/transports, Streamable HTTP): one POST is one exchange; the answer is plain
 * JSON, or a stream of events once something must be said before it or it takes long. */
#include "http/endpoint.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <mcp/server.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/json_write.h"
#include "base/scope.h"
#include "http/accept.h"
#include "http/language.h"
#include "http/legacy_sse.h"
#include "http/rpc.h"
#include "http/server.h"

#define STREAM_AFTER_MS 5000 /* a quiet call becomes a stream, so that proxies and clients see life */
#define KEEP_ALIVE_MS 15000

struct endpoint {
    struct endpoint_options options;
    struct mcp_server *mcp;
    struct post *posts; /* those whose exchange is pending */
    struct legacy_sse *legacy; /* NULL: not wanted */
};

/* A POST whose exchange is under way; lives in the arena of its request. */
struct post {
    struct endpoint *endpoint;
    struct http_request *request;
    struct mcp_exchange *exchange;
    bool accepts_stream, needs_stream, is_streaming, is_listed;
    int64_t said_ms; /* when the client last heard something */
    struct post *next, *prev;
};

static void list_post(struct post *post)
{
    struct endpoint *endpoint = post->endpoint;
    post->is_listed = true;
    post->next = endpoint->posts;
    if (post->next)
        post->next->prev = post;
    endpoint->posts = post;
}

static void unlist_post(struct post *post)
{
    if (!post->is_listed)
        return;
    post->is_listed = false;
    if (post->prev)
        post->prev->next = post->next;
    else
        post->endpoint->posts = post->next;
    if (post->next)
        post->next->prev = post->prev;
}

static void begin_stream(struct post *post)
{
    rpc_begin_stream(post->request);
    post->is_streaming = true;
}

static void write_event(struct post *post, const struct mcp_event *event)
{
    CLEANUP(buf_done) struct buf frame = { 0 };
    if (event->id)
        buf_addf(&frame, "id: %s\n", event->id);
    if (event->retry_ms)
        buf_addf(&frame, "retry: %u\n", event->retry_ms);
    if (event->len)
        buf_adds(&frame, "event: message\n");
    buf_adds(&frame, "data: ");
    buf_add(&frame, event->json, event->len);
    buf_adds(&frame, "\n\n");
    post->said_ms = clock_ms();
    if (!frame.failed)
        http_stream_write(
            post->request, frame.data, frame.len); /* if the client is gone, the abort callback follows */
}

static void on_event(void *user, const struct mcp_event *event)
{
    struct post *post = user;
    if (!post->is_streaming)
        begin_stream(post);
    write_event(post, event);
}

static void reply_json(struct post *post, const struct mcp_reply *reply)
{
    struct http_request *request = post->request;
    if (reply->session)
        http_set(request, "Mcp-Session-Id", reply->session);
    if (!http_indents(request) || !reply->len) {
        http_reply(request, reply->status, reply->len ? "application/json" : NULL, reply->json, reply->len);
        return;
    }
    CLEANUP(buf_done) struct buf pretty = { 0 };
    json_indent(&pretty, reply->json, reply->len);
    buf_addc(&pretty, '\n');
    http_reply(request, reply->status, "application/json", buf_str(&pretty), pretty.len);
}

static void on_end(void *user, const struct mcp_reply *reply)
{
    struct post *post = user;
    unlist_post(post);
    if (post->needs_stream && !post->is_streaming && reply->status == 200 && !reply->session)
        begin_stream(post);
    if (!post->is_streaming) {
        reply_json(post, reply);
        return;
    }
    if (reply->len)
        write_event(post, &(struct mcp_event){ .json = reply->json, .len = reply->len });
    http_stream_end(post->request);
}

static void on_hang_up(void *user)
{
    struct post *post = user;
    unlist_post(post);
    http_stream_end(post->request);
}

static void on_abort(struct http_request *request, void *user)
{
    (void)request;
    struct post *post = user;
    unlist_post(post);
    if (post->exchange)
        mcp_leave(post->exchange);
}

/* Unlike elsewhere, a client that sends no Accept has not asked for anything (MCP, Streamable HTTP). */
static bool names(const char *accept, const char *type)
{
    return accept && accept_quality(accept, type) > 0;
}

/* Both are welcome: the one a client names first is the one it would rather have. */
static bool names_stream_first(const char *accept)
{
    const char *json = strcasestr(accept, "json");
    return !json || strcasestr(accept, "event-stream") < json;
}

static const char *header_of(void *user, const char *name)
{
    return http_header(user, name);
}

/* A client that made no handshake (curl) may send any Accept and is answered in JSON. */
static bool is_bare(const struct http_request *request)
{
    return !http_header(request, "mcp-session-id") && !http_header(request, "mcp-protocol-version");
}

static struct post *new_post(struct endpoint *endpoint, struct http_request *request)
{
    struct post *post = arena_alloc(request->arena, sizeof *post);
    *post = (struct post){ .endpoint = endpoint, .request = request, .said_ms = clock_ms() };
    return post;
}

static const struct mcp_sink sink = { .event = on_event, .hang_up = on_hang_up, .end = on_end };

static struct mcp_envelope envelope_of(const struct post *post)
{
    struct http_request *request = post->request;
    return (struct mcp_envelope){
        .lang = language_choose(http_header(request, "accept-language"), post->endpoint->options.lang),
        .id = request->id,
        .principal = request->principal,
        .header = header_of,
        .user = request,
        .can_stream = post->accepts_stream,
    };
}

/* NULL: it is answered, and request and post are gone. */
static void wait_for(struct post *post, struct mcp_exchange *exchange)
{
    if (!exchange)
        return;
    post->exchange = exchange;
    list_post(post);
    http_on_abort(post->request, on_abort, post);
}

static void handle_post(struct http_request *request, void *user)
{
    struct endpoint *endpoint = user;
    const char *accept = http_header(request, "accept");
    bool wants_json = names(accept, "application/json");
    bool wants_stream = names(accept, "text/event-stream");
    if (!rpc_is_json(request)) {
        rpc_refuse(request, 415, "Content-Type must be application/json");
        return;
    }
    if (accept && !wants_json && !wants_stream && !is_bare(request)) {
        rpc_refuse(request, 406, "Accept must admit application/json, text/event-stream or both");
        return;
    }
    struct post *post = new_post(endpoint, request);
    /* A star admits a stream, but whoever writes it (curl) rarely reads one. */
    post->accepts_stream = wants_stream && strcasestr(accept, "event-stream");
    post->needs_stream = post->accepts_stream && (!wants_json || names_stream_first(accept));
    const struct mcp_envelope envelope = envelope_of(post);
    wait_for(
        post, mcp_receive(endpoint->mcp, NULL, request->body, request->body_len, &envelope, &sink, post));
}

static void handle_get(struct http_request *request, void *user)
{
    struct endpoint *endpoint = user;
    /* HEAD comes here too, and would take the session's only stream. */
    if (!http_header(request, "mcp-session-id") || strcmp(request->method, "GET") != 0) {
        http_set(request, "Allow", "POST, DELETE");
        rpc_refuse(request, 405, "GET is the stream of a session; requests are sent by POST");
        return;
    }
    if (!names(http_header(request, "accept"), "text/event-stream")) {
        rpc_refuse(request, 406, "Accept must admit text/event-stream");
        return;
    }
    struct post *post = new_post(endpoint, request);
    post->accepts_stream = post->needs_stream = true;
    const struct mcp_envelope envelope = envelope_of(post);
    struct mcp_exchange *exchange = mcp_listen(endpoint->mcp, &envelope, &sink, post);
    /* The client shall see that the stream is open before anything is said on it. */
    if (exchange && !post->is_streaming)
        begin_stream(post);
    wait_for(post, exchange);
}

static void handle_delete(struct http_request *request, void *user)
{
    struct endpoint *endpoint = user;
    const char *session = http_header(request, "mcp-session-id");
    if (!session)
        rpc_refuse(request, 400, "the header Mcp-Session-Id is missing");
    else if (!mcp_end_session(endpoint->mcp, session, request->principal))
        rpc_refuse(request, 404, "the session is unknown or has ended");
    else
        http_reply(request, 204, NULL, "", 0);
}

/* Calls that take long become streams; streams that say nothing say that they live. */
static void on_tick(void *user)
{
    struct endpoint *endpoint = user;
    mcp_server_pump(endpoint->mcp);
    int64_t now_ms = clock_ms();
    struct post *post = endpoint->posts;
    while (post) {
        struct post *next =
            post->next; /* writing may find the client gone, but its callback comes on a later turn */
        int64_t quiet_ms = now_ms - post->said_ms;
        if (post->accepts_stream && quiet_ms >= (post->is_streaming ? KEEP_ALIVE_MS : STREAM_AFTER_MS)) {
            post->said_ms = now_ms;
            mcp_prime(post->exchange);
            if (!post->is_streaming)
                begin_stream(post);
            http_stream_write(post->request, ": alive\n\n", 9);
        }
        post = next;
    }
    legacy_sse_tick(endpoint->legacy, now_ms);
}

static void on_stop(void *user)
{
    struct endpoint *endpoint = user;
    mcp_stop_listening(endpoint->mcp);
    legacy_sse_stop(endpoint->legacy);
}

static void on_ready(void *user)
{
    struct endpoint *endpoint = user;
    mcp_server_pump(endpoint->mcp);
}

struct endpoint *endpoint_new(
    struct http_server *http, struct mcp_server *mcp, const struct endpoint_options *options)
{
    struct endpoint *endpoint = calloc(1, sizeof *endpoint);
    if (!endpoint)
        return NULL;
    *endpoint = (struct endpoint){ .options = *options, .mcp = mcp };
    endpoint->legacy =
        options->legacy_sse ? legacy_sse_new(http, mcp, options->lang, options->base_path) : NULL;
    if (options->legacy_sse && !endpoint->legacy) {
        free(endpoint);
        return NULL;
    }
    http_route(http, "POST", options->path, handle_post, endpoint);
    http_route(http, "GET", options->path, handle_get, endpoint);
    http_route(http, "DELETE", options->path, handle_delete, endpoint);
    if (http_on_stop(http, on_stop, endpoint) < 0 ||
        http_watch(http, mcp_server_fd(mcp), on_ready, endpoint) < 0 ||
        http_every(http, 1000, on_tick, endpoint) < 0) {
        endpoint_free(endpoint);
        return NULL;
    }
    return endpoint;
}

void endpoint_free(struct endpoint *endpoint)
{
    if (endpoint)
        legacy_sse_free(endpoint->legacy);
    free(endpoint);
}
