/* The log: where lines go, and what happens when they cannot. One lock keeps the lines of threads apart. */
#include "base/log.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/health.h"
#include "base/log_file.h"
#include "base/log_journal.h"
#include "base/log_line.h"
#include "base/wait.h"

#define RETRY_MS 1000 /* between attempts at a file that cannot be written */

static enum log_level lowest_level = LOG_LEVEL_INFO;
static enum log_format line_format = LOG_FORMAT_LOGFMT;
static atomic_bool wants_reopen;
static _Atomic uint64_t dropped;

/* Everything below is under this lock, once threads have started. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int journal_fd = -1;
static uint64_t dropped_told;
static struct log_file file = { .fd = -1 };
static struct health *board; /* NULL: there is no file */
static const char *file_trouble; /* what cannot be done with it; NULL = nothing */
static int64_t retry_at_ms;

void log_set_level(enum log_level level)
{
    lowest_level = level;
}

bool log_enabled(enum log_level level)
{
    return level >= lowest_level;
}

void log_set_format(enum log_format format)
{
    line_format = format;
}

uint64_t log_dropped(void)
{
    return atomic_load(&dropped);
}

void log_reopen(void)
{
    atomic_store(&wants_reopen, true);
}

void log_find_journal(void)
{
    if (journal_fd < 0 && log_journal_is(getenv("JOURNAL_STREAM"), STDERR_FILENO))
        journal_fd = log_journal_open();
}

/* Standard error and the journal */

/* A pipe that nobody reads must not hold the server: false, nothing written, if it would. */
static bool put_stderr(const char *bytes, size_t len)
{
    const struct wait at_once = { .cancel_fd = -1, .deadline_ms = INT64_MAX };
    return wait_fd(&at_once, STDERR_FILENO, POLLOUT, 0) == 1 &&
        write(STDERR_FILENO, bytes, len) == (ssize_t)len;
}

/* A journald that does not keep up (its socket holds as few as ten datagrams) or is away gets lines by the
 * stream that is standard error, with the level as the prefix it knows; what that has no room for is lost. */
static bool put_journal(const struct log_event *event)
{
    char bytes[LOG_DATAGRAM_BYTES];
    if (log_journal_send(journal_fd, bytes, log_datagram(line_format, event, bytes)) == 0)
        return true;
    char line[LOG_LINE_BYTES];
    size_t len = log_line(line_format, event, line);
    int head = snprintf(bytes, sizeof bytes, "<%d>", log_priority(event->level));
    memcpy(bytes + head, line, len);
    return put_stderr(bytes, (size_t)head + len);
}

static bool put_plain(const struct log_event *event)
{
    char line[LOG_LINE_BYTES];
    return journal_fd >= 0 ? put_journal(event) : put_stderr(line, log_line(line_format, event, line));
}

/* Tells how many lines were lost, once there is room again. False: there is none. */
static bool tell_dropped(void)
{
    uint64_t count = atomic_load(&dropped);
    if (count == dropped_told)
        return true;
    const struct log_field fields[] = { log_int("count", (int64_t)(count - dropped_told)), { 0 } };
    bool told = put_plain(&(struct log_event){ LOG_LEVEL_WARNING, "log_dropped", clock_wall_ms(), fields });
    if (told)
        dropped_told = count;
    return told;
}

static void to_stderr(const struct log_event *event)
{
    if (!tell_dropped() || !put_plain(event))
        atomic_fetch_add(&dropped, 1);
}

/* The file */

static const char *error_text(int error)
{
    return error == -EINVAL ? "it is not a regular file" : strerrordesc_np(-error);
}

/* Notes what cannot be done with the file (NULL: all can); a change goes to the board and to standard error.
 */
static void report_file(const char *trouble, int error)
{
    if (trouble == file_trouble)
        return;
    file_trouble = trouble;
    if (trouble)
        health_set(board, "log", HEALTH_DEGRADED, "the log file %.80s %s: %s", file.path, trouble,
            error_text(error));
    else
        health_set(board, "log", HEALTH_OK, NULL);
    const struct log_field fields[] = { log_str("path", file.path),
        log_str("trouble", trouble ? trouble : "none any more"),
        log_str("error", trouble ? error_text(error) : NULL), { 0 } };
    to_stderr(&(struct log_event){
        trouble ? LOG_LEVEL_ERROR : LOG_LEVEL_INFO, "log_file", clock_wall_ms(), fields });
}

static const char cannot_write[] = "cannot be written";
static const char cannot_rotate[] = "cannot be rotated";

/* Opens it anew if it was asked for, or if it is time to try again. False: it cannot be used now. */
static bool prepare_file(void)
{
    bool is_asked = atomic_exchange(&wants_reopen, false);
    if (!is_asked && file_trouble != cannot_write)
        return true;
    int64_t now_ms = clock_ms();
    if (!is_asked && now_ms < retry_at_ms)
        return false;
    retry_at_ms = now_ms + RETRY_MS;
    int error = log_file_open(&file);
    if (error)
        report_file(cannot_write, error);
    return !error;
}

/* False: the event must go elsewhere. */
static bool to_file(const struct log_event *event)
{
    char line[LOG_LINE_BYTES];
    if (!board || !prepare_file())
        return false;
    int error = log_file_write(&file, line, log_line(line_format, event, line));
    if (error) {
        retry_at_ms = clock_ms() + RETRY_MS;
        report_file(cannot_write, error);
    } else {
        report_file(file.rotate_error ? cannot_rotate : NULL, file.rotate_error);
    }
    return !error;
}

void log_open_file(const char *path, int64_t max_bytes, int keep, struct health *health)
{
    pthread_mutex_lock(&lock);
    file = (struct log_file){ .path = path, .max_bytes = max_bytes, .keep = keep, .fd = -1 };
    board = health;
    file_trouble = NULL;
    health_set(board, "log", HEALTH_OK, NULL);
    log_reopen();
    prepare_file();
    pthread_mutex_unlock(&lock);
}

void log_close(void)
{
    pthread_mutex_lock(&lock);
    log_file_close(&file);
    board = NULL;
    pthread_mutex_unlock(&lock);
}

void log_tick(void)
{
    pthread_mutex_lock(&lock);
    tell_dropped();
    if (board && file_trouble == cannot_write) {
        /* Only a line can show that the disk has room again. */
        to_file(&(struct log_event){ LOG_LEVEL_INFO, "log_file_resumed", clock_wall_ms(), NULL });
    } else if (board && prepare_file()) {
        int error = log_file_look(&file);
        if (error)
            report_file(cannot_write, error);
    }
    pthread_mutex_unlock(&lock);
}

void log_event(enum log_level level, const char *event, const struct log_field *fields)
{
    if (!log_enabled(level))
        return;
    int saved_errno = errno;
    const struct log_event whole = { level, event, clock_wall_ms(), fields };
    pthread_mutex_lock(&lock);
    if (!to_file(&whole))
        to_stderr(&whole);
    pthread_mutex_unlock(&lock);
    errno = saved_errno;
}
