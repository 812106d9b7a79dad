/* reply.c: the bytes of a reply's head. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/scope.h"
#include "http/exchange.h"
#include "http/reply.h"

static struct http_exchange exchange = { .request = { .id = "abc" } };

static int clear(void **state)
{
    (void)state;
    buf_done(&exchange.reply_fields);
    exchange.http_1_0 = false;
    return 0;
}

/* The head without its Date line, whose place and form are checked. */
static void check_head(const struct reply_head *head, const char *expected)
{
    static struct reply_date date;
    CLEANUP(buf_done) struct buf out = { 0 };
    reply_put_head(&out, &exchange, head, &date);
    char *line = strstr(buf_str(&out), "Date: ");
    assert_non_null(line);
    static const char form[] = "Date: Mon, 23 Nov 2026 00:00:00 GMT\r\n";
    assert_memory_equal(line + strlen(form) - 6, " GMT\r\n", 6);
    memmove(line, line + strlen(form), strlen(line + strlen(form)) + 1);
    assert_string_equal(buf_str(&out), expected);
}

static void test_plain(void **state)
{
    (void)state;
    const struct reply_head head = {
        .status = 200, .content_type = "a/b", .has_length = true, .length = 1234567890
    };
    check_head(&head,
        "HTTP/1.1 200 OK\r\nContent-Type: a/b\r\nContent-Length: 1234567890\r\nX-Request-Id: abc\r\n"
        "X-Content-Type-Options: nosniff\r\n\r\n");
}

static void test_empty_and_own_fields(void **state)
{
    (void)state;
    http_set(&exchange.request, "Retry-After", "1");
    http_set(&exchange.request, "Vary", "Accept-Language");
    const struct reply_head head = { .status = 503, .has_length = true, .close = true };
    check_head(&head,
        "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nX-Request-Id: abc\r\n"
        "X-Content-Type-Options: nosniff\r\nRetry-After: 1\r\nVary: Accept-Language\r\n"
        "Connection: close\r\n\r\n");
}

static void test_no_content(void **state)
{
    (void)state;
    const struct reply_head head = { .status = 204, .has_length = true };
    check_head(
        &head, "HTTP/1.1 204 No Content\r\nX-Request-Id: abc\r\nX-Content-Type-Options: nosniff\r\n\r\n");
}

static void test_chunked(void **state)
{
    (void)state;
    const struct reply_head head = { .status = 200, .content_type = "a/b", .chunked = true };
    check_head(&head,
        "HTTP/1.1 200 OK\r\nContent-Type: a/b\r\nTransfer-Encoding: chunked\r\nX-Request-Id: abc\r\n"
        "X-Content-Type-Options: nosniff\r\n\r\n");
}

static void test_http_1_0(void **state)
{
    (void)state;
    exchange.http_1_0 = true;
    const struct reply_head head = { .status = 200, .has_length = true, .length = 1 };
    check_head(&head,
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nX-Request-Id: abc\r\n"
        "X-Content-Type-Options: nosniff\r\nConnection: keep-alive\r\n\r\n");
}

static void test_unlisted_status(void **state)
{
    (void)state;
    const struct reply_head head = { .status = 299 };
    check_head(&head, "HTTP/1.1 299 Status\r\nX-Request-Id: abc\r\nX-Content-Type-Options: nosniff\r\n\r\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_plain, clear),
        cmocka_unit_test_teardown(test_empty_and_own_fields, clear),
        cmocka_unit_test_teardown(test_no_content, clear),
        cmocka_unit_test_teardown(test_chunked, clear),
        cmocka_unit_test_teardown(test_http_1_0, clear),
        cmocka_unit_test_teardown(test_unlisted_status, clear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
