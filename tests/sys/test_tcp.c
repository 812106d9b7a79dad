/* One connection attempt: open, closed, met itself, no route. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <unistd.h>

#include "base/scope.h"
#include "base/wait.h"
#include "sys/sys_listener.h"
#include "sys/tcp.h"

static const struct wait patient = { .cancel_fd = -1, .deadline_ms = INT64_MAX };

static enum tcp_outcome attempt(const struct sockaddr_storage *to)
{
    enum tcp_outcome outcome = TCP_OUTCOMES;
    CLEANUP(scope_close) int fd = tcp_begin(to, &outcome);
    if (fd < 0)
        return outcome;
    assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
    assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    assert_int_equal(wait_fd(&patient, fd, POLLOUT, 10000), 1);
    return tcp_outcome(fd);
}

static void tells_open_from_closed(void **state)
{
    (void)state;
    unsigned open_port, closed_port;
    CLEANUP(scope_close) int listening = sys_bound(1, &open_port);
    CLEANUP(scope_close) int silent = sys_bound(0, &closed_port);
    assert_true(listening >= 0 && silent >= 0);
    struct sockaddr_storage open_address = sys_loopback(open_port),
                            closed_address = sys_loopback(closed_port);
    assert_int_equal(attempt(&open_address), TCP_OPEN);
    assert_int_equal(attempt(&closed_address), TCP_CLOSED);
}

static void sees_that_it_met_itself(void **state)
{
    (void)state;
    unsigned port;
    CLEANUP(scope_close) int fd = sys_bound(0, &port);
    struct sockaddr_storage own = sys_loopback(port);
    assert_int_equal(connect(fd, (const struct sockaddr *)&own, sizeof(struct sockaddr_in)), 0);
    assert_int_equal(tcp_outcome(fd), TCP_SELF);
    assert_true(tcp_is_looped(fd));
}

static void knows_what_stays_here(void **state)
{
    (void)state;
    unsigned port;
    CLEANUP(scope_close) int listening = sys_bound(1, &port);
    struct sockaddr_storage here = sys_loopback(port);
    enum tcp_outcome outcome = TCP_OUTCOMES;
    CLEANUP(scope_close) int fd = tcp_begin(&here, &outcome);
    assert_true(fd >= 0);
    assert_int_equal(wait_fd(&patient, fd, POLLOUT, 10000), 1);
    assert_int_equal(tcp_outcome(fd), TCP_OPEN);
    assert_true(tcp_is_looped(fd));
    assert_false(tcp_is_looped(listening));
}

static void an_unusable_address_has_an_outcome(void **state)
{
    (void)state;
    struct sockaddr_storage broadcast = sys_loopback(80);
    ((struct sockaddr_in *)&broadcast)->sin_addr.s_addr = htonl(INADDR_BROADCAST);
    enum tcp_outcome outcome = attempt(&broadcast);
    assert_true(outcome == TCP_NET_UNREACHABLE || outcome == TCP_LOCAL_POLICY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_open_from_closed),
        cmocka_unit_test(sees_that_it_met_itself),
        cmocka_unit_test(knows_what_stays_here),
        cmocka_unit_test(an_unusable_address_has_an_outcome),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
