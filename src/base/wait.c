/* The one poll(2) of this program. */
#include "base/wait.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>

#include "base/clock.h"

int wait_left_ms(const struct wait *wait)
{
    if (wait->deadline_ms == INT64_MAX)
        return INT_MAX;
    int64_t now_ms = clock_ms();
    if (wait->deadline_ms <= now_ms)
        return 0;
    int64_t left_ms = wait->deadline_ms - now_ms;
    return left_ms > INT_MAX ? INT_MAX : (int)left_ms;
}

struct wait wait_within(const struct wait *wait, int timeout_ms)
{
    struct wait within = *wait;
    if (timeout_ms >= 0) {
        int64_t end_ms = clock_ms() + timeout_ms;
        if (end_ms < within.deadline_ms)
            within.deadline_ms = end_ms;
    }
    return within;
}

/* One poll(2) until `end_ms`: > 0 something is ready (perhaps all[0], the cancel descriptor), 0 not yet. */
static int poll_once(struct pollfd *all, nfds_t count, int64_t end_ms)
{
    int64_t left_ms = -1;
    if (end_ms != INT64_MAX) {
        left_ms = end_ms - clock_ms();
        if (left_ms < 0)
            left_ms = 0;
        if (left_ms > INT_MAX)
            left_ms = INT_MAX;
    }
    int ready = poll(all, count, (int)left_ms);
    if (ready < 0)
        return errno == EINTR ? 0 : -errno;
    return ready;
}

int wait_poll(const struct wait *wait, struct pollfd *fds, nfds_t count, int timeout_ms)
{
    if (count > WAIT_MAX_FDS)
        return -EINVAL;
    struct pollfd all[WAIT_MAX_FDS + 1];
    all[0] = (struct pollfd){ .fd = wait->cancel_fd, .events = POLLIN };
    if (count > 0)
        memcpy(all + 1, fds, count * sizeof(*fds));

    int64_t now_ms = clock_ms();
    int64_t timeout_end_ms = timeout_ms < 0 ? INT64_MAX : now_ms + timeout_ms;
    bool deadline_first = wait->deadline_ms < timeout_end_ms;
    int64_t end_ms = deadline_first ? wait->deadline_ms : timeout_end_ms;
    /* Past the deadline only cancellation is looked at: descriptors that are always ready must not outlive
     * it. */
    bool is_late = wait->deadline_ms <= now_ms;

    for (;;) {
        int ready = poll_once(all, is_late ? 1 : count + 1, end_ms);
        if (ready < 0)
            return ready;
        if (ready > 0 && all[0].revents)
            return -ECANCELED;
        if (ready > 0) {
            for (nfds_t i = 0; i < count; i++)
                fds[i].revents = all[i + 1].revents;
            return ready;
        }
        if (is_late)
            return -ETIMEDOUT;
        if (end_ms != INT64_MAX && clock_ms() >= end_ms)
            break;
    }
    for (nfds_t i = 0; i < count; i++)
        fds[i].revents = 0;
    return deadline_first ? -ETIMEDOUT : 0;
}

int wait_fd(const struct wait *wait, int fd, short events, int timeout_ms)
{
    struct pollfd one = { .fd = fd, .events = events };
    return wait_poll(wait, &one, 1, timeout_ms);
}

int wait_sleep(const struct wait *wait, int timeout_ms)
{
    return wait_poll(wait, NULL, 0, timeout_ms);
}
