/* The log: builds one line on the stack and writes it at once, so that threads cannot mix their lines. */
#include "base/log.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/wait.h"
#include "base/text.h"

enum { LINE_BYTES = 4096 };

static enum log_level lowest_level = LOG_LEVEL_INFO;

void log_set_level(enum log_level level)
{
    lowest_level = level;
}

bool log_enabled(enum log_level level)
{
    return level >= lowest_level;
}

static const char *level_name(enum log_level level)
{
    switch (level) {
    case LOG_LEVEL_DEBUG:
        return "debug";
    case LOG_LEVEL_INFO:
        return "info";
    case LOG_LEVEL_WARNING:
        return "warning";
    case LOG_LEVEL_ERROR:
        return "error";
    }
    return "unknown";
}

/* Bytes at `text` that a terminal can show as they are; 0 for a control character (C0, DEL, C1) or what is
 * not UTF-8. */
static size_t printable_step(const char *text, size_t len)
{
    size_t step = text_utf8_step(text, len);
    unsigned char first = (unsigned char)text[0];
    bool is_control =
        first < 0x20 || first == 0x7F || (step == 2 && first == 0xC2 && (unsigned char)text[1] < 0xA0);
    return is_control ? 0 : step;
}

static void replace_controls(char *text, size_t len)
{
    for (size_t i = 0; i < len;) {
        size_t step = printable_step(text + i, len - i);
        if (step == 0) {
            text[i] = '?';
            step = 1;
        }
        i += step;
    }
}

void log_write(enum log_level level, const char *format, ...)
{
    if (!log_enabled(level))
        return;
    int saved_errno = errno;
    char line[LINE_BYTES], stamp[CLOCK_STAMP_SIZE];
    int head =
        snprintf(line, sizeof(line), "%s level=%s ", clock_stamp(clock_wall_ms(), stamp), level_name(level));
    size_t len = (size_t)head;

    va_list args;
    va_start(args, format);
    int wanted = vsnprintf(line + len, sizeof(line) - len, format, args);
    va_end(args);
    if (wanted > 0) {
        size_t body = strlen(line + len);
        replace_controls(line + len, body);
        len += body;
    }
    line[len++] = '\n';
    /* A pipe that nobody reads must not hold the server: a line that would block is lost. */
    const struct wait at_once = { .cancel_fd = -1, .deadline_ms = INT64_MAX };
    if (wait_fd(&at_once, STDERR_FILENO, POLLOUT, 0) == 1) {
        ssize_t written = write(STDERR_FILENO, line, len);
        (void)written; /* there is nowhere left to say that the log cannot be written */
    }
    errno = saved_errno;
}

static bool needs_quotes(const char *text)
{
    size_t len = strlen(text);
    for (size_t i = 0; i < len;) {
        size_t step = printable_step(text + i, len - i);
        if (step == 0 || text[i] == ' ' || text[i] == '"' || text[i] == '=' || text[i] == '\\')
            return true;
        i += step;
    }
    return len == 0;
}

char *log_quote(const char *text, char *ret_text, unsigned size)
{
    assert(size > 0);
    if (!text)
        text = "";
    size_t len = strlen(text), room = size - 1, used = 0;
    bool quoted = size >= 3 && needs_quotes(text);
    if (quoted) {
        ret_text[used++] = '"';
        room--; /* for the closing one */
    }
    for (size_t i = 0; i < len;) {
        size_t step = printable_step(text + i, len - i);
        bool is_bad = step == 0, is_escaped = text[i] == '"' || text[i] == '\\';
        if (is_bad)
            step = 1;
        if (used + step + is_escaped > room)
            break;
        if (is_escaped)
            ret_text[used++] = '\\';
        memcpy(ret_text + used, is_bad ? "?" : text + i, step);
        used += step;
        i += step;
    }
    if (quoted)
        ret_text[used++] = '"';
    ret_text[used] = '\0';
    return ret_text;
}
