/* The inside of server, peer and exchange, for the files of mcp only. */
#ifndef MCP_STATE_H
#define MCP_STATE_H

#include <mcp/server.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/json_write.h"
#include "mcp/jsonrpc.h"
#include "mcp/revision.h"
#include "toolkit/call.h"
#include "toolkit/catalog.h"

#define SESSION_ID_SIZE 33 /* 32 hexadecimal digits and a NUL */
#define SEAL_KEY_SIZE 32

/* A connected client: a pipe, or a session over HTTP. */
struct mcp_peer {
    struct mcp_server *server;
    const struct revision *revision; /* of its session; NULL before `initialize` */
    unsigned asks; /* bits 1 << enum mcp_ask_kind: what the client declared */
    char *principal; /* who began the session; NULL = nobody in particular */
    char *client; /* the program: "name/version"; NULL = not said */
    struct mcp_exchange *exchanges; /* requests not answered yet */
    unsigned pending;
    int64_t next_request_id; /* of requests to the client */
    int log_level; /* enum mcp_level from logging/setLevel */
    struct stream *streams; /* HTTP: what can be resumed */
    struct mcp_exchange *standalone; /* HTTP: its GET, on which the server speaks by itself */
    unsigned next_stream;
    struct watch *watches; /* resources it is subscribed to */
    const struct mcp_sink *sink; /* pipes: for what belongs to no exchange */
    void *sink_user;
    struct mcp_peer *pipe_next;
    char id[SESSION_ID_SIZE]; /* HTTP sessions; "" for pipes */
    int64_t used_ms; /* clock_ms() of the last message */
    struct mcp_peer *hash_next; /* HTTP sessions */
};

#define SESSION_BUCKETS 1024

struct mcp_server {
    struct mcp_server_options options;
    struct engine *engine;
    struct catalog *owned_catalog; /* NULL: engine and catalogue belong to somebody else */
    struct list *lists; /* what the list methods answer, once somebody has asked: lists.c */
    struct mcp_tool *completers; /* of the resources, then of the prompts: NULL run if there is none */
    struct mcp_exchange *listeners; /* subscriptions/listen that are open */
    struct task *tasks;
    unsigned task_count;
    struct poll_round *polls; /* subscribed resources that are read again now and then */
    struct mcp_peer *pipes; /* pipe peers: they hear announcements too */
    struct buf info[2]; /* the Implementation object as every stateless result has it: name, title, version */
    unsigned char seal_key[SEAL_KEY_SIZE]; /* of requestState; random per process */
    struct mcp_peer *sessions[SESSION_BUCKETS];
    unsigned session_count;
    struct stream *oldest_stream, *newest_stream; /* of all sessions */
    size_t kept_bytes; /* by all of them */
    int64_t swept_ms;
    struct mcp_exchange *spare; /* one kept for reuse */
    struct mcp_exchange *receiving; /* the one mcp_receive() is about to return, unless it ends first */
};

/* A question to the client that is on its way (legacy): a server request. */
struct asked {
    int64_t id; /* of the request to the client */
    const char *key;
    const char *page; /* of a page: its id, where the revision has such ids */
    const char *answer; /* raw JSON once it is there */
    size_t answer_len;
    struct asked *next;
};

/* A page that a person was led to (MCP 2025-11-25). */
struct page {
    const char *key, *id;
    struct page *next;
};

/* A request and its reply. Lives until the reply is sent or the client has left. */
struct mcp_exchange {
    struct mcp_server *server;
    struct mcp_peer *peer; /* NULL for stateless and bare requests over HTTP */
    const struct revision *revision;
    const struct mcp_sink *sink; /* NULL once the client has left */
    void *user;
    struct arena arena; /* its copy of the message, the tree, everything below */
    struct jsonrpc_message message;
    enum mcp_lang lang;
    const char *log_id, *principal;
    struct mcp_trace trace;
    const char *client; /* the program that asks, as it calls itself; NULL = not said */
    const char *face; /* static */
    bool can_stream, is_http;
    unsigned asks; /* what this client can answer */
    struct buf out;
    struct json_writer writer;

    /* A handler that runs for it: run.c */
    struct mcp_call *call;
    int tool; /* index in the catalogue; -1: the handler is no tool */
    const struct mcp_tool *handler;
    const struct mcp_resource *resource; /* resources/read: what is read */
    void (*finish)(struct mcp_exchange *x, const struct call_outcome *outcome);
    const char *result_meta; /* members for _meta of the result, a JSON object; NULL = none */
    const struct mcp_json *arguments, *progress_token, *answers;
    int log_level; /* enum mcp_level from which log messages are sent; CALL_LOG_NOTHING */
    unsigned round;
    struct asked *asked;
    int64_t settles_until_ms; /* cancelled, and its handler may still hold something; 0: not cancelled */
    struct page *pages; /* that nobody said are done with */

    struct stream *stream; /* HTTP sessions: its events, kept for a client that comes back */
    bool introduces; /* its result says all about the server */
    bool offers_tasks; /* this client can ask for the result later */

    /* subscriptions/listen: listen.c */
    bool is_listener;
    unsigned listens; /* bits 1 << enum mcp_change */
    struct watch *watches;
    const struct mcp_json *listen_tasks;
    struct mcp_exchange *listener_next, *listener_prev;

    struct mcp_exchange *next, *prev; /* of the peer */
};

#endif
