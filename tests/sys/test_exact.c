/* Exact numbers: operations that expressions do not reach alone, their bounds, and text at its edges. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "base/buf.h"
#include "base/scope.h"
#include "sys/exact.h"

static struct exact_mode mode;

static struct exact number(const char *text)
{
    struct exact value;
    exact_init(&mode, &value);
    assert_int_equal(mpq_set_str(value.q, text, 10), 0);
    mpq_canonicalize(value.q);
    return value;
}

static int set_up(void **state)
{
    (void)state;
    mode = (struct exact_mode){ .precision = 128 };
    return 0;
}

static void assert_text(const struct exact *value, const char *expected, bool is_fraction)
{
    CLEANUP(buf_done) struct buf text = { 0 };
    assert_int_equal(exact_put(&text, value), is_fraction);
    assert_string_equal(buf_str(&text), expected);
}

static void test_text(void **state)
{
    (void)state;
    static const char *const cases[][2] = { { "0", "0" }, { "-7", "-7" }, { "1/8", "0.125" },
        { "-1/1000", "-0.001" }, { "10/4", "2.5" }, { "1/3", "1/3" }, { "-22/7", "-22/7" },
        { "123456/100", "1234.56" }, { "-5/2", "-2.5" } };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(exact_done) struct exact value = number(cases[i][0]);
        assert_text(&value, cases[i][1], strchr(cases[i][1], '/') != NULL);
    }
}

static void test_approximations(void **state)
{
    (void)state;
    static const char *const cases[][2] = { { "0", "0" }, { "2/3", "0.666666666666666666666666666667" },
        { "1/7000000", "1.42857142857142857142857142857e-7" },
        { "1/700000", "0.00000142857142857142857142857142857" }, { "1000", "1000" }, { "-1/2", "-0.5" } };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(exact_done) struct exact value = number(cases[i][0]);
        CLEANUP(buf_done) struct buf text = { 0 };
        exact_put_approximation(&text, &value);
        assert_string_equal(buf_str(&text), cases[i][1]);
    }
}

static void test_doubles(void **state)
{
    (void)state;
    CLEANUP(exact_done) struct exact tenth = number("1/10"), ten = number("10"), huge = number("400");
    assert_true(exact_to_double(&tenth) == 0.1);
    assert_int_equal(exact_apply(&mode, EXACT_POWER, &ten, &huge), EXACT_OK);
    assert_true(isinf(exact_to_double(&ten)));
}

static void test_apply_to_itself(void **state)
{
    (void)state;
    CLEANUP(exact_done) struct exact value = number("7/2");
    assert_int_equal(exact_apply(&mode, EXACT_MULTIPLY, &value, &value), EXACT_OK);
    assert_text(&value, "12.25", false);
    assert_int_equal(exact_apply(&mode, EXACT_DIVIDE, &value, &value), EXACT_OK);
    assert_text(&value, "1", false);
    assert_int_equal(exact_apply(&mode, EXACT_MODULO, &value, &value), EXACT_OK);
    assert_text(&value, "0", false);
    assert_int_equal(exact_apply(&mode, EXACT_DIVIDE, &value, &value), EXACT_DIVISION_BY_ZERO);
    assert_false(mode.approximated);
}

static void test_reals_mark_the_mode(void **state)
{
    (void)state;
    CLEANUP(exact_done) struct exact two = number("2"), half = number("1/2"), four = number("4");
    assert_int_equal(exact_apply(&mode, EXACT_POWER, &four, &half), EXACT_OK);
    assert_false(mode.approximated || four.is_real);
    assert_int_equal(exact_apply(&mode, EXACT_POWER, &two, &half), EXACT_OK);
    assert_true(mode.approximated && two.is_real);
    assert_true(exact_compare(&two, &half) > 0);
    assert_true(exact_compare(&half, &two) < 0);
    assert_int_equal(exact_complement(&two), EXACT_NOT_INTEGER);
    assert_int_equal(exact_round(&two, EXACT_FLOOR), EXACT_OK);
    assert_text(&two, "1", false);
    assert_int_equal(exact_apply(&mode, EXACT_AND, &two, &half), EXACT_NOT_INTEGER);
}

static void test_bounds(void **state)
{
    (void)state;
    CLEANUP(exact_done)
    struct exact two = number("2"), limit = number("33219"), beyond = number("33220"), one = number("1");
    CLEANUP(exact_done) struct exact power = number("2");
    assert_int_equal(exact_apply(&mode, EXACT_POWER, &power, &limit), EXACT_OK);
    assert_int_equal(exact_apply(&mode, EXACT_MULTIPLY, &power, &two), EXACT_TOO_LARGE);
    assert_int_equal(exact_apply(&mode, EXACT_POWER, &two, &beyond), EXACT_TOO_LARGE);
    assert_int_equal(exact_apply(&mode, EXACT_SHIFT_LEFT, &one, &beyond), EXACT_TOO_LARGE);
    CLEANUP(exact_done) struct exact last = number("3249"), next = number("3250"), negative = number("-1");
    assert_int_equal(exact_factorial(&last), EXACT_OK);
    assert_int_equal(exact_factorial(&next), EXACT_TOO_LARGE);
    assert_int_equal(exact_factorial(&negative), EXACT_NEGATIVE);
}

static void test_functions(void **state)
{
    (void)state;
    assert_null(exact_function_find("nothing"));
    assert_null(exact_function_find(""));
    assert_string_equal(exact_function_find("SQRT")->name, "sqrt");
    size_t count = 0;
    while (exact_function_name(count)) {
        const struct exact_function *function = exact_function_find(exact_function_name(count));
        assert_non_null(function);
        assert_true((function->apply != NULL) != (function->real != NULL));
        assert_true(function->min_args >= 1);
        count++;
    }
    assert_true(count > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_text, set_up),
        cmocka_unit_test_setup(test_approximations, set_up),
        cmocka_unit_test_setup(test_doubles, set_up),
        cmocka_unit_test_setup(test_apply_to_itself, set_up),
        cmocka_unit_test_setup(test_reals_mark_the_mode, set_up),
        cmocka_unit_test_setup(test_bounds, set_up),
        cmocka_unit_test_setup(test_functions, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
