/* Questions about strings. Classification is by byte, never by the C library's locale. */
#include "base/text.h"

#include <stdio.h>
#include <string.h>

#include "base/decimal.h"
#include "base/scope.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

size_t text_utf8_step(const char *text, size_t len)
{
    if (len == 0)
        return 0;
    const unsigned char *s = (const unsigned char *)text;
    unsigned char lead = s[0];
    if (lead < 0x80)
        return 1;
    if (lead < 0xC2 || lead > 0xF4)
        return 0;
    /* RFC 3629, section 4: only the second byte has a range that depends on the first. */
    unsigned char low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    unsigned char high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    size_t size = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (size > len || s[1] < low || s[1] > high)
        return 0;
    for (size_t i = 2; i < size; i++) {
        if ((s[i] & 0xC0) != 0x80)
            return 0;
    }
    return size;
}

bool text_is_utf8(const char *text, size_t len)
{
    for (size_t i = 0; i < len;) {
        size_t step = text_utf8_step(text + i, len - i);
        if (step == 0)
            return false;
        i += step;
    }
    return true;
}

size_t text_utf8_cut(const char *text, size_t len, size_t max)
{
    if (len <= max)
        return len;
    for (size_t back = 1; back <= 3 && back <= max; back++) {
        size_t step = text_utf8_step(text + max - back, len - (max - back));
        if (step > 0)
            return step > back ? max - back : max;
    }
    return max;
}

static size_t json_width(unsigned char c)
{
    if (c == '"' || c == '\\' || (c && strchr("\b\f\n\r\t", c)))
        return 2;
    if (c == 0x7F)
        return strlen("\xEF\xBF\xBD");
    return c < ' ' ? strlen("\\u0000") : 1;
}

/* The character at `text`, and what it takes. */
static size_t json_step(const char *text, size_t len, size_t *ret_taken)
{
    size_t step = text_utf8_step(text, len);
    *ret_taken = step == 0 ? strlen("\xEF\xBF\xBD") : step == 1 ? json_width((unsigned char)*text) : step;
    return step ? step : 1;
}

size_t text_json_length(const char *text, size_t len)
{
    size_t length = 0, taken = 0;
    for (size_t i = 0; i < len; length += taken)
        i += json_step(text + i, len - i, &taken);
    return length;
}

size_t text_json_cut(const char *text, size_t len, size_t room)
{
    size_t kept = 0, taken = 0;
    while (kept < len) {
        size_t step = json_step(text + kept, len - kept, &taken);
        if (taken > room)
            break;
        room -= taken;
        kept += step;
    }
    return kept;
}

size_t text_columns(const char *text, size_t len)
{
    size_t columns = 0;
    for (size_t i = 0; i < len; columns++) {
        size_t step = text_utf8_step(text + i, len - i);
        i += step ? step : 1;
    }
    return columns;
}

bool text_int(const char *text, int64_t *ret_value)
{
    const char *digits = text[0] == '-' ? text + 1 : text;
    size_t count = 0;
    while (is_digit(digits[count]))
        count++;
    if (count == 0 || digits[count] != '\0')
        return false;
    return decimal_to_int(text, strlen(text), ret_value);
}

/* The first byte that is not a digit; NULL if there is no digit. */
static const char *skip_digits(const char *at)
{
    if (!is_digit(*at))
        return NULL;
    while (is_digit(*at))
        at++;
    return at;
}

bool text_number(const char *text, double *ret_value)
{
    const char *at = skip_digits(text[0] == '-' ? text + 1 : text);
    if (at && *at == '.')
        at = skip_digits(at + 1);
    if (at && (*at == 'e' || *at == 'E')) {
        at++;
        at = skip_digits(*at == '+' || *at == '-' ? at + 1 : at);
    }
    if (!at || *at != '\0')
        return false;
    return decimal_to_double(text, strlen(text), ret_value);
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool text_same(const char *a, const char *b)
{
    while (*a && lower(*a) == lower(*b)) {
        a++;
        b++;
    }
    return lower(*a) == lower(*b);
}

bool text_bool(const char *text, bool *ret_value)
{
    static const char *const words[][2] = { { "false", "true" }, { "no", "yes" }, { "off", "on" },
        { "0", "1" } };
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        for (int truth = 0; truth <= 1; truth++) {
            if (text_same(text, words[i][truth])) {
                *ret_value = truth;
                return true;
            }
        }
    }
    return false;
}

bool text_starts(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool text_ends(const char *text, const char *suffix)
{
    size_t len = strlen(text), suffix_len = strlen(suffix);
    return suffix_len <= len && memcmp(text + len - suffix_len, suffix, suffix_len) == 0;
}

char *text_bytes(uint64_t bytes, char byte, char *ret_text, size_t size)
{
    static const char units[] = "KMGTPE";
    if (bytes < 1024) {
        snprintf(ret_text, size, "%u %c", (unsigned)bytes, byte);
        return ret_text;
    }
    size_t unit = 0;
    double amount = (double)bytes / 1024;
    /* 1023.95 KiB would be written "1024.0 KiB". */
    while (amount >= 1023.95 && unit + 2 < sizeof units) {
        amount /= 1024;
        unit++;
    }
    unsigned tenths = (unsigned)(amount * 10 + 0.5);
    snprintf(ret_text, size, "%u.%u %ci%c", tenths / 10, tenths % 10, units[unit], byte);
    return ret_text;
}
