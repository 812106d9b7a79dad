/* Which bytes of a JSON string stand for themselves: what reader and writer both skip over quickly. */
#ifndef BASE_JSON_PLAIN_H
#define BASE_JSON_PLAIN_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* ASCII that is no control character, no quote and no backslash. */
static inline bool json_is_plain(char c)
{
    return c >= 0x20 && (unsigned char)c < 0x80 && c != '"' && c != '\\';
}

/* The first byte of [at, end) that is not plain, or `end`. Eight bytes at a time: in each byte of `odd` the
 * top bit is set if the byte is above 0x7F, below 0x20, a quote or a backslash (a borrow can only add bits
 * behind a true one). */
static inline const char *json_skip_plain(const char *at, const char *end)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    while (end - at >= 8) {
        uint64_t word;
        memcpy(&word, at, sizeof(word));
        uint64_t odd =
            word | (word - ones * 0x20) | ((word ^ (ones * '"')) - ones) | ((word ^ (ones * '\\')) - ones);
        if (odd & (ones * 0x80))
            break;
        at += 8;
    }
    while (at < end && json_is_plain(*at))
        at++;
    return at;
}

#endif
