/* The log: one structured event, one line.
 *
 * An event has a name and fields; how they are written (logfmt, JSON, journal) is decided here, so no caller
 * makes text that somebody would have to take apart again. Any thread may log, nothing here ever waits: a
 * line that would block is dropped and counted. Never a secret: callers log names and numbers, not contents.
 *
 * Lines go to standard error; to the journal instead where systemd has connected standard error to it; to a
 * file instead when log_open_file() was called and the file can be written. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

struct health;

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARNING, LOG_LEVEL_ERROR };
enum log_format { LOG_FORMAT_LOGFMT, LOG_FORMAT_JSON };

enum log_kind { LOG_KIND_TEXT, LOG_KIND_INT, LOG_KIND_NUMBER };

/* One field; made by the functions below. */
struct log_field {
    const char *name; /* snake_case, a word of ours: written as it is; NULL ends a list */
    enum log_kind kind;
    const char *text;
    int64_t integer;
    double number;
    int decimals;
};

/* Any bytes: what could forge or break a line is escaped, a long text is cut. NULL: the field is left out. */
static inline struct log_field log_str(const char *name, const char *text)
{
    return (struct log_field){ .name = name, .kind = LOG_KIND_TEXT, .text = text };
}

static inline struct log_field log_int(const char *name, int64_t value)
{
    return (struct log_field){ .name = name, .kind = LOG_KIND_INT, .integer = value };
}

/* Must be finite, and below 1e15 with its decimals. */
static inline struct log_field log_num(const char *name, double value, int decimals)
{
    return (struct log_field){ .name = name, .kind = LOG_KIND_NUMBER, .number = value, .decimals = decimals };
}

/* Logs an event with its fields, which end with { 0 }:
 *
 *     log_event(LOG_LEVEL_INFO, "call",
 *         (const struct log_field[]){ log_str("tool", name), log_num("ms", ms, 3), { 0 } });
 *
 * errno survives. */
void log_event(enum log_level level, const char *event, const struct log_field *fields);

/* Events below `level` are dropped. Set once, before threads start; INFO until then. */
void log_set_level(enum log_level level);
bool log_enabled(enum log_level level);
/* Set once, before threads start; logfmt until then. */
void log_set_format(enum log_format format);
/* Finds out whether standard error is the journal (systemd says so by JOURNAL_STREAM) and uses its own
 * protocol then. Once, before threads start. */
void log_find_journal(void);

/* From now on lines go to the file `path`, which is rotated to path.1 ... path.`keep` before it grows over
 * `max_bytes` (0: never). While it cannot be written the part "log" of `health` says why, lines go where they
 * went before, and it is tried again every second. Strings are borrowed until log_close(). */
void log_open_file(const char *path, int64_t max_bytes, int keep, struct health *health);
/* Has the file opened anew by its name: somebody has renamed it. Safe in a signal handler; happens with the
 * next event or log_tick(). */
void log_reopen(void);
/* What is due without an event: reopening, retrying the file, telling how many lines were dropped. About once
 * a second. */
void log_tick(void);
/* Closes the file; events go to standard error again. */
void log_close(void);

/* How many lines were lost since the start because writing them would have blocked or failed. */
uint64_t log_dropped(void);

#endif
