/* Streaming JSON writer: text goes to the buffer at once. Knows nothing of what it writes. */
#include "base/json_write.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/buf.h"
#include "base/decimal.h"
#include "base/json_plain.h"
#include "base/text.h"

/* What stands for the control character, quote or backslash `c`. */
static void add_escape(struct buf *out, unsigned char c)
{
    static const char hex[] = "0123456789abcdef";
    static const char shorts[] = "\"\\\b\f\n\r\t", names[] = "\"\\bfnrt";
    const char *found = memchr(shorts, c, sizeof(shorts) - 1);
    if (found) {
        const char escape[] = { '\\', names[found - shorts] };
        buf_add(out, escape, sizeof(escape));
    } else {
        const char escape[] = { '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15] };
        buf_add(out, escape, sizeof(escape));
    }
}

/* Adds [from, end), which begins with a byte that is not plain. */
static void add_hard(struct buf *out, const char *from, const char *end)
{
    const char *at = from;
    while (at < end) {
        at = json_skip_plain(at, end);
        size_t step = at < end && (unsigned char)*at >= 0x80 ? text_utf8_step(at, (size_t)(end - at)) : 0;
        if (step > 0) {
            at += step;
            continue;
        }
        buf_add(out, from, (size_t)(at - from));
        if (at == end)
            return;
        if ((unsigned char)*at >= 0x80)
            buf_add(out, "\xEF\xBF\xBD", 3);
        else
            add_escape(out, (unsigned char)*at);
        from = ++at;
    }
    buf_add(out, from, (size_t)(at - from));
}

void json_quote(struct buf *out, const char *text, size_t len)
{
    if (len == 0)
        text = ""; /* an empty buffer has no memory */
    const char *end = text + len, *hard = json_skip_plain(text, end);
    char *room = buf_reserve(out, len + 2);
    if (!room)
        return;
    *room++ = '"';
    memcpy(room, text, (size_t)(hard - text));
    room += hard - text;
    if (hard == end)
        *room++ = '"';
    *room = '\0';
    out->len = (size_t)(room - out->data);
    if (hard < end) {
        add_hard(out, hard, end);
        buf_addc(out, '"');
    }
}

/* The comma and the name that come before a value. */
static void begin_value(struct json_writer *w, const char *key)
{
    if (w->depth > 0 && w->depth <= JSON_WRITE_MAX_DEPTH) {
        uint64_t bit = UINT64_C(1) << (w->depth - 1);
        if (w->has_items & bit)
            buf_addc(w->out, ',');
        w->has_items |= bit;
    }
    if (key) {
        json_quote(w->out, key, strlen(key));
        buf_addc(w->out, ':');
    }
}

static void open_nested(struct json_writer *w, const char *key, char bracket)
{
    begin_value(w, key);
    buf_addc(w->out, bracket);
    if (w->depth >= JSON_WRITE_MAX_DEPTH)
        w->out->failed = true;
    else
        w->has_items &= ~(UINT64_C(1) << w->depth);
    w->depth++;
}

static void close_nested(struct json_writer *w, char bracket)
{
    assert(w->depth > 0);
    w->depth--;
    buf_addc(w->out, bracket);
}

void json_open_object(struct json_writer *w, const char *key)
{
    open_nested(w, key, '{');
}

void json_close_object(struct json_writer *w)
{
    close_nested(w, '}');
}

void json_open_array(struct json_writer *w, const char *key)
{
    open_nested(w, key, '[');
}

void json_close_array(struct json_writer *w)
{
    close_nested(w, ']');
}

void json_put_str(struct json_writer *w, const char *key, const char *text)
{
    if (text)
        json_put_strn(w, key, text, strlen(text));
    else
        json_put_null(w, key);
}

void json_put_strn(struct json_writer *w, const char *key, const char *text, size_t len)
{
    begin_value(w, key);
    json_quote(w->out, text, len);
}

void json_put_int(struct json_writer *w, const char *key, int64_t value)
{
    char text[DECIMAL_SIZE];
    json_put_raw(w, key, text, decimal_from_int(value, text));
}

void json_put_num(struct json_writer *w, const char *key, double value)
{
    char text[DECIMAL_SIZE];
    if (isfinite(value))
        json_put_raw(w, key, text, decimal_from_double(value, text));
    else
        json_put_null(w, key);
}

void json_put_bool(struct json_writer *w, const char *key, bool value)
{
    json_put_raw(w, key, value ? "true" : "false", value ? 4 : 5);
}

void json_put_null(struct json_writer *w, const char *key)
{
    json_put_raw(w, key, "null", 4);
}

void json_put_raw(struct json_writer *w, const char *key, const char *text, size_t len)
{
    begin_value(w, key);
    buf_add(w->out, text, len);
}

/* Indenting */

static void new_line(struct buf *out, size_t depth)
{
    buf_addc(out, '\n');
    for (size_t i = 0; i < depth; i++)
        buf_add(out, "  ", 2);
}

static const char *skip_space(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t'))
        at++;
    return at;
}

/* Behind the closing quote of the string that begins at `at`. */
static const char *skip_string(const char *at, const char *end)
{
    for (at++; at < end && *at != '"'; at++) {
        if (*at == '\\' && end - at > 1)
            at++;
    }
    return at < end ? at + 1 : end;
}

void json_indent(struct buf *out, const char *text, size_t len)
{
    if (len == 0)
        return;
    size_t depth = 0;
    const char *end = text + len;
    for (const char *at = skip_space(text, end); at < end; at = skip_space(at, end)) {
        char c = *at;
        if (c == '"') {
            const char *first = at;
            at = skip_string(at, end);
            buf_add(out, first, (size_t)(at - first));
            continue;
        }
        at++;
        if (c == '}' || c == ']') {
            depth -= depth > 0;
            new_line(out, depth);
        }
        buf_addc(out, c);
        if (c == ':')
            buf_addc(out, ' ');
        if (c == ',')
            new_line(out, depth);
        if (c != '{' && c != '[')
            continue;
        at = skip_space(at, end);
        if (at < end && (*at == '}' || *at == ']')) {
            buf_addc(out, *at++);
            continue;
        }
        new_line(out, ++depth);
    }
}
