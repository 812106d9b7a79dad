/* The head of a reply: status line, our own headers, those of the handler. Knows no socket. */
#include "http/reply.h"

#include <assert.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/scope.h"
#include "http/exchange.h"

static const struct {
    int status;
    const char *line;
} lines[] = {
    { 200, "HTTP/1.1 200 OK\r\n" },
    { 201, "HTTP/1.1 201 Created\r\n" },
    { 202, "HTTP/1.1 202 Accepted\r\n" },
    { 204, "HTTP/1.1 204 No Content\r\n" },
    { 301, "HTTP/1.1 301 Moved Permanently\r\n" },
    { 302, "HTTP/1.1 302 Found\r\n" },
    { 304, "HTTP/1.1 304 Not Modified\r\n" },
    { 308, "HTTP/1.1 308 Permanent Redirect\r\n" },
    { 400, "HTTP/1.1 400 Bad Request\r\n" },
    { 401, "HTTP/1.1 401 Unauthorized\r\n" },
    { 403, "HTTP/1.1 403 Forbidden\r\n" },
    { 404, "HTTP/1.1 404 Not Found\r\n" },
    { 405, "HTTP/1.1 405 Method Not Allowed\r\n" },
    { 406, "HTTP/1.1 406 Not Acceptable\r\n" },
    { 408, "HTTP/1.1 408 Request Timeout\r\n" },
    { 409, "HTTP/1.1 409 Conflict\r\n" },
    { 413, "HTTP/1.1 413 Content Too Large\r\n" },
    { 415, "HTTP/1.1 415 Unsupported Media Type\r\n" },
    { 417, "HTTP/1.1 417 Expectation Failed\r\n" },
    { 421, "HTTP/1.1 421 Misdirected Request\r\n" },
    { 422, "HTTP/1.1 422 Unprocessable Content\r\n" },
    { 429, "HTTP/1.1 429 Too Many Requests\r\n" },
    { 431, "HTTP/1.1 431 Request Header Fields Too Large\r\n" },
    { 500, "HTTP/1.1 500 Internal Server Error\r\n" },
    { 501, "HTTP/1.1 501 Not Implemented\r\n" },
    { 502, "HTTP/1.1 502 Bad Gateway\r\n" },
    { 503, "HTTP/1.1 503 Service Unavailable\r\n" },
    { 504, "HTTP/1.1 504 Gateway Timeout\r\n" },
    { 505, "HTTP/1.1 505 HTTP Version Not Supported\r\n" },
};

static void put_status(struct buf *out, int status)
{
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        if (lines[i].status == status) {
            buf_adds(out, lines[i].line);
            return;
        }
    }
    buf_addf(out, "HTTP/1.1 %d Status\r\n", status);
}

/* RFC 9110, 5.6.7: always English, whatever the locale. */
static void put_date(struct buf *out, struct reply_date *date)
{
    static const char days[][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
    static const char months[][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct",
        "Nov", "Dec" };
    time_t now = (time_t)(clock_wall_ms() / 1000);
    if (date->second != now) {
        struct tm tm = { 0 };
        gmtime_r(&now, &tm);
        CLEANUP(buf_done) struct buf text = { 0 };
        buf_addf(&text, "%s, %02d %s %d %02d:%02d:%02d GMT", days[tm.tm_wday], tm.tm_mday, months[tm.tm_mon],
            tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
        buf_cut(&text, sizeof date->text - 1);
        memcpy(date->text, buf_str(&text), text.len + 1);
        date->second = now;
    }
    buf_adds(out, "Date: ");
    buf_adds(out, date->text);
    buf_adds(out, "\r\n");
}

static void put_length(struct buf *out, size_t length)
{
    char digits[24];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + length % 10);
        length /= 10;
    } while (length > 0);
    buf_adds(out, "Content-Length: ");
    buf_add(out, digits + at, sizeof digits - at);
    buf_adds(out, "\r\n");
}

void reply_put_head(struct buf *out, const struct http_exchange *exchange, const struct reply_head *head,
    struct reply_date *date)
{
    put_status(out, head->status);
    put_date(out, date);
    if (head->content_type) {
        buf_adds(out, "Content-Type: ");
        buf_adds(out, head->content_type);
        buf_adds(out, "\r\n");
    }
    /* RFC 9110, 8.6: no length where the status says that there is no content. */
    if (head->chunked)
        buf_adds(out, "Transfer-Encoding: chunked\r\n");
    else if (head->has_length && head->status != 204 && head->status != 304)
        put_length(out, head->length);
    buf_adds(out, "X-Request-Id: ");
    buf_adds(out, exchange->request.id);
    buf_adds(out, "\r\nX-Content-Type-Options: nosniff\r\n");
    buf_add(out, buf_str(&exchange->reply_fields), exchange->reply_fields.len);
    if (head->close)
        buf_adds(out, "Connection: close\r\n");
    else if (exchange->http_1_0)
        buf_adds(out, "Connection: keep-alive\r\n");
    buf_adds(out, "\r\n");
}

static bool is_plain(const char *text)
{
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c < 0x20 || c == 0x7f)
            return false;
    }
    return true;
}

void http_set(struct http_request *request, const char *name, const char *value)
{
    bool plain = is_plain(name) && is_plain(value);
    assert(plain);
    if (!plain)
        return;
    struct buf *fields = &http_exchange_of(request)->reply_fields;
    buf_adds(fields, name);
    buf_adds(fields, ": ");
    buf_adds(fields, value);
    buf_adds(fields, "\r\n");
}
