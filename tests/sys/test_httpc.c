/* httpc.c: requests to a server of the test's own on loopback, and to addresses that the guard refuses. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/scope.h"
#include "base/wait.h"
#include "sys/httpc.h"
#include "sys/sys_alone.h"

static const struct wait forever = { .cancel_fd = -1, .deadline_ms = INT64_MAX };

/* A server that gives each connection, in order, one canned answer and keeps what it was asked. */
struct canned {
    int listener;
    unsigned port;
    const char *const *answers; /* NULL-terminated; "" = say nothing and keep the connection open */
    char asked[4][4096];
    pthread_t thread;
};

static void *serve(void *user)
{
    struct canned *canned = user;
    for (size_t i = 0; canned->answers[i]; i++) {
        int peer = accept(canned->listener, NULL, NULL);
        if (peer < 0)
            return NULL;
        size_t len = 0;
        char *asked = canned->asked[i];
        while (len < sizeof(canned->asked[i]) - 1 && !strstr(asked, "\r\n\r\n")) {
            ssize_t got = read(peer, asked + len, sizeof(canned->asked[i]) - 1 - len);
            if (got <= 0)
                break;
            len += (size_t)got;
            asked[len] = '\0';
        }
        const char *answer = canned->answers[i];
        char rest[512];
        if (!*answer)
            while (read(peer, rest, sizeof(rest)) > 0)
                continue;
        (void)!write(peer, answer, strlen(answer));
        shutdown(peer, SHUT_WR);
        while (read(peer, rest, sizeof(rest)) > 0)
            continue;
        close(peer);
    }
    return NULL;
}

static void start(struct canned *canned, const char *const *answers)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof(address);
    memset(canned, 0, sizeof(*canned));
    canned->answers = answers;
    canned->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(canned->listener, (struct sockaddr *)&address, len), 0);
    assert_int_equal(listen(canned->listener, 8), 0);
    assert_int_equal(getsockname(canned->listener, (struct sockaddr *)&address, &len), 0);
    canned->port = ntohs(address.sin_port);
    assert_int_equal(pthread_create(&canned->thread, NULL, serve, canned), 0);
}

static void stop(struct canned *canned)
{
    shutdown(canned->listener, SHUT_RDWR);
    pthread_join(canned->thread, NULL);
    close(canned->listener);
}

static char *url_of(const struct canned *canned, const char *path)
{
    static char url[256];
    snprintf(url, sizeof(url), "http://127.0.0.1:%u%s", canned->port, path);
    return url;
}

static struct httpc_request get(const char *url)
{
    return (struct httpc_request){
        .url = url, .body_max = 1000, .allow_private = true, .follow_redirects = true, .timeout_ms = 10000
    };
}

static void fetch(const struct httpc_request *request, struct httpc_response *ret_response)
{
    struct err err = { 0 };
    int rc = httpc_fetch(&forever, request, ret_response, &err);
    if (rc < 0)
        fail_msg("%s: %d %s", request->url, rc, err.text);
}

static void test_answer(void **state)
{
    (void)state;
    static const char *const answers[] = {
        "HTTP/1.1 100 Continue\r\nX-Early: 1\r\n\r\n"
        "HTTP/1.1 418 Teapot\r\nContent-Type: text/plain\r\nX-Twice: a\r\nX-Twice:  b \r\n"
        "Content-Length: 5\r\n\r\nshort",
        NULL
    };
    struct canned canned;
    start(&canned, answers);
    const struct httpc_header headers[] = { { "X-Mine", "yes" }, { "X-Empty", "" } };
    struct httpc_request request = get(url_of(&canned, "/a?b"));
    request.headers = headers;
    request.headers_count = 2;
    request.language = "fr";
    CLEANUP(httpc_response_done) struct httpc_response response = { 0 };
    fetch(&request, &response);
    stop(&canned);
    assert_int_equal(response.failure, HTTPC_OK);
    assert_int_equal(response.status, 418);
    assert_string_equal(response.http_version, "1.1");
    assert_string_equal(response.content_type, "text/plain");
    assert_string_equal(buf_str(&response.body), "short");
    assert_false(response.truncated);
    assert_false(response.tls.present);
    assert_string_equal(response.remote_address, "127.0.0.1");
    assert_int_equal(response.headers_count, 4);
    assert_string_equal(response.headers[2].value, "b");
    assert_null(httpc_response_header(&response, "X-Early"));
    assert_string_equal(httpc_response_header(&response, "content-length"), "5");
    assert_true(response.timings.total_ms >= response.timings.connect_ms);
    assert_non_null(strstr(canned.asked[0], "GET /a?b HTTP/1.1\r\n"));
    assert_non_null(strstr(canned.asked[0], "X-Mine: yes\r\n"));
    assert_non_null(strstr(canned.asked[0], "X-Empty:\r\n"));
    assert_non_null(strstr(canned.asked[0], "Accept-Language: fr\r\n"));
    assert_null(strstr(canned.asked[0], "Cookie"));
}

static void test_body_is_cut(void **state)
{
    (void)state;
    static const char *const answers[] = { "HTTP/1.1 200 OK\r\n\r\n0123456789",
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789",
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n01234", NULL };
    struct canned canned;
    start(&canned, answers);
    CLEANUP(httpc_response_done) struct httpc_response cut = { 0 }, whole = { 0 }, broken = { 0 };
    struct httpc_request request = get(url_of(&canned, "/"));
    request.body_max = 4;
    fetch(&request, &cut);
    request.body_max = 10;
    fetch(&request, &whole);
    fetch(&request, &broken);
    stop(&canned);
    assert_string_equal(buf_str(&cut.body), "0123");
    assert_true(cut.truncated);
    assert_int_equal(cut.failure, HTTPC_OK);
    assert_int_equal(whole.body.len, 10);
    assert_false(whole.truncated);
    assert_int_equal(broken.failure, HTTPC_CLOSED);
    assert_int_equal(broken.status, 200);
    assert_true(broken.truncated);
    assert_string_equal(buf_str(&broken.body), "01234");
}

static void test_redirect_keeps_secrets_home(void **state)
{
    (void)state;
    static const char *const last[] = { "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", NULL };
    struct canned other, first;
    char location[200];
    start(&other, last);
    snprintf(location, sizeof(location),
        "HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: http://127.0.0.1:%u/there\r\n\r\n", other.port);
    const char *const answers[] = { "HTTP/1.1 307 Again\r\nContent-Length: 0\r\nLocation: /again\r\n\r\n",
        location, NULL };
    start(&first, answers);
    const struct httpc_header headers[] = { { "Authorization", "Bearer secret" }, { "Cookie", "a=b" },
        { "X-Kept", "k" }, { "X-Api-Key", "secret" }, { "X-Auth-Token", "secret" },
        { "Private-Token", "secret" } };
    struct httpc_request request = get(url_of(&first, "/"));
    request.method = "POST";
    request.body = "q=1";
    request.body_len = 3;
    request.headers = headers;
    request.headers_count = ARRAY_LEN(headers);
    CLEANUP(httpc_response_done) struct httpc_response response = { 0 };
    fetch(&request, &response);
    stop(&first);
    stop(&other);
    assert_int_equal(response.status, 200);
    assert_int_equal(response.redirects_count, 2);
    assert_int_equal(response.redirects[0].status, 307);
    assert_int_equal(response.redirects[1].status, 302);
    assert_non_null(strstr(first.asked[1], "POST /again"));
    assert_non_null(strstr(first.asked[1], "Bearer secret"));
    assert_non_null(strstr(first.asked[1], "X-Api-Key: secret"));
    assert_non_null(strstr(other.asked[0], "GET /there"));
    assert_non_null(strstr(other.asked[0], "X-Kept: k"));
    assert_null(strstr(other.asked[0], "secret"));
    assert_null(strstr(other.asked[0], "Cookie"));
}

static void test_redirects_end(void **state)
{
    (void)state;
    static const char again[] = "HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: /\r\n\r\n";
    static const char *const answers[] = { again, again, again, NULL };
    static const char *const strange[] = {
        "HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: file:///etc/passwd\r\n\r\n", NULL
    };
    struct canned canned, leader;
    start(&canned, answers);
    start(&leader, strange);
    CLEANUP(httpc_response_done) struct httpc_response response = { 0 };
    struct httpc_request request = get(url_of(&canned, "/"));
    request.redirects_max = 2;
    fetch(&request, &response);
    stop(&canned);
    assert_int_equal(response.failure, HTTPC_REDIRECT);
    assert_int_equal(response.redirects_count, 2);
    assert_int_equal(response.status, 302);
    CLEANUP(httpc_response_done) struct httpc_response led = { 0 };
    request = get(url_of(&leader, "/"));
    fetch(&request, &led);
    stop(&leader);
    assert_int_equal(led.failure, HTTPC_REDIRECT);
    assert_int_equal(led.redirects_count, 0);
}

static void test_failures(void **state)
{
    (void)state;
    static const char *const answers[] = { "SSH-2.0-OpenSSH_9.2\r\n", "", NULL };
    struct canned canned;
    start(&canned, answers);
    struct httpc_request request = get(url_of(&canned, "/"));
    CLEANUP(httpc_response_done) struct httpc_response odd = { 0 };
    fetch(&request, &odd);
    assert_int_equal(odd.failure, HTTPC_PROTOCOL);
    request.timeout_ms = 50;
    CLEANUP(httpc_response_done) struct httpc_response slow = { 0 };
    fetch(&request, &slow);
    assert_int_equal(slow.failure, HTTPC_TIMEOUT);
    assert_int_equal(slow.status, 0);
    stop(&canned);
    CLEANUP(httpc_response_done) struct httpc_response refused = { 0 };
    request.timeout_ms = 10000;
    fetch(&request, &refused);
    assert_int_equal(refused.failure, HTTPC_REFUSED);
    assert_string_equal(refused.remote_address, "127.0.0.1");
    assert_string_equal(httpc_failure_name(refused.failure), "refused");
}

static void test_header_flood(void **state)
{
    (void)state;
    static char flood[(size_t)300 << 10];
    size_t len = (size_t)snprintf(flood, sizeof(flood), "HTTP/1.1 200 OK\r\n");
    while (len < sizeof(flood) - 100)
        len += (size_t)snprintf(flood + len, sizeof(flood) - len, "X-%zu: y\r\n", len);
    const char *const answers[] = { flood, NULL };
    struct canned canned;
    start(&canned, answers);
    struct httpc_request request = get(url_of(&canned, "/"));
    CLEANUP(httpc_response_done) struct httpc_response response = { 0 };
    fetch(&request, &response);
    stop(&canned);
    assert_int_equal(response.failure, HTTPC_TOO_LARGE);
    assert_true(response.headers_count <= HTTPC_HEADERS_MAX);
}

static void test_cancel(void **state)
{
    (void)state;
    static const char *const answers[] = { "", NULL };
    struct canned canned;
    start(&canned, answers);
    CLEANUP(scope_close) int cancel = eventfd(1, EFD_CLOEXEC);
    struct wait wait = { .cancel_fd = cancel, .deadline_ms = INT64_MAX };
    struct httpc_request request = get(url_of(&canned, "/"));
    struct httpc_response response = { 0 };
    assert_int_equal(httpc_fetch(&wait, &request, &response, NULL), -ECANCELED);
    stop(&canned);
}

static void test_guard(void **state)
{
    (void)state;
    static const struct {
        const char *url;
        enum guard_class class;
    } rows[] = {
        { "http://169.254.169.254/", GUARD_METADATA },
        { "http://2852039166/", GUARD_METADATA },
        { "http://0xa9fea9fe/", GUARD_METADATA },
        { "http://0251.0376.0251.0376/", GUARD_METADATA },
        { "http://[::ffff:169.254.169.254]/", GUARD_METADATA },
        { "http://[64:ff9b::169.254.169.254]/", GUARD_METADATA },
        { "http://169.254.1.1/", GUARD_LINK_LOCAL },
        { "http://[fe80::1]/", GUARD_LINK_LOCAL },
        { "http://0.0.0.0/", GUARD_UNSPECIFIED },
        { "http://0/", GUARD_UNSPECIFIED },
        { "http://[::]/", GUARD_UNSPECIFIED },
        { "http://224.0.0.1/", GUARD_MULTICAST },
        { "http://255.255.255.255/", GUARD_MULTICAST },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct httpc_denial denial = { .class = GUARD_PUBLIC };
        struct httpc_request request = get(rows[i].url);
        request.denial = &denial;
        struct httpc_response response = { 0 };
        struct err err = { 0 };
        int rc = httpc_fetch(&forever, &request, &response, &err);
        if (rc != -EACCES || denial.class != rows[i].class || !strstr(err.text, denial.address))
            fail_msg("%s: %d, class %d, %s", rows[i].url, rc, (int)denial.class, err.text);
        httpc_response_done(&response);
    }
}

static void test_guard_of_private_networks(void **state)
{
    (void)state;
    static const char *const answers[] = { "HTTP/1.1 200 OK\r\n\r\n", NULL };
    struct canned canned;
    start(&canned, answers);
    struct httpc_request request = get(url_of(&canned, "/"));
    request.allow_private = false;
    struct httpc_response response = { 0 };
    assert_int_equal(httpc_fetch(&forever, &request, &response, NULL), -EACCES);
    stop(&canned);
    assert_string_equal(canned.asked[0], "");
}

static void test_request_checks(void **state)
{
    (void)state;
    assert_int_equal(httpc_check_header("X-A", "b\tc"), HTTPC_HEADER_OK);
    assert_int_equal(httpc_check_header("Host", "a.example:8080"), HTTPC_HEADER_OK);
    assert_int_equal(httpc_check_header("Host", "a b"), HTTPC_HEADER_VALUE);
    assert_int_equal(httpc_check_header("X-A", "b\r\nC: d"), HTTPC_HEADER_VALUE);
    assert_int_equal(httpc_check_header("X A", "b"), HTTPC_HEADER_NAME);
    assert_int_equal(httpc_check_header("", "b"), HTTPC_HEADER_NAME);
    assert_int_equal(httpc_check_header("content-LENGTH", "3"), HTTPC_HEADER_REFUSED);
    assert_int_equal(httpc_check_header("Transfer-Encoding", "chunked"), HTTPC_HEADER_REFUSED);
    static const char *const methods[] = { "", "G T", "CONNECT", "GET\r\n" };
    for (size_t i = 0; i < ARRAY_LEN(methods); i++) {
        struct httpc_request request = get("http://127.0.0.1:1/");
        request.method = methods[i];
        struct httpc_response response = { 0 };
        assert_int_equal(httpc_fetch(&forever, &request, &response, NULL), -EINVAL);
    }
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    sys_leave_the_others();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answer),
        cmocka_unit_test(test_body_is_cut),
        cmocka_unit_test(test_redirect_keeps_secrets_home),
        cmocka_unit_test(test_redirects_end),
        cmocka_unit_test(test_failures),
        cmocka_unit_test(test_header_flood),
        cmocka_unit_test(test_cancel),
        cmocka_unit_test(test_guard),
        cmocka_unit_test(test_guard_of_private_networks),
        cmocka_unit_test(test_request_checks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
