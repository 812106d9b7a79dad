/* A network of the test's own: loopback alone, where nobody else listens for a moment and is gone, and from
 * which nothing leads out, should a guard fail. */
#ifndef TESTS_SYS_ALONE_H
#define TESTS_SYS_ALONE_H

#include <net/if.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/scope.h"

/* Only root can; else the network stays the shared one. */
static inline void sys_leave_the_others(void)
{
    if (unshare(CLONE_NEWNET) < 0)
        return;
    CLEANUP(scope_close) int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP };
    if (ioctl(fd, SIOCSIFFLAGS, &lo) < 0)
        abort();
}

#endif
