/* What goes out on a connection: bytes as the socket takes them, replies and streams (the sending half of the
 * seam). */
#include "http/connection.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/scope.h"

/* Writing */

/* What the socket did not take at once. */
struct pending {
    uv_write_t write;
    char bytes[];
};

static void on_written(uv_write_t *write, int status)
{
    struct connection *connection = write->handle->data;
    free(write);
    if (connection->state == CONNECTION_CLOSED)
        return;
    if (status < 0)
        connection_abort(connection);
    else if (connection->state == CONNECTION_DRAIN)
        connection_settle(connection);
}

static bool queue_rest(
    struct connection *connection, const uv_buf_t *pieces, unsigned count, size_t skip, size_t len)
{
    struct pending *pending = malloc(sizeof *pending + len);
    if (!pending)
        return false;
    size_t at = 0;
    for (unsigned i = 0; i < count; i++) {
        size_t left_out = skip < pieces[i].len ? skip : pieces[i].len;
        skip -= left_out;
        memcpy(pending->bytes + at, pieces[i].base + left_out, pieces[i].len - left_out);
        at += pieces[i].len - left_out;
    }
    uv_buf_t rest = { .base = pending->bytes, .len = at };
    if (uv_write(&pending->write, connection_stream(connection), &rest, 1, on_written) < 0) {
        free(pending);
        return false;
    }
    return true;
}

bool output_send(struct connection *connection, const uv_buf_t *pieces, unsigned count)
{
    uv_stream_t *stream = connection_stream(connection);
    size_t total = 0, sent = 0;
    for (unsigned i = 0; i < count; i++)
        total += pieces[i].len;
    if (uv_stream_get_write_queue_size(stream) == 0) {
        int taken = uv_try_write(stream, pieces, count);
        if (taken < 0 && taken != UV_EAGAIN)
            return false;
        sent = taken > 0 ? (size_t)taken : 0;
    }
    return sent == total || queue_rest(connection, pieces, count, sent, total - sent);
}

uv_buf_t output_piece(const char *bytes, size_t len)
{
    uv_buf_t piece = { .len = len };
    memcpy(&piece.base, &bytes, sizeof bytes);
    return piece;
}

/* Answers (the seam) */

/* Sends the head and a first piece of the body. */
static void send_head(
    struct connection *connection, const struct reply_head *head, const char *body, size_t len)
{
    struct http_server *server = connection->server;
    buf_clear(&server->head);
    reply_put_head(&server->head, &connection->exchange, head, &server->date);
    uv_buf_t pieces[2] = { output_piece(buf_str(&server->head), server->head.len), output_piece(body, len) };
    connection->doomed = server->head.failed || !output_send(connection, pieces, len > 0 ? 2 : 1);
}

/* Whether this reply is the last of its connection is decided when its head is written. */
static bool decide_close(struct connection *connection)
{
    const struct http_exchange *exchange = &connection->exchange;
    bool endless = exchange->streaming && exchange->http_1_0;
    if (!exchange->keep_alive || endless || !connection->parser.body_done || connection->server->stopping)
        connection->close_after = true;
    return connection->close_after;
}

void http_reply(
    struct http_request *request, int status, const char *content_type, const char *body, size_t len)
{
    struct http_exchange *exchange = http_exchange_of(request);
    struct connection *connection = exchange->connection;
    assert(exchange->running && !exchange->replied);
    exchange->replied = true;
    bool gone = connection->state == CONNECTION_CLOSED;
    if (!gone) {
        connection->sent_bytes = exchange->no_body ? 0 : len;
        struct reply_head head = { .status = status,
            .content_type = content_type,
            .has_length = true,
            .length = len,
            .close = decide_close(connection) };
        send_head(connection, &head, body, connection->sent_bytes);
    }
    connection_end_exchange(connection, gone ? 499 : status);
    connection_settle(connection);
}

void http_stream_begin(struct http_request *request, int status, const char *content_type)
{
    struct http_exchange *exchange = http_exchange_of(request);
    struct connection *connection = exchange->connection;
    assert(exchange->running && !exchange->replied);
    exchange->replied = exchange->streaming = true;
    connection->status = status;
    if (connection->state == CONNECTION_CLOSED)
        return;
    struct reply_head head = { .status = status,
        .content_type = content_type,
        .chunked = !exchange->http_1_0,
        .close = decide_close(connection) };
    send_head(connection, &head, NULL, 0);
    if (connection->doomed)
        connection_want_turn(connection);
}

/* One chunk; HTTP/1.0 knows none. */
static bool send_chunk(struct connection *connection, const char *bytes, size_t len)
{
    if (connection->exchange.http_1_0) {
        uv_buf_t piece = output_piece(bytes, len);
        return len == 0 || output_send(connection, &piece, 1);
    }
    CLEANUP(buf_done) struct buf size = { 0 };
    buf_addf(&size, "%zx\r\n", len);
    uv_buf_t pieces[3] = { output_piece(buf_str(&size), size.len), output_piece(bytes, len),
        output_piece("\r\n", 2) };
    return output_send(connection, pieces, 3);
}

bool http_stream_write(struct http_request *request, const char *bytes, size_t len)
{
    struct http_exchange *exchange = http_exchange_of(request);
    struct connection *connection = exchange->connection;
    assert(exchange->running && exchange->streaming);
    if (connection->state == CONNECTION_CLOSED || connection->doomed)
        return false;
    if (len == 0 || exchange->no_body)
        return true;
    size_t queued = uv_stream_get_write_queue_size(connection_stream(connection));
    bool over = queued > 0 && queued + len > connection->server->options.stream_max;
    if (over || !send_chunk(connection, bytes, len)) {
        connection->doomed = true;
        connection_want_turn(connection);
        return false;
    }
    connection->sent_bytes += len;
    return true;
}

void http_stream_end(struct http_request *request)
{
    struct http_exchange *exchange = http_exchange_of(request);
    struct connection *connection = exchange->connection;
    assert(exchange->running && exchange->streaming);
    bool gone = connection->state == CONNECTION_CLOSED;
    if (!gone && !connection->doomed && !exchange->no_body)
        connection->doomed = !send_chunk(connection, "", 0);
    connection_end_exchange(connection, gone || connection->doomed ? 499 : connection->status);
    connection_settle(connection);
}

void http_on_abort(
    struct http_request *request, void (*gone)(struct http_request *request, void *user), void *user)
{
    struct http_exchange *exchange = http_exchange_of(request);
    exchange->gone = gone;
    exchange->gone_user = user;
}
