/* Threads that run work which may block: a bounded queue, grown on demand, lost threads replaced.
 *
 * Knows nothing of calls. Work is submitted and taken back on one thread (the owner's). */
#ifndef TOOLKIT_WORKERS_H
#define TOOLKIT_WORKERS_H

#include <stdbool.h>

struct err;
struct workers;

enum work_state { WORK_IDLE, WORK_QUEUED, WORK_RUNNING, WORK_FINISHED };

/* Embedded in what is to be done. */
struct work {
    void (*run)(struct work *work); /* on a worker thread */
    struct work *next; /* the pool's */
    enum work_state state; /* the pool's: guarded by its lock */
    bool lost; /* the pool's */
};

/* `wake_fd` is an eventfd that is written to when work finishes (borrowed). */
struct workers *workers_new(
    unsigned threads_max, unsigned queue_max, unsigned lost_max, int wake_fd, struct err *err);
/* Waits at most `grace_ms` for running work. True: all threads have ended and everything is freed. False:
 * some thread hangs in a system call; what it uses must not be freed. */
bool workers_free(struct workers *workers, int grace_ms);

/* 0, or -EBUSY: the queue is full, or too many threads are lost. */
int workers_submit(struct workers *workers, struct work *work);
/* Takes the work out of the queue: true if it had not started. */
bool workers_withdraw(struct workers *workers, struct work *work);
/* Gives up the thread that runs this work, so that another may be started; it still finishes some day. */
void workers_lose(struct workers *workers, struct work *work);
/* The next finished work, NULL if none. */
struct work *workers_take(struct workers *workers);
/* Writes to the owner's wake_fd; from any thread. */
void workers_wake(struct workers *workers);
/* True when so many threads are lost that no work is taken any more. */
bool workers_exhausted(struct workers *workers);
/* How many threads are lost now. */
unsigned workers_lost(struct workers *workers);
/* How much work waits for a thread. */
unsigned workers_queued(struct workers *workers);

#endif
