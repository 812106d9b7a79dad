/* An HTTP connection: bytes into the real server over a socket that is no network, the MCP endpoint behind
 * it. The first byte says in which pieces the rest arrives. Whatever comes, what goes out is a sequence of
 * well-formed replies, and when the client has left nothing of it remains. */
#include "fuzz.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "http/connection.h"
#include "http/endpoint.h"
#include "http/origin.h"
#include "served.h"

enum { TURNS = 8, LEN_MAX = 8000 };

static const struct http_options options = {
    .host = "127.0.0.1",
    .body_max = 4096,
    .header_max = 2048,
    .header_timeout_ms = 60000,
    .body_timeout_ms = 60000,
    .idle_timeout_ms = 60000,
    .connections_max = 2,
    .stream_max = 65536,
};

static void on_connection(uv_stream_t *listener, int status)
{
    MUST(status == 0);
    connection_accept(listener->data);
}

static bool admit(struct http_request *request, void *user)
{
    (void)user;
    const struct origin_policy policy = { .loopback = true };
    if (origin_allowed(request, &policy))
        return true;
    http_reply(request, 403, NULL, "", 0);
    return false;
}

static void on_echo(struct http_request *request, void *user)
{
    (void)user;
    http_reply(request, 200, "text/plain", request->body, request->body_len);
}

static void on_stream(struct http_request *request, void *user)
{
    (void)user;
    http_stream_begin(request, 200, "text/plain");
    if (http_stream_write(request, request->rest, strlen(request->rest)))
        http_stream_end(request);
}

/* Never answered: ends when the client leaves. */
static void on_gone(struct http_request *request, void *user)
{
    (void)request;
    (void)user;
}

static void on_wait(struct http_request *request, void *user)
{
    http_on_abort(request, on_gone, user);
}

static void turn(struct http_server *server)
{
    for (int i = 0; i < TURNS; i++)
        uv_run(&server->loop, UV_RUN_NOWAIT);
}

/* Listens where only this process finds it, and connects there. */
static int connect_to(struct http_server *server)
{
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    socklen_t len = sizeof(sa_family_t); /* the kernel chooses an abstract name */
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    MUST(listener >= 0 && bind(listener, (struct sockaddr *)&at, len) == 0);
    MUST(uv_tcp_open(&server->listener, listener) == 0);
    MUST(uv_listen((uv_stream_t *)&server->listener, 8, on_connection) == 0);
    len = sizeof at;
    MUST(getsockname(listener, (struct sockaddr *)&at, &len) == 0);
    int client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    MUST(client >= 0 && connect(client, (struct sockaddr *)&at, len) == 0);
    fcntl(client, F_SETFL, O_NONBLOCK);
    turn(server);
    return client;
}

/* Takes what has come. False: the connection has ended. */
static bool receive(int client, struct buf *out)
{
    char bytes[4096];
    ssize_t got;
    while ((got = recv(client, bytes, sizeof bytes, 0)) > 0)
        buf_add(out, bytes, (size_t)got);
    return got < 0 && errno == EAGAIN;
}

/* The value of a header in a head that ends with an empty line; NULL if absent. */
static const char *header(const char *head, size_t len, const char *name)
{
    for (const char *line = head; line < head + len;) {
        const char *end = memmem(line, (size_t)(head + len - line), "\r\n", 2);
        MUST(end);
        if (strncasecmp(line, name, strlen(name)) == 0 && line[strlen(name)] == ':')
            return line + strlen(name) + 1 + strspn(line + strlen(name) + 1, " ");
        line = end + 2;
    }
    return NULL;
}

static void check_head(const char *head, size_t len)
{
    size_t lines = 0;
    for (const char *line = head; line < head + len; lines++) {
        const char *end = memmem(line, (size_t)(head + len - line), "\r\n", 2);
        MUST(end);
        for (const char *c = line; c < end; c++)
            MUST((unsigned char)*c >= 32 || *c == '\t');
        MUST(lines == 0 || end == line || memchr(line, ':', (size_t)(end - line)));
        line = end + 2;
    }
}

/* Bytes that the chunks at `bytes` take, or `len` when the last has not come. */
static size_t chunks_len(const char *bytes, size_t len)
{
    size_t at = 0;
    for (;;) {
        char *end = NULL;
        if (at + 5 > len)
            return len;
        unsigned long size = strtoul(bytes + at, &end, 16);
        MUST(end > bytes + at && end[0] == '\r' && end[1] == '\n');
        at = (size_t)(end + 2 - bytes) + size + 2;
        if (at > len)
            return len;
        MUST(bytes[at - 2] == '\r' && bytes[at - 1] == '\n');
        if (size == 0)
            return at;
    }
}

/* Replies follow each other without anything between them; the last may lack its end. */
static void check_replies(const struct buf *out, bool has_heads_only)
{
    const char *text = buf_str(out);
    size_t at = 0;
    while (at < out->len) {
        MUST(strncmp(text + at, "HTTP/1.1 ", 9) == 0);
        long status = strtol(text + at + 9, NULL, 10);
        MUST(status >= 100 && status < 600);
        const char *end = strstr(text + at, "\r\n\r\n");
        MUST(end);
        size_t head_len = (size_t)(end + 4 - text) - at;
        check_head(text + at, head_len);
        const char *length = header(text + at, head_len, "content-length");
        const char *coding = header(text + at, head_len, "transfer-encoding");
        const char *after = header(text + at, head_len, "connection");
        MUST(!length || !coding);
        at += head_len;
        if (has_heads_only)
            return; /* whether a body follows is told by requests that are not looked at here */
        if (length)
            at += strtoul(length, NULL, 10);
        else if (coding)
            at += chunks_len(text + at, out->len - at);
        else if (status != 100 && status != 204) {
            MUST(after && strncmp(after, "close", 5) == 0); /* the body is all that follows */
            return;
        }
    }
    MUST(at == out->len);
}

static void converse(struct http_server *server, const char *bytes, size_t len, size_t piece, struct buf *out)
{
    int client = connect_to(server);
    for (size_t at = 0; at < len;) {
        size_t size = len - at < piece ? len - at : piece;
        ssize_t put = send(client, bytes + at, size, MSG_NOSIGNAL);
        if (put <= 0)
            break;
        at += (size_t)put;
        turn(server);
        if (!receive(client, out))
            break;
    }
    turn(server);
    receive(client, out);
    close(client);
    for (int i = 0; i < 100 && server->connections; i++)
        turn(server);
    MUST(!server->connections && server->connection_count == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    if (len < 2 || len > LEN_MAX)
        return -1;
    struct err err = { 0 };
    struct http_server *server = http_server_new(&options, &err);
    struct mcp_server *mcp = served_new();
    MUST(server);
    http_admit(server, admit, NULL);
    http_route(server, "POST", "/echo", on_echo, NULL);
    http_route(server, "GET", "/stream/{text}", on_stream, NULL);
    http_route(server, "GET", "/wait", on_wait, NULL);
    static const struct endpoint_options endpoint_options = { .path = "/mcp" };
    struct endpoint *endpoint = endpoint_new(server, mcp, &endpoint_options);
    MUST(endpoint);
    struct buf out = { 0 };
    /* 'a' and most others: all at once; 'b'...'i': that many bytes at a time, squared. */
    size_t step = bytes[0] >= 'b' && bytes[0] <= 'i' ? (size_t)(bytes[0] - 'a') : 0;
    converse(server, (const char *)bytes + 1, len - 1, step ? step * step * 3 : len, &out);
    /* An unfinished body cannot be told from one that never comes: HEAD, and connections that end. */
    check_replies(&out, memmem(bytes, len, "HEAD", 4) != NULL);
    buf_done(&out);
    http_server_free(server);
    endpoint_free(endpoint);
    mcp_server_free(mcp);
    return 0;
}
