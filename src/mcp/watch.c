/* Watch lists, and polls of the resources on them: read again, compare a digest, announce. */
#include "mcp/watch.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "mcp/derived.h"
#include "mcp/offer.h"

#define URI_MAX 2048
#define POLLS_MAX 256 /* more are watched, but not read again */

struct watch {
    struct watch *next;
    struct poll_round *poll; /* reads it again now and then; NULL if nobody does */
    char uri[];
};

/* One resource that is read again now and then, however many watch it. */
struct poll_round {
    struct poll_round *next;
    struct mcp_server *server;
    unsigned watchers; /* how many watches want it */
    const struct mcp_resource *resource;
    struct arena arena;
    const char *uri;
    const struct mcp_json *arguments;
    struct mcp_call *call; /* the reading that is under way */
    uint64_t digest;
    bool has_digest;
    int64_t due_ms;
};

static void free_watch(struct watch *watch)
{
    if (watch->poll)
        watch->poll->watchers--;
    free(watch);
}

bool watch_has(const struct watch *list, const char *uri)
{
    while (list && strcmp(list->uri, uri) != 0)
        list = list->next;
    return list != NULL;
}

void watch_remove(struct watch **list, const char *uri)
{
    for (struct watch **at = list; *at; at = &(*at)->next) {
        if (strcmp((*at)->uri, uri) != 0)
            continue;
        struct watch *watch = *at;
        *at = watch->next;
        free_watch(watch);
        return;
    }
}

void watch_free(struct watch **list)
{
    while (*list) {
        struct watch *watch = *list;
        *list = watch->next;
        free_watch(watch);
    }
}

/* FNV-1a: a digest to notice changes, not to keep secrets. */
static uint64_t digest_more(uint64_t digest, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        digest = (digest ^ (unsigned char)text[i]) * 1099511628211U;
    return digest;
}

/* Over all contents. */
static uint64_t digest_of(const struct mcp_resource *resource, const struct call_outcome *outcome)
{
    uint64_t digest = 14695981039346656037U ^ (uint64_t)outcome->fault;
    struct buf derived = { 0 };
    if (resource->tool && !outcome->fault)
        derived_put(resource, outcome, &derived);
    digest = digest_more(digest, buf_str(&derived), derived.len);
    buf_done(&derived);
    for (const struct call_block *block = outcome->blocks; block; block = block->next)
        digest = digest_more(digest, block->text, block->len);
    return digest;
}

static void on_read(void *user, const struct call_outcome *outcome)
{
    struct poll_round *poll = user;
    poll->call = NULL;
    /* What this server could not do just now says nothing about the resource. */
    if (outcome->fault >= MCP_TIMED_OUT)
        return;
    uint64_t digest = digest_of(poll->resource, outcome);
    bool has_changed = poll->has_digest && digest != poll->digest;
    poll->digest = digest;
    poll->has_digest = true;
    if (has_changed)
        mcp_announce(poll->server, MCP_RESOURCE_UPDATED, poll->uri);
}

static void read_again(struct poll_round *poll, int64_t now_ms)
{
    static const struct call_events events = { .done = on_read };
    const struct call_request request = {
        .tool = offer_resource_tool(poll->server, poll->resource),
        .handler = poll->resource->tool ? NULL : &poll->resource->reader,
        .arguments = poll->arguments,
        .face = "watch",
        .id = "watch",
        .events = &events,
        .user = poll,
    };
    poll->due_ms = now_ms + (int64_t)poll->resource->poll_s * 1000;
    poll->call = engine_call(poll->server->engine, &request);
}

/* The polling of `uri`, begun if need be; NULL if it is not polled, or too many are. */
static struct poll_round *find_poll(struct mcp_server *server, const char *uri)
{
    unsigned count = 0;
    for (struct poll_round *poll = server->polls; poll; poll = poll->next, count++)
        if (strcmp(poll->uri, uri) == 0)
            return poll;
    struct buf variables = { 0 };
    const struct mcp_resource *resource = offer_find_resource(server, uri, &variables);
    bool is_polled = resource && resource->poll_s && count < POLLS_MAX;
    struct poll_round *poll = is_polled ? calloc(1, sizeof *poll) : NULL;
    if (poll) {
        *poll = (struct poll_round){ .next = server->polls, .server = server, .resource = resource };
        poll->uri = arena_strdup(&poll->arena, uri);
        poll->arguments = derived_arguments(&poll->arena, resource, buf_str(&variables));
        server->polls = poll;
        read_again(poll, clock_ms());
    }
    buf_done(&variables);
    return poll;
}

bool watch_add(struct mcp_server *server, struct watch **list, const char *uri)
{
    unsigned count = 0;
    if (watch_has(*list, uri))
        return true;
    for (const struct watch *watch = *list; watch; watch = watch->next)
        count++;
    size_t len = strlen(uri);
    bool may = count < WATCHES_MAX && len <= URI_MAX;
    struct watch *watch = may ? malloc(sizeof *watch + len + 1) : NULL;
    if (!watch)
        return false;
    memcpy(watch->uri, uri, len + 1);
    watch->next = *list;
    *list = watch;
    watch->poll = find_poll(server, uri);
    if (watch->poll)
        watch->poll->watchers++;
    return true;
}

static void free_poll(struct poll_round *poll)
{
    if (poll->call)
        call_abandon(poll->call);
    arena_done(&poll->arena);
    free(poll);
}

void watch_poll(struct mcp_server *server, int64_t now_ms)
{
    for (struct poll_round **at = &server->polls; *at;) {
        struct poll_round *poll = *at;
        if (!poll->watchers) {
            *at = poll->next;
            free_poll(poll);
            continue;
        }
        if (!poll->call && now_ms >= poll->due_ms)
            read_again(poll, now_ms);
        at = &poll->next;
    }
}

void watch_poll_stop(struct mcp_server *server)
{
    while (server->polls) {
        struct poll_round *poll = server->polls;
        server->polls = poll->next;
        free_poll(poll);
    }
}
