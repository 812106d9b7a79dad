/* Expressions: values, precedence, limits, the place and kind of every fault, garbage. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/scope.h"
#include "base/wait.h"
#include "sys/expression.h"

struct value_case {
    const char *expression, *text;
};

struct fault_case {
    const char *expression;
    enum expression_fault fault;
    enum exact_fault why;
    size_t column;
    const char *found;
};

static void assert_values(const struct value_case *cases, size_t count, bool is_exact)
{
    for (size_t i = 0; i < count; i++) {
        struct expression_result result = { 0 };
        struct expression_error error = { 0 };
        int rc = expression_evaluate(NULL, cases[i].expression, &result, &error);
        if (rc < 0 || strcmp(buf_str(&result.text), cases[i].text) != 0 || result.is_exact != is_exact)
            fail_msg("%s: rc %d fault %d, got %s, wanted %s", cases[i].expression, rc, (int)error.fault,
                buf_str(&result.text), cases[i].text);
        expression_result_done(&result);
    }
}

static void test_exact_values(void **state)
{
    (void)state;
    static const struct value_case cases[] = {
        { "2 + 2 * 3", "8" },
        { "-2**2", "-4" },
        { "2^3^2", "512" },
        { "2**-1", "0.5" },
        { "1/3", "1/3" },
        { "-1/3", "-1/3" },
        { "0.1+0.2", "0.3" },
        { "-0.001", "-0.001" },
        { ".5 + 5.", "5.5" },
        { "1e3 + 1.5E-3", "1000.0015" },
        { "1_000_000", "1000000" },
        { "-7 % 3", "2" },
        { "7 % -3", "-2" },
        { "-7 // 2", "-4" },
        { "7.5 % 2", "1.5" },
        { "100 / 7 // 1", "14" },
        { "1 | 2 & 3 << 1", "3" },
        { "0xff & ~0x0F", "240" },
        { "-1 >> 70", "-1" },
        { "0b101 + 0o17 + 0xA", "30" },
        { "3!! + 0!", "721" },
        { "-3!", "-6" },
        { "2**3!", "64" },
        { "10 GiB + 512 MiB", "11274289152" },
        { "10 GB / 100 Mbit", "800" },
        { "5 Go - 5GB", "0" },
        { "GiB / MiB", "1024" },
        { "(1 + 1) KiB", "2048" },
        { "sqrt(1/9)", "1/3" },
        { "SQRT(16)", "4" },
        { "cbrt(-27/8)", "-1.5" },
        { "0**0", "1" },
        { "(-1)**(10**30)", "1" },
        { "8**(2/3)", "4" },
        { "log(8, 2)", "3" },
        { "log(1/8; 2)", "-3" },
        { "log10(10**5000)", "5000" },
        { "log2(1024)", "10" },
        { "ln(1) + sin(0) + atan(0)", "0" },
        { "exp(0) + cos(0)", "2" },
        { "0 << 10**9", "0" },
        { "5 >> 10**9", "0" },
        { "round(2.5)", "3" },
        { "round(-2.5)", "-3" },
        { "round(2.675, 2)", "2.68" },
        { "round(1234, -2)", "1200" },
        { "floor(-0.5) + ceil(0.5) + trunc(-1.9)", "-1" },
        { "min(3, 1, 2) + max(1; 5) + abs(-4)", "10" },
        { "gcd(12, 18, 27) * lcm(4, 6)", "36" },
        { "gcd(-5)", "5" },
        { "xor(5, 3)", "6" },
        { "mod(-1, 4) + pow(2, 10) + factorial(4)", "1051" },
        { "3 \xC3\x97 4 \xC3\xB7 2 \xE2\x88\x92 1", "5" },
        { "1\xC2\xA0+\xE2\x80\xAF"
          "1",
            "2" },
    };
    assert_values(cases, ARRAY_LEN(cases), true);
}

static void test_rounded_values(void **state)
{
    (void)state;
    /* Digits: the first 30 of published expansions. */
    static const struct value_case cases[] = {
        { "pi", "3.14159265358979323846264338328" },
        { "\xCF\x80", "3.14159265358979323846264338328" },
        { "e", "2.71828182845904523536028747135" },
        { "sqrt(2)", "1.41421356237309504880168872421" },
        { "2**0.5", "1.41421356237309504880168872421" },
        { "sqrt(2)**2", "2" },
        { "sqrt(2)**2 - 2", "0" },
        { "sin(pi)", "0" },
        { "10**1000 + pi - 10**1000", "3.14159265358979323846264338328" },
        { "floor(sqrt(2)**2)", "2" },
        { "floor(pi * 100)", "314" },
        { "round(pi, 2)", "3.14" },
        { "ceil(-pi)", "-3" },
        { "pi // 1", "3" },
        { "degrees(pi)", "180" },
        { "pi % 1", "0.14159265358979323846264338328" },
        { "-pi % 1", "0.85840734641020676153735661672" },
        { "exp(-10**30)", "0" },
        { "max(1, pi)", "3.14159265358979323846264338328" },
    };
    assert_values(cases, ARRAY_LEN(cases), false);
}

static void test_approximation_beside_fraction(void **state)
{
    (void)state;
    struct expression_result result = { 0 };
    struct expression_error error = { 0 };
    assert_int_equal(expression_evaluate(NULL, "2/3", &result, &error), 0);
    assert_string_equal(buf_str(&result.text), "2/3");
    assert_string_equal(buf_str(&result.approximation), "0.666666666666666666666666666667");
    assert_true(result.value == 2.0 / 3.0);
    expression_result_done(&result);

    assert_int_equal(expression_evaluate(NULL, "10**400/3", &result, &error), 0);
    assert_string_equal(buf_str(&result.approximation), "3.33333333333333333333333333333e+399");
    assert_true(isinf(result.value));
    expression_result_done(&result);

    assert_int_equal(expression_evaluate(NULL, "1/(3*10**9)", &result, &error), 0);
    assert_string_equal(buf_str(&result.approximation), "3.33333333333333333333333333333e-10");
    expression_result_done(&result);

    assert_int_equal(expression_evaluate(NULL, "0.1", &result, &error), 0);
    assert_int_equal(result.approximation.len, 0);
    assert_true(result.value == 0.1);
    expression_result_done(&result);
}

static void test_faults(void **state)
{
    (void)state;
    static const struct fault_case cases[] = {
        { "", EXPRESSION_NO_VALUE, EXACT_OK, 1, "" },
        { "2 +", EXPRESSION_NO_VALUE, EXACT_OK, 4, "" },
        { "2 + )", EXPRESSION_NO_VALUE, EXACT_OK, 5, ")" },
        { "(2", EXPRESSION_NO_CLOSE, EXACT_OK, 3, "" },
        { "sqrt(2", EXPRESSION_NO_CLOSE, EXACT_OK, 7, "" },
        { "2)", EXPRESSION_NO_OPERATOR, EXACT_OK, 2, ")" },
        { "1 000", EXPRESSION_NO_OPERATOR, EXACT_OK, 3, "000" },
        { "1,5", EXPRESSION_NO_OPERATOR, EXACT_OK, 2, "," },
        { "2\xCF\x80", EXPRESSION_NO_OPERATOR, EXACT_OK, 2, "\xCF\x80" },
        { "\xC3\xA9 + 1", EXPRESSION_NO_VALUE, EXACT_OK, 1, "\xC3\xA9" },
        { "\xCF\x80 + \xC3\xA9", EXPRESSION_NO_VALUE, EXACT_OK, 5, "\xC3\xA9" },
        { "sqrt 2", EXPRESSION_NO_ARGUMENTS, EXACT_OK, 6, "2" },
        { "1.2.3.4", EXPRESSION_BAD_NUMBER, EXACT_OK, 1, "1.2.3.4" },
        { "1__0", EXPRESSION_BAD_NUMBER, EXACT_OK, 1, "1__0" },
        { "0x", EXPRESSION_BAD_NUMBER, EXACT_OK, 1, "0x" },
        { "3 + 0b12", EXPRESSION_BAD_NUMBER, EXACT_OK, 5, "0b12" },
        { "foo(1)", EXPRESSION_UNKNOWN_NAME, EXACT_OK, 1, "foo" },
        { "sqrt()", EXPRESSION_WRONG_COUNT, EXACT_OK, 1, "sqrt" },
        { "1 + sqrt(1, 2)", EXPRESSION_WRONG_COUNT, EXACT_OK, 5, "sqrt" },
        { "pow(2)", EXPRESSION_WRONG_COUNT, EXACT_OK, 1, "pow" },
        { "max()", EXPRESSION_WRONG_COUNT, EXACT_OK, 1, "max" },
        { "20%", EXPRESSION_PERCENT, EXACT_OK, 3, "%" },
        { "50 * (20%)", EXPRESSION_PERCENT, EXACT_OK, 9, "%" },
        { "1/0", EXPRESSION_ARITHMETIC, EXACT_DIVISION_BY_ZERO, 2, "/" },
        { "1 // (2-2)", EXPRESSION_ARITHMETIC, EXACT_DIVISION_BY_ZERO, 3, "//" },
        { "5 % 0", EXPRESSION_ARITHMETIC, EXACT_DIVISION_BY_ZERO, 3, "%" },
        { "pi / 0", EXPRESSION_ARITHMETIC, EXACT_DIVISION_BY_ZERO, 4, "/" },
        { "0**-1", EXPRESSION_ARITHMETIC, EXACT_DIVISION_BY_ZERO, 2, "**" },
        { "0**-pi", EXPRESSION_ARITHMETIC, EXACT_DIVISION_BY_ZERO, 2, "**" },
        { "0**(-1/2)", EXPRESSION_ARITHMETIC, EXACT_DIVISION_BY_ZERO, 2, "**" },
        { "log(0)", EXPRESSION_ARITHMETIC, EXACT_NOT_REAL, 1, "log" },
        { "log(8, 1)", EXPRESSION_ARITHMETIC, EXACT_DIVISION_BY_ZERO, 1, "log" },
        { "sqrt(-1)", EXPRESSION_ARITHMETIC, EXACT_NOT_REAL, 1, "sqrt" },
        { "asin(2)", EXPRESSION_ARITHMETIC, EXACT_NOT_REAL, 1, "asin" },
        { "(-8)**(1/3)", EXPRESSION_ARITHMETIC, EXACT_NOT_REAL, 5, "**" },
        { "(-pi)**0.5", EXPRESSION_ARITHMETIC, EXACT_NOT_REAL, 6, "**" },
        { "1.5!", EXPRESSION_ARITHMETIC, EXACT_NOT_INTEGER, 4, "!" },
        { "gcd(0.5, 2)", EXPRESSION_ARITHMETIC, EXACT_NOT_INTEGER, 1, "gcd" },
        { "~0.5", EXPRESSION_ARITHMETIC, EXACT_NOT_INTEGER, 1, "~" },
        { "pi & 1", EXPRESSION_ARITHMETIC, EXACT_NOT_INTEGER, 4, "&" },
        { "(-3)!", EXPRESSION_ARITHMETIC, EXACT_NEGATIVE, 5, "!" },
        { "1 << -1", EXPRESSION_ARITHMETIC, EXACT_NEGATIVE, 3, "<<" },
        { "2**1000000", EXPRESSION_ARITHMETIC, EXACT_TOO_LARGE, 2, "**" },
        { "2**-1000000", EXPRESSION_ARITHMETIC, EXACT_TOO_LARGE, 2, "**" },
        { "9**9**9", EXPRESSION_ARITHMETIC, EXACT_TOO_LARGE, 2, "**" },
        { "9**9**9**9", EXPRESSION_ARITHMETIC, EXACT_TOO_LARGE, 5, "**" },
        { "1000000!", EXPRESSION_ARITHMETIC, EXACT_TOO_LARGE, 8, "!" },
        { "1 << 40000", EXPRESSION_ARITHMETIC, EXACT_TOO_LARGE, 3, "<<" },
        { "1e20000", EXPRESSION_ARITHMETIC, EXACT_TOO_LARGE, 1, "1e20000" },
        { "1e99999999999999999999", EXPRESSION_ARITHMETIC, EXACT_TOO_LARGE, 1, "1e99999999999999999999" },
        { "10**6000 * 10**6000", EXPRESSION_ARITHMETIC, EXACT_TOO_LARGE, 10, "*" },
        { "exp(1e18)", EXPRESSION_ARITHMETIC, EXACT_TOO_LARGE, 1, "exp" },
        { "floor(exp(1e8))", EXPRESSION_ARITHMETIC, EXACT_TOO_LARGE, 1, "floor" },
        { "exp(1e8) % 7", EXPRESSION_ARITHMETIC, EXACT_TOO_LARGE, 10, "%" },
        { "tan(pi/2)", EXPRESSION_UNDECIDED, EXACT_OK, 1, "" },
        { "1/sin(pi)", EXPRESSION_UNDECIDED, EXACT_OK, 1, "" },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct expression_result result = { 0 };
        struct expression_error error = { 0 };
        int rc = expression_evaluate(NULL, cases[i].expression, &result, &error);
        if (rc != -EINVAL || error.fault != cases[i].fault || error.why != cases[i].why ||
            error.column != cases[i].column || strcmp(error.found, cases[i].found) != 0)
            fail_msg("%s: rc %d fault %d why %d column %zu found '%s'", cases[i].expression, rc,
                (int)error.fault, (int)error.why, error.column, error.found);
    }
}

static void assert_fault(const char *expression, enum expression_fault fault)
{
    struct expression_result result = { 0 };
    struct expression_error error = { 0 };
    assert_int_equal(expression_evaluate(NULL, expression, &result, &error), -EINVAL);
    assert_int_equal(error.fault, fault);
}

/* `count` times `open`, then "1", then `count` times `close`. */
static void nest(char *out, const char *open, const char *close, int count)
{
    *out = '\0';
    for (int i = 0; i < count; i++)
        out = stpcpy(out, open);
    out = stpcpy(out, "1");
    for (int i = 0; i < count; i++)
        out = stpcpy(out, close);
}

/* The deepest expressions, on a stack as small as a worker's. */
static void *evaluate_deep(void *unused)
{
    (void)unused;
    static const char *const opens[] = { "(", "-", "~", "2**", "2|2&2<<2+2*(", "min(1,",
        "pow(1|1&1<<1+1*1,1|1&1<<1+1*" };
    static const char *const closes[] = { ")", "", "", "", ")", ")", ")" };
    char text[8192];
    for (size_t i = 0; i < ARRAY_LEN(opens); i++) {
        for (int depth = 1; depth <= 500 && (size_t)depth * (strlen(opens[i]) + strlen(closes[i])) < 1000;
             depth++) {
            struct expression_result result = { 0 };
            struct expression_error error = { 0 };
            nest(text, opens[i], closes[i], depth);
            int rc = expression_evaluate(NULL, text, &result, &error);
            if (rc == 0)
                expression_result_done(&result);
            else if (rc != -EINVAL || (error.fault != EXPRESSION_TOO_DEEP && error.why != EXACT_TOO_LARGE))
                return strdup(text);
        }
    }
    return NULL;
}

static void test_depth(void **state)
{
    (void)state;
    char text[1024];
    nest(text, "(", ")", EXPRESSION_MAX_DEPTH - 1);
    struct expression_result result = { 0 };
    struct expression_error error = { 0 };
    assert_int_equal(expression_evaluate(NULL, text, &result, &error), 0);
    expression_result_done(&result);
    nest(text, "(", ")", EXPRESSION_MAX_DEPTH);
    assert_fault(text, EXPRESSION_TOO_DEEP);
    nest(text, "-", "", EXPRESSION_MAX_DEPTH);
    assert_fault(text, EXPRESSION_TOO_DEEP);
    nest(text, "1**", "", EXPRESSION_MAX_DEPTH);
    assert_fault(text, EXPRESSION_TOO_DEEP);

    pthread_attr_t attributes;
    pthread_t thread;
    void *failure = NULL;
    assert_int_equal(pthread_attr_init(&attributes), 0);
    assert_int_equal(pthread_attr_setstacksize(&attributes, 256 * 1024), 0);
    assert_int_equal(pthread_create(&thread, &attributes, evaluate_deep, NULL), 0);
    assert_int_equal(pthread_join(thread, &failure), 0);
    pthread_attr_destroy(&attributes);
    if (failure)
        fail_msg("%s", (const char *)failure);
}

static void test_length(void **state)
{
    (void)state;
    char text[EXPRESSION_MAX_CHARS + 2];
    memset(text, '1', EXPRESSION_MAX_CHARS + 1);
    text[EXPRESSION_MAX_CHARS + 1] = '\0';
    assert_fault(text, EXPRESSION_TOO_LONG);
    text[EXPRESSION_MAX_CHARS] = '\0';
    struct expression_result result = { 0 };
    struct expression_error error = { 0 };
    assert_int_equal(expression_evaluate(NULL, text, &result, &error), 0);
    assert_string_equal(buf_str(&result.text), text);
    expression_result_done(&result);
}

static void test_deadline(void **state)
{
    (void)state;
    struct wait passed = { .cancel_fd = -1, .deadline_ms = 0 };
    struct expression_result result = { 0 };
    struct expression_error error = { 0 };
    assert_int_equal(expression_evaluate(&passed, "1 + 1", &result, &error), -ETIMEDOUT);
    assert_int_equal(expression_evaluate(&passed, "sin(1)", &result, &error), -ETIMEDOUT);
}

/* Whatever stands there, an answer comes: a result with text, or a fault with a column inside the expression.
 */
static void test_garbage(void **state)
{
    (void)state;
    static const char *const pieces[] = { "1", "0", "2.5", "9", "(", ")", "+", "-", "*", "/", "**", "//", "%",
        "!", "~", "<<", "&", "|", ",", ";", "sqrt(", "log(", "min(", "round(", "gcd(", "pi", "e", "GiB", " ",
        "1e9", "0x", ".", "_", "\xC3", "\xFF", "=", "\xE2\x88\x92", "sin(", "exp(", "x" };
    srand(20261122);
    size_t values = 0, faults = 0;
    for (int round = 0; round < 20000; round++) {
        char text[256] = "";
        int count = rand() % 12 + 1;
        for (int i = 0; i < count; i++)
            strncat(text, pieces[(size_t)rand() % ARRAY_LEN(pieces)], sizeof(text) - strlen(text) - 1);
        struct expression_result result = { 0 };
        struct expression_error error = { 0 };
        int rc = expression_evaluate(NULL, text, &result, &error);
        if (rc == 0) {
            assert_true(result.text.len > 0);
            expression_result_done(&result);
            values++;
        } else {
            assert_int_equal(rc, -EINVAL);
            assert_int_not_equal(error.fault, EXPRESSION_OK);
            assert_in_range(error.column, 1, strlen(text) + 1);
            faults++;
        }
    }
    assert_true(values > 100);
    assert_true(faults > 1000);
}

static void test_names(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf names = { 0 };
    expression_put_names(&names);
    assert_non_null(strstr(buf_str(&names), "sqrt, "));
    assert_non_null(strstr(buf_str(&names), "pi, e, B, kB"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exact_values),
        cmocka_unit_test(test_rounded_values),
        cmocka_unit_test(test_approximation_beside_fraction),
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_length),
        cmocka_unit_test(test_deadline),
        cmocka_unit_test(test_garbage),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
