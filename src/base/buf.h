/* A growing byte buffer with a maximum from birth.
 *
 * Invariants: `data` is NULL or has a NUL at data[len]; len <= max. The first append that does not fit (over
 * the maximum, or memory is gone) sets `failed`, changes nothing, and every later append is ignored: check
 * once at the end. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct buf {
    char *data;
    size_t len, cap;
    size_t max; /* 0 = BUF_DEFAULT_MAX */
    bool failed;
};

#define BUF_DEFAULT_MAX ((size_t)64 << 20)

void buf_init(struct buf *buf, size_t max_bytes);
/* Frees the memory and leaves a valid empty buffer with the same maximum. NULL is fine. */
void buf_done(struct buf *buf);
/* Empties it, keeps the memory, clears `failed`. */
void buf_clear(struct buf *buf);

void buf_add(struct buf *buf, const void *bytes, size_t len);
void buf_adds(struct buf *buf, const char *text);
void buf_addc(struct buf *buf, char c);
void buf_addf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buf_vaddf(struct buf *buf, const char *format, va_list args) __attribute__((format(printf, 2, 0)));

/* Room for `len` more bytes behind data[len] (write there, then add to `len`), or NULL with `failed` set. */
char *buf_reserve(struct buf *buf, size_t len);
/* Drops the first `len` bytes (all of them if there are fewer). */
void buf_consume(struct buf *buf, size_t len);
/* Cuts to `len` bytes if longer. */
void buf_cut(struct buf *buf, size_t len);
/* The content as a C string, "" when empty; valid until the next change. */
const char *buf_str(const struct buf *buf);
/* Hands the memory over: the caller frees it with free(). Never NULL; `buf` is empty afterwards. */
char *buf_take(struct buf *buf);

#endif
