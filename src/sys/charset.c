/* Character sets of text files. Knows no files. */
#include "sys/charset.h"

#include <stdint.h>
#include <string.h>

#include "base/text.h"

#define REPLACEMENT 0xFFFD
#define MAX_CONTROL_SHARE 10

const char *charset_name(enum charset charset)
{
    static const char *const names[] = {
        [CHARSET_UTF8] = "utf-8",
        [CHARSET_LATIN1] = "latin-1",
        [CHARSET_UTF16LE] = "utf-16le",
        [CHARSET_UTF16BE] = "utf-16be",
    };
    return names[charset];
}

static size_t encode(uint32_t point, char ret_utf8[4])
{
    if (point < 0x80) {
        ret_utf8[0] = (char)point;
        return 1;
    }
    if (point < 0x800) {
        ret_utf8[0] = (char)(0xC0 | point >> 6);
        ret_utf8[1] = (char)(0x80 | (point & 0x3F));
        return 2;
    }
    if (point < 0x10000) {
        ret_utf8[0] = (char)(0xE0 | point >> 12);
        ret_utf8[1] = (char)(0x80 | (point >> 6 & 0x3F));
        ret_utf8[2] = (char)(0x80 | (point & 0x3F));
        return 3;
    }
    ret_utf8[0] = (char)(0xF0 | point >> 18);
    ret_utf8[1] = (char)(0x80 | (point >> 12 & 0x3F));
    ret_utf8[2] = (char)(0x80 | (point >> 6 & 0x3F));
    ret_utf8[3] = (char)(0x80 | (point & 0x3F));
    return 4;
}

/* True if `len` (< 4) bytes could be the beginning of a longer sequence. */
static bool is_utf8_cut(const unsigned char *bytes, size_t len)
{
    size_t needed = bytes[0] >= 0xF0 && bytes[0] <= 0xF4 ? 4
        : bytes[0] >= 0xE0                               ? 3
        : bytes[0] >= 0xC2                               ? 2
                                                         : 1;
    if (bytes[0] > 0xF4 || len >= needed)
        return false;
    for (size_t i = 1; i < len; i++) {
        if ((bytes[i] & 0xC0) != 0x80)
            return false;
    }
    return true;
}

static size_t step_utf8(const unsigned char *bytes, size_t len, char ret_utf8[4], size_t *ret_len)
{
    size_t step = text_utf8_step((const char *)bytes, len);
    if (step > 0) {
        memcpy(ret_utf8, bytes, step);
        *ret_len = step;
        return step;
    }
    if (is_utf8_cut(bytes, len))
        return 0;
    *ret_len = encode(REPLACEMENT, ret_utf8);
    return 1;
}

static uint32_t unit_at(enum charset charset, const unsigned char *bytes)
{
    return charset == CHARSET_UTF16LE ? (uint32_t)(bytes[0] | bytes[1] << 8)
                                      : (uint32_t)(bytes[0] << 8 | bytes[1]);
}

static size_t step_utf16(
    enum charset charset, const unsigned char *bytes, size_t len, char ret_utf8[4], size_t *ret_len)
{
    if (len < 2)
        return 0;
    uint32_t unit = unit_at(charset, bytes);
    bool is_high = unit >= 0xD800 && unit < 0xDC00, is_low = unit >= 0xDC00 && unit < 0xE000;
    if (is_high && len < 4)
        return 0;
    uint32_t second = is_high ? unit_at(charset, bytes + 2) : 0;
    if (is_high && second >= 0xDC00 && second < 0xE000) {
        *ret_len = encode(0x10000 + ((unit - 0xD800) << 10) + (second - 0xDC00), ret_utf8);
        return 4;
    }
    *ret_len = encode(is_high || is_low ? REPLACEMENT : unit, ret_utf8);
    return 2;
}

size_t charset_step(
    enum charset charset, const unsigned char *bytes, size_t len, char ret_utf8[4], size_t *ret_len)
{
    if (len == 0)
        return 0;
    switch (charset) {
    case CHARSET_UTF8:
        return step_utf8(bytes, len, ret_utf8, ret_len);
    case CHARSET_LATIN1:
        *ret_len = encode(bytes[0], ret_utf8);
        return 1;
    default:
        return step_utf16(charset, bytes, len, ret_utf8, ret_len);
    }
}

bool charset_from_mark(const unsigned char *bytes, size_t len, enum charset *ret_charset)
{
    if (len < 2)
        return false;
    bool is_little = bytes[0] == 0xFF && bytes[1] == 0xFE, is_big = bytes[0] == 0xFE && bytes[1] == 0xFF;
    if (!is_little && !is_big)
        return false;
    *ret_charset = is_little ? CHARSET_UTF16LE : CHARSET_UTF16BE;
    return true;
}

bool charset_guess(const unsigned char *bytes, size_t len, enum charset *ret_charset)
{
    size_t controls = 0, good = 0, bad = 0, i = 0;
    while (i < len && i < 3 && (bytes[i] & 0xC0) == 0x80)
        i++;
    while (i < len) {
        if (bytes[i] == 0)
            return false;
        size_t step = text_utf8_step((const char *)bytes + i, len - i);
        if (step == 0 && is_utf8_cut(bytes + i, len - i))
            break;
        controls += (bytes[i] < ' ' && !strchr("\t\n\r\f\b\033", bytes[i])) || bytes[i] == 0x7F;
        good += step > 1;
        bad += step == 0;
        i += step ? step : 1;
    }
    if (controls * MAX_CONTROL_SHARE > len)
        return false;
    /* Random bytes are above 127 every second time; no text in Latin-1 is. */
    if (bad > good && bad * 3 > len)
        return false;
    *ret_charset = bad > good ? CHARSET_LATIN1 : CHARSET_UTF8;
    return true;
}
