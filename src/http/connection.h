/* The inside of the server: what server.c and connection.c share, and alone know of libuv. */
#ifndef HTTP_CONNECTION_H
#define HTTP_CONNECTION_H

#include <uv.h>

#include "base/arena.h"
#include "base/buf.h"
#include "http/exchange.h"
#include "http/parser.h"
#include "http/reply.h"
#include "http/server.h"

enum connection_state {
    CONNECTION_HEAD, /* idle, or reading a head */
    CONNECTION_BODY,
    CONNECTION_CALL, /* a handler has the request */
    CONNECTION_DRAIN, /* answered; the client has not taken all of it yet */
    CONNECTION_LINGER, /* refused: what still comes is thrown away, so that the refusal is not lost to a reset
                        */
    CONNECTION_CLOSED, /* the socket is gone; the memory stays until the handler is done with the request */
};

struct route {
    const char *method, *path;
    size_t stem; /* bytes of `path` before "{name}"; the whole when there is none */
    bool has_rest; /* ends with "{name}" */
    bool is_open; /* to anybody, see http_route_open() */
    bool (*holds)(const char *name, void *user); /* see http_route_only(); NULL: for every name */
    http_handler *handler;
    void *user;
};

struct connection {
    uv_tcp_t tcp;
    uv_shutdown_t shutdown;
    struct http_server *server;
    struct connection *previous, *next; /* in the server's list */
    enum connection_state state;
    const struct route *route; /* of the running request */
    int64_t deadline_ms; /* on uv_now(); what happens then depends on the state */
    size_t queued_before; /* DRAIN: bytes not taken at the last look */
    size_t sent_bytes; /* of the reply's body */
    int status; /* of the reply */
    bool head_begun; /* bytes of a head have come */
    bool close_after; /* no further request after this reply */
    bool reading;
    bool refused; /* over the limit: it is told 503 and not counted */
    bool advancing; /* connection_advance() is on the stack */
    bool wants_turn; /* connection_turn() is asked for */
    bool doomed; /* failed where it could not be told at once */
    bool handle_closed;
    struct arena arena;
    struct buf in; /* bytes that were read and not used */
    size_t in_used;
    struct buf body;
    struct parser parser;
    struct http_exchange exchange;
};

struct watch;
struct ticker;
struct stop_hook;

struct http_server {
    struct http_options options;
    char *host;
    uv_loop_t loop;
    uv_tcp_t listener;
    uv_timer_t clock, grace;
    uv_idle_t turns;
    uv_signal_t signals[2];
    int signal_grace_ms;
    int stop_signal; /* the first that came */
    int port;
    struct route *routes;
    size_t route_count;
    bool (*admit)(struct http_request *request, void *user);
    void *admit_user;
    void (*over)(const struct http_request *request, int status, size_t bytes, void *user);
    void *over_user;
    struct stop_hook *stop_hooks;
    struct connection *connections;
    unsigned connection_count, refused_count; /* the refused are among the connections */
    struct watch *watches;
    struct ticker *tickers;
    bool stopping;
    struct reply_date date;
    struct buf head; /* scratch for heads of replies */
    unsigned char random[512];
    size_t random_left;
    char scratch[65536]; /* where sockets are read into */
};

/* Takes the next connection from the listener; over the limit it is told 503. */
void connection_accept(struct http_server *server);
/* A look at the clock: answers 408, closes what is idle, gives up on clients that do not read, or that have
 * left while they were not read. */
void connection_check(struct connection *connection, int64_t now_ms);
/* Work put off from a callback that could not do it. May free the connection. */
void connection_turn(struct connection *connection);
/* Ends it now: the abort callback runs if a request does. */
void connection_abort(struct connection *connection);
/* Closes it if no request runs or has begun to come. */
void connection_retire(struct connection *connection);
/* Frees the memory of one whose handle is closed. */
void connection_free(struct connection *connection);

/* The request is dead from here; the observer hears `status`. Nothing if no request runs. */
void connection_end_exchange(struct connection *connection, int status);
/* The request is answered: waits until the client has taken all of it, then goes on to the next or closes. */
void connection_settle(struct connection *connection);
/* connection_turn() on the next turn of the loop. */
void connection_want_turn(struct connection *connection);
uv_stream_t *connection_stream(struct connection *connection);

/* Sends at once what the socket takes and queues a copy of the rest. False: the connection is broken. */
bool output_send(struct connection *connection, const uv_buf_t *pieces, unsigned count);
/* libuv's pieces are not const, but it does not write to them. */
uv_buf_t output_piece(const char *bytes, size_t len);

/* The route of a request, or NULL after having answered 404, 405 or OPTIONS. */
const struct route *server_route(struct http_server *server, struct http_request *request);
/* 32 hexadecimal digits and a NUL. */
void server_random_id(struct http_server *server, char ret_id[33]);
/* A connection is no longer in the list. */
void server_connection_gone(struct http_server *server);
/* connection_turn() is called for those who want it on the next turn of the loop. */
void server_want_turn(struct http_server *server);

#endif
