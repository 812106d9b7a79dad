/* One client connection: reads requests one after the other, hands each to its route, writes what is
 * answered.
 *
 * It is read all the time, also while a handler works, so that a client that leaves is noticed at once: an
 * end of the stream counts as leaving, even from a client that only shut down its sending side. Of one that
 * sends so much ahead that it is not read, the end is looked for at each look at the clock. The next
 * request is parsed when the one before is answered. Knows no route by name. */
#include "http/connection.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/wait.h"
#include "http/problem.h"

enum {
    PIPELINE_MAX_BYTES = 65536, /* of further requests, read ahead while one is answered */
    IDLE_KEEP_BYTES = 16384, /* of buffer that an idle connection keeps */
    LINGER_MS = 5000,
    KEEPALIVE_S = 60, /* after which the kernel asks whether a silent client is still there */
    DRAIN_STEP_BYTES = 16384, /* that a client must take within the idle timeout */
    REFUSED_MAX = 64, /* connections over the limit that are still told so */
};

uv_stream_t *connection_stream(struct connection *connection)
{
    return (uv_stream_t *)&connection->tcp;
}

static int64_t now_ms(const struct connection *connection)
{
    return (int64_t)uv_now(&connection->server->loop);
}

void connection_want_turn(struct connection *connection)
{
    connection->wants_turn = true;
    server_want_turn(connection->server);
}

/* The end */

void connection_free(struct connection *connection)
{
    struct http_server *server = connection->server;
    if (connection->previous)
        connection->previous->next = connection->next;
    else
        server->connections = connection->next;
    if (connection->next)
        connection->next->previous = connection->previous;
    server->connection_count--;
    server->refused_count -= connection->refused;
    arena_done(&connection->arena);
    buf_done(&connection->in);
    buf_done(&connection->body);
    buf_done(&connection->exchange.reply_fields);
    free(connection);
    server_connection_gone(server);
}

static void on_closed(uv_handle_t *handle)
{
    struct connection *connection = handle->data;
    connection->handle_closed = true;
    if (!connection->exchange.running)
        connection_free(connection);
}

static void close_now(struct connection *connection)
{
    if (connection->state == CONNECTION_CLOSED)
        return;
    connection->state = CONNECTION_CLOSED;
    connection->deadline_ms = INT64_MAX;
    uv_close((uv_handle_t *)&connection->tcp, on_closed);
}

void connection_end_exchange(struct connection *connection, int status)
{
    struct http_exchange *exchange = &connection->exchange;
    struct http_server *server = connection->server;
    if (!exchange->running)
        return;
    exchange->running = false;
    if (server->over)
        server->over(&exchange->request, status, connection->sent_bytes, server->over_user);
    exchange->gone = NULL;
    exchange->request.user = NULL;
    exchange->field_count = 0;
    buf_clear(&exchange->reply_fields);
    buf_clear(&connection->body);
    if (connection->arena.used > IDLE_KEEP_BYTES)
        arena_done(&connection->arena);
    else
        arena_reset(&connection->arena);
}

void connection_abort(struct connection *connection)
{
    struct http_exchange *exchange = &connection->exchange;
    bool handled = connection->state == CONNECTION_CALL;
    if (connection->state == CONNECTION_CLOSED)
        return;
    close_now(connection);
    if (handled && exchange->running) {
        if (!exchange->gone)
            return; /* the handler will answer, to nobody */
        exchange->gone(&exchange->request, exchange->gone_user);
    }
    connection_end_exchange(connection, 499);
}

void connection_retire(struct connection *connection)
{
    bool idle =
        connection->state == CONNECTION_HEAD && !connection->head_begun && !connection->exchange.running;
    if (idle)
        close_now(connection);
}

/* Reading */

static void advance(struct connection *connection);

static void on_room(uv_handle_t *handle, size_t suggested, uv_buf_t *ret_room)
{
    (void)suggested;
    struct connection *connection = handle->data;
    *ret_room = uv_buf_init(connection->server->scratch, sizeof connection->server->scratch);
}

/* The client's sending side has ended, or the connection is broken. */
static void on_end(struct connection *connection, bool broken)
{
    connection->reading = false;
    uv_read_stop(connection_stream(connection));
    if (!broken && connection->state == CONNECTION_DRAIN)
        connection->close_after = true;
    else
        connection_abort(connection);
}

static void on_read(uv_stream_t *stream, ssize_t len, const uv_buf_t *bytes)
{
    struct connection *connection = stream->data;
    if (len < 0) {
        on_end(connection, len != UV_EOF);
        return;
    }
    if (len == 0 || connection->state == CONNECTION_LINGER)
        return;
    buf_add(&connection->in, bytes->base, (size_t)len);
    if (connection->in.failed) {
        connection_abort(connection);
        return;
    }
    advance(connection);
    bool busy = connection->state == CONNECTION_CALL || connection->state == CONNECTION_DRAIN;
    if (busy && connection->in.len > PIPELINE_MAX_BYTES) {
        connection->reading = false;
        uv_read_stop(stream);
    }
}

static void read_on(struct connection *connection)
{
    if (connection->reading)
        return;
    connection->reading = uv_read_start(connection_stream(connection), on_room, on_read) == 0;
    if (!connection->reading)
        close_now(connection);
}

/* From one request to the next */

static void next_request(struct connection *connection)
{
    struct http_exchange *exchange = &connection->exchange;
    struct http_request *request = &exchange->request;
    parser_reset(&connection->parser);
    exchange->no_body = exchange->http_1_0 = exchange->keep_alive = false;
    exchange->replied = exchange->streaming = false;
    request->method = request->path = "-";
    request->query = request->rest = request->body = "";
    request->body_len = 0;
    connection->route = NULL;
    connection->head_begun = false;
    connection->state = CONNECTION_HEAD;
    connection->deadline_ms = now_ms(connection) + connection->server->options.idle_timeout_ms;
    if (connection->body.cap > IDLE_KEEP_BYTES)
        buf_done(&connection->body);
    read_on(connection);
    if (connection->in.len > connection->in_used && !connection->advancing)
        connection_want_turn(connection);
}

static void on_shutdown(uv_shutdown_t *shutdown, int status)
{
    (void)shutdown;
    (void)status;
}

static void linger(struct connection *connection)
{
    connection->state = CONNECTION_LINGER;
    connection->deadline_ms = now_ms(connection) + LINGER_MS;
    buf_done(&connection->in);
    connection->in_used = 0;
    if (uv_shutdown(&connection->shutdown, connection_stream(connection), on_shutdown) < 0)
        close_now(connection);
    else
        read_on(connection);
}

void connection_settle(struct connection *connection)
{
    if (connection->state == CONNECTION_CLOSED) {
        if (connection->handle_closed)
            connection_want_turn(connection);
        return;
    }
    if (connection->doomed) {
        close_now(connection);
        return;
    }
    size_t queued = uv_stream_get_write_queue_size(connection_stream(connection));
    if (queued > 0) {
        connection->state = CONNECTION_DRAIN;
        connection->deadline_ms = now_ms(connection) + connection->server->options.idle_timeout_ms;
        connection->queued_before = queued;
        return;
    }
    bool last = connection->close_after || connection->server->stopping;
    bool unread = !connection->parser.body_done || connection->in.len > connection->in_used;
    if (!last)
        next_request(connection);
    else if (unread && connection->reading)
        linger(connection);
    else
        close_now(connection);
}

static bool is_request_id(const char *text)
{
    size_t len = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");
    return len >= 1 && len < HTTP_ID_SIZE && text[len] == '\0';
}

static void exchange_begin(struct connection *connection)
{
    struct http_request *request = &connection->exchange.request;
    connection->exchange.running = true;
    connection->status = 0;
    connection->sent_bytes = 0;
    request->principal = request->client = NULL;
    request->start_ns = clock_ns();
    const char *id = http_header(request, "X-Request-Id");
    if (id && is_request_id(id))
        memcpy(request->id, id, strlen(id) + 1);
    else
        server_random_id(connection->server, request->id);
}

/* Answers what cannot be understood or waited for; the connection ends with it. */
static void refuse(struct connection *connection, int status, const char *detail)
{
    if (!connection->exchange.running)
        exchange_begin(connection);
    connection->close_after = true;
    connection->parser.body_done = false;
    struct http_request *request = &connection->exchange.request;
    if (status == 413) {
        const struct mcp_text limit = {
            arena_printf(request->arena,
                "le corps dépasse ce que ce serveur accepte : %zu octets (réglage body_max_bytes)",
                connection->server->options.body_max),
            arena_printf(request->arena,
                "the body is larger than this server accepts: %zu bytes (setting body_max_bytes)",
                connection->server->options.body_max),
        };
        http_refuse(request, status, NULL, limit);
        return;
    }
    http_problem(request, status, NULL, NULL, detail);
}

/* Takes the base path off. The base itself is answered with its address as a directory, which the relative
 * links of pages need: then false. */
static bool enter_base(const struct http_server *server, struct http_request *request)
{
    const char *base = server->options.base_path;
    size_t len = base ? strlen(base) : 0;
    if (len == 0 || strncmp(request->path, base, len) != 0)
        return true;
    if (request->path[len] == '/') {
        request->path += len;
        return true;
    }
    if (request->path[len] != '\0')
        return true;
    http_set(request, "Location",
        arena_printf(request->arena, "%s/%s%s", base, *request->query ? "?" : "", request->query));
    http_reply(request, 308, NULL, NULL, 0);
    return false;
}

/* The head is complete: may this go on, and where to? */
static void begin(struct connection *connection)
{
    struct http_server *server = connection->server;
    struct http_request *request = &connection->exchange.request;
    exchange_begin(connection);
    if (!enter_base(server, request))
        return;
    if (server->admit && !server->admit(request, server->admit_user))
        return;
    connection->route = server_route(server, request);
    if (!connection->route)
        return;
    connection->state = CONNECTION_BODY;
    connection->deadline_ms = now_ms(connection) + server->options.body_timeout_ms;
    if (connection->parser.expects && connection->in.len == connection->in_used) {
        static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
        uv_buf_t piece = output_piece(go_on, sizeof go_on - 1);
        if (!output_send(connection, &piece, 1))
            connection_abort(connection);
    }
}

static void dispatch(struct connection *connection)
{
    struct http_request *request = &connection->exchange.request;
    request->body = buf_str(&connection->body);
    request->body_len = connection->body.len;
    connection->state = CONNECTION_CALL;
    connection->deadline_ms = INT64_MAX;
    connection->route->handler(request, connection->route->user);
}

/* One step with the bytes that are there; true if there may be another. */
static bool step(struct connection *connection)
{
    bool in_head = connection->state == CONNECTION_HEAD;
    if (!in_head && connection->state != CONNECTION_BODY)
        return false;
    struct parser *parser = &connection->parser;
    const char *bytes = buf_str(&connection->in) + connection->in_used;
    size_t len = connection->in.len - connection->in_used, used = 0;
    enum parser_step got = PARSER_READY;
    if (in_head && len == 0)
        return false;
    if (in_head && !connection->head_begun) {
        connection->head_begun = true;
        connection->deadline_ms = now_ms(connection) + connection->server->options.header_timeout_ms;
    }
    if (in_head)
        got = parser_head(parser, bytes, len, &used);
    else if (!parser->body_done)
        got = parser_body(parser, bytes, len, &used);
    connection->in_used += used;
    if (got == PARSER_MORE)
        return false;
    if (got == PARSER_BAD)
        refuse(connection, parser->status, parser->fault);
    else if (in_head)
        begin(connection);
    else
        dispatch(connection);
    return true;
}

static void advance(struct connection *connection)
{
    if (connection->advancing)
        return;
    connection->advancing = true;
    while (step(connection))
        continue;
    connection->advancing = false;
    buf_consume(&connection->in, connection->in_used);
    connection->in_used = 0;
    if (connection->in.len == 0 && connection->in.cap > IDLE_KEEP_BYTES &&
        connection->state == CONNECTION_HEAD)
        buf_done(&connection->in);
}

void connection_turn(struct connection *connection)
{
    connection->wants_turn = false;
    if (connection->state != CONNECTION_CLOSED) {
        if (connection->doomed)
            connection_abort(connection);
        else
            advance(connection);
    } else if (connection->handle_closed && !connection->exchange.running) {
        connection_free(connection);
    }
}

/* libuv tells of the end of what it reads only. */
static bool has_hung_up(const struct connection *connection)
{
    const struct wait forever = { .cancel_fd = -1, .deadline_ms = INT64_MAX };
    uv_os_fd_t fd;
    return uv_fileno((const uv_handle_t *)&connection->tcp, &fd) == 0 &&
        wait_fd(&forever, fd, POLLRDHUP, 0) > 0;
}

void connection_check(struct connection *connection, int64_t now)
{
    if (connection->state == CONNECTION_CALL && !connection->reading && has_hung_up(connection)) {
        connection_abort(connection);
        return;
    }
    if (now < connection->deadline_ms)
        return;
    size_t queued = uv_stream_get_write_queue_size(connection_stream(connection));
    switch (connection->state) {
    case CONNECTION_HEAD:
        if (connection->head_begun)
            refuse(connection, 408, "the request head did not arrive in time");
        else
            close_now(connection);
        break;
    case CONNECTION_BODY:
        refuse(connection, 408, "the request body did not arrive in time");
        break;
    case CONNECTION_DRAIN:
        if (connection->queued_before < queued + DRAIN_STEP_BYTES) {
            close_now(connection);
            break;
        }
        connection->queued_before = queued;
        connection->deadline_ms = now + connection->server->options.idle_timeout_ms;
        break;
    case CONNECTION_LINGER:
        close_now(connection);
        break;
    case CONNECTION_CALL:
    case CONNECTION_CLOSED:
        break;
    }
}

/* Links a new connection into the server's list. */
static struct connection *connection_new(struct http_server *server)
{
    struct connection *connection = calloc(1, sizeof *connection);
    if (!connection)
        abort();
    const struct http_options *options = &server->options;
    connection->server = server;
    connection->next = server->connections;
    if (connection->next)
        connection->next->previous = connection;
    server->connections = connection;
    server->connection_count++;

    arena_init(&connection->arena, options->header_max + 16 * options->body_max);
    buf_init(&connection->in, options->header_max + PIPELINE_MAX_BYTES + 2 * sizeof server->scratch);
    buf_init(&connection->body, options->body_max);
    struct http_exchange *exchange = &connection->exchange;
    exchange->connection = connection;
    exchange->indent = options->indent;
    exchange->lang = options->lang;
    exchange->request.arena = &connection->arena;
    parser_init(&connection->parser, exchange, &connection->body, options->header_max, options->body_max);
    return connection;
}

void connection_accept(struct http_server *server)
{
    struct connection *connection = connection_new(server);
    uv_tcp_init(&server->loop, &connection->tcp);
    connection->tcp.data = connection;
    if (uv_accept((uv_stream_t *)&server->listener, connection_stream(connection)) < 0) {
        close_now(connection);
        return;
    }
    uv_tcp_nodelay(&connection->tcp, 1);
    uv_tcp_keepalive(&connection->tcp, 1, KEEPALIVE_S);
    int peer_len = sizeof connection->exchange.request.peer;
    uv_tcp_getpeername(&connection->tcp, (struct sockaddr *)&connection->exchange.request.peer, &peer_len);
    connection->refused = server->connection_count - server->refused_count > server->options.connections_max;
    server->refused_count += connection->refused;
    if (connection->refused && server->refused_count > REFUSED_MAX) {
        close_now(connection);
        return;
    }
    next_request(connection);
    if (connection->refused) {
        exchange_begin(connection);
        http_set(&connection->exchange.request, "Retry-After", "1");
        refuse(connection, 503, "this server has as many connections as it takes");
    }
}
