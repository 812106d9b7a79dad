/* revision.c: the columns that handlers read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/scope.h"
#include "mcp/revision.h"

static void test_rows(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum era era;
        bool batches, structured, result_type, null_id, url, audio, links, polling;
    } rows[] = {
        { "2024-11-05", ERA_LEGACY, true, false, false, true, false, false, false, false },
        { "2025-03-26", ERA_LEGACY, true, false, false, true, false, true, false, false },
        { "2025-06-18", ERA_LEGACY, false, true, false, true, false, true, true, false },
        { "2025-11-25", ERA_LEGACY, false, true, false, false, true, true, true, true },
        { "2026-07-28", ERA_MODERN, false, true, true, false, true, true, true, false },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct revision *revision = revision_find(rows[i].name);
        assert_non_null(revision);
        assert_string_equal(revision->name, rows[i].name);
        assert_int_equal(revision->era, rows[i].era);
        assert_int_equal(revision->has_batches, rows[i].batches);
        assert_int_equal(revision->has_structured_content, rows[i].structured);
        assert_int_equal(revision->has_result_type, rows[i].result_type);
        assert_int_equal(revision->has_null_id, rows[i].null_id);
        assert_int_equal(revision->has_url_elicitation, rows[i].url);
        assert_int_equal(revision->has_audio, rows[i].audio);
        assert_int_equal(revision->has_links, rows[i].links);
        assert_int_equal(revision->has_polling, rows[i].polling);
        assert_int_equal(revision->has_modern_errors, rows[i].era == ERA_MODERN);
        assert_int_equal(revision->cancels_on_close, rows[i].era == ERA_MODERN);
    }
}

static void test_names(void **state)
{
    (void)state;
    static const char *const unknown[] = { "", "bare", "2025-11-26", "2025-11-25 ", "v999.0.0" };
    for (size_t i = 0; i < ARRAY_LEN(unknown); i++)
        assert_null(revision_find(unknown[i]));
    assert_null(revision_find(NULL));
    assert_string_equal(revision_newest_legacy()->name, "2025-11-25");
    assert_string_equal(revision_newest_modern()->name, "2026-07-28");
    assert_int_equal(revision_bare()->era, ERA_BARE);
    assert_true(revision_bare()->has_structured_content && !revision_bare()->has_result_type);
    CLEANUP(buf_done) struct buf out = { 0 };
    revision_put_modern(&out);
    assert_string_equal(buf_str(&out), "[\"2026-07-28\"]");
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows), cmocka_unit_test(test_names) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
