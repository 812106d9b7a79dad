/* A growing byte buffer: one malloc'ed piece, doubled when it is full, never beyond its maximum. */
#include "base/buf.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_BYTES = 256 };

static size_t max_of(const struct buf *buf)
{
    if (buf->max == 0)
        return BUF_DEFAULT_MAX;
    return buf->max < SIZE_MAX ? buf->max : SIZE_MAX - 1;
}

void buf_init(struct buf *buf, size_t max_bytes)
{
    *buf = (struct buf){ .max = max_bytes };
}

void buf_done(struct buf *buf)
{
    if (!buf)
        return;
    free(buf->data);
    buf_init(buf, buf->max);
}

void buf_clear(struct buf *buf)
{
    buf->failed = false;
    buf_cut(buf, 0);
}

/* Makes `cap` at least `needed` (the content and its NUL). */
static bool grow(struct buf *buf, size_t needed)
{
    size_t cap = buf->cap < FIRST_BYTES ? FIRST_BYTES : buf->cap * 2;
    if (cap > max_of(buf) + 1)
        cap = max_of(buf) + 1;
    if (cap < needed)
        cap = needed;
    char *data = realloc(buf->data, cap);
    if (!data)
        return false;
    data[buf->len] = '\0';
    buf->data = data;
    buf->cap = cap;
    return true;
}

char *buf_reserve(struct buf *buf, size_t len)
{
    if (buf->failed)
        return NULL;
    size_t max = max_of(buf);
    bool fits = buf->len <= max && len <= max - buf->len;
    if (!fits || (buf->len + len >= buf->cap && !grow(buf, buf->len + len + 1))) {
        buf->failed = true;
        return NULL;
    }
    return buf->data + buf->len;
}

/* `len` bytes were written behind the content. */
static void advance(struct buf *buf, size_t len)
{
    buf->len += len;
    buf->data[buf->len] = '\0';
}

void buf_add(struct buf *buf, const void *bytes, size_t len)
{
    char *room = buf_reserve(buf, len);
    if (!room || len == 0)
        return;
    memcpy(room, bytes, len);
    advance(buf, len);
}

void buf_adds(struct buf *buf, const char *text)
{
    buf_add(buf, text, strlen(text));
}

void buf_addc(struct buf *buf, char c)
{
    char *room = buf_reserve(buf, 1);
    if (!room)
        return;
    *room = c;
    advance(buf, 1);
}

void buf_addf(struct buf *buf, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    buf_vaddf(buf, format, args);
    va_end(args);
}

void buf_vaddf(struct buf *buf, const char *format, va_list args)
{
    if (buf->failed)
        return;
    va_list again;
    va_copy(again, args);
    size_t free_bytes = buf->cap - buf->len;
    int len = vsnprintf(free_bytes ? buf->data + buf->len : NULL, free_bytes, format, args);
    if (len < 0) {
        buf->failed = true;
    } else if ((size_t)len < free_bytes) {
        buf->len += (size_t)len;
    } else {
        char *room = buf_reserve(buf, (size_t)len);
        if (room) {
            vsnprintf(room, (size_t)len + 1, format, again);
            buf->len += (size_t)len;
        }
    }
    va_end(again);
    if (buf->failed && buf->data)
        buf->data[buf->len] = '\0';
}

void buf_consume(struct buf *buf, size_t len)
{
    if (len >= buf->len) {
        buf_cut(buf, 0);
        return;
    }
    memmove(buf->data, buf->data + len, buf->len - len + 1);
    buf->len -= len;
}

void buf_cut(struct buf *buf, size_t len)
{
    if (len >= buf->len)
        return;
    buf->len = len;
    buf->data[len] = '\0';
}

const char *buf_str(const struct buf *buf)
{
    if (!buf->data)
        return "";
    /* Who writes into buf_reserve()d room adds to `len` only. */
    if (buf->data[buf->len] != '\0')
        buf->data[buf->len] = '\0';
    return buf->data;
}

char *buf_take(struct buf *buf)
{
    char *data = buf->data ? buf->data : malloc(1);
    if (!data)
        abort();
    data[buf->len] = '\0';
    buf_init(buf, buf->max);
    return data;
}
