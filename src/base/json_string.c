/* The inside of a JSON string: UTF-8 without control characters, and escapes. */
#include "base/json_string.h"

#include <stdint.h>
#include <string.h>

#include "base/json_plain.h"
#include "base/text.h"

const char *json_string_end(const char **at, const char *end, bool *ret_has_escapes)
{
    const char *s = *at, *expected = NULL;
    bool has_escapes = false;
    while (!expected) {
        s = json_skip_plain(s, end);
        if (s == end) {
            expected = "expected '\"' at the end of a string";
        } else if (*s == '"') {
            break;
        } else if (*s == '\\') {
            has_escapes = true;
            s += end - s >= 2 ? 2 : 1;
        } else if ((unsigned char)*s < 0x20) {
            expected = "expected no control character in a string, or its escape";
        } else {
            size_t step = text_utf8_step(s, (size_t)(end - s));
            s += step;
            expected = step ? NULL : "expected UTF-8";
        }
    }
    *at = s;
    if (!expected)
        *ret_has_escapes = has_escapes;
    return expected;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* The UTF-16 unit of the \uXXXX at `at`, or -1. */
static int32_t read_unit(const char *at, const char *end)
{
    if (end - at < 6 || at[0] != '\\' || at[1] != 'u')
        return -1;
    int32_t unit = 0;
    for (int i = 2; i < 6; i++) {
        int digit = hex_value(at[i]);
        if (digit < 0)
            return -1;
        unit = unit * 16 + digit;
    }
    return unit;
}

/* At most 3 bytes for a point below 0x10000, else 4: never more than its escapes took. */
static char *put_utf8(char *to, uint32_t point)
{
    if (point < 0x80) {
        *to++ = (char)point;
        return to;
    }
    if (point < 0x800) {
        *to++ = (char)(0xC0 | point >> 6);
    } else {
        if (point < 0x10000) {
            *to++ = (char)(0xE0 | point >> 12);
        } else {
            *to++ = (char)(0xF0 | point >> 18);
            *to++ = (char)(0x80 | (point >> 12 & 0x3F));
        }
        *to++ = (char)(0x80 | (point >> 6 & 0x3F));
    }
    *to++ = (char)(0x80 | (point & 0x3F));
    return to;
}

/* Decodes \uXXXX, or two of them that are a surrogate pair, at *at; moves *at and *to behind. */
static const char *decode_unicode(const char **at, const char *end, char **to)
{
    int32_t unit = read_unit(*at, end);
    if (unit < 0)
        return "expected four hexadecimal digits after \\u";
    if (unit >= 0xDC00 && unit <= 0xDFFF)
        return "expected the first half of a surrogate pair before the second";
    uint32_t point = (uint32_t)unit;
    size_t size = 6;
    if (unit >= 0xD800 && unit <= 0xDBFF) {
        int32_t second = read_unit(*at + 6, end);
        if (second < 0xDC00 || second > 0xDFFF)
            return "expected the second half of a surrogate pair";
        point = 0x10000 + ((uint32_t)(unit - 0xD800) << 10) + (uint32_t)(second - 0xDC00);
        size = 12;
    }
    *to = put_utf8(*to, point);
    *at += size;
    return NULL;
}

/* The same for any escape; there is a byte behind the backslash at *at. */
static const char *decode_escape(const char **at, const char *end, char **to)
{
    static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
    char name = (*at)[1];
    if (name == 'u')
        return decode_unicode(at, end, to);
    const char *found = memchr(names, name, sizeof(names) - 1);
    if (!found)
        return "expected one of \" \\ / b f n r t u after a backslash";
    *(*to)++ = values[found - names];
    *at += 2;
    return NULL;
}

const char *json_string_decode(const char **at, const char *end, char *to, size_t *ret_len)
{
    char *const first = to;
    while (*at < end) {
        const char *escape = memchr(*at, '\\', (size_t)(end - *at));
        size_t plain = (size_t)((escape ? escape : end) - *at);
        memcpy(to, *at, plain);
        to += plain;
        *at += plain;
        const char *expected = escape ? decode_escape(at, end, &to) : NULL;
        if (expected)
            return expected;
    }
    *ret_len = (size_t)(to - first);
    return NULL;
}
