/* Decimals: exact both ways, compared with the C library. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/decimal.h"
#include "base/scope.h"

/* splitmix64: the same numbers in every run. */
static uint64_t next_random(uint64_t *seed)
{
    uint64_t z = (*seed += UINT64_C(0x9E3779B97F4A7C15));
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

static double random_double(uint64_t *seed)
{
    for (;;) {
        uint64_t bits = next_random(seed);
        double value;
        memcpy(&value, &bits, sizeof(value));
        if (isfinite(value))
            return value;
    }
}

static void check_read(const char *text)
{
    double expected = strtod(text, NULL), value = -7;
    bool ok = decimal_to_double(text, strlen(text), &value);
    if (ok != (bool)isfinite(expected) || (ok && (value != expected || signbit(value) != signbit(expected))))
        fail_msg("'%s' reads as %.17g, not %.17g", text, value, expected);
}

static void doubles_read_as_the_c_library_reads_them(void **state)
{
    (void)state;
    static const char *const texts[] = { "0", "-0", "0.0", "-0.0e5", "1", "0.1", "123456789012345",
        "1234567890123456", "9007199254740993", "9007199254740992.9999", "1e22", "1e23", "8.5e22", "1e-22",
        "1e-23", "2.2250738585072011e-308", "2.2250738585072014e-308", "4.9406564584124654e-324",
        "2.4703282292062327e-324", "2.4703282292062328e-324", "1.7976931348623157e308",
        "1.7976931348623158e308", "1.7976931348623159e308", "1e309", "-1e309", "1e-400",
        "1e99999999999999999999", "-1e-99999999999999999999", "0e99999999999999999999",
        "0.000000000000000000001e21", "100000000000000000000000e-23", "3.5844466002796428e+298", "5e-324",
        "1E5", "1e+5" };
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        check_read(texts[i]);
    uint64_t seed = 1;
    for (int i = 0; i < 20000; i++) {
        char text[64];
        uint64_t dice = next_random(&seed);
        snprintf(text, sizeof(text), "%.*e", (int)(dice % 25), random_double(&seed));
        check_read(text);
        snprintf(text, sizeof(text), "%" PRIu64 ".%" PRIu64 "e%d", next_random(&seed) >> dice % 60,
            next_random(&seed) >> dice / 64 % 60, (int)(dice / 4096 % 60) - 30);
        check_read(text);
    }
}

/* Halfway between two doubles, told from its neighbours only by a digit far behind. */
static void very_long_decimals_round_correctly(void **state)
{
    (void)state;
    CLEANUP(scope_free) char *text = malloc(200100);
    assert_non_null(text);
    static const char *const halves[] = { "9007199254740993",
        "1.00000000000000011102230246251565404236316680908203125" };
    for (size_t i = 0; i < ARRAY_LEN(halves); i++) {
        const char *point = strchr(halves[i], '.') ? "" : ".";
        for (int zeros = 700; zeros <= 100000; zeros *= 3) {
            snprintf(text, 200100, "%s%s%0*d", halves[i], point, zeros, 0);
            check_read(text);
            text[strlen(text) - 1] = '1';
            check_read(text);
        }
    }
    /* The smallest double, and half of it, in full: 767 significant digits. */
    char digits[1200];
    snprintf(digits, sizeof(digits), "%.1080f", 5e-324);
    check_read(digits);
    snprintf(digits, sizeof(digits), "%.1100f", 2.2250738585072011e-308);
    check_read(digits);
    memcpy(digits + strlen(digits), "1", 2);
    check_read(digits);
    /* Halfway between two doubles, where that takes the most digits. */
    for (int i = 0; i < 50; i++) {
        double low = 0x1.fffffffffffffp-1022 - i * 0x1p-1074;
        snprintf(digits, sizeof(digits), "%.1100Lf", (long double)low + 0x1p-1075L);
        check_read(digits);
    }
    /* Zeros that an exponent takes back. */
    snprintf(text, 200100, "0.%0*de100001", 100001, 7);
    double value = 0;
    assert_true(decimal_to_double(text, strlen(text), &value));
    assert_true(value == 7);
    int64_t whole = 0;
    assert_true(decimal_to_int(text, strlen(text), &whole));
    assert_int_equal(whole, 7);
    snprintf(text, 200100, "7%0*de-100000", 100000, 0);
    assert_true(decimal_to_double(text, strlen(text), &value));
    assert_true(value == 7);
    assert_true(decimal_to_int(text, strlen(text), &whole));
    assert_int_equal(whole, 7);
    snprintf(text, 200100, "7%0*de-100000", 100000, 1);
    assert_false(decimal_to_int(text, strlen(text), &whole));
}

static void whole_numbers_are_exact(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t value;
    } good[] = {
        { "0", 0 },
        { "-0", 0 },
        { "0.000", 0 },
        { "0e999999999999999999999", 0 },
        { "42", 42 },
        { "42.0", 42 },
        { "4.2e1", 42 },
        { "4.2E+1", 42 },
        { "420e-1", 42 },
        { "-4200000e-5", -42 },
        { "0.42e2", 42 },
        { "9007199254740993", 9007199254740993 },
        { "9223372036854775807", INT64_MAX },
        { "9223372036854775807.000", INT64_MAX },
        { "-9223372036854775808", INT64_MIN },
        { "-9.223372036854775808e18", INT64_MIN },
        { "1e18", 1000000000000000000 },
        { "922337203685477580.7e1", INT64_MAX },
    };
    static const char *const bad[] = { "0.5", "42.5", "4.25e1", "421e-1", "1e-1", "9223372036854775808",
        "1e19", "1e400", "-9223372036854775809", "9223372036854775807.5",
        "9223372036854775806.9999999999999999999", "1e-999999999999999999", "1e999999999999999999" };
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        int64_t value = -7;
        if (!decimal_to_int(good[i].text, strlen(good[i].text), &value) || value != good[i].value)
            fail_msg("'%s' reads as %" PRId64, good[i].text, value);
    }
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        int64_t value = -7;
        if (decimal_to_int(bad[i], strlen(bad[i]), &value))
            fail_msg("'%s' reads as %" PRId64, bad[i], value);
        assert_int_equal(value, -7);
    }
}

static void whole_numbers_come_back(void **state)
{
    (void)state;
    uint64_t seed = 2;
    for (int i = 0; i < 50000; i++) {
        uint64_t bits = next_random(&seed);
        int64_t value = (int64_t)bits >> bits % 64, again = 0;
        if (i < 4)
            value = (const int64_t[]){ 0, -1, INT64_MIN, INT64_MAX }[i];
        char text[DECIMAL_SIZE], expected[32];
        size_t len = decimal_from_int(value, text);
        snprintf(expected, sizeof(expected), "%" PRId64, value);
        assert_string_equal(text, expected);
        assert_int_equal(len, strlen(expected));
        assert_true(decimal_to_int(text, len, &again));
        assert_int_equal(again, value);
    }
}

static void doubles_are_laid_out_for_people(void **state)
{
    (void)state;
    static const struct {
        double value;
        const char *text;
    } cases[] = {
        { 0.0, "0" },
        { -0.0, "0" },
        { 4.0, "4" },
        { -4.0, "-4" },
        { 0.1, "0.1" },
        { -12.5, "-12.5" },
        { 100, "100" },
        { 0.30000000000000004, "0.30000000000000004" },
        { 1e15, "1000000000000000" },
        { 123456.789, "123456.789" },
        { 9007199254740993.0, "9007199254740992" },
        { 1e20, "100000000000000000000" },
        { 1e21, "1e21" },
        { 1.5e300, "1.5e300" },
        { 0.000001, "0.000001" },
        { 0.00000125, "0.00000125" },
        { 1e-7, "1e-7" },
        { -1.25e-9, "-1.25e-9" },
        { DBL_MAX, "1.7976931348623157e308" },
        { DBL_MIN, "2.2250738585072014e-308" },
        { 5e-324, "5e-324" },
        { 1.0 / 3, "0.3333333333333333" },
        { 2.5e-310, "2.5e-310" },
        { 1e23, "1e23" },
        { 12345678901234567890.0, "12345678901234567000" },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char text[DECIMAL_SIZE];
        size_t len = decimal_from_double(cases[i].value, text);
        assert_string_equal(text, cases[i].text);
        assert_int_equal(len, strlen(text));
    }
}

static size_t count_digits(const char *text)
{
    char digits[DECIMAL_SIZE];
    size_t count = 0;
    for (; *text && *text != 'e'; text++) {
        if (*text >= '0' && *text <= '9' && (count > 0 || *text != '0'))
            digits[count++] = *text;
    }
    while (count > 0 && digits[count - 1] == '0')
        count--;
    return count;
}

/* No decimal of fewer digits reads back equal: the C library prints them all to see. */
static void check_shortest(double value)
{
    char text[DECIMAL_SIZE], other[64];
    decimal_from_double(value, text);
    if (strtod(text, NULL) != value)
        fail_msg("%.17g is written %s", value, text);
    size_t digits = count_digits(text);
    for (int precision = 1; precision < (int)digits; precision++) {
        snprintf(other, sizeof(other), "%.*e", precision - 1, value);
        if (strtod(other, NULL) == value)
            fail_msg("%s is shorter than %s", other, text);
    }
}

static void doubles_come_back_from_the_shortest_text(void **state)
{
    (void)state;
    uint64_t seed = 3;
    for (int i = 0; i < 10000; i++) {
        check_shortest(random_double(&seed));
        uint64_t dice = next_random(&seed);
        double scale = (const double[]){ 1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e9 }[dice % 9];
        check_shortest((double)(int64_t)(next_random(&seed) >> (dice >> 8) % 60) / scale);
        check_shortest((double)(next_random(&seed) >> 12) * 0x1p-1074); /* below DBL_MIN */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(doubles_read_as_the_c_library_reads_them),
        cmocka_unit_test(very_long_decimals_round_correctly),
        cmocka_unit_test(whole_numbers_are_exact),
        cmocka_unit_test(whole_numbers_come_back),
        cmocka_unit_test(doubles_are_laid_out_for_people),
        cmocka_unit_test(doubles_come_back_from_the_shortest_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
