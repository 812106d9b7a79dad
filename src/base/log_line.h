/* From an event to bytes: logfmt, JSON, or a datagram for the journal. No I/O. */
#ifndef BASE_LOG_LINE_H
#define BASE_LOG_LINE_H

#include <stddef.h>

#include "base/log.h"

/* What a pipe takes at once or not at all (PIPE_BUF): lines of several processes cannot mix on one. */
#define LOG_LINE_BYTES 4096
/* What one value may take when written; a longer one ends in "...". */
#define LOG_VALUE_BYTES 1024

struct log_event {
    enum log_level level;
    const char *name;
    int64_t wall_ms;
    const struct log_field *fields;
};

/* Both return the length. What does not fit is left out whole, and `truncated` says so. */

/* One line with its '\n'. */
size_t log_line(enum log_format format, const struct log_event *event, char ret_line[LOG_LINE_BYTES]);

/* systemd's native protocol (https://systemd.io/JOURNAL_NATIVE_PROTOCOL/): MESSAGE as a line of that format
 * (in logfmt without time and level, which the journal has itself), PRIORITY, and each field as MCP_<NAME>.
 */
#define LOG_DATAGRAM_BYTES (3 * LOG_LINE_BYTES)
size_t log_datagram(
    enum log_format format, const struct log_event *event, char ret_bytes[LOG_DATAGRAM_BYTES]);

/* The level as syslog numbers it: 7, 6, 4, 3. */
int log_priority(enum log_level level);

#endif
