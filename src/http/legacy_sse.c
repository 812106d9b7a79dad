/* One connection is one pipe: what /messages brings goes in, what the core says comes out as events. */
#include "http/legacy_sse.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include <mcp/server.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/scope.h"
#include "http/accept.h"
#include "http/language.h"
#include "http/rpc.h"
#include "http/server.h"

#define KEEP_ALIVE_MS 15000
#define ID_SIZE 33 /* 128 random bits in hexadecimal and a NUL */

struct legacy_sse {
    struct mcp_server *mcp;
    enum mcp_lang lang;
    const char *base_path;
    struct link *links; /* connections that are open */
};

/* A connection; lives in the arena of its GET. */
struct link {
    struct legacy_sse *sse;
    struct http_request *request; /* its stream; NULL once the client has gone */
    struct mcp_peer *peer;
    char id[ID_SIZE];
    enum mcp_lang lang;
    int64_t said_ms; /* when the client last heard something */
    struct link *next, *prev;
};

static void say(struct link *link, const char *event, const char *data, size_t len)
{
    CLEANUP(buf_done) struct buf frame = { 0 };
    if (!link->request)
        return;
    buf_addf(&frame, "event: %s\ndata: ", event);
    buf_add(&frame, data, len);
    buf_adds(&frame, "\n\n");
    link->said_ms = clock_ms();
    if (!frame.failed)
        http_stream_write(link->request, frame.data, frame.len); /* if it is gone, on_gone() follows */
}

static void on_event(void *user, const struct mcp_event *event)
{
    if (event->len)
        say(user, "message", event->json, event->len);
}

static void on_end(void *user, const struct mcp_reply *reply)
{
    if (reply->len)
        say(user, "message", reply->json, reply->len);
}

static const struct mcp_sink sink = { .event = on_event, .end = on_end };

static void unlist(struct link *link)
{
    if (link->prev)
        link->prev->next = link->next;
    else
        link->sse->links = link->next;
    if (link->next)
        link->next->prev = link->prev;
}

/* The end of the stream is the end of the session: its calls are cancelled, and nobody hears of it. */
static void on_gone(struct http_request *request, void *user)
{
    (void)request;
    struct link *link = user;
    link->request = NULL;
    unlist(link);
    mcp_peer_free(link->peer);
}

/* NULL: answered. */
static struct link *open_link(struct legacy_sse *sse, struct http_request *request)
{
    unsigned char random[(ID_SIZE - 1) / 2];
    struct link *link = arena_alloc(request->arena, sizeof *link);
    *link = (struct link){ .sse = sse, .request = request, .said_ms = clock_ms(), .next = sse->links };
    link->lang = language_choose(http_header(request, "accept-language"), sse->lang);
    bool may = getrandom(random, sizeof random, 0) == (ssize_t)sizeof random;
    link->peer = may ? mcp_peer_new(sse->mcp, &sink, link) : NULL;
    if (!link->peer) {
        rpc_refuse(request, 503, "no memory for one more connection");
        return NULL;
    }
    for (size_t i = 0; i < sizeof random; i++)
        snprintf(link->id + 2 * i, 3, "%02x", random[i]);
    if (link->next)
        link->next->prev = link;
    sse->links = link;
    return link;
}

static void handle_get(struct http_request *request, void *user)
{
    /* HEAD comes here too, and cannot hear anything. */
    if (strcmp(request->method, "GET") != 0) {
        http_set(request, "Allow", "GET");
        rpc_refuse(request, 405, "this is a stream of events");
        return;
    }
    if (accept_quality(http_header(request, "accept"), "text/event-stream") == 0) {
        rpc_refuse(request, 406, "Accept must admit text/event-stream");
        return;
    }
    struct link *link = open_link(user, request);
    if (!link)
        return;
    rpc_begin_stream(request);
    http_on_abort(request, on_gone, link);
    /* MCP 2024-11-05, basic/transports, HTTP with SSE: "the server MUST send an endpoint event containing a
     * URI for the client to use for sending messages". */
    const char *endpoint =
        arena_printf(request->arena, "%s/messages?sessionId=%s", link->sse->base_path, link->id);
    say(link, "endpoint", endpoint, strlen(endpoint));
}

/* By its id, which only the one who opened it knows, and only for that one. */
static struct link *find_link(const struct legacy_sse *sse, struct http_request *request)
{
    const char *id = http_query(request, "sessionId");
    const char *principal = request->principal ? request->principal : "";
    struct link *link = id ? sse->links : NULL;
    while (link && strcmp(link->id, id) != 0)
        link = link->next;
    const char *owner = link && link->request->principal ? link->request->principal : "";
    return link && strcmp(owner, principal) == 0 ? link : NULL;
}

static void handle_post(struct http_request *request, void *user)
{
    struct legacy_sse *sse = user;
    if (!rpc_is_json(request)) {
        rpc_refuse(request, 415, "Content-Type must be application/json");
        return;
    }
    struct link *link = find_link(sse, request);
    if (!link) {
        rpc_refuse(request, 404, "sessionId names no open connection; begin with GET /sse");
        return;
    }
    const struct mcp_envelope envelope = {
        .lang = link->lang,
        .id = request->id,
        .principal = request->principal,
        .face = "mcp-sse",
        .can_stream = true,
    };
    mcp_receive(sse->mcp, link->peer, request->body, request->body_len, &envelope, &sink, link);
    http_reply(request, 202, NULL, "", 0);
}

struct legacy_sse *legacy_sse_new(
    struct http_server *http, struct mcp_server *mcp, enum mcp_lang lang, const char *base_path)
{
    struct legacy_sse *sse = calloc(1, sizeof *sse);
    if (!sse)
        return NULL;
    *sse = (struct legacy_sse){ .mcp = mcp, .lang = lang, .base_path = base_path ? base_path : "" };
    http_route(http, "GET", "/sse", handle_get, sse);
    http_route(http, "POST", "/messages", handle_post, sse);
    return sse;
}

void legacy_sse_tick(struct legacy_sse *sse, int64_t now_ms)
{
    for (struct link *link = sse ? sse->links : NULL; link; link = link->next) {
        if (now_ms - link->said_ms < KEEP_ALIVE_MS)
            continue;
        link->said_ms = now_ms;
        http_stream_write(link->request, ": alive\n\n", 9);
    }
}

void legacy_sse_stop(struct legacy_sse *sse)
{
    while (sse && sse->links) {
        struct link *link = sse->links;
        struct http_request *request = link->request;
        on_gone(request, link);
        http_stream_end(request);
    }
}

void legacy_sse_free(struct legacy_sse *sse)
{
    free(sse);
}
