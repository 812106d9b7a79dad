/* Base64, three bytes at a time. */
#include "base/base64.h"

#include "base/buf.h"

size_t base64_length(size_t len)
{
    return (len + 2) / 3 * 4;
}

void base64_encode(const void *bytes, size_t len, char *ret_text)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *at = bytes;
    for (size_t i = 0; i < len; i += 3) {
        size_t left = len - i < 3 ? len - i : 3;
        unsigned group = (unsigned)at[i] << 16;
        group |= left > 1 ? (unsigned)at[i + 1] << 8 : 0;
        group |= left > 2 ? at[i + 2] : 0;
        for (size_t j = 0; j < 4; j++)
            *ret_text++ = j <= left ? digits[group >> (18 - 6 * j) & 63] : '=';
    }
}

void base64_add(struct buf *out, const void *bytes, size_t len)
{
    char *room = buf_reserve(out, base64_length(len));
    if (!room)
        return;
    base64_encode(bytes, len, room);
    out->len += base64_length(len);
}
