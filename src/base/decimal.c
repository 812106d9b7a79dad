/* Decimal text to numbers and back. The C library does the hard roundings, but only ever sees digits and an
 * exponent, so that its decimal point (which a locale may change) plays no part. */
#include "base/decimal.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* No more than 767 significant digits decide to which double a decimal rounds; of what follows it only
 * matters whether it is zero. */
enum { DIGITS_KEPT = 768 };

/* 0 or digits[0..count) * 10^exponent, first and last digit not '0'. */
struct decimal {
    bool negative;
    size_t count;
    int64_t exponent;
    char digits[DIGITS_KEPT + 1];
};

static const double powers_of_ten[] = { 1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12,
    1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };

/* The exponent behind 'e'; beyond the limit its exact value makes no difference to any text that fits in
 * memory. */
static int64_t read_exponent(const char *at, const char *end)
{
    const int64_t limit = INT64_C(1) << 50;
    bool negative = at < end && *at == '-';
    if (at < end && (*at == '-' || *at == '+'))
        at++;
    int64_t value = 0;
    for (; at < end && value < limit; at++)
        value = value * 10 + (*at - '0');
    return negative ? -value : value;
}

static void add_digit(struct decimal *decimal, char digit, bool *dropped)
{
    if (decimal->count == 0 && digit == '0')
        return;
    if (decimal->count < DIGITS_KEPT) {
        decimal->digits[decimal->count++] = digit;
        return;
    }
    decimal->exponent++;
    *dropped |= digit != '0';
}

static void read_decimal(const char *text, size_t len, struct decimal *ret)
{
    const char *at = text, *end = text + len;
    bool dropped = false, is_fraction = false;
    ret->count = 0;
    ret->exponent = 0;
    ret->negative = at < end && *at == '-';
    if (ret->negative)
        at++;
    for (; at < end && *at != 'e' && *at != 'E'; at++) {
        if (*at == '.') {
            is_fraction = true;
            continue;
        }
        if (is_fraction)
            ret->exponent--;
        add_digit(ret, *at, &dropped);
    }
    if (at < end)
        ret->exponent += read_exponent(at + 1, end);
    if (dropped) {
        ret->digits[ret->count++] = '1';
        ret->exponent--;
    }
    while (ret->count > 0 && ret->digits[ret->count - 1] == '0') {
        ret->count--;
        ret->exponent++;
    }
}

bool decimal_to_int(const char *text, size_t len, int64_t *ret_value)
{
    struct decimal decimal;
    read_decimal(text, len, &decimal);
    if (decimal.count == 0) {
        *ret_value = 0;
        return true;
    }
    if (decimal.exponent < 0 || decimal.exponent > 19 || decimal.count + (size_t)decimal.exponent > 19)
        return false;
    int64_t value = 0;
    for (size_t i = 0; i < decimal.count + (size_t)decimal.exponent; i++) {
        int digit = i < decimal.count ? decimal.digits[i] - '0' : 0;
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, decimal.negative ? -digit : digit, &value))
            return false;
    }
    *ret_value = value;
    return true;
}

/* Numbers whose digits and power of ten are both exact doubles need one rounding only (Clinger 1990). */
static bool is_easy(const struct decimal *decimal, double *ret_magnitude)
{
    if (decimal->count > 15 || decimal->exponent < -22 || decimal->exponent > 22)
        return false;
    int64_t digits = 0;
    for (size_t i = 0; i < decimal->count; i++)
        digits = digits * 10 + (decimal->digits[i] - '0');
    double value = (double)digits;
    *ret_magnitude = decimal->exponent < 0 ? value / powers_of_ten[-decimal->exponent]
                                           : value * powers_of_ten[decimal->exponent];
    return true;
}

bool decimal_to_double(const char *text, size_t len, double *ret_value)
{
    struct decimal decimal;
    read_decimal(text, len, &decimal);
    double magnitude = 0;
    if (decimal.count > 0 && !is_easy(&decimal, &magnitude)) {
        int64_t exponent = decimal.exponent;
        if (exponent > 9999)
            exponent = 9999;
        if (exponent < -9999)
            exponent = -9999;
        char plain[sizeof(decimal.digits) + 16];
        snprintf(plain, sizeof(plain), "%.*se%d", (int)decimal.count, decimal.digits, (int)exponent);
        magnitude = strtod(plain, NULL);
        if (!isfinite(magnitude))
            return false;
    }
    *ret_value = decimal.negative ? -magnitude : magnitude;
    return true;
}

/* Writes the digits of `value` and returns how many. */
static size_t put_digits(uint64_t value, char *ret_text)
{
    char reversed[20];
    size_t count = 0;
    do {
        reversed[count++] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    for (size_t i = 0; i < count; i++)
        ret_text[i] = reversed[count - 1 - i];
    return count;
}

size_t decimal_from_int(int64_t value, char ret_text[DECIMAL_SIZE])
{
    size_t len = 0;
    if (value < 0)
        ret_text[len++] = '-';
    uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    len += put_digits(magnitude, ret_text + len);
    ret_text[len] = '\0';
    return len;
}

/* 0.digits * 10^point, laid out as people write it: 1200, 12.5, 0.00125, 1.25e-9. */
static size_t lay_out(const char *digits, size_t count, int point, char *ret_text)
{
    size_t len = 0;
    if (point > 21 || point < -5) {
        ret_text[len++] = digits[0];
        if (count > 1) {
            ret_text[len++] = '.';
            memcpy(ret_text + len, digits + 1, count - 1);
            len += count - 1;
        }
        ret_text[len++] = 'e';
        if (point < 1)
            ret_text[len++] = '-';
        return len + put_digits((uint64_t)abs(point - 1), ret_text + len);
    }
    if (point <= 0) {
        ret_text[len++] = '0';
        ret_text[len++] = '.';
        for (int i = point; i < 0; i++)
            ret_text[len++] = '0';
    }
    for (size_t i = 0; i < count || (int)i < point; i++) {
        if (i > 0 && (int)i == point)
            ret_text[len++] = '.';
        ret_text[len++] = i < count ? digits[i] : '0';
    }
    return len;
}

/* `magnitude` rounded to `precision` digits; 0 if that reads back as another number. */
static size_t try_precision(double magnitude, int precision, char *ret_text)
{
    char scientific[40], digits[20] = "";
    snprintf(scientific, sizeof(scientific), "%.*e", precision - 1, magnitude);
    size_t count = 0;
    const char *at = scientific;
    for (; *at != 'e'; at++) {
        if (*at >= '0' && *at <= '9')
            digits[count++] = *at;
    }
    while (count > 1 && digits[count - 1] == '0')
        count--;
    int exponent = (int)strtol(at + 1, NULL, 10);
    size_t len = lay_out(digits, count, exponent + 1, ret_text);
    double again;
    return decimal_to_double(ret_text, len, &again) && again == magnitude ? len : 0;
}

/* Numbers of few decimals, by far the most: digits / 10^decimals is one exact operation, and no two decimals
 * of up to 15 digits are the same double, so that the first one found is the shortest. 0 if `magnitude` is
 * not one of them. */
static size_t try_few_decimals(double magnitude, char *ret_text)
{
    for (int decimals = 0; decimals <= 6; decimals++) {
        double scaled = magnitude * powers_of_ten[decimals] + 0.5;
        if (scaled >= 1e15)
            return 0;
        uint64_t whole = (uint64_t)scaled;
        if (whole > 0 && (double)whole / powers_of_ten[decimals] == magnitude) {
            char digits[20];
            size_t count = put_digits(whole, digits);
            return lay_out(digits, count, (int)count - decimals, ret_text);
        }
    }
    return 0;
}

size_t decimal_from_double(double value, char ret_text[DECIMAL_SIZE])
{
    assert(isfinite(value));
    double magnitude = fabs(value);
    size_t sign = value < 0 ? 1 : 0, len = 1;
    ret_text[0] = sign ? '-' : '0';
    if (magnitude > 0) {
        len = try_few_decimals(magnitude, ret_text + sign);
        /* Below DBL_MIN a double has fewer than 15 digits that mean anything. */
        for (int precision = magnitude < DBL_MIN ? 1 : 15; len == 0 && precision <= 17; precision++)
            len = try_precision(magnitude, precision, ret_text + sign);
        len += sign;
    }
    ret_text[len] = '\0';
    return len;
}
