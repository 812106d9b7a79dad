/* A small server on the HTTP seam for the raw-socket tests: it answers, waits, streams, and tells on standard
 * output what happens, one line per event. Arguments: name=value for the options below. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/json_write.h"
#include "base/scope.h"
#include "base/text.h"
#include "http/origin.h"
#include "http/problem.h"
#include "http/server.h"

enum { TICK_MS = 20, SLOW_MS = 2000, LATE_MS = 300, WAITING_MAX = 64 };

/* A request that is answered by ticks. */
struct waiting {
    struct http_request *request;
    enum { NOBODY, SLOW, LATE, STREAM } kind;
    int left_ms;
    int64_t pieces, size;
};

struct echo {
    struct http_server *server;
    struct waiting waiting[WAITING_MAX];
    struct origin_policy policy;
    int64_t grace_ms;
    bool check_origin;
};

static void say(const char *event, const char *a, const char *b)
{
    printf("%s %s %s\n", event, a, b);
    fflush(stdout);
}

static int64_t number(struct http_request *request, const char *name, int64_t otherwise)
{
    const char *text = http_query(request, name);
    int64_t value = otherwise;
    if (text && !text_int(text, &value))
        return otherwise;
    return value;
}

static void on_health(struct http_request *request, void *user)
{
    (void)user;
    static const char body[] = "{\"status\":\"ok\"}";
    http_reply(request, 200, "application/json", body, sizeof body - 1);
}

static void on_echo(struct http_request *request, void *user)
{
    (void)user;
    const char *type = http_header(request, "Content-Type");
    say("run", request->method, request->path);
    http_reply(request, 200, type ? type : "text/plain", request->body, request->body_len);
}

static bool put_pair(const char *name, const char *value, void *user)
{
    struct json_writer *w = user;
    json_open_array(w, NULL);
    json_put_str(w, NULL, name);
    json_put_str(w, NULL, value);
    json_close_array(w);
    return true;
}

/* What the server understood of the request. */
static void on_look(struct http_request *request, void *user)
{
    (void)user;
    CLEANUP(buf_done) struct buf out = { 0 };
    struct json_writer w = { .out = &out };
    json_open_object(&w, NULL);
    json_put_str(&w, "method", request->method);
    json_put_str(&w, "path", request->path);
    json_put_str(&w, "rest", request->rest);
    json_put_str(&w, "test", http_header(request, "X-Test"));
    json_put_int(&w, "tests", http_header_count(request, "X-Test"));
    json_put_int(&w, "family", request->peer.ss_family);
    json_open_array(&w, "query");
    bool good = http_query_each(request, put_pair, &w);
    json_close_array(&w);
    json_close_object(&w);
    if (good)
        http_reply(request, 200, "application/json", buf_str(&out), out.len);
    else
        http_problem(request, 400, NULL, NULL, "bad query");
}

static void on_big(struct http_request *request, void *user)
{
    (void)user;
    size_t size = (size_t)number(request, "size", 1000);
    char *body = arena_alloc(request->arena, size + 1);
    memset(body, 'x', size);
    http_reply(request, 200, "text/plain", body, size);
}

static void forget(struct waiting *waiting)
{
    *waiting = (struct waiting){ 0 };
}

static void on_gone(struct http_request *request, void *user)
{
    say("abort", request->path, request->query);
    forget(user);
}

static struct waiting *wait_with(struct echo *echo, struct http_request *request)
{
    say("begin", request->path, request->query);
    for (size_t i = 0; i < WAITING_MAX; i++) {
        if (echo->waiting[i].kind == NOBODY) {
            echo->waiting[i].request = request;
            return &echo->waiting[i];
        }
    }
    abort();
}

static void on_slow(struct http_request *request, void *user)
{
    struct waiting *waiting = wait_with(user, request);
    waiting->kind = SLOW;
    waiting->left_ms = (int)number(request, "ms", SLOW_MS);
    http_on_abort(request, on_gone, waiting);
}

/* Does not listen for the abort: answers in any case. */
static void on_late(struct http_request *request, void *user)
{
    struct waiting *waiting = wait_with(user, request);
    waiting->kind = LATE;
    waiting->left_ms = LATE_MS;
}

static void on_stream(struct http_request *request, void *user)
{
    struct waiting *waiting = wait_with(user, request);
    waiting->kind = STREAM;
    waiting->pieces = number(request, "pieces", 3);
    waiting->size = number(request, "size", 4);
    http_on_abort(request, on_gone, waiting);
    http_stream_begin(request, 200, "text/event-stream");
}

static void stream_on(struct waiting *waiting)
{
    struct http_request *request = waiting->request;
    if (waiting->pieces-- <= 0) {
        forget(waiting);
        http_stream_end(request);
        return;
    }
    char *piece = arena_alloc(request->arena, (size_t)waiting->size + 1);
    memset(piece, 's', (size_t)waiting->size);
    if (!http_stream_write(request, piece, (size_t)waiting->size)) {
        say("full", request->path, request->query);
        waiting->kind = SLOW;
        waiting->left_ms = SLOW_MS;
    }
}

static void on_tick(void *user)
{
    struct echo *echo = user;
    for (size_t i = 0; i < WAITING_MAX; i++) {
        struct waiting *waiting = &echo->waiting[i];
        if (waiting->kind == NOBODY)
            continue;
        if (waiting->kind == STREAM) {
            stream_on(waiting);
            continue;
        }
        waiting->left_ms -= TICK_MS;
        if (waiting->left_ms > 0)
            continue;
        struct http_request *request = waiting->request;
        forget(waiting);
        http_reply(request, 200, "text/plain", "waited", 6);
    }
}

static void on_over(const struct http_request *request, int status, size_t bytes, void *user)
{
    (void)user;
    printf("over %d %s %s %zu %s\n", status, request->method, request->path, bytes, request->id);
    fflush(stdout);
}

static bool admit(struct http_request *request, void *user)
{
    const struct echo *echo = user;
    if (!echo->check_origin || origin_allowed(request, &echo->policy))
        return true;
    http_problem(request, 403, NULL, NULL, "this host or origin is not served");
    return false;
}

static void stop(struct http_request *request, void *user)
{
    const struct echo *echo = user;
    http_stop(echo->server, (int)echo->grace_ms);
    http_reply(request, 200, "text/plain", "stopping", 8);
}

static void read_argument(struct http_options *options, struct echo *echo, char *argument)
{
    char *value = strchr(argument, '=');
    int64_t number_value = 0;
    if (!value)
        return;
    *value++ = '\0';
    text_int(value, &number_value);
    if (strcmp(argument, "host") == 0)
        options->host = value;
    else if (strcmp(argument, "body_max") == 0)
        options->body_max = (size_t)number_value;
    else if (strcmp(argument, "header_max") == 0)
        options->header_max = (size_t)number_value;
    else if (strcmp(argument, "header_timeout_ms") == 0)
        options->header_timeout_ms = (int)number_value;
    else if (strcmp(argument, "body_timeout_ms") == 0)
        options->body_timeout_ms = (int)number_value;
    else if (strcmp(argument, "idle_timeout_ms") == 0)
        options->idle_timeout_ms = (int)number_value;
    else if (strcmp(argument, "connections_max") == 0)
        options->connections_max = (unsigned)number_value;
    else if (strcmp(argument, "stream_max") == 0)
        options->stream_max = (size_t)number_value;
    else if (strcmp(argument, "grace_ms") == 0)
        echo->grace_ms = number_value;
    else if (strcmp(argument, "check_origin") == 0)
        echo->check_origin = number_value != 0;
}

static void add_routes(struct echo *echo)
{
    struct http_server *server = echo->server;
    http_route(server, "GET", "/health", on_health, echo);
    http_route(server, "POST", "/echo", on_echo, echo);
    http_route(server, "GET", "/look", on_look, echo);
    http_route(server, "GET", "/look/{rest}", on_look, echo);
    http_route(server, "GET", "/big", on_big, echo);
    http_route(server, "GET", "/slow", on_slow, echo);
    http_route(server, "POST", "/slow", on_slow, echo);
    http_route(server, "GET", "/late", on_late, echo);
    http_route(server, "GET", "/stream", on_stream, echo);
    http_route(server, "POST", "/stop", stop, echo);
}

int main(int argc, char **argv)
{
    struct echo echo = { .policy = { .loopback = true }, .grace_ms = 1000 };
    struct http_options options = {
        .host = "127.0.0.1",
        .body_max = 1 << 20,
        .header_max = 8192,
        .header_timeout_ms = 5000,
        .body_timeout_ms = 5000,
        .idle_timeout_ms = 10000,
        .connections_max = 200,
        .stream_max = 1 << 18,
    };
    for (int i = 1; i < argc; i++)
        read_argument(&options, &echo, argv[i]);

    struct err err = { 0 };
    echo.server = http_server_new(&options, &err);
    if (!echo.server || http_listen(echo.server, &err) < 0) {
        fprintf(stderr, "http_echo: %s\n", err.text);
        return 1;
    }
    add_routes(&echo);
    http_admit(echo.server, admit, &echo);
    http_observe(echo.server, on_over, &echo);
    http_every(echo.server, TICK_MS, on_tick, &echo);
    http_signals(echo.server, (int)echo.grace_ms);
    printf("listening %d\n", http_port(echo.server));
    fflush(stdout);
    int result = http_run(echo.server);
    http_server_free(echo.server);
    say("stopped", "-", "-");
    return result == 0 ? 0 : 1;
}
