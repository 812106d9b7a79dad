/* workers.c: work goes out and comes back once; the queue is bounded; a thread that hangs is replaced. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/err.h"
#include "base/scope.h"
#include "base/wait.h"
#include "toolkit/workers.h"

static const struct wait forever = { .cancel_fd = -1, .deadline_ms = INT64_MAX };

/* Work that waits for its gate to open, then takes a number. */
struct job {
    struct work work;
    int gate_fd; /* -1: open */
    atomic_bool started;
    int number;
};

static atomic_int counter;

static void run_job(struct work *work)
{
    struct job *job = (struct job *)work;
    atomic_store(&job->started, true);
    if (job->gate_fd >= 0)
        wait_fd(&forever, job->gate_fd, POLLIN, -1);
    job->number = atomic_fetch_add(&counter, 1);
}

static struct job new_job(int gate_fd)
{
    return (struct job){ .work = { .run = run_job }, .gate_fd = gate_fd };
}

static void open_gate(int fd)
{
    assert_int_equal(eventfd_write(fd, 1), 0);
}

static void until_started(const struct job *job)
{
    for (int i = 0; i < 1000 && !atomic_load(&job->started); i++)
        wait_sleep(&forever, 5);
    assert_true(atomic_load(&job->started));
}

static struct work *take(struct workers *workers, int wake_fd)
{
    for (int i = 0; i < 1000; i++) {
        struct work *work = workers_take(workers);
        if (work)
            return work;
        eventfd_t count;
        if (wait_fd(&forever, wake_fd, POLLIN, 10) > 0)
            eventfd_read(wake_fd, &count);
    }
    fail_msg("no work came back");
    return NULL;
}

static struct workers *start(int wake_fd, unsigned threads, unsigned queue, unsigned lost)
{
    struct err err = { 0 };
    struct workers *workers = workers_new(threads, queue, lost, wake_fd, &err);
    assert_non_null(workers);
    return workers;
}

static void test_in_order(void **state)
{
    (void)state;
    enum { JOBS = 50 };
    CLEANUP(scope_close) int wake_fd = eventfd(0, EFD_NONBLOCK);
    struct workers *workers = start(wake_fd, 1, JOBS, 1);
    struct job jobs[JOBS];
    atomic_store(&counter, 0);
    for (int i = 0; i < JOBS; i++) {
        jobs[i] = new_job(-1);
        assert_int_equal(workers_submit(workers, &jobs[i].work), 0);
    }
    for (int i = 0; i < JOBS; i++) {
        assert_ptr_equal(take(workers, wake_fd), &jobs[i].work);
        assert_int_equal(jobs[i].number, i); /* one thread: first in, first run */
    }
    assert_null(workers_take(workers));
    assert_true(workers_free(workers, 1000));
}

static void test_threads_grow_on_demand(void **state)
{
    (void)state;
    enum { JOBS = 8 };
    CLEANUP(scope_close) int wake_fd = eventfd(0, EFD_NONBLOCK), gate_fd = eventfd(0, EFD_NONBLOCK);
    struct workers *workers = start(wake_fd, JOBS, JOBS, 1);
    struct job jobs[JOBS];
    for (int i = 0; i < JOBS; i++) {
        jobs[i] = new_job(gate_fd);
        assert_int_equal(workers_submit(workers, &jobs[i].work), 0);
    }
    for (int i = 0; i < JOBS; i++)
        until_started(&jobs[i]); /* all at once, none waits for another */
    open_gate(gate_fd);
    for (int i = 0; i < JOBS; i++)
        take(workers, wake_fd);
    assert_true(workers_free(workers, 1000));
}

static void test_queue_is_bounded(void **state)
{
    (void)state;
    CLEANUP(scope_close) int wake_fd = eventfd(0, EFD_NONBLOCK), gate_fd = eventfd(0, EFD_NONBLOCK);
    struct workers *workers = start(wake_fd, 1, 2, 1);
    struct job running = new_job(gate_fd), jobs[3] = { new_job(-1), new_job(-1), new_job(-1) };
    assert_int_equal(workers_submit(workers, &running.work), 0);
    until_started(&running);
    assert_int_equal(workers_submit(workers, &jobs[0].work), 0);
    assert_int_equal(workers_submit(workers, &jobs[1].work), 0);
    assert_int_equal(workers_submit(workers, &jobs[2].work), -EBUSY);
    assert_true(workers_withdraw(workers, &jobs[0].work));
    assert_false(workers_withdraw(workers, &jobs[0].work));
    assert_false(workers_withdraw(workers, &running.work));
    assert_int_equal(workers_submit(workers, &jobs[2].work), 0); /* there is room again */
    open_gate(gate_fd);
    assert_ptr_equal(take(workers, wake_fd), &running.work);
    assert_ptr_equal(take(workers, wake_fd), &jobs[1].work);
    assert_ptr_equal(take(workers, wake_fd), &jobs[2].work);
    assert_false(atomic_load(&jobs[0].started));
    assert_true(workers_free(workers, 1000));
}

static void test_withdraw_the_last(void **state)
{
    (void)state;
    CLEANUP(scope_close) int wake_fd = eventfd(0, EFD_NONBLOCK), gate_fd = eventfd(0, EFD_NONBLOCK);
    struct workers *workers = start(wake_fd, 1, 4, 1);
    struct job running = new_job(gate_fd), gone = new_job(-1), after = new_job(-1);
    workers_submit(workers, &running.work);
    until_started(&running);
    workers_submit(workers, &gone.work);
    assert_true(workers_withdraw(workers, &gone.work));
    workers_submit(workers, &after.work); /* the queue's end is where it should be */
    open_gate(gate_fd);
    assert_ptr_equal(take(workers, wake_fd), &running.work);
    assert_ptr_equal(take(workers, wake_fd), &after.work);
    assert_true(workers_free(workers, 1000));
}

static void test_lost_thread_is_replaced(void **state)
{
    (void)state;
    CLEANUP(scope_close) int wake_fd = eventfd(0, EFD_NONBLOCK), gate_fd = eventfd(0, EFD_NONBLOCK);
    struct workers *workers = start(wake_fd, 1, 4, 2);
    struct job hanging[2] = { new_job(gate_fd), new_job(gate_fd) }, next = new_job(-1), refused = new_job(-1);
    workers_submit(workers, &hanging[0].work);
    until_started(&hanging[0]);
    workers_submit(workers, &next.work);
    workers_lose(workers, &hanging[0].work);
    workers_lose(workers, &hanging[0].work); /* once is enough */
    assert_int_equal(workers_lost(workers), 1);
    assert_ptr_equal(take(workers, wake_fd), &next.work);
    workers_submit(workers, &hanging[1].work);
    until_started(&hanging[1]);
    workers_lose(workers, &hanging[1].work);
    assert_int_equal(workers_submit(workers, &refused.work), -EBUSY); /* too many are lost */
    open_gate(gate_fd);
    take(workers, wake_fd);
    take(workers, wake_fd);
    assert_int_equal(workers_lost(workers), 0); /* they came back after all */
    assert_int_equal(workers_submit(workers, &refused.work), 0);
    take(workers, wake_fd);
    assert_true(workers_free(workers, 1000));
}

static void test_lose_what_does_not_run(void **state)
{
    (void)state;
    CLEANUP(scope_close) int wake_fd = eventfd(0, EFD_NONBLOCK);
    struct workers *workers = start(wake_fd, 1, 4, 1);
    struct job job = new_job(-1);
    workers_lose(workers, &job.work);
    assert_int_equal(workers_lost(workers), 0);
    workers_submit(workers, &job.work);
    take(workers, wake_fd);
    workers_lose(workers, &job.work);
    assert_int_equal(workers_lost(workers), 0);
    assert_true(workers_free(workers, 1000));
}

static void test_free_does_not_wait_for_ever(void **state)
{
    (void)state;
    CLEANUP(scope_close) int wake_fd = eventfd(0, EFD_NONBLOCK), gate_fd = eventfd(0, EFD_NONBLOCK);
    struct workers *workers = start(wake_fd, 1, 4, 1);
    struct job hanging = new_job(gate_fd);
    workers_submit(workers, &hanging.work);
    until_started(&hanging);
    assert_false(workers_free(workers, 20)); /* nothing the thread uses was freed */
    open_gate(gate_fd);
    assert_true(workers_free(workers, 5000));
    assert_true(workers_free(NULL, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_in_order),
        cmocka_unit_test(test_threads_grow_on_demand),
        cmocka_unit_test(test_queue_is_bounded),
        cmocka_unit_test(test_withdraw_the_last),
        cmocka_unit_test(test_lost_thread_is_replaced),
        cmocka_unit_test(test_lose_what_does_not_run),
        cmocka_unit_test(test_free_does_not_wait_for_ever),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
