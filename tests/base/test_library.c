/* library.c: a library that is there, one that is not, one without the symbol. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "base/err.h"
#include "base/scope.h"
#include "base/library.h"

static double (*cosine)(double);
static void (*nothing)(void);
static int ready_count;

static int count_ready(void)
{
    ready_count++;
    return 0;
}

static int never_ready(void)
{
    return -EIO;
}

static const struct library_symbol math_symbols[] = {
    { .name = "cos", .at = &cosine },
    { .name = "no_such_function_anywhere", .at = &nothing, .optional = true },
};

static void test_loads_once(void **state)
{
    (void)state;
    struct library math = { .file = "libm.so.6",
        .package = "libc6",
        .symbols = math_symbols,
        .symbols_count = ARRAY_LEN(math_symbols),
        .ready = count_ready };
    struct err err = { 0 };
    assert_int_equal(library_load(&math, &err), 0);
    assert_int_equal(library_load(&math, &err), 0);
    assert_int_equal(ready_count, 1);
    assert_true(cosine(0) > 0.999);
    assert_null(nothing);
}

static void test_names_what_is_missing(void **state)
{
    (void)state;
    struct library absent = { .file = "libnot-there.so.7", .package = "libnot7" };
    struct err err = { 0 };
    assert_int_equal(library_load(&absent, &err), -ENOSYS);
    assert_non_null(strstr(err.text, "libnot-there.so.7"));
    assert_non_null(strstr(err.text, "libnot7"));
    assert_int_equal(library_load(&absent, NULL), -ENOSYS);
}

static void test_names_the_missing_symbol(void **state)
{
    (void)state;
    const struct library_symbol wanted[] = { { .name = "no_such_function_anywhere", .at = &nothing } };
    struct library math = { .file = "libm.so.6", .package = "libc6", .symbols = wanted, .symbols_count = 1 };
    struct err err = { 0 };
    assert_int_equal(library_load(&math, &err), -ENOSYS);
    assert_non_null(strstr(err.text, "no_such_function_anywhere"));
    assert_false(math.loaded);
}

static void test_says_when_it_does_not_start(void **state)
{
    (void)state;
    struct library math = { .file = "libm.so.6", .package = "libc6", .ready = never_ready };
    struct err err = { 0 };
    assert_int_equal(library_load(&math, &err), -EIO);
    assert_false(math.loaded);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_loads_once),
        cmocka_unit_test(test_names_what_is_missing),
        cmocka_unit_test(test_names_the_missing_symbol),
        cmocka_unit_test(test_says_when_it_does_not_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
