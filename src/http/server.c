/* The server around the connections: listening, routes, timers, watched descriptors, the way down. */
#include "http/connection.h"

#include <assert.h>
#include <errno.h>
#include <netdb.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/err.h"
#include "http/problem.h"

enum { CHECK_MS = 250, BACKLOG = 1024 };

struct watch {
    uv_poll_t poll;
    struct watch *next;
    void (*ready)(void *user);
    void *user;
};

struct ticker {
    uv_timer_t timer;
    struct ticker *next;
    void (*tick)(void *user);
    void *user;
};

struct stop_hook {
    struct stop_hook *next;
    void (*stopping)(void *user);
    void *user;
};

/* Turns and time */

static void on_turns(uv_idle_t *turns)
{
    struct http_server *server = turns->data;
    uv_idle_stop(turns);
    for (struct connection *connection = server->connections, *next; connection; connection = next) {
        next = connection->next;
        if (connection->wants_turn)
            connection_turn(connection);
    }
}

void server_want_turn(struct http_server *server)
{
    uv_idle_start(&server->turns, on_turns);
}

static void on_clock(uv_timer_t *clock)
{
    struct http_server *server = clock->data;
    int64_t now_ms = (int64_t)uv_now(&server->loop);
    for (struct connection *connection = server->connections; connection; connection = connection->next)
        connection_check(connection, now_ms);
}

static void abort_all(struct http_server *server)
{
    for (struct connection *connection = server->connections; connection; connection = connection->next)
        connection_abort(connection);
}

static void on_grace_over(uv_timer_t *grace)
{
    struct http_server *server = grace->data;
    abort_all(server);
    uv_stop(&server->loop);
}

void server_connection_gone(struct http_server *server)
{
    if (server->stopping && server->connection_count == 0)
        uv_stop(&server->loop);
}

/* A server's life */

static int check_options(const struct http_options *options, struct err *err)
{
    if (!options->host || options->host[0] == '\0')
        return err_set(err, -EINVAL, "no address to listen on");
    if (options->port < 0 || options->port > 65535)
        return err_set(err, -EINVAL, "port %d is not in 0..65535", options->port);
    if (options->body_max == 0 || options->body_max > (size_t)1 << 30)
        return err_set(err, -EINVAL, "body limit %zu is not in 1..1 GiB", options->body_max);
    if (options->header_max < 256 || options->header_max > (size_t)1 << 20)
        return err_set(err, -EINVAL, "head limit %zu is not in 256 bytes..1 MiB", options->header_max);
    if (options->header_timeout_ms <= 0 || options->body_timeout_ms <= 0 || options->idle_timeout_ms <= 0)
        return err_set(err, -EINVAL, "the time limits must be above 0 ms");
    if (options->connections_max == 0 || options->stream_max == 0)
        return err_set(err, -EINVAL, "the limits of connections and of streams must be above 0");
    return 0;
}

static void init_handles(struct http_server *server)
{
    uv_loop_t *loop = &server->loop;
    uv_tcp_init(loop, &server->listener);
    uv_timer_init(loop, &server->clock);
    uv_timer_init(loop, &server->grace);
    uv_idle_init(loop, &server->turns);
    uv_signal_init(loop, &server->signals[0]);
    uv_signal_init(loop, &server->signals[1]);
    server->listener.data = server->clock.data = server->grace.data = server->turns.data = server;
    server->signals[0].data = server->signals[1].data = server;
}

struct http_server *http_server_new(const struct http_options *options, struct err *err)
{
    if (check_options(options, err) < 0)
        return NULL;
    struct http_server *server = calloc(1, sizeof *server);
    char *host = server ? strdup(options->host) : NULL;
    if (!host || uv_loop_init(&server->loop) < 0) {
        err_say(err, -ENOMEM, "pas assez de mémoire ou de descripteurs pour un serveur HTTP",
            "no memory or descriptors for an HTTP server");
        free(host);
        free(server);
        return NULL;
    }
    server->options = *options;
    server->options.host = server->host = host;
    buf_init(&server->head, 0);
    init_handles(server);
    return server;
}

static void close_handle(uv_handle_t *handle, void *user)
{
    (void)user;
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

void http_server_free(struct http_server *server)
{
    if (!server)
        return;
    server->stopping = true;
    abort_all(server);
    uv_walk(&server->loop, close_handle, NULL);
    while (uv_run(&server->loop, UV_RUN_DEFAULT) != 0)
        continue;
    /* Left are those whose handler neither answered nor listened for the abort: nobody will any more. */
    while (server->connections)
        connection_free(server->connections);
    int left = uv_loop_close(&server->loop);
    assert(left == 0);
    (void)left;
    for (struct watch *watch = server->watches, *next; watch; watch = next) {
        next = watch->next;
        free(watch);
    }
    for (struct ticker *ticker = server->tickers, *next; ticker; ticker = next) {
        next = ticker->next;
        free(ticker);
    }
    for (struct stop_hook *hook = server->stop_hooks, *next; hook; hook = next) {
        next = hook->next;
        free(hook);
    }
    buf_done(&server->head);
    free(server->routes);
    free(server->host);
    free(server);
}

void server_random_id(struct http_server *server, char ret_id[33])
{
    static const char digits[] = "0123456789abcdef";
    if (server->random_left < 16) {
        /* Up to 256 bytes come whole once the kernel's pool is ready, and a call waits until it is. */
        for (size_t at = 0; at < sizeof server->random; at += 256) {
            if (getrandom(server->random + at, 256, 0) != 256)
                abort();
        }
        server->random_left = sizeof server->random;
    }
    for (size_t i = 0; i < 16; i++) {
        unsigned char byte = server->random[--server->random_left];
        ret_id[2 * i] = digits[byte >> 4];
        ret_id[2 * i + 1] = digits[byte & 15];
    }
    ret_id[32] = '\0';
}

/* Routes */

static struct route *add_route(
    struct http_server *server, const char *method, const char *path, http_handler *handler, void *user)
{
    struct route *routes = realloc(server->routes, (server->route_count + 1) * sizeof *routes);
    if (!routes)
        abort();
    const char *brace = strchr(path, '{');
    routes[server->route_count++] = (struct route){
        .method = method,
        .path = path,
        .stem = brace ? (size_t)(brace - path) : strlen(path),
        .has_rest = brace != NULL,
        .handler = handler,
        .user = user,
    };
    server->routes = routes;
    return &routes[server->route_count - 1];
}

void http_route(
    struct http_server *server, const char *method, const char *path, http_handler *handler, void *user)
{
    add_route(server, method, path, handler, user);
}

void http_route_open(
    struct http_server *server, const char *method, const char *path, http_handler *handler, void *user)
{
    add_route(server, method, path, handler, user)->is_open = true;
}

void http_route_only(struct http_server *server, bool (*holds)(const char *name, void *user))
{
    server->routes[server->route_count - 1].holds = holds;
}

void http_admit(
    struct http_server *server, bool (*admit)(struct http_request *request, void *user), void *user)
{
    server->admit = admit;
    server->admit_user = user;
}

void http_observe(struct http_server *server,
    void (*over)(const struct http_request *request, int status, size_t bytes, void *user), void *user)
{
    server->over = over;
    server->over_user = user;
}

int http_on_stop(struct http_server *server, void (*stopping)(void *user), void *user)
{
    struct stop_hook *hook = calloc(1, sizeof *hook);
    if (!hook)
        return -ENOMEM;
    *hook = (struct stop_hook){ .next = server->stop_hooks, .stopping = stopping, .user = user };
    server->stop_hooks = hook;
    return 0;
}

static bool path_matches(const struct route *route, const char *path)
{
    if (strncmp(route->path, path, route->stem) != 0)
        return false;
    const char *rest = path + route->stem;
    return route->has_rest ? *rest && !strchr(rest, '/') : *rest == '\0';
}

bool http_has_path(const struct http_server *server, const char *path)
{
    size_t len = strlen(path);
    for (size_t i = 0; i < server->route_count; i++) {
        const struct route *route = &server->routes[i];
        if (path_matches(route, path) || (strncmp(route->path, path, len) == 0 && route->path[len] == '/'))
            return true;
    }
    return false;
}

bool http_is_open(const struct http_request *request)
{
    const struct http_server *server = http_exchange_of_const(request)->connection->server;
    for (size_t i = 0; i < server->route_count; i++)
        if (server->routes[i].is_open && path_matches(&server->routes[i], request->path))
            return true;
    return false;
}

static bool method_matches(const struct route *route, const char *method)
{
    return strcmp(route->method, method) == 0 ||
        (strcmp(method, "HEAD") == 0 && strcmp(route->method, "GET") == 0);
}

/* "GET, HEAD, OPTIONS": what `path` may be asked; empty if there is no such path. */
static void list_methods(const struct http_server *server, const char *path, struct buf *out)
{
    for (size_t i = 0; i < server->route_count; i++) {
        const struct route *route = &server->routes[i];
        if (!path_matches(route, path) || strstr(buf_str(out), route->method) ||
            (route->holds && !route->holds(path + route->stem, route->user)))
            continue;
        buf_adds(out, route->method);
        buf_adds(out, strcmp(route->method, "GET") == 0 ? ", HEAD, " : ", ");
    }
    if (out->len > 0 && !strstr(buf_str(out), "OPTIONS"))
        buf_adds(out, "OPTIONS, ");
    buf_cut(out, out->len > 2 ? out->len - 2 : 0);
}

/* Everything that no route takes. */
static void answer_unrouted(const struct http_server *server, struct http_request *request)
{
    bool options = strcmp(request->method, "OPTIONS") == 0;
    struct buf allow = { 0 };
    if (strcmp(request->path, "*") == 0)
        buf_adds(&allow, "GET, HEAD, POST, DELETE, OPTIONS");
    else
        list_methods(server, request->path, &allow);
    bool known = allow.len > 0;
    if (known)
        http_set(request, "Allow", buf_str(&allow));
    buf_done(&allow);
    if (!known)
        http_refuse(request, 404, NULL,
            (struct mcp_text){ "il n'y a rien à ce chemin ; GET / liste ce qu'il y a",
                "there is nothing at this path; GET / lists what there is" });
    else if (options)
        http_reply(request, 204, NULL, NULL, 0);
    else
        http_refuse(request, 405, NULL,
            (struct mcp_text){ "ce chemin n'accepte pas cette méthode ; l'en-tête Allow liste les siennes",
                "this path does not take that method; the Allow header lists those it does" });
}

const struct route *server_route(struct http_server *server, struct http_request *request)
{
    for (size_t i = 0; i < server->route_count; i++) {
        const struct route *route = &server->routes[i];
        if (!method_matches(route, request->method) || !path_matches(route, request->path))
            continue;
        request->rest = route->has_rest ? request->path + route->stem : "";
        return route;
    }
    answer_unrouted(server, request);
    return NULL;
}

/* Watching */

static void on_ready(uv_poll_t *poll, int status, int events)
{
    struct watch *watch = poll->data;
    (void)status;
    (void)events;
    watch->ready(watch->user);
}

int http_watch(struct http_server *server, int fd, void (*ready)(void *user), void *user)
{
    struct watch *watch = calloc(1, sizeof *watch);
    if (!watch)
        return -ENOMEM;
    int result = uv_poll_init(&server->loop, &watch->poll, fd);
    if (result < 0) {
        free(watch);
        return result;
    }
    watch->poll.data = watch;
    watch->ready = ready;
    watch->user = user;
    watch->next = server->watches;
    server->watches = watch;
    return uv_poll_start(&watch->poll, UV_READABLE, on_ready);
}

static void on_tick(uv_timer_t *timer)
{
    struct ticker *ticker = timer->data;
    ticker->tick(ticker->user);
}

int http_every(struct http_server *server, int interval_ms, void (*tick)(void *user), void *user)
{
    if (interval_ms <= 0)
        return -EINVAL;
    struct ticker *ticker = calloc(1, sizeof *ticker);
    if (!ticker)
        return -ENOMEM;
    uv_timer_init(&server->loop, &ticker->timer);
    ticker->timer.data = ticker;
    ticker->tick = tick;
    ticker->user = user;
    ticker->next = server->tickers;
    server->tickers = ticker;
    return uv_timer_start(&ticker->timer, on_tick, (uint64_t)interval_ms, (uint64_t)interval_ms);
}

/* Serving */

/* "127.0.0.1", "::1", "[::1]" or a name, whose first address is taken. */
static int find_address(const char *host, int port, struct sockaddr_storage *ret_address, struct err *err)
{
    char name[256];
    size_t len = strlen(host);
    bool bracketed = len > 2 && host[0] == '[' && host[len - 1] == ']';
    if (len >= sizeof name)
        return err_say(
            err, -EINVAL, "le nom sur lequel écouter est trop long", "the name to listen on is too long");
    memcpy(name, host + bracketed, len + 1 - bracketed);
    if (bracketed)
        name[len - 2] = '\0';
    if (uv_ip4_addr(name, port, (struct sockaddr_in *)ret_address) == 0 ||
        uv_ip6_addr(name, port, (struct sockaddr_in6 *)ret_address) == 0)
        return 0;

    const struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE };
    struct addrinfo *found = NULL;
    int failure = getaddrinfo(name, NULL, &hints, &found);
    if (failure != 0)
        return err_say(err, -EADDRNOTAVAIL, "impossible d'écouter sur %s : %s", "cannot listen on %s: %s",
            name, gai_strerror(failure));
    memcpy(ret_address, found->ai_addr, found->ai_addrlen);
    freeaddrinfo(found);
    if (ret_address->ss_family == AF_INET6)
        ((struct sockaddr_in6 *)ret_address)->sin6_port = htons((uint16_t)port);
    else
        ((struct sockaddr_in *)ret_address)->sin_port = htons((uint16_t)port);
    return 0;
}

static void on_connection(uv_stream_t *listener, int status)
{
    if (status == 0)
        connection_accept(listener->data);
}

static int bound_port(const struct http_server *server)
{
    struct sockaddr_storage address;
    http_address(server, &address);
    return address.ss_family == AF_INET6 ? ntohs(((struct sockaddr_in6 *)&address)->sin6_port)
                                         : ntohs(((struct sockaddr_in *)&address)->sin_port);
}

int http_listen(struct http_server *server, struct err *err)
{
    const struct http_options *options = &server->options;
    struct sockaddr_storage address = { 0 };
    int result = find_address(options->host, options->port, &address, err);
    if (result < 0)
        return result;
    result = uv_tcp_bind(&server->listener, (const struct sockaddr *)&address, 0);
    if (result == 0)
        result = uv_listen((uv_stream_t *)&server->listener, BACKLOG, on_connection);
    if (result == UV_EADDRINUSE)
        return err_say(err, result,
            "impossible d'écouter sur %s, port %d : adresse déjà utilisée ; un autre programme y écoute, "
            "l'arrêter ou prendre un autre port (--port)",
            "cannot listen on %s port %d: address already in use; another program listens there, stop it or "
            "take another port (--port)",
            options->host, options->port);
    if (result < 0)
        return err_because(err, result, -result, "impossible d'écouter sur %s, port %d",
            "cannot listen on %s port %d", options->host, options->port);
    server->port = bound_port(server);
    return uv_timer_start(&server->clock, on_clock, CHECK_MS, CHECK_MS);
}

void http_address(const struct http_server *server, struct sockaddr_storage *ret_address)
{
    int len = sizeof *ret_address;
    *ret_address = (struct sockaddr_storage){ 0 };
    uv_tcp_getsockname(&server->listener, (struct sockaddr *)ret_address, &len);
}

int http_port(const struct http_server *server)
{
    return server->port;
}

unsigned http_connections(const struct http_server *server)
{
    return server->connection_count;
}

int http_run(struct http_server *server)
{
    uv_run(&server->loop, UV_RUN_DEFAULT);
    return 0;
}

void http_stop(struct http_server *server, int grace_ms)
{
    bool is_first = !server->stopping;
    if (is_first)
        close_handle((uv_handle_t *)&server->listener, NULL);
    server->stopping = true;
    for (struct connection *connection = server->connections; connection; connection = connection->next)
        connection_retire(connection);
    for (struct stop_hook *hook = is_first ? server->stop_hooks : NULL; hook; hook = hook->next)
        hook->stopping(hook->user);
    /* Also with no connection left the end comes from the loop, never from within this call. */
    uint64_t wait_ms = server->connections && grace_ms > 0 ? (uint64_t)grace_ms : 0;
    uv_timer_start(&server->grace, on_grace_over, wait_ms, 0);
}

static void on_signal(uv_signal_t *handle, int signal_number)
{
    struct http_server *server = handle->data;
    if (!server->stopping)
        server->stop_signal = signal_number;
    http_stop(server, server->stopping ? 0 : server->signal_grace_ms);
}

int http_stop_signal(const struct http_server *server)
{
    return server->stop_signal;
}

int http_signals(struct http_server *server, int grace_ms)
{
    server->signal_grace_ms = grace_ms;
    if (signal(SIGPIPE, SIG_IGN) == SIG_ERR)
        return -errno;
    int result = uv_signal_start(&server->signals[0], on_signal, SIGTERM);
    return result < 0 ? result : uv_signal_start(&server->signals[1], on_signal, SIGINT);
}
