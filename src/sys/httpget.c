/* A GET written out by hand: connect, one request, everything until the end of the connection. */
#include "sys/httpget.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/scope.h"
#include "base/text.h"
#include "base/wait.h"
#include "sys/resolve.h"

static bool is_printable(const char *text)
{
    for (; *text; text++)
        if (*text <= 0x20 || *text >= 0x7F)
            return false;
    return true;
}

/* Copies `len` bytes; false if they do not fit or are none. */
static bool take(const char *text, size_t len, char *ret_text, size_t size)
{
    if (len == 0 || len >= size)
        return false;
    memcpy(ret_text, text, len);
    ret_text[len] = '\0';
    return true;
}

bool httpget_parse(const char *text, struct httpget_url *ret_url)
{
    static const char scheme[] = "http://";
    struct httpget_url url = { .port = 80 };
    if (strncasecmp(text, scheme, sizeof scheme - 1) != 0 || !is_printable(text) || strpbrk(text, "@#"))
        return false;
    const char *host = text + sizeof scheme - 1, *end;
    url.is_v6 = host[0] == '[';
    if (url.is_v6)
        end = strchr(++host, ']');
    else
        end = host + strcspn(host, ":/?");
    if (!end || !take(host, (size_t)(end - host), url.host, sizeof url.host))
        return false;
    const char *rest = end + url.is_v6;
    if (*rest == ':') {
        char digits[8];
        int64_t port = 0;
        size_t len = strspn(rest + 1, "0123456789");
        if (!take(rest + 1, len, digits, sizeof digits) || !text_int(digits, &port) || port < 1 ||
            port > 65535)
            return false;
        url.port = (unsigned)port;
        rest += 1 + len;
    }
    if (*rest && *rest != '/')
        return false;
    if (rest[0] && rest[1] && !take(rest, strlen(rest), url.path, sizeof url.path))
        return false;
    *ret_url = url;
    return true;
}

/* A descriptor, or a negative errno. */
static int connect_to(const struct wait *wait, const struct sockaddr_storage *address)
{
    CLEANUP(scope_close) int fd = socket(address->ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    if (connect(fd, (const struct sockaddr *)address, resolve_length(address)) < 0 && errno != EINPROGRESS)
        return -errno;
    int ready = wait_fd(wait, fd, POLLOUT, -1);
    if (ready < 0)
        return ready;
    int error = 0;
    socklen_t size = sizeof error;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
        return -errno;
    if (error)
        return -error;
    int connected = fd;
    fd = -1;
    return connected;
}

static int connect_any(const struct wait *wait, const struct httpget_url *url)
{
    struct resolve_addresses found;
    int fd = resolve_host(wait, url->host, url->is_v6 ? AF_INET6 : AF_UNSPEC, &found, NULL);
    if (fd < 0)
        return fd == -EINVAL || fd == -EAGAIN ? -ENOENT : fd;
    for (size_t i = 0; i < found.count; i++) {
        resolve_set_port(&found.at[i], url->port);
        fd = connect_to(wait, &found.at[i]);
        if (fd >= 0 || fd == -ETIMEDOUT || fd == -ECANCELED)
            break;
    }
    return fd;
}

static int send_all(const struct wait *wait, int fd, const struct buf *request)
{
    for (size_t sent = 0; sent < request->len;) {
        int ready = wait_fd(wait, fd, POLLOUT, -1);
        if (ready < 0)
            return ready;
        ssize_t put = send(fd, request->data + sent, request->len - sent, MSG_NOSIGNAL);
        if (put < 0 && errno != EAGAIN && errno != EINTR)
            return errno == EPIPE ? -ECONNRESET : -errno;
        sent += put > 0 ? (size_t)put : 0;
    }
    return 0;
}

/* Everything until the peer closes. */
static int receive_all(const struct wait *wait, int fd, struct buf *answer)
{
    for (;;) {
        int ready = wait_fd(wait, fd, POLLIN, -1);
        if (ready < 0)
            return ready;
        char chunk[4096];
        ssize_t got = recv(fd, chunk, sizeof chunk, 0);
        if (got == 0)
            return 0;
        if (got < 0 && errno != EAGAIN && errno != EINTR)
            return -errno;
        buf_add(answer, chunk, got > 0 ? (size_t)got : 0);
        if (answer->failed)
            return -EMSGSIZE;
    }
}

/* The Content-Length of a head; -1 if it names none. */
static int64_t body_length(const char *head, const char *end)
{
    static const char name[] = "\r\nContent-Length:";
    for (const char *line = head; line < end; line++) {
        if (strncasecmp(line, name, sizeof name - 1) != 0)
            continue;
        const char *digits = line + sizeof name - 1;
        digits += strspn(digits, " \t");
        char text[20];
        int64_t length = -1;
        if (take(digits, strspn(digits, "0123456789"), text, sizeof text) && text_int(text, &length))
            return length;
    }
    return -1;
}

/* Takes status and body out of an answer that is complete as far as the peer is concerned. */
static int read_answer(const struct buf *answer, int *ret_status, struct buf *body)
{
    const char *text = buf_str(answer);
    if (answer->len == 0)
        return -ECONNRESET;
    bool is_http = text_starts(text, "HTTP/1.") && strlen(text) > 12 && text[8] == ' ' &&
        strspn(text + 9, "0123456789") == 3 && (text[12] == ' ' || text[12] == '\r');
    if (!is_http)
        return -EPROTO;
    const char *end = strstr(text, "\r\n\r\n");
    if (!end)
        return -ECONNRESET;
    size_t len = answer->len - (size_t)(end + 4 - text);
    int64_t length = body_length(text, end);
    if (length > (int64_t)len)
        return -ECONNRESET;
    *ret_status = (text[9] - '0') * 100 + (text[10] - '0') * 10 + (text[11] - '0');
    buf_add(body, end + 4, length >= 0 ? (size_t)length : len);
    return body->failed ? -EMSGSIZE : 0;
}

int httpget(const struct wait *wait, const struct httpget_url *url, int *ret_status, struct buf *body)
{
    CLEANUP(scope_close) int fd = connect_any(wait, url);
    if (fd < 0)
        return fd;
    CLEANUP(buf_done) struct buf request = { 0 };
    CLEANUP(buf_done) struct buf answer = { .max = HTTPGET_ANSWER_MAX };
    buf_addf(&request,
        url->is_v6 ? "GET %s HTTP/1.0\r\nHost: [%s]:%u\r\n" : "GET %s HTTP/1.0\r\nHost: %s:%u\r\n",
        url->path[0] ? url->path : "/", url->host, url->port);
    buf_adds(&request, "User-Agent: mcp-assist\r\nAccept: application/json\r\n\r\n");
    int error = send_all(wait, fd, &request);
    if (!error)
        error = receive_all(wait, fd, &answer);
    return error ? error : read_answer(&answer, ret_status, body);
}
