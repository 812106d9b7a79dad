/* Sending to journald: datagrams to its socket, addressed each time, so that a journald that restarts is
 * found again. */
#include "base/log_journal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

bool log_journal_is(const char *stream, int fd)
{
    struct stat status;
    char own[64];
    if (!stream || fstat(fd, &status) < 0)
        return false;
    snprintf(own, sizeof own, "%" PRIuMAX ":%" PRIuMAX, (uintmax_t)status.st_dev, (uintmax_t)status.st_ino);
    return strcmp(stream, own) == 0;
}

int log_journal_open(void)
{
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    return fd < 0 ? -errno : fd;
}

int log_journal_send(int fd, const char *bytes, size_t len)
{
    static const struct sockaddr_un journal = {
        .sun_family = AF_UNIX,
        .sun_path = "/run/systemd/journal/socket",
    };
    ssize_t sent = sendto(
        fd, bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL, (const struct sockaddr *)&journal, sizeof journal);
    return sent < 0 ? -errno : 0;
}
