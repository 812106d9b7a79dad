/* The clocks, and the date as RFC 3339 writes it. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <time.h>

#include "base/clock.h"
#include "base/scope.h"

static void clocks_agree_with_the_kernel(void **state)
{
    (void)state;
    struct timespec before, after;
    clock_gettime(CLOCK_MONOTONIC, &before);
    int64_t ns = clock_ns();
    clock_gettime(CLOCK_MONOTONIC, &after);
    assert_true(ns >= (int64_t)before.tv_sec * 1000000000 + before.tv_nsec);
    assert_true(ns <= (int64_t)after.tv_sec * 1000000000 + after.tv_nsec);

    int64_t low_ms = clock_ns() / 1000000, ms = clock_ms(), high_ms = clock_ns() / 1000000;
    assert_true(low_ms <= ms && ms <= high_ms);

    int64_t low_s = (int64_t)time(NULL), wall_ms = clock_wall_ms();
    clock_gettime(CLOCK_REALTIME, &after);
    assert_true(wall_ms / 1000 >= low_s && wall_ms / 1000 <= after.tv_sec);
}

static void stamps_are_rfc_3339(void **state)
{
    (void)state;
    static const struct {
        int64_t wall_ms;
        const char *stamp;
    } cases[] = {
        { 0, "1970-01-01T00:00:00.000Z" },
        { 1, "1970-01-01T00:00:00.001Z" },
        { 999, "1970-01-01T00:00:00.999Z" },
        { -1, "1969-12-31T23:59:59.999Z" },
        { -1000, "1969-12-31T23:59:59.000Z" },
        { 951782400000, "2000-02-29T00:00:00.000Z" },
        { 1795356187250, "2026-11-22T14:03:07.250Z" },
        { 253402300799999, "9999-12-31T23:59:59.999Z" },
        { -62135596800000, "0001-01-01T00:00:00.000Z" },
        { 253402300800000, "unknown" },
        { INT64_MAX, "unknown" },
        { INT64_MIN, "unknown" },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char text[CLOCK_STAMP_SIZE];
        assert_ptr_equal(clock_stamp(cases[i].wall_ms, text), text);
        assert_string_equal(text, cases[i].stamp);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clocks_agree_with_the_kernel),
        cmocka_unit_test(stamps_are_rfc_3339),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
