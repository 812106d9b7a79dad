/* Bytes as base64 with padding (RFC 4648, section 4). */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include <stddef.h>

struct buf;

/* How many characters `len` bytes become. */
size_t base64_length(size_t len);
/* Writes base64_length(len) characters, without a NUL, to `ret_text`. */
void base64_encode(const void *bytes, size_t len, char *ret_text);
/* Appends them to `out`, whose failure sticks as always. */
void base64_add(struct buf *out, const void *bytes, size_t len);

#endif
