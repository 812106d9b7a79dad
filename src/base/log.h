/* The log: one logfmt line per event on standard error. Never a secret: callers log names and numbers, not
 * contents. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARNING, LOG_LEVEL_ERROR };

/* Lines below `level` are dropped. Set once, before threads start. */
void log_set_level(enum log_level level);
bool log_enabled(enum log_level level);

/* Writes `2026-11-22T14:03:07.250Z level=info <your text>\n` in one write(2), or not at all when standard
 * error is a pipe that is full. The text is logfmt made by the caller; control characters become '?'. */
void log_write(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A logfmt value, quoted when it needs to be; `ret_text` of `size` bytes is always terminated. Returns
 * `ret_text`. */
char *log_quote(const char *text, char *ret_text, unsigned size);

#endif
