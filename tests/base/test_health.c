/* The board of health: what was reported last is what is read, with the time of the change. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/health.h"

static void test_empty_is_ok(void **state)
{
    (void)state;
    struct health health;
    health_init(&health);
    struct health_part parts[HEALTH_PARTS_MAX];
    assert_int_equal(health_read(&health, parts), 0);
    assert_int_equal(health_worst(&health), HEALTH_OK);
    health_done(&health);
}

static void test_the_worst_part_counts(void **state)
{
    (void)state;
    struct health health;
    health_init(&health);
    assert_false(health_set(&health, "workers", HEALTH_OK, NULL));
    assert_true(health_set(&health, "store", HEALTH_FAILING, "cannot write %s", "x.db"));
    assert_true(health_set(&health, "data_dir", HEALTH_DEGRADED, "read-only"));
    assert_int_equal(health_worst(&health), HEALTH_FAILING);

    struct health_part parts[HEALTH_PARTS_MAX];
    assert_int_equal(health_read(&health, parts), 3);
    assert_string_equal(parts[0].name, "workers");
    assert_string_equal(parts[0].reason, "");
    assert_string_equal(parts[1].name, "store");
    assert_string_equal(parts[1].reason, "cannot write x.db");
    assert_true(parts[1].since_ms > 0);
    health_done(&health);
}

static void test_since_moves_with_the_status_only(void **state)
{
    (void)state;
    struct health health;
    health_init(&health);
    health_set(&health, "store", HEALTH_FAILING, "down");
    health.parts[0].since_ms = 1000;
    assert_false(health_set(&health, "store", HEALTH_FAILING, "still down"));
    assert_int_equal(health.parts[0].since_ms, 1000);
    assert_string_equal(health.parts[0].reason, "still down");
    assert_true(health_set(&health, "store", HEALTH_OK, NULL));
    assert_true(health.parts[0].since_ms > 1000);
    assert_string_equal(health.parts[0].reason, "");
    health_done(&health);
}

static void test_words(void **state)
{
    (void)state;
    assert_string_equal(health_word(HEALTH_OK), "ok");
    assert_string_equal(health_word(HEALTH_DEGRADED), "degraded");
    assert_string_equal(health_word(HEALTH_FAILING), "failing");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty_is_ok),
        cmocka_unit_test(test_the_worst_part_counts),
        cmocka_unit_test(test_since_moves_with_the_status_only),
        cmocka_unit_test(test_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
