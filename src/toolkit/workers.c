/* The worker pool: one mutex, a queue in, a queue out, an eventfd to say so. */
#include "toolkit/workers.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"

#define STACK_SIZE ((size_t)256 << 10)

struct list {
    struct work *first, **tail;
};

/* A thread is joined, never detached: what libraries keep per thread is gone before exit() looks for leaks.
 */
struct thread {
    struct thread *next;
    struct workers *workers;
    pthread_t id;
    bool has_ended; /* it touches nothing any more */
};

struct workers {
    pthread_mutex_t lock;
    pthread_cond_t work_came, thread_ended;
    struct list queue, finished;
    unsigned queued, queue_max;
    struct thread *all;
    unsigned threads, idle, lost; /* threads counts lost ones too */
    unsigned threads_max, lost_max;
    int wake_fd;
    bool closing;
};

static void list_add(struct list *list, struct work *work)
{
    work->next = NULL;
    *list->tail = work;
    list->tail = &work->next;
}

static struct work *list_take(struct list *list)
{
    struct work *work = list->first;
    if (!work)
        return NULL;
    list->first = work->next;
    if (!list->first)
        list->tail = &list->first;
    work->next = NULL;
    return work;
}

struct workers *workers_new(
    unsigned threads_max, unsigned queue_max, unsigned lost_max, int wake_fd, struct err *err)
{
    struct workers *workers = calloc(1, sizeof *workers);
    if (!workers) {
        err_set(err, -ENOMEM, "no memory for the worker pool");
        return NULL;
    }
    pthread_mutex_init(&workers->lock, NULL);
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&workers->work_came, &attr);
    pthread_cond_init(&workers->thread_ended, &attr);
    pthread_condattr_destroy(&attr);
    workers->queue.tail = &workers->queue.first;
    workers->finished.tail = &workers->finished.first;
    workers->queue_max = queue_max;
    workers->threads_max = threads_max;
    workers->lost_max = lost_max;
    workers->wake_fd = wake_fd;
    return workers;
}

void workers_wake(struct workers *workers)
{
    uint64_t one = 1;
    ssize_t written = write(workers->wake_fd, &one, sizeof one);
    (void)written; /* the counter can only be full, and then the owner is awake anyway */
}

static void finish(struct workers *workers, struct work *work)
{
    work->state = WORK_FINISHED;
    list_add(&workers->finished, work);
    if (work->lost)
        workers->lost--;
    workers_wake(workers);
}

static void *thread_main(void *argument)
{
    struct thread *self = argument;
    struct workers *workers = self->workers;
    pthread_mutex_lock(&workers->lock);
    while (!workers->closing) {
        struct work *work = list_take(&workers->queue);
        if (!work) {
            workers->idle++;
            pthread_cond_wait(&workers->work_came, &workers->lock);
            workers->idle--;
            continue;
        }
        workers->queued--;
        work->state = WORK_RUNNING;
        pthread_mutex_unlock(&workers->lock);
        work->run(work);
        pthread_mutex_lock(&workers->lock);
        bool was_lost = work->lost;
        finish(workers, work);
        if (was_lost) /* somebody took this thread's place */
            break;
    }
    workers->threads--;
    self->has_ended = true;
    pthread_cond_signal(&workers->thread_ended);
    pthread_mutex_unlock(&workers->lock);
    return NULL;
}

/* Joins threads that have ended (lost ones that came back). Called with the lock held, which they have let go
 * for good. */
static void reap(struct workers *workers)
{
    for (struct thread **at = &workers->all; *at;) {
        struct thread *thread = *at;
        if (!thread->has_ended) {
            at = &thread->next;
            continue;
        }
        *at = thread->next;
        pthread_join(thread->id, NULL);
        free(thread);
    }
}

/* Called with the lock held. On failure the work waits for a thread that exists. */
static void start_thread(struct workers *workers)
{
    reap(workers);
    struct thread *thread = calloc(1, sizeof *thread);
    if (!thread)
        return;
    thread->workers = workers;
    pthread_attr_t attr;
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, STACK_SIZE);
    /* Signals are the I/O thread's business. */
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    bool has_started = pthread_create(&thread->id, &attr, thread_main, thread) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attr);
    if (!has_started) {
        free(thread);
        return;
    }
    thread->next = workers->all;
    workers->all = thread;
    workers->threads++;
}

/* Called with the lock held, for work that is in the queue. */
static void remove_queued(struct workers *workers, struct work *work)
{
    struct work **at = &workers->queue.first;
    while (*at != work)
        at = &(*at)->next;
    *at = work->next;
    if (!*at)
        workers->queue.tail = at;
    workers->queued--;
    work->state = WORK_IDLE;
}

int workers_submit(struct workers *workers, struct work *work)
{
    int result = 0;
    pthread_mutex_lock(&workers->lock);
    if (workers->queued >= workers->queue_max || workers->lost >= workers->lost_max) {
        result = -EBUSY;
    } else {
        work->state = WORK_QUEUED;
        work->lost = false;
        list_add(&workers->queue, work);
        workers->queued++;
        if (workers->idle >= workers->queued)
            pthread_cond_signal(&workers->work_came);
        else if (workers->threads - workers->lost < workers->threads_max)
            start_thread(workers);
        if (workers->threads == 0) { /* nobody would ever take it */
            remove_queued(workers, work);
            result = -EBUSY;
        }
    }
    pthread_mutex_unlock(&workers->lock);
    return result;
}

bool workers_withdraw(struct workers *workers, struct work *work)
{
    bool found = false;
    pthread_mutex_lock(&workers->lock);
    if (work->state == WORK_QUEUED) {
        remove_queued(workers, work);
        found = true;
    }
    pthread_mutex_unlock(&workers->lock);
    return found;
}

void workers_lose(struct workers *workers, struct work *work)
{
    pthread_mutex_lock(&workers->lock);
    if (work->state == WORK_RUNNING && !work->lost) {
        work->lost = true;
        workers->lost++;
        if (workers->queued && workers->threads - workers->lost < workers->threads_max)
            start_thread(workers);
    }
    pthread_mutex_unlock(&workers->lock);
}

struct work *workers_take(struct workers *workers)
{
    pthread_mutex_lock(&workers->lock);
    struct work *work = list_take(&workers->finished);
    if (work)
        work->state = WORK_IDLE;
    pthread_mutex_unlock(&workers->lock);
    return work;
}

unsigned workers_lost(struct workers *workers)
{
    pthread_mutex_lock(&workers->lock);
    unsigned lost = workers->lost;
    pthread_mutex_unlock(&workers->lock);
    return lost;
}

unsigned workers_queued(struct workers *workers)
{
    pthread_mutex_lock(&workers->lock);
    unsigned queued = workers->queued;
    pthread_mutex_unlock(&workers->lock);
    return queued;
}

bool workers_exhausted(struct workers *workers)
{
    pthread_mutex_lock(&workers->lock);
    bool is_exhausted = workers->lost >= workers->lost_max;
    pthread_mutex_unlock(&workers->lock);
    return is_exhausted;
}

bool workers_free(struct workers *workers, int grace_ms)
{
    if (!workers)
        return true;
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += grace_ms / 1000;
    until.tv_nsec += (long)(grace_ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    pthread_mutex_lock(&workers->lock);
    workers->closing = true;
    pthread_cond_broadcast(&workers->work_came);
    int error = 0;
    while (workers->threads && error != ETIMEDOUT)
        error = pthread_cond_timedwait(&workers->thread_ended, &workers->lock, &until);
    bool ended = workers->threads == 0;
    reap(workers);
    pthread_mutex_unlock(&workers->lock);
    if (!ended)
        return false;
    pthread_cond_destroy(&workers->work_came);
    pthread_cond_destroy(&workers->thread_ended);
    pthread_mutex_destroy(&workers->lock);
    free(workers);
    return true;
}
