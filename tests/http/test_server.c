/* server.c without a client: options, listening, ticks, watched descriptors, stopping. With clients:
 * test_connection.py. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/err.h"
#include "base/scope.h"
#include "http/server.h"

static const struct http_options good = {
    .host = "127.0.0.1",
    .body_max = 1000,
    .header_max = 1000,
    .header_timeout_ms = 1000,
    .body_timeout_ms = 1000,
    .idle_timeout_ms = 1000,
    .connections_max = 10,
    .stream_max = 1000,
};

static void check_refused(const struct http_options *options, const char *word)
{
    struct err err = { 0 };
    assert_null(http_server_new(options, &err));
    assert_int_equal(err.code, -EINVAL);
    assert_non_null(strstr(err.text, word));
}

static void test_bad_options(void **state)
{
    (void)state;
    struct http_options options = good;
    options.host = "";
    check_refused(&options, "address");
    options = good;
    options.port = 65536;
    check_refused(&options, "65536");
    options = good;
    options.body_max = 0;
    check_refused(&options, "body");
    options = good;
    options.header_max = 10;
    check_refused(&options, "head");
    options = good;
    options.idle_timeout_ms = 0;
    check_refused(&options, "time");
    options = good;
    options.connections_max = 0;
    check_refused(&options, "connections");
}

static void test_listen(void **state)
{
    (void)state;
    struct err err = { 0 };
    struct http_server *first = http_server_new(&good, &err);
    assert_int_equal(http_listen(first, &err), 0);
    assert_in_range(http_port(first), 1, 65535);

    struct http_options same = good;
    same.port = http_port(first);
    struct http_server *second = http_server_new(&same, &err);
    assert_int_equal(http_listen(second, &err), -EADDRINUSE);
    assert_non_null(strstr(err.text, "127.0.0.1"));
    http_server_free(second);
    http_server_free(first);
    http_server_free(NULL);
}

struct counts {
    struct http_server *server;
    int fd;
    unsigned ticks, reads;
};

static void on_tick(void *user)
{
    struct counts *counts = user;
    counts->ticks++;
    if (counts->ticks == 2)
        assert_int_equal(eventfd_write(counts->fd, 1), 0);
}

static void on_ready(void *user)
{
    struct counts *counts = user;
    eventfd_t value;
    assert_int_equal(eventfd_read(counts->fd, &value), 0);
    counts->reads++;
    http_stop(counts->server, 60000);
}

static void test_run_until_stopped(void **state)
{
    (void)state;
    CLEANUP(scope_close) int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    struct counts counts = { .server = http_server_new(&good, NULL), .fd = fd };
    assert_int_equal(http_listen(counts.server, NULL), 0);
    assert_int_equal(http_every(counts.server, 1, on_tick, &counts), 0);
    assert_int_equal(http_watch(counts.server, fd, on_ready, &counts), 0);
    assert_int_equal(http_run(counts.server), 0);
    assert_true(counts.ticks >= 2);
    assert_int_equal(counts.reads, 1);
    http_server_free(counts.server);
}

static void test_bad_watches(void **state)
{
    (void)state;
    struct http_server *server = http_server_new(&good, NULL);
    assert_true(http_watch(server, -1, on_ready, NULL) < 0);
    assert_int_equal(http_every(server, 0, on_tick, NULL), -EINVAL);
    http_server_free(server);
}

static void raise_signal(void *user)
{
    (void)user;
    raise(SIGTERM);
}

static void test_signal(void **state)
{
    (void)state;
    struct http_server *server = http_server_new(&good, NULL);
    assert_int_equal(http_listen(server, NULL), 0);
    assert_int_equal(http_signals(server, 60000), 0);
    assert_int_equal(http_every(server, 1, raise_signal, NULL), 0);
    assert_int_equal(http_run(server), 0);
    http_server_free(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bad_options),
        cmocka_unit_test(test_listen),
        cmocka_unit_test(test_run_until_stopped),
        cmocka_unit_test(test_bad_watches),
        cmocka_unit_test(test_signal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
