/* Writing events. Escapes are those of JSON in every format: C0, DEL, C1, what ends lines or turns the
 * direction of text in a terminal, and bytes that are no UTF-8. */
#include "base/log_line.h"

#include <ctype.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"

#define REPLACEMENT "\xEF\xBF\xBD" /* U+FFFD */
#define CUT "..."
enum { TAIL_ROOM = 32 }; /* for `truncated`, the closing brace and the newline */

struct writer {
    char *bytes;
    size_t len, room;
    bool failed; /* something did not fit; `len` is still that of what did */
};

static void put(struct writer *w, const char *bytes, size_t len)
{
    if (w->failed || len > w->room - w->len) {
        w->failed = true;
        return;
    }
    memcpy(w->bytes + w->len, bytes, len);
    w->len += len;
}

static void put_str(struct writer *w, const char *text)
{
    put(w, text, strlen(text));
}

static const char *level_name(enum log_level level)
{
    static const char *const names[] = { "debug", "info", "warning", "error" };
    return names[level];
}

int log_priority(enum log_level level)
{
    static const int priorities[] = { 7, 6, 4, 3 };
    return priorities[level];
}

/* Text */

static unsigned code_point(const char *text, size_t step)
{
    const unsigned char *at = (const unsigned char *)text;
    if (step == 2)
        return (at[0] & 0x1FU) << 6 | (at[1] & 0x3FU);
    return step == 3 ? (at[0] & 0x0FU) << 12 | (at[1] & 0x3FU) << 6 | (at[2] & 0x3FU) : at[0];
}

/* Line and paragraph separators, and what makes a terminal show text in another order than it has. */
static bool is_treacherous(unsigned code)
{
    return (code >= 0x80 && code < 0xA0) || code == 0x061C || code == 0x200E || code == 0x200F ||
        (code >= 0x2028 && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069) || code == 0xFEFF;
}

/* The next piece of `text` as it is written between quotes: into `piece`, its length in *ret_len. Returns how
 * many bytes of `text` it stands for. */
static size_t escape(const char *text, size_t len, char piece[8], size_t *ret_len)
{
    size_t step = text_utf8_step(text, len);
    unsigned code = step ? code_point(text, step) : 0;
    const char *simple = text[0] == '\n' ? "\\n"
        : text[0] == '\r'                ? "\\r"
        : text[0] == '\t'                ? "\\t"
        : text[0] == '"'                 ? "\\\""
        : text[0] == '\\'                ? "\\\\"
        : step == 0                      ? REPLACEMENT
                                         : NULL;
    if (simple) {
        *ret_len = strlen(simple);
        memcpy(piece, simple, *ret_len);
        return step ? step : 1;
    }
    if (step < 4 && (code < 0x20 || code == 0x7F || (step > 1 && is_treacherous(code)))) {
        char escaped[12];
        *ret_len = (size_t)snprintf(escaped, sizeof escaped, "\\u%04x", code & 0xFFFFU);
        memcpy(piece, escaped, *ret_len);
        return step;
    }
    *ret_len = step;
    memcpy(piece, text, step);
    return step;
}

/* Characters that stand for themselves, in quotes or not. */
static size_t plain_span(const char *text)
{
    size_t len = 0;
    while (text[len] > ' ' && text[len] < 0x7F && text[len] != '"' && text[len] != '=' && text[len] != '\\')
        len++;
    return len;
}

static void put_escaped(struct writer *w, const char *text, size_t len, size_t room)
{
    size_t used = 0;
    while (len > 0) {
        char piece[8];
        size_t written = 0, step = escape(text, len, piece, &written);
        if (used + written + sizeof CUT > room) {
            put_str(w, CUT);
            return;
        }
        put(w, piece, written);
        used += written;
        text += step;
        len -= step;
    }
}

/* logfmt: quotes where they are needed; JSON: always. */
static void put_text(struct writer *w, const char *text, bool always_quoted)
{
    size_t span = plain_span(text), len = span + strlen(text + span);
    if (!always_quoted && span == len && len > 0 && len <= LOG_VALUE_BYTES) {
        put(w, text, len);
        return;
    }
    put_str(w, "\"");
    put_escaped(w, text, len, LOG_VALUE_BYTES);
    put_str(w, "\"");
}

/* Values and fields */

/* `value` with a point before its last `decimals` digits. By hand: printf() would be a quarter of the cost of
 * a line, and there is a line for every request. */
static void put_digits(struct writer *w, int64_t value, int decimals)
{
    char digits[24], *at = digits + sizeof digits;
    uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;
    for (int i = 0; rest > 0 || i <= decimals; i++, rest /= 10) {
        if (i == decimals && decimals > 0)
            *--at = '.';
        *--at = (char)('0' + rest % 10);
    }
    if (value < 0)
        *--at = '-';
    put(w, at, (size_t)(digits + sizeof digits - at));
}

static void put_number(struct writer *w, double number, int decimals)
{
    double scaled = number;
    for (int i = 0; i < decimals; i++)
        scaled *= 10;
    if (fabs(scaled) < 1e15)
        put_digits(w, llround(scaled), decimals);
    else
        put_digits(w, number < 0 ? INT64_MIN : INT64_MAX, 0); /* no duration or share is that large */
}

static void put_value(struct writer *w, const struct log_field *field, bool is_json)
{
    if (field->kind == LOG_KIND_TEXT)
        put_text(w, field->text, is_json);
    else if (field->kind == LOG_KIND_INT)
        put_digits(w, field->integer, 0);
    else
        put_number(w, field->number, field->decimals);
}

/* `first`: nothing stands before it on the line. False, nothing written, if there is no room. */
static bool put_field(struct writer *w, const struct log_field *field, bool is_json, bool first)
{
    size_t before = w->len;
    if (is_json) {
        put_str(w, first ? "\"" : ",\"");
        put_str(w, field->name);
        put_str(w, "\":");
    } else {
        put_str(w, first ? "" : " ");
        put_str(w, field->name);
        put_str(w, "=");
    }
    put_value(w, field, is_json);
    if (!w->failed)
        return true;
    w->failed = false;
    w->len = before;
    return false;
}

static bool is_absent(const struct log_field *field)
{
    return field->kind == LOG_KIND_TEXT && !field->text;
}

/* The event as one line without its end. */
static void put_event(struct writer *w, enum log_format format, const struct log_event *event, bool with_head)
{
    bool is_json = format == LOG_FORMAT_JSON, is_whole = true;
    char stamp[CLOCK_STAMP_SIZE];
    w->room -= TAIL_ROOM;
    if (is_json)
        put_str(w, "{");
    size_t start = w->len;
    if (with_head) {
        put_field(w, &(struct log_field){ .name = "time", .text = clock_stamp(event->wall_ms, stamp) },
            is_json, true);
        put_field(
            w, &(struct log_field){ .name = "level", .text = level_name(event->level) }, is_json, false);
    }
    put_field(w, &(struct log_field){ .name = "event", .text = event->name }, is_json, w->len == start);
    for (const struct log_field *field = event->fields; field && field->name; field++)
        if (!is_absent(field))
            is_whole &= put_field(w, field, is_json, false);
    w->room += TAIL_ROOM;
    if (!is_whole)
        put_str(w, is_json ? ",\"truncated\":true" : " truncated=true");
    if (is_json)
        put_str(w, "}");
}

size_t log_line(enum log_format format, const struct log_event *event, char ret_line[LOG_LINE_BYTES])
{
    struct writer w = { .bytes = ret_line, .room = LOG_LINE_BYTES };
    put_event(&w, format, event, true);
    put_str(&w, "\n");
    return w.len;
}

/* The journal */

/* MCP_NAME and its value with its length, so that no value can end early; left out when it does not fit. */
static void put_journal_field(struct writer *w, const struct log_field *field)
{
    size_t before = w->len;
    put_str(w, "MCP_");
    for (const char *c = field->name; *c; c++)
        put(w, &(char){ (char)toupper((unsigned char)*c) }, 1);
    put_str(w, "\n");
    size_t length_at = w->len;
    put(w, "\0\0\0\0\0\0\0\0", 8);
    size_t value_at = w->len;
    if (field->kind == LOG_KIND_TEXT)
        put(w, field->text, text_utf8_cut(field->text, strlen(field->text), LOG_VALUE_BYTES));
    else
        put_value(w, field, false);
    for (size_t i = 0; i < 8 && !w->failed; i++)
        w->bytes[length_at + i] = (char)((uint64_t)(w->len - value_at) >> (8 * i) & 0xFF);
    put_str(w, "\n");
    if (w->failed)
        w->len = before;
    w->failed = false;
}

size_t log_datagram(enum log_format format, const struct log_event *event, char ret_bytes[LOG_DATAGRAM_BYTES])
{
    struct writer w = { .bytes = ret_bytes, .room = LOG_LINE_BYTES };
    char priority[] = { 'P', 'R', 'I', 'O', 'R', 'I', 'T', 'Y', '=', (char)('0' + log_priority(event->level)),
        '\n', '\0' };
    put_str(&w, priority);
    put_str(&w, "SYSLOG_IDENTIFIER=mcp-assist\nMESSAGE=");
    put_event(&w, format, event, format == LOG_FORMAT_JSON);
    put_str(&w, "\n");
    w.room = LOG_DATAGRAM_BYTES;
    put_journal_field(&w, &(struct log_field){ .name = "event", .text = event->name });
    for (const struct log_field *field = event->fields; field && field->name; field++)
        if (!is_absent(field))
            put_journal_field(&w, field);
    return w.len;
}
