/* Rounds: statistics, TCP replies and refusals, deadline, cancellation, many targets. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/scope.h"
#include "base/wait.h"
#include "sys/ping.h"
#include "sys/sys_listener.h"

static const struct wait patient = { .cancel_fd = -1, .deadline_ms = INT64_MAX };

static struct ping_target *new_targets(size_t count)
{
    struct ping_target *targets = calloc(count, sizeof(*targets));
    assert_non_null(targets);
    for (size_t i = 0; i < count; i++)
        targets[i].address = sys_loopback(0);
    return targets;
}

static void computes_times(void **state)
{
    (void)state;
    CLEANUP(scope_free) struct ping_target *target = new_targets(1);
    struct ping_times times;
    assert_false(ping_times(target, &times));
    static const double rtts_ms[] = { 1, 4, 2, 5 };
    for (size_t i = 0; i < ARRAY_LEN(rtts_ms); i++)
        target->replies[target->received++].rtt_ms = rtts_ms[i];
    assert_true(ping_times(target, &times));
    assert_true(fabs(times.min_ms - 1) < 1e-9 && fabs(times.max_ms - 5) < 1e-9);
    assert_true(fabs(times.avg_ms - 3) < 1e-9);
    assert_true(fabs(times.mdev_ms - sqrt(2.5)) < 1e-9); /* 46 / 4 - 9 */
    assert_true(fabs(times.jitter_ms - 8.0 / 3) < 1e-9); /* 3, 2, 3 */
}

static void one_reply_has_no_spread(void **state)
{
    (void)state;
    CLEANUP(scope_free) struct ping_target *target = new_targets(1);
    target->replies[target->received++].rtt_ms = 0.1;
    struct ping_times times;
    assert_true(ping_times(target, &times));
    assert_true(times.mdev_ms >= 0 && times.mdev_ms < 1e-6);
    assert_true(times.jitter_ms >= 0 && times.jitter_ms < 1e-6);
}

static struct ping tcp_ping(struct ping_target *targets, size_t count, unsigned port)
{
    return (struct ping){ .wait = &patient,
        .targets = targets,
        .target_count = count,
        .count = 5,
        .interval_ms = 10,
        .timeout_ms = 10000,
        .method = PING_TCP,
        .port = port };
}

static void expect_all_replies(const struct ping_target *target, unsigned count, bool refused)
{
    assert_int_equal(target->method, PING_TCP);
    assert_int_equal(target->sent, count);
    assert_int_equal(target->received, count);
    assert_int_equal(target->refused, refused);
    for (unsigned i = 0; i < count; i++) {
        assert_true(target->replies[i].rtt_ms > 0);
        assert_int_equal(target->replies[i].ttl, -1);
    }
}

static void tcp_counts_refusals_as_replies(void **state)
{
    (void)state;
    unsigned open_port, closed_port;
    CLEANUP(scope_close) int listening = sys_bound(1, &open_port);
    CLEANUP(scope_close) int silent = sys_bound(0, &closed_port);
    assert_true(listening >= 0 && silent >= 0);
    CLEANUP(scope_free) struct ping_target *targets = new_targets(PING_TARGETS_MAX);
    struct err err = { .code = 0 };
    struct ping ping = tcp_ping(targets, PING_TARGETS_MAX, open_port);
    assert_int_equal(ping_run(&ping, &err), 0);
    for (size_t i = 0; i < PING_TARGETS_MAX; i++)
        expect_all_replies(&targets[i], 5, false);
    ping.port = closed_port;
    assert_int_equal(ping_run(&ping, &err), 0);
    for (size_t i = 0; i < PING_TARGETS_MAX; i++)
        expect_all_replies(&targets[i], 5, true);
}

static void icmp_numbers_its_replies(void **state)
{
    (void)state;
    CLEANUP(scope_free) struct ping_target *target = new_targets(1);
    struct ping ping = tcp_ping(target, 1, 0);
    ping.method = PING_ICMP;
    ping.count = PING_COUNT_MAX;
    struct err err = { .code = 0 };
    int status = ping_run(&ping, &err);
    if (status == -EACCES)
        skip();
    assert_int_equal(status, 0);
    assert_int_equal(target->received, PING_COUNT_MAX);
    for (unsigned i = 0; i < PING_COUNT_MAX; i++) {
        assert_int_equal(target->replies[i].seq, i + 1);
        assert_int_equal(target->replies[i].ttl, 64);
        assert_true(target->replies[i].rtt_ms > 0);
    }
}

static void keeps_the_deadline_and_can_be_cancelled(void **state)
{
    (void)state;
    unsigned port;
    CLEANUP(scope_close) int listening = sys_bound(1, &port);
    assert_true(listening >= 0);
    CLEANUP(scope_free) struct ping_target *target = new_targets(1);
    struct ping ping = tcp_ping(target, 1, port);
    ping.interval_ms = 10000;
    struct wait soon = { .cancel_fd = -1, .deadline_ms = clock_ms() + 100 };
    ping.wait = &soon;
    struct err err = { .code = 0 };
    assert_int_equal(ping_run(&ping, &err), -ETIMEDOUT);
    assert_int_equal(target->sent, 1);
    assert_int_equal(target->received, 1);

    CLEANUP(scope_close) int cancel_fd = eventfd(1, EFD_CLOEXEC);
    struct wait cancelled = { .cancel_fd = cancel_fd, .deadline_ms = INT64_MAX };
    ping.wait = &cancelled;
    assert_int_equal(ping_run(&ping, &err), -ECANCELED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(computes_times),
        cmocka_unit_test(one_reply_has_no_spread),
        cmocka_unit_test(tcp_counts_refusals_as_replies),
        cmocka_unit_test(icmp_numbers_its_replies),
        cmocka_unit_test(keeps_the_deadline_and_can_be_cancelled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
