/* The table of HTTP sessions. */
#include "mcp/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"

static unsigned bucket_of(const char *id)
{
    /* The id is random: its first digits are a fine hash, and a forged one only finds an empty bucket. */
    unsigned hash = 2166136261U;
    for (int i = 0; i < 8 && id[i]; i++)
        hash = (hash ^ (unsigned char)id[i]) * 16777619U;
    return hash % SESSION_BUCKETS;
}

/* A call runs. One that waits for its client's answer does not: that client may never come back. */
static bool is_busy(const struct mcp_peer *peer)
{
    const struct mcp_exchange *x = peer->exchanges;
    while (x && !x->call)
        x = x->next;
    return x != NULL;
}

static struct mcp_peer *idlest(struct mcp_server *server)
{
    struct mcp_peer *found = NULL;
    for (unsigned i = 0; i < SESSION_BUCKETS; i++)
        for (struct mcp_peer *peer = server->sessions[i]; peer; peer = peer->hash_next)
            if (!is_busy(peer) && (!found || peer->used_ms < found->used_ms))
                found = peer;
    return found;
}

struct mcp_peer *session_new(struct mcp_server *server)
{
    if (server->session_count >= server->options.sessions_max) {
        struct mcp_peer *oldest = idlest(server);
        if (!oldest)
            return NULL;
        session_end(oldest);
    }
    unsigned char random[16];
    struct mcp_peer *peer = mcp_peer_new(server, NULL, NULL);
    if (!peer || getrandom(random, sizeof random, 0) != (ssize_t)sizeof random) {
        mcp_peer_free(peer);
        return NULL;
    }
    /* MCP 2025-11-25, basic/transports, Session Management: unguessable, visible ASCII only. */
    for (size_t i = 0; i < sizeof random; i++)
        snprintf(peer->id + 2 * i, 3, "%02x", random[i]);
    unsigned bucket = bucket_of(peer->id);
    peer->hash_next = server->sessions[bucket];
    server->sessions[bucket] = peer;
    server->session_count++;
    return peer;
}

struct mcp_peer *session_find(struct mcp_server *server, const char *id, const char *principal)
{
    struct mcp_peer *peer = server->sessions[bucket_of(id)];
    while (peer && strcmp(peer->id, id) != 0)
        peer = peer->hash_next;
    if (!peer || strcmp(peer->principal ? peer->principal : "", principal ? principal : "") != 0)
        return NULL;
    peer->used_ms = clock_ms();
    return peer;
}

void session_end(struct mcp_peer *peer)
{
    struct mcp_peer **at = &peer->server->sessions[bucket_of(peer->id)];
    while (*at != peer)
        at = &(*at)->hash_next;
    *at = peer->hash_next;
    peer->server->session_count--;
    mcp_peer_free(peer);
}

void session_sweep(struct mcp_server *server, int64_t now_ms)
{
    int64_t limit_ms = (int64_t)server->options.session_idle_s * 1000;
    for (unsigned i = 0; i < SESSION_BUCKETS; i++) {
        struct mcp_peer *peer = server->sessions[i];
        while (peer) {
            struct mcp_peer *next = peer->hash_next;
            if (!is_busy(peer) && !peer->standalone && now_ms - peer->used_ms > limit_ms)
                session_end(peer);
            peer = next;
        }
    }
}

void session_end_all(struct mcp_server *server)
{
    for (unsigned i = 0; i < SESSION_BUCKETS; i++)
        while (server->sessions[i])
            session_end(server->sessions[i]);
}
