/* The server: what is the same for all clients, made once. */
#include "mcp/server_state.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/err.h"
#include "mcp/exchange.h"
#include "mcp/lists.h"
#include "mcp/offer.h"
#include "mcp/session.h"
#include "mcp/stream.h"
#include "mcp/tasks.h"
#include "mcp/watch.h"
#include "toolkit/look.h"

#define ANSWER_MAX_BYTES 200000
#define SESSION_IDLE_S 3600
#define PAGE_SIZE 250
#define SESSIONS_MAX 4096
#define REPLAY_MAX_BYTES ((size_t)32 << 20)

static void write_info(struct mcp_server *server, enum mcp_lang lang)
{
    const struct mcp_server_options *options = &server->options;
    const char *title = lang == MCP_FR ? options->title.fr : options->title.en;
    struct json_writer w = { .out = &server->info[lang] };
    json_open_object(&w, NULL);
    json_put_str(&w, "name", options->name);
    if (title)
        json_put_str(&w, "title", title);
    json_put_str(&w, "version", options->version);
    json_close_object(&w);
}

static int check_info(const struct mcp_server_options *options, struct err *err)
{
    struct mcp_text about = options->description;
    if ((about.en || about.fr) && !(about.en && about.fr))
        return err_set(err, -EINVAL, "%s: its description is needed in both languages", options->name);
    return look_check(options->name, options->icons, NULL, err);
}

/* What is left out has its default. */
static void fill_options(struct mcp_server_options *options)
{
    if (!options->answer_max_bytes)
        options->answer_max_bytes = ANSWER_MAX_BYTES;
    if (!options->session_idle_s)
        options->session_idle_s = SESSION_IDLE_S;
    if (!options->sessions_max)
        options->sessions_max = SESSIONS_MAX;
    if (!options->replay_max_bytes)
        options->replay_max_bytes = REPLAY_MAX_BYTES;
    if (!options->page_size)
        options->page_size = PAGE_SIZE;
}

struct mcp_server *server_wrap(
    const struct mcp_server_options *options, struct engine *engine, struct err *err)
{
    struct mcp_server *server = calloc(1, sizeof *server);
    if (!server ||
        getrandom(server->seal_key, sizeof server->seal_key, 0) != (ssize_t)sizeof server->seal_key) {
        free(server);
        err_set(err, -ENOMEM, "no memory for the server");
        return NULL;
    }
    server->options = *options;
    server->engine = engine;
    fill_options(&server->options);
    for (enum mcp_lang lang = MCP_EN; lang <= MCP_FR; lang++) {
        write_info(server, lang);
    }
    if (check_info(options, err) < 0 || offer_init(server, err) < 0) {
        mcp_server_free(server);
        return NULL;
    }
    return server;
}

struct mcp_server *mcp_server_new(
    const struct mcp_server_options *options, char *ret_error, size_t error_size)
{
    struct err err = { 0 };
    struct catalog *catalog = malloc(sizeof *catalog);
    struct engine *engine = NULL;
    struct mcp_server *server = NULL;
    const struct engine_options engine_options = { .catalog = catalog, .threads_max = options->threads_max };
    if (catalog && catalog_init(catalog, options->tools, &err) == 0)
        engine = engine_new(&engine_options, &err);
    if (engine)
        server = server_wrap(options, engine, &err);
    if (!server) {
        if (ret_error)
            snprintf(ret_error, error_size, "%s", err.code ? err.text : "out of memory");
        engine_free(engine);
        free(catalog);
        return NULL;
    }
    server->owned_catalog = catalog;
    return server;
}

void mcp_server_free(struct mcp_server *server)
{
    if (!server)
        return;
    session_end_all(server);
    while (server->listeners)
        exchange_free(server->listeners);
    tasks_free_all(server);
    watch_poll_stop(server);
    if (server->spare) {
        buf_done(&server->spare->out);
        arena_done(&server->spare->arena);
        free(server->spare);
    }
    if (server->owned_catalog)
        engine_free(server->engine);
    free(server->owned_catalog);
    lists_free_all(server);
    offer_done(server);
    for (enum mcp_lang lang = MCP_EN; lang <= MCP_FR; lang++) {
        buf_done(&server->info[lang]);
    }
    free(server);
}

struct server_counts server_count(const struct mcp_server *server)
{
    struct server_counts counts = { .sessions = server->session_count };
    for (const struct mcp_exchange *x = server->listeners; x; x = x->listener_next)
        counts.streams++;
    for (size_t i = 0; i < SESSION_BUCKETS; i++)
        for (const struct mcp_peer *peer = server->sessions[i]; peer; peer = peer->hash_next)
            counts.streams += peer->standalone != NULL;
    return counts;
}

struct mcp_peer *mcp_peer_new(struct mcp_server *server, const struct mcp_sink *sink, void *user)
{
    struct mcp_peer *peer = calloc(1, sizeof *peer);
    if (!peer)
        return NULL;
    *peer = (struct mcp_peer){
        .server = server,
        .next_request_id = 1,
        .used_ms = clock_ms(),
        .log_level = MCP_INFO,
        .sink = sink,
        .sink_user = user,
    };
    if (sink) {
        peer->pipe_next = server->pipes;
        server->pipes = peer;
    }
    return peer;
}

void mcp_peer_free(struct mcp_peer *peer)
{
    if (!peer)
        return;
    while (peer->exchanges) {
        struct mcp_exchange *x = peer->exchanges;
        if (x->sink) /* others wait for this end: a POST whose session is deleted, a batch that counts */
            exchange_drop(x);
        else
            exchange_free(x);
    }
    for (struct mcp_peer **at = &peer->server->pipes; peer->sink && *at; at = &(*at)->pipe_next)
        if (*at == peer) {
            *at = peer->pipe_next;
            break;
        }
    if (peer->standalone)
        exchange_drop(peer->standalone);
    stream_free_all(peer);
    watch_free(&peer->watches);
    free(peer->principal);
    free(peer->client);
    free(peer);
}

bool mcp_peer_settling(const struct mcp_peer *peer)
{
    const struct mcp_exchange *x = peer->exchanges;
    int64_t now_ms = x ? clock_ms() : 0;
    while (x && x->settles_until_ms <= now_ms)
        x = x->next;
    return x != NULL;
}

unsigned mcp_peer_pending(const struct mcp_peer *peer)
{
    unsigned listeners = 0;
    for (const struct mcp_exchange *x = peer->exchanges; x; x = x->next)
        listeners += x->is_listener;
    return peer->pending - listeners;
}

bool mcp_end_session(struct mcp_server *server, const char *session, const char *principal)
{
    struct mcp_peer *peer = session_find(server, session, principal);
    if (peer)
        session_end(peer);
    return peer != NULL;
}

int mcp_server_fd(const struct mcp_server *server)
{
    return engine_fd(server->engine);
}

void mcp_server_pump(struct mcp_server *server)
{
    engine_pump(server->engine);
    int64_t now_ms = clock_ms();
    if (now_ms - server->swept_ms < 1000)
        return;
    server->swept_ms = now_ms;
    session_sweep(server, now_ms);
    tasks_sweep(server);
    watch_poll(server, now_ms);
}
