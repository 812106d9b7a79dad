/* The HTTP/1.1 server as the rest of the program sees it: routes in, replies and streams out.
 *
 * server.c and connection.c alone know libuv and llhttp; this header is the whole seam. Everything runs on
 * the one I/O thread. A request lives from its route handler until http_reply(), http_stream_end(), or its
 * abort callback returns: exactly one of these happens, and afterwards the pointer is dead. */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <mcp/tool.h>

struct arena;
struct err;
struct http_server;

struct http_options {
    const char *host; /* address or name to bind, "127.0.0.1" */
    int port; /* 0 = any free one, see http_port() */
    size_t body_max, header_max; /* bytes; over: 413 from the Content-Length already, 431 */
    int header_timeout_ms, body_timeout_ms; /* total time for a head, for a body: 408 */
    int idle_timeout_ms; /* keep-alive without a request */
    unsigned connections_max; /* over: 503 with Retry-After and close */
    size_t stream_max; /* bytes queued on a stream that its client does not read; over: aborted */
    bool indent; /* JSON for people, see http_indents() */
    enum mcp_lang lang; /* of refusals, for clients that name no language */
    const char
        *base_path; /* "/assist": paths that begin with it lose it, for proxies that pass it on; NULL or
                       "" = none; borrowed */
};

#define HTTP_ID_SIZE 65

struct http_request {
    const char *method; /* "GET" */
    const char *path; /* decoded, without query: "/tools/ping" */
    const char *query; /* raw, "" when there is none */
    const char *rest; /* what `{...}` at the end of the route matched, decoded; "" else */
    const char *body; /* NUL-terminated */
    size_t body_len;
    struct arena *arena; /* memory with the life of the request */
    char id[HTTP_ID_SIZE]; /* X-Request-Id: the client's if it is 1..64 of [A-Za-z0-9_-], else a random one */
    struct sockaddr_storage peer; /* who connected */
    const char *principal; /* who asks, as the callback of http_admit() established it; NULL: nobody known */
    const char *client; /* address of who asks, from the same; NULL: see `peer` */
    int64_t start_ns; /* clock_ns() when the head was complete */
    void *user; /* for the handler's use */
};

typedef void http_handler(struct http_request *request, void *user);

/* Copies the options. NULL with *err filled on bad ones or no memory. */
struct http_server *http_server_new(const struct http_options *options, struct err *err);
/* Closes everything and frees. NULL is fine. */
void http_server_free(struct http_server *server);

/* Calls `handler` for `method` on `path`, exact or ending in "/{name}" (one non-empty segment, see
 * request->rest). HEAD is answered by GET's handler without a body. A known path with another method is 405
 * with Allow, an unknown one 404: both as RFC 9457 problem documents. `path` and `user` are borrowed. */
void http_route(
    struct http_server *server, const char *method, const char *path, http_handler *handler, void *user);
/* The same for what anybody may see, whoever else needs a key: nothing that calls a tool or tells about the
 * machine. */
void http_route_open(
    struct http_server *server, const char *method, const char *path, http_handler *handler, void *user);
/* The route that was added last is for those names only of which `holds` is true: Allow leaves it out for the
 * others. Its handler refuses them, in words of its own. */
void http_route_only(struct http_server *server, bool (*holds)(const char *name, void *user));
/* True if a route is at `path` or beneath it. */
bool http_has_path(const struct http_server *server, const char *path);
/* Runs before any route, 404 and 405 included, as soon as the head is there: the body is not (Host, Origin,
 * identity). False: it has replied, at once. At most one. */
void http_admit(
    struct http_server *server, bool (*admit)(struct http_request *request, void *user), void *user);
/* True if the path is one of http_route_open(): for the callback above. */
bool http_is_open(const struct http_request *request);
/* Runs when a request is over, for the access log: `status` as sent, 499 if the client left first. At most
 * one. */
void http_observe(struct http_server *server,
    void (*over)(const struct http_request *, int status, size_t bytes, void *user), void *user);

/* The value of a request header, trimmed; NULL if absent. A header that came several times is joined by ", ".
 */
const char *http_header(const struct http_request *request, const char *name);
/* True if JSON in replies is to be indented (the option `indent`). */
bool http_indents(const struct http_request *request);

/* The language of the answer: Accept-Language, else the option `lang`. */
enum mcp_lang http_lang(const struct http_request *request);
/* How often the header came: for those that must not repeat. */
unsigned http_header_count(const struct http_request *request, const char *name);
/* The value of a query parameter, decoded (+ is a space), in the request's arena; NULL if absent. */
const char *http_query(struct http_request *request, const char *name);
/* Calls `each` for all query parameters in order, decoded; stops early when it returns false. False if the
 * query is not well formed (bad %xx). */
bool http_query_each(
    struct http_request *request, bool (*each)(const char *name, const char *value, void *user), void *user);

/* Adds a header to the reply to come. Values are copied; a control character in one is a programming error
 * (assert). */
void http_set(struct http_request *request, const char *name, const char *value);
/* Answers. `body` is copied. X-Request-Id, Date, Content-Length and X-Content-Type-Options: nosniff are
 * added. */
void http_reply(
    struct http_request *request, int status, const char *content_type, const char *body, size_t len);

/* Answers piece by piece (chunked). */
void http_stream_begin(struct http_request *request, int status, const char *content_type);
/* Queues and sends at once. False when the client is gone or has not read `stream_max` bytes: the abort
 * callback follows on the next turn of the loop, write nothing more. */
bool http_stream_write(struct http_request *request, const char *bytes, size_t len);
void http_stream_end(struct http_request *request);

/* `gone` is called when the client leaves before the answer is complete (also half-way through a running
 * call: the connection is read all the time), or at shutdown. The request dies when it returns. NULL to
 * forget. */
void http_on_abort(
    struct http_request *request, void (*gone)(struct http_request *request, void *user), void *user);

/* Calls `ready` on the I/O thread whenever `fd` is readable, until the server is freed. */
int http_watch(struct http_server *server, int fd, void (*ready)(void *user), void *user);
/* Calls `tick` every `interval_ms`, until the server is freed. */
int http_every(struct http_server *server, int interval_ms, void (*tick)(void *user), void *user);

/* Calls `stopping` once when http_stop() begins, so that answers without an end (streams) can be ended.
 * 0 or -ENOMEM. */
int http_on_stop(struct http_server *server, void (*stopping)(void *user), void *user);

/* Binds and listens. 0 or a negative errno with *err filled. */
int http_listen(struct http_server *server, struct err *err);
/* The port really bound, after http_listen(). */
int http_port(const struct http_server *server);
/* The address really bound, after http_listen(); AF_UNSPEC if there is none. */
void http_address(const struct http_server *server, struct sockaddr_storage *ret_address);
/* How many connections are open. */
unsigned http_connections(const struct http_server *server);
/* Serves until http_stop(). 0 or a negative errno. */
int http_run(struct http_server *server);
/* Stops taking connections, lets running requests finish for `grace_ms`, aborts the rest, makes http_run()
 * return. Also on the signals of http_signals(). */
void http_stop(struct http_server *server, int grace_ms);
/* The signal of http_signals() that began the stop; 0 if there was none. */
int http_stop_signal(const struct http_server *server);
/* SIGTERM and SIGINT call http_stop(server, grace_ms); SIGPIPE is ignored. */
int http_signals(struct http_server *server, int grace_ms);

#endif
