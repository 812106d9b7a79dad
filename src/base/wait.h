/* The only place that blocks: waiting on descriptors with a deadline and a way to be cancelled. */
#ifndef BASE_WAIT_H
#define BASE_WAIT_H

#include <poll.h>
#include <stdint.h>

/* Borrowed by whoever waits; the owner keeps `cancel_fd` open. */
struct wait {
    int cancel_fd; /* becomes readable to cancel (never read here); -1 = cannot be cancelled */
    int64_t deadline_ms; /* on clock_ms(); INT64_MAX = none */
};

#define WAIT_MAX_FDS 1024

/* Polls `count` descriptors (0..WAIT_MAX_FDS; more: put them in an epoll and wait for that one) for
 * `timeout_ms` (-1 = until the deadline). Returns how many are ready, 0 when timeout_ms passed first,
 * -ECANCELED, -ETIMEDOUT (the deadline, which wins over timeout_ms only when it is the earlier one), or
 * another negative errno. EINTR is retried. Cancellation is looked at first, so a busy descriptor never hides
 * it. */
int wait_poll(const struct wait *wait, struct pollfd *fds, nfds_t count, int timeout_ms);

/* Waits for one descriptor: `events` as in poll(2). Returns 1, 0, or a negative errno as above. */
int wait_fd(const struct wait *wait, int fd, short events, int timeout_ms);

/* Sleeps. 0 when the time passed, else -ECANCELED or -ETIMEDOUT. */
int wait_sleep(const struct wait *wait, int timeout_ms);

/* Milliseconds until the deadline, 0 if passed, at most INT_MAX. */
int wait_left_ms(const struct wait *wait);

/* A wait with an earlier deadline than `wait`: `timeout_ms` from now at most. */
struct wait wait_within(const struct wait *wait, int timeout_ms);

#endif
