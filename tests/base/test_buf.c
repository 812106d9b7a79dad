/* The buffer: its invariants, its maximum, its sticky failure. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/scope.h"

static void appends_in_order_and_is_always_terminated(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf buf = { 0 };
    assert_string_equal(buf_str(&buf), "");
    buf_adds(&buf, "one");
    buf_addc(&buf, ',');
    buf_add(&buf, "two-and-more", 3);
    buf_addf(&buf, ",%d,%s", 3, "four");
    assert_false(buf.failed);
    assert_string_equal(buf.data, "one,two,3,four");
    assert_int_equal(buf.len, 14);
    assert_string_equal(buf_str(&buf), "one,two,3,four");
}

static void grows_far(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf buf = { 0 };
    for (int i = 0; i < 100000; i++)
        buf_addf(&buf, "%06d", i);
    assert_false(buf.failed);
    assert_int_equal(buf.len, 600000);
    assert_memory_equal(buf.data + 599994, "099999", 7);
    buf_addf(&buf, "%0*d", 700000, 5);
    assert_int_equal(buf.len, 1300000);
    assert_int_equal(buf.data[1299999], '5');
}

static void what_does_not_fit_changes_nothing_and_sticks(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf buf;
    buf_init(&buf, 10);
    buf_adds(&buf, "12345678");
    buf_adds(&buf, "9ab");
    assert_true(buf.failed);
    assert_string_equal(buf_str(&buf), "12345678");
    buf_addc(&buf, '9');
    buf_addf(&buf, "%d", 9);
    assert_null(buf_reserve(&buf, 1));
    assert_string_equal(buf_str(&buf), "12345678");

    buf_clear(&buf);
    assert_false(buf.failed);
    buf_adds(&buf, "1234567890");
    assert_false(buf.failed);
    assert_string_equal(buf_str(&buf), "1234567890");
    buf_addf(&buf, "%s", "x");
    assert_true(buf.failed);
    assert_string_equal(buf_str(&buf), "1234567890");
}

static void formatting_fails_cleanly_at_the_maximum(void **state)
{
    (void)state;
    for (size_t max = 1; max < 40; max++) {
        CLEANUP(buf_done) struct buf buf;
        buf_init(&buf, max);
        buf_addf(&buf, "%020d", 1);
        assert_int_equal(buf.failed, max < 20);
        assert_int_equal(buf.len, max < 20 ? 0 : 20);
        buf_addf(&buf, "%s", "abcdef");
        assert_int_equal(buf.failed, max < 26);
        assert_int_equal(buf.data ? strlen(buf.data) : 0, buf.len);
        assert_true(buf.len <= max);
    }
}

static void the_default_maximum_holds(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf buf = { 0 };
    assert_null(buf_reserve(&buf, BUF_DEFAULT_MAX + 1));
    assert_true(buf.failed);
    buf_clear(&buf);
    buf.max = SIZE_MAX;
    assert_null(buf_reserve(&buf, SIZE_MAX));
    assert_null(buf.data);
}

static void reserved_room_is_written_then_counted(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf buf = { 0 };
    buf_adds(&buf, "head:");
    char *room = buf_reserve(&buf, 1000);
    assert_non_null(room);
    memset(room, 'x', 1000);
    buf.len += 3;
    assert_string_equal(buf_str(&buf), "head:xxx");
    memset(buf_reserve(&buf, 1000), 'y', 1000);
    buf.len += 2;
    char *taken = buf_take(&buf);
    assert_string_equal(taken, "head:xxxyy");
    free(taken);
}

static void consume_and_cut(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf buf = { 0 };
    buf_consume(&buf, 5);
    buf_cut(&buf, 0);
    buf_adds(&buf, "0123456789");
    buf_consume(&buf, 0);
    buf_consume(&buf, 3);
    assert_string_equal(buf_str(&buf), "3456789");
    buf_cut(&buf, 100);
    assert_int_equal(buf.len, 7);
    buf_cut(&buf, 4);
    assert_string_equal(buf_str(&buf), "3456");
    buf_consume(&buf, 4);
    assert_int_equal(buf.len, 0);
    buf_adds(&buf, "again");
    buf_consume(&buf, 99);
    assert_string_equal(buf_str(&buf), "");
}

static void take_hands_over_and_leaves_an_empty_one(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf buf;
    buf_init(&buf, 8);
    CLEANUP(scope_free) char *nothing = buf_take(&buf);
    assert_string_equal(nothing, "");
    buf_adds(&buf, "content");
    buf_adds(&buf, "too much");
    CLEANUP(scope_free) char *content = buf_take(&buf);
    assert_string_equal(content, "content");
    assert_null(buf.data);
    assert_false(buf.failed);
    buf_adds(&buf, "123456789");
    assert_true(buf.failed); /* still the same maximum */
}

static void done_can_be_called_on_anything(void **state)
{
    (void)state;
    buf_done(NULL);
    struct buf buf = { 0 };
    buf_done(&buf);
    buf_init(&buf, 4);
    buf_adds(&buf, "12345");
    buf_done(&buf);
    assert_false(buf.failed);
    assert_int_equal(buf.max, 4);
    buf_add(&buf, NULL, 0);
    assert_int_equal(buf.len, 0);
    buf_done(&buf);
    buf_done(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(appends_in_order_and_is_always_terminated),
        cmocka_unit_test(grows_far),
        cmocka_unit_test(what_does_not_fit_changes_nothing_and_sticks),
        cmocka_unit_test(formatting_fails_cleanly_at_the_maximum),
        cmocka_unit_test(the_default_maximum_holds),
        cmocka_unit_test(reserved_room_is_written_then_counted),
        cmocka_unit_test(consume_and_cut),
        cmocka_unit_test(take_hands_over_and_leaves_an_empty_one),
        cmocka_unit_test(done_can_be_called_on_anything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
