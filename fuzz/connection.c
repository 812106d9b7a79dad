/* HTTP connections: bytes into the real server over sockets that are no network, the MCP endpoint behind it.
 * The first byte says in which pieces the rest arrives. A form feed and a digit go over to another client; in
 * what is sent, $I is the last session id that a header told, $S the last one of the older transport (/sse),
 * $E the last event id. Whatever comes, what goes out to each is a sequence of well-formed replies, and when
 * the clients have left nothing of them remains. */
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

enum { TURNS = 8, LEN_MAX = 8000, CLIENTS = 3 };

/* One of those who ask; the last is one too many for the server. */
struct client {
    int fd; /* -1: not there, or gone */
    struct buf out; /* what it heard */
    bool asked_head; /* HEAD: whether a body follows is not told by the reply */
};

struct meeting {
    struct http_server *server;
    struct sockaddr_un address;
    socklen_t address_len;
    size_t piece;
    struct client clients[CLIENTS];
};

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

/* Listens where only this process finds it. */
static void listen_here(struct meeting *meeting)
{
    struct sockaddr_un *at = &meeting->address;
    at->sun_family = AF_UNIX;
    meeting->address_len = sizeof *at;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    /* The kernel chooses an abstract name. */
    MUST(fd >= 0 && bind(fd, (struct sockaddr *)at, sizeof(sa_family_t)) == 0);
    MUST(uv_tcp_open(&meeting->server->listener, fd) == 0);
    MUST(uv_listen((uv_stream_t *)&meeting->server->listener, 8, on_connection) == 0);
    MUST(getsockname(fd, (struct sockaddr *)at, &meeting->address_len) == 0);
}

static struct client *get_client(struct meeting *meeting, size_t index)
{
    struct client *client = &meeting->clients[index];
    if (client->fd < 0 && client->out.len == 0) {
        client->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        MUST(client->fd >= 0);
        MUST(connect(client->fd, (struct sockaddr *)&meeting->address, meeting->address_len) == 0);
        fcntl(client->fd, F_SETFL, O_NONBLOCK);
        turn(meeting->server);
    }
    return client;
}

static void hang_up(struct client *client)
{
    if (client->fd >= 0)
        close(client->fd);
    client->fd = -1;
}

/* Takes what has come. */
static void receive(struct client *client)
{
    char bytes[4096];
    ssize_t got = -1;
    while (client->fd >= 0 && (got = recv(client->fd, bytes, sizeof bytes, 0)) > 0)
        buf_add(&client->out, bytes, (size_t)got);
    if (got == 0 || (got < 0 && errno != EAGAIN))
        hang_up(client);
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

/* Appends what stood behind the last `name` that anyone heard. */
static void put_last(const struct meeting *meeting, const char *name, struct buf *out)
{
    for (size_t i = CLIENTS; i-- > 0;) {
        const char *found = NULL;
        for (const char *at = buf_str(&meeting->clients[i].out); (at = strstr(at, name)); at++)
            found = at + strlen(name);
        if (found) {
            buf_add(out, found, strspn(found, "0123456789abcdefghijklmnopqrstuvwxyz-"));
            return;
        }
    }
}

static void expand(const struct meeting *meeting, const char *bytes, size_t len, struct buf *out)
{
    for (size_t i = 0; i < len; i++) {
        char c = bytes[i] == '$' && i + 1 < len ? bytes[i + 1] : '\0';
        const char *name = c == 'I' ? "Mcp-Session-Id: "
            : c == 'S'              ? "sessionId="
            : c == 'E'              ? "\nid: "
                                    : NULL;
        if (name)
            put_last(meeting, name, out);
        else
            buf_addc(out, bytes[i]);
        i += name != NULL;
    }
}

static void talk(struct meeting *meeting, struct client *client, const char *bytes, size_t len)
{
    struct buf text = { 0 };
    expand(meeting, bytes, len, &text);
    client->asked_head |= memmem(buf_str(&text), text.len, "HEAD", 4) != NULL;
    for (size_t at = 0; at < text.len && client->fd >= 0;) {
        size_t left = text.len - at;
        ssize_t put =
            send(client->fd, text.data + at, left < meeting->piece ? left : meeting->piece, MSG_NOSIGNAL);
        if (put <= 0)
            break;
        at += (size_t)put;
        turn(meeting->server);
        receive(client);
    }
    buf_done(&text);
    for (size_t i = 0; i < CLIENTS; i++)
        receive(&meeting->clients[i]);
}

static void meet(struct meeting *meeting, const char *bytes, size_t len)
{
    for (size_t i = 0; i < CLIENTS; i++)
        meeting->clients[i] = (struct client){ .fd = -1 };
    listen_here(meeting);
    struct client *client = get_client(meeting, 0);
    for (const char *end = bytes + len; bytes < end;) {
        const char *feed = memchr(bytes, '\f', (size_t)(end - bytes));
        const char *stop = feed ? feed : end;
        talk(meeting, client, bytes, (size_t)(stop - bytes));
        bytes = feed && feed + 1 < end ? feed + 2 : end;
        if (feed && feed + 1 < end)
            client = get_client(meeting, (unsigned char)feed[1] % CLIENTS);
    }
    for (size_t i = 0; i < CLIENTS; i++)
        hang_up(&meeting->clients[i]);
    for (int i = 0; i < 100 && meeting->server->connections; i++)
        turn(meeting->server);
    MUST(!meeting->server->connections && meeting->server->connection_count == 0);
    for (size_t i = 0; i < CLIENTS; i++) {
        check_replies(&meeting->clients[i].out, meeting->clients[i].asked_head);
        buf_done(&meeting->clients[i].out);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    if (len < 2 || len > LEN_MAX)
        return -1;
    struct err err = { 0 };
    struct meeting meeting = { .server = http_server_new(&options, &err), .piece = len };
    struct mcp_server *mcp = served_new();
    MUST(meeting.server);
    http_admit(meeting.server, admit, NULL);
    http_route(meeting.server, "POST", "/echo", on_echo, NULL);
    http_route(meeting.server, "GET", "/stream/{text}", on_stream, NULL);
    http_route(meeting.server, "GET", "/wait", on_wait, NULL);
    static const struct endpoint_options endpoint_options = { .path = "/mcp", .legacy_sse = true };
    struct endpoint *endpoint = endpoint_new(meeting.server, mcp, &endpoint_options);
    MUST(endpoint);
    /* 'a' and most others: all at once; 'b'...'i': that many bytes at a time, squared. */
    if (bytes[0] >= 'b' && bytes[0] <= 'i')
        meeting.piece = (size_t)(bytes[0] - 'a') * (size_t)(bytes[0] - 'a') * 3;
    meet(&meeting, (const char *)bytes + 1, len - 1);
    http_server_free(meeting.server);
    endpoint_free(endpoint);
    mcp_server_free(mcp);
    return 0;
}
