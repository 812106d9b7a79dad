/* batch.c: sums by tool and outcome, sorted, bounded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "store/backend.h"
#include "store/batch.h"

static struct batch_totals totals;

static void test_sums_are_sorted(void **state)
{
    (void)state;
    struct store_entry rows[] = {
        { .row = { .tool = "ping", .outcome = "ok", .duration_us = 5, .bytes_in = 1, .bytes_out = 10 } },
        { .row = { .tool = "ping", .outcome = "ok", .duration_us = 9, .bytes_in = 2, .bytes_out = 20 } },
        { .row = { .tool = "calc", .outcome = "ok", .duration_us = 1 } },
        { .row = { .tool = "ping", .outcome = "busy", .duration_us = 2 } },
        { .row = { .tool = "ping", .outcome = "ok", .duration_us = 3, .bytes_in = 4, .bytes_out = 40 } },
    };
    for (int i = 0; i < 4; i++)
        rows[i].next = &rows[i + 1];
    assert_int_equal(batch_sum(rows, &totals), 3);
    assert_string_equal(totals.items[0].tool, "calc");
    assert_string_equal(totals.items[1].outcome, "busy");
    const struct store_total *last = &totals.items[2];
    assert_string_equal(last->tool, "ping");
    assert_string_equal(last->outcome, "ok");
    assert_int_equal(last->calls, 3);
    assert_int_equal(last->duration_us, 17);
    assert_int_equal(last->longest_us, 9);
    assert_int_equal(last->bytes_in, 7);
    assert_int_equal(last->bytes_out, 70);
}

static void test_nothing(void **state)
{
    (void)state;
    assert_int_equal(batch_sum(NULL, &totals), 0);
}

static void test_long_names_and_too_many(void **state)
{
    (void)state;
    enum { MANY = STORE_TOTALS_MAX + 20 };
    static struct store_entry rows[MANY];
    static char names[MANY][100];
    for (int i = 0; i < MANY; i++) {
        snprintf(names[i], sizeof names[i],
            "%05d-a-name-much-longer-than-any-tool-has-so-that-it-must-be-cut-somewhere", i);
        rows[i] = (struct store_entry){ .row = { .tool = names[i], .outcome = "ok" } };
        rows[i].next = i + 1 < MANY ? &rows[i + 1] : NULL;
    }
    assert_int_equal(batch_sum(rows, &totals), STORE_TOTALS_MAX);
    assert_int_equal(strlen(totals.items[0].tool), STORE_NAME_SIZE - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sums_are_sorted),
        cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_long_names_and_too_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
