/* Waiting: what is ready, what wins over what, what a signal changes (nothing). */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/scope.h"
#include "base/wait.h"

static const struct wait forever = { .cancel_fd = -1, .deadline_ms = INT64_MAX };

static void fire(int event_fd)
{
    const uint64_t one = 1;
    assert_int_equal(write(event_fd, &one, sizeof(one)), sizeof(one));
}

static void ready_descriptors_are_reported(void **state)
{
    (void)state;
    CLEANUP(scope_close) int quiet = eventfd(0, EFD_CLOEXEC);
    CLEANUP(scope_close) int ready = eventfd(1, EFD_CLOEXEC);
    struct pollfd fds[] = {
        { .fd = quiet, .events = POLLIN, .revents = POLLERR },
        { .fd = ready, .events = POLLIN },
        { .fd = -1, .events = POLLIN, .revents = POLLIN },
    };
    assert_int_equal(wait_poll(&forever, fds, 3, -1), 1);
    assert_int_equal(fds[0].revents, 0);
    assert_int_equal(fds[1].revents, POLLIN);
    assert_int_equal(fds[2].revents, 0);
    assert_int_equal(wait_fd(&forever, ready, POLLIN, -1), 1);
    assert_int_equal(wait_fd(&forever, quiet, POLLOUT, -1), 1);
}

static void time_passes(void **state)
{
    (void)state;
    CLEANUP(scope_close) int quiet = eventfd(0, EFD_CLOEXEC);
    struct pollfd one = { .fd = quiet, .events = POLLIN, .revents = POLLIN };
    assert_int_equal(wait_poll(&forever, &one, 1, 0), 0);
    assert_int_equal(one.revents, 0);
    int64_t start_ms = clock_ms();
    assert_int_equal(wait_fd(&forever, quiet, POLLIN, 20), 0);
    assert_true(clock_ms() >= start_ms + 20);
    start_ms = clock_ms();
    assert_int_equal(wait_sleep(&forever, 20), 0);
    assert_true(clock_ms() >= start_ms + 20);
}

static void the_earlier_of_timeout_and_deadline_wins(void **state)
{
    (void)state;
    struct wait soon = { .cancel_fd = -1, .deadline_ms = clock_ms() + 20 };
    assert_int_equal(wait_sleep(&soon, 3600000), -ETIMEDOUT);
    assert_true(clock_ms() >= soon.deadline_ms);
    struct wait soon_too = { .cancel_fd = -1, .deadline_ms = clock_ms() + 20 };
    assert_int_equal(wait_sleep(&soon_too, -1), -ETIMEDOUT);
    struct wait late = { .cancel_fd = -1, .deadline_ms = clock_ms() + 3600000 };
    assert_int_equal(wait_sleep(&late, 5), 0);
}

static void a_busy_descriptor_hides_neither_cancel_nor_deadline(void **state)
{
    (void)state;
    CLEANUP(scope_close) int busy = eventfd(1, EFD_CLOEXEC);
    CLEANUP(scope_close) int cancel = eventfd(0, EFD_CLOEXEC);
    struct wait wait = { .cancel_fd = cancel, .deadline_ms = INT64_MAX };
    assert_int_equal(wait_fd(&wait, busy, POLLIN, 0), 1);

    wait.deadline_ms = clock_ms();
    assert_int_equal(wait_fd(&wait, busy, POLLIN, 0), -ETIMEDOUT);
    assert_int_equal(wait_fd(&wait, busy, POLLIN, 1000), -ETIMEDOUT);

    fire(cancel);
    assert_int_equal(wait_fd(&wait, busy, POLLIN, 0), -ECANCELED);
    wait.deadline_ms = INT64_MAX;
    assert_int_equal(wait_fd(&wait, busy, POLLIN, -1), -ECANCELED);
    assert_int_equal(wait_sleep(&wait, -1), -ECANCELED);
    /* Never read: everyone who waits on it sees it. */
    uint64_t count = 0;
    assert_int_equal(read(cancel, &count, sizeof(count)), sizeof(count));
    assert_int_equal(count, 1);
}

static void *cancel_later(void *event_fd)
{
    wait_sleep(&forever, 20);
    fire(*(const int *)event_fd);
    return NULL;
}

static void cancel_wakes_a_sleeper(void **state)
{
    (void)state;
    CLEANUP(scope_close) int cancel = eventfd(0, EFD_CLOEXEC);
    const struct wait wait = { .cancel_fd = cancel, .deadline_ms = INT64_MAX };
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, cancel_later, &cancel), 0);
    assert_int_equal(wait_sleep(&wait, -1), -ECANCELED);
    pthread_join(thread, NULL);
}

static volatile sig_atomic_t signals;

static void count_signal(int number)
{
    (void)number;
    signals = signals + 1;
}

static void signals_do_not_shorten_a_wait(void **state)
{
    (void)state;
    struct sigaction action, before;
    memset(&action, 0, sizeof(action));
    action.sa_handler = count_signal;
    sigaction(SIGALRM, &action, &before);
    const struct itimerval every_3_ms = { { 0, 3000 }, { 0, 3000 } }, never = { { 0, 0 }, { 0, 0 } };
    int64_t start_ms = clock_ms();
    signals = 0;
    setitimer(ITIMER_REAL, &every_3_ms, NULL);
    int rc = wait_sleep(&forever, 60);
    setitimer(ITIMER_REAL, &never, NULL);
    sigaction(SIGALRM, &before, NULL);
    assert_int_equal(rc, 0);
    assert_true(signals > 0);
    assert_true(clock_ms() >= start_ms + 60);
}

static void the_number_of_descriptors_is_bounded(void **state)
{
    (void)state;
    struct pollfd fds[WAIT_MAX_FDS + 1];
    for (size_t i = 0; i < ARRAY_LEN(fds); i++)
        fds[i] = (struct pollfd){ .fd = -1 };
    assert_int_equal(wait_poll(&forever, fds, WAIT_MAX_FDS + 1, 0), -EINVAL);
    CLEANUP(scope_close) int ready = eventfd(1, EFD_CLOEXEC);
    fds[WAIT_MAX_FDS - 1] = (struct pollfd){ .fd = ready, .events = POLLIN };
    assert_int_equal(wait_poll(&forever, fds, WAIT_MAX_FDS, -1), 1);
    assert_int_equal(fds[WAIT_MAX_FDS - 1].revents, POLLIN);
}

static void time_left(void **state)
{
    (void)state;
    assert_int_equal(wait_left_ms(&forever), INT_MAX);
    struct wait wait = { .cancel_fd = -1, .deadline_ms = clock_ms() };
    assert_int_equal(wait_left_ms(&wait), 0);
    wait.deadline_ms = INT64_MIN;
    assert_int_equal(wait_left_ms(&wait), 0);
    wait.deadline_ms = clock_ms() + 10000000;
    assert_in_range(wait_left_ms(&wait), 1, 10000000);
    wait.deadline_ms = INT64_MAX - 1;
    assert_int_equal(wait_left_ms(&wait), INT_MAX);
}

static void within_only_shortens(void **state)
{
    (void)state;
    struct wait outer = { .cancel_fd = 7, .deadline_ms = clock_ms() + 5000 };
    assert_int_equal(wait_within(&outer, 100000).deadline_ms, outer.deadline_ms);
    assert_int_equal(wait_within(&outer, -1).deadline_ms, outer.deadline_ms);
    int64_t low_ms = clock_ms() + 100;
    struct wait inner = wait_within(&outer, 100);
    assert_true(inner.deadline_ms >= low_ms && inner.deadline_ms <= clock_ms() + 100);
    assert_int_equal(inner.cancel_fd, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ready_descriptors_are_reported),
        cmocka_unit_test(time_passes),
        cmocka_unit_test(the_earlier_of_timeout_and_deadline_wins),
        cmocka_unit_test(a_busy_descriptor_hides_neither_cancel_nor_deadline),
        cmocka_unit_test(cancel_wakes_a_sleeper),
        cmocka_unit_test(signals_do_not_shorten_a_wait),
        cmocka_unit_test(the_number_of_descriptors_is_bounded),
        cmocka_unit_test(time_left),
        cmocka_unit_test(within_only_shortens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
