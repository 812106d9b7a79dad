/* Event ids are "<stream>-<number>": unique in the session, and they name their stream. */
#include "mcp/stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mcp/exchange.h"

/* Per stream; the last event is kept whatever its size. For all together: options.replay_max_bytes. */
#define KEPT_BYTES_MAX ((size_t)256 << 10)
#define KEPT_STREAMS_MAX 8 /* per session */
#define RETRY_MS 500

struct kept_event {
    struct kept_event *next;
    unsigned number;
    size_t len;
    char json[];
};

struct stream {
    struct stream *next; /* of the session, newest first */
    struct mcp_peer *peer; /* the session */
    struct stream *older, *newer; /* of the server */
    struct mcp_exchange *exchange; /* whose answer is still to come; NULL: over */
    unsigned number, event_count;
    bool is_standalone; /* the session's own: it is never over, only without a listener */
    struct kept_event *events, **tail;
    size_t kept_bytes;
};

bool stream_is_kept(const struct mcp_exchange *x)
{
    return x->is_http && x->peer && x->can_stream && x->revision->era == ERA_LEGACY;
}

/* What an event costs. */
static size_t cost_of(const struct kept_event *event)
{
    return sizeof *event + event->len + 1;
}

static void forget_first(struct stream *stream)
{
    struct kept_event *event = stream->events;
    stream->events = event->next;
    if (!stream->events)
        stream->tail = &stream->events;
    stream->kept_bytes -= cost_of(event);
    stream->peer->server->kept_bytes -= cost_of(event);
    free(event);
}

static void list_stream(struct stream *stream)
{
    struct mcp_server *server = stream->peer->server;
    stream->older = server->newest_stream;
    if (stream->older)
        stream->older->newer = stream;
    else
        server->oldest_stream = stream;
    server->newest_stream = stream;
}

static void unlist_stream(struct stream *stream)
{
    struct mcp_server *server = stream->peer->server;
    *(stream->older ? &stream->older->newer : &server->oldest_stream) = stream->newer;
    *(stream->newer ? &stream->newer->older : &server->newest_stream) = stream->older;
}

static void free_stream(struct stream *stream)
{
    while (stream->events)
        forget_first(stream);
    if (stream->exchange)
        stream->exchange->stream = NULL;
    unlist_stream(stream);
    free(stream);
}

static void drop_stream(struct stream *stream)
{
    struct stream **at = &stream->peer->streams;
    while (*at != stream)
        at = &(*at)->next;
    *at = stream->next;
    free_stream(stream);
}

/* All sessions keep too much: the oldest streams that are over go, then the oldest events of those that are
 * not, but for each one's last. */
static void forget_elsewhere(struct mcp_server *server, const struct stream *spared)
{
    size_t max = server->options.replay_max_bytes;
    struct stream *stream = server->oldest_stream;
    while (stream && server->kept_bytes > max) {
        struct stream *newer = stream->newer;
        if (!stream->exchange && stream != spared)
            drop_stream(stream);
        stream = newer;
    }
    for (stream = server->oldest_stream; stream; stream = stream->newer)
        while (server->kept_bytes > max && stream->events && stream->events->next)
            forget_first(stream);
}

void stream_free_all(struct mcp_peer *peer)
{
    while (peer->streams) {
        struct stream *stream = peer->streams;
        peer->streams = stream->next;
        free_stream(stream);
    }
}

/* Too many: the oldest that is over goes. */
static void forget_oldest(struct mcp_peer *peer)
{
    unsigned count = 0;
    struct stream **oldest = NULL;
    for (struct stream **at = &peer->streams; *at; at = &(*at)->next) {
        count++;
        if (!(*at)->exchange)
            oldest = at;
    }
    if (count <= KEPT_STREAMS_MAX || !oldest)
        return;
    drop_stream(*oldest);
}

/* Keeps an event and writes its id; false: no memory, the event is only said. */
static bool keep(struct stream *stream, const char *json, size_t len, char *ret_id, size_t id_size)
{
    struct kept_event *event = malloc(sizeof *event + len + 1);
    if (!event)
        return false;
    *event = (struct kept_event){ .number = ++stream->event_count, .len = len };
    memcpy(event->json, json, len);
    event->json[len] = '\0';
    *stream->tail = event;
    stream->tail = &event->next;
    stream->kept_bytes += cost_of(event);
    stream->peer->server->kept_bytes += cost_of(event);
    while (stream->kept_bytes > KEPT_BYTES_MAX && stream->events != event)
        forget_first(stream);
    forget_elsewhere(stream->peer->server, stream);
    snprintf(ret_id, id_size, "%u-%u", stream->number, event->number);
    return true;
}

/* Gives the exchange its stream; NULL: no memory. */
static struct stream *open_stream(struct mcp_exchange *x)
{
    if (x->stream)
        return x->stream;
    struct stream *stream = calloc(1, sizeof *stream);
    if (!stream)
        return NULL;
    *stream = (struct stream){
        .next = x->peer->streams,
        .peer = x->peer,
        .exchange = x,
        .number = x->peer->next_stream++,
        .is_standalone = x->peer->standalone == x,
    };
    stream->tail = &stream->events;
    x->peer->streams = stream;
    x->stream = stream;
    list_stream(stream);
    forget_oldest(x->peer);
    if (x->revision->has_polling) {
        char id[32];
        if (keep(stream, "", 0, id, sizeof id) && x->sink)
            x->sink->event(x->user, &(struct mcp_event){ .json = "", .id = id, .retry_ms = RETRY_MS });
    }
    return stream;
}

void stream_prime(struct mcp_exchange *x)
{
    if (stream_is_kept(x) && x->revision->has_polling)
        open_stream(x);
}

void stream_say(struct mcp_exchange *x, const char *json, size_t len)
{
    struct stream *stream = open_stream(x);
    char id[32];
    bool is_kept = stream && keep(stream, json, len, id, sizeof id);
    if (x->sink)
        x->sink->event(x->user, &(struct mcp_event){ .json = json, .len = len, .id = is_kept ? id : NULL });
}

void stream_end(struct mcp_exchange *x, const char *json, size_t len)
{
    struct stream *stream = x->stream;
    char id[32];
    if (!stream)
        return;
    if (len)
        keep(stream, json, len, id, sizeof id);
    stream->exchange = NULL;
    x->stream = NULL;
}

void stream_hang_up(struct mcp_exchange *x)
{
    if (!stream_is_kept(x) || !x->revision->has_polling || !x->sink || !x->sink->hang_up || !open_stream(x))
        return;
    const struct mcp_sink *sink = x->sink;
    x->sink = NULL;
    sink->hang_up(x->user);
}

static struct stream *find_stream(const struct mcp_peer *peer, const char *id, unsigned *ret_number)
{
    unsigned stream_number = 0;
    char rest = 0;
    if (sscanf(id, "%9u-%9u%c", &stream_number, ret_number, &rest) != 2)
        return NULL;
    struct stream *stream = peer->streams;
    while (stream && stream->number != stream_number)
        stream = stream->next;
    return stream && *ret_number <= stream->event_count ? stream : NULL;
}

struct mcp_exchange *stream_resume(struct mcp_exchange *get, const char *last_event_id)
{
    unsigned number = 0;
    struct stream *stream = find_stream(get->peer, last_event_id, &number);
    if (!stream) {
        exchange_refuse(
            get, 400, JSONRPC_INVALID_REQUEST, NULL, "Last-Event-ID names no event of this session");
        return NULL;
    }
    struct mcp_exchange *x = stream->exchange;
    if (x && x->sink && !x->sink->hang_up) {
        exchange_refuse(get, 409, JSONRPC_INVALID_REQUEST, NULL, "that stream is open on another connection");
        return NULL;
    }
    if (x && x->sink) {
        /* That its connection is lost, a client may know long before us. */
        const struct mcp_sink *sink = x->sink;
        x->sink = NULL;
        sink->hang_up(x->user);
    }
    for (const struct kept_event *event = stream->events; event; event = event->next) {
        if (event->number <= number || !event->len)
            continue;
        char id[32];
        snprintf(id, sizeof id, "%u-%u", stream->number, event->number);
        get->sink->event(get->user, &(struct mcp_event){ .json = event->json, .len = event->len, .id = id });
    }
    if (!x && stream->is_standalone && !get->peer->standalone) {
        get->peer->standalone = get;
        get->stream = stream;
        stream->exchange = get;
        return get;
    }
    if (!x) {
        exchange_drop(get);
        return NULL;
    }
    x->sink = get->sink;
    x->user = get->user;
    exchange_free(get);
    return x;
}
