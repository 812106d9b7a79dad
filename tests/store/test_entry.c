/* entry.c: what is copied, and what of texts that are no UTF-8. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "store/backend.h"
#include "store/entry.h"

static void test_a_copy(void **state)
{
    (void)state;
    char tool[] = "ping_host";
    const struct store_row row = { .time_ms = 7,
        .duration_us = 8,
        .tool = tool,
        .outcome = "ok",
        .face = "rest",
        .arguments = "{\"h\":\"é\"}" };
    struct store_entry *entry = entry_new(&row);
    memset(tool, 'x', sizeof tool - 1);
    assert_int_equal(entry->row.time_ms, 7);
    assert_int_equal(entry->row.duration_us, 8);
    assert_string_equal(entry->row.tool, "ping_host");
    assert_string_equal(entry->row.outcome, "ok");
    assert_string_equal(entry->row.face, "rest");
    assert_string_equal(entry->row.arguments, "{\"h\":\"é\"}");
    /* What is not said is empty. */
    assert_string_equal(entry->row.client, "");
    assert_string_equal(entry->row.principal, "");
    assert_string_equal(entry->row.id, "");
    assert_true(entry->size >= sizeof *entry + sizeof tool);
    assert_null(entry->next);
    entry_free_all(entry);
}

static void test_only_utf8(void **state)
{
    (void)state;
    const struct store_row row = {
        .tool = "a\xFF!", .client = "\xC3", .arguments = "é\xC3(\xE2\x82\xAC\xE2\x82"
    };
    struct store_entry *entry = entry_new(&row);
    assert_string_equal(entry->row.tool, "a?!");
    assert_string_equal(entry->row.client, "?");
    assert_string_equal(entry->row.arguments, "é?(\xE2\x82\xAC??");
    entry_free_all(entry);
}

static void test_a_list(void **state)
{
    (void)state;
    const struct store_row row = { .tool = "a" };
    struct store_entry *first = entry_new(&row);
    first->next = entry_new(&row);
    entry_free_all(first);
    entry_free_all(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_copy),
        cmocka_unit_test(test_only_utf8),
        cmocka_unit_test(test_a_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
