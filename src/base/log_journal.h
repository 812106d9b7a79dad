/* The journal of systemd as a place for log events. */
#ifndef BASE_LOG_JOURNAL_H
#define BASE_LOG_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>

/* True if `stream` (the variable JOURNAL_STREAM, "dev:inode"; may be NULL) names what descriptor `fd` is:
 * systemd has connected it to the journal. */
bool log_journal_is(const char *stream, int fd);
/* A socket for log_journal_send(), or a negative errno. */
int log_journal_open(void);
/* Sends a datagram without ever waiting. 0 or a negative errno; -EAGAIN: the journal does not keep up. */
int log_journal_send(int fd, const char *bytes, size_t len);

#endif
