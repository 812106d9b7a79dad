/* Looking into values: members, texts, numbers, and everything that is absent. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include <mcp/json.h>

#include "base/arena.h"
#include "base/json_read.h"
#include "base/scope.h"

static struct arena arena;

static int clean(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

static const struct mcp_json *read_text(const char *text)
{
    const struct mcp_json *value = NULL;
    struct json_error error;
    assert_int_equal(json_read(&arena, text, strlen(text), NULL, &value, &error), 0);
    return value;
}

static void members_are_found_by_name(void **state)
{
    (void)state;
    const struct mcp_json *object =
        read_text("{\"a\":1,\"ab\":\"two\",\"a\\u0000b\":3,\"\":4,\"ab\":5,\"h\\u00e9\":null}");
    assert_memory_equal(mcp_json_get(object, "a")->text, "1", 1);
    assert_string_equal(mcp_json_get(object, "ab")->text, "two");
    assert_memory_equal(mcp_json_get(object, "")->text, "4", 1);
    assert_int_equal(mcp_json_get(object, "h\xC3\xA9")->kind, MCP_JSON_NULL);
    assert_null(mcp_json_get(object, "b"));
    assert_null(mcp_json_get(object, "A"));
    assert_null(mcp_json_get(NULL, "a"));
    assert_null(mcp_json_get(read_text("[\"a\"]"), "a"));
    assert_null(mcp_json_get(read_text("{}"), "a"));
    assert_null(mcp_json_get(mcp_json_get(object, "a"), "a"));

    assert_string_equal(mcp_json_get_text(object, "ab"), "two");
    assert_null(mcp_json_get_text(object, "a"));
    assert_null(mcp_json_get_text(object, "absent"));
    assert_null(mcp_json_get_text(NULL, "a"));
}

static void whole_numbers(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t value;
    } good[] = {
        { "42", 42 },
        { "42.0", 42 },
        { "4.2e1", 42 },
        { "-0", 0 },
        { "9223372036854775807", INT64_MAX },
        { "-9223372036854775808", INT64_MIN },
    };
    static const char *const bad[] = { "42.5", "1e400", "9223372036854775808", "\"42\"", "true", "null",
        "[42]", "{}" };
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        int64_t value = -7;
        assert_true(mcp_json_int(read_text(good[i].text), &value));
        assert_int_equal(value, good[i].value);
    }
    int64_t value = -7;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_false(mcp_json_int(read_text(bad[i]), &value));
    assert_false(mcp_json_int(NULL, &value));
    assert_int_equal(value, -7);
}

static void numbers(void **state)
{
    (void)state;
    double value = -7;
    static const char *const bad[] = { "1e400", "-1e400", "\"1\"", "false", "null", "[]" };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_false(mcp_json_number(read_text(bad[i]), &value));
    assert_false(mcp_json_number(NULL, &value));
    assert_true(value == -7);
    assert_true(mcp_json_number(read_text("0.1"), &value));
    assert_true(value == 0.1);
    assert_true(mcp_json_number(read_text("-25e-1"), &value));
    assert_true(value == -2.5);
    /* The token ends where the number ends, not at a NUL. */
    assert_true(mcp_json_number(read_text("[1,23]")->first, &value));
    assert_true(value == 1);
}

static void strings_are_compared_whole(void **state)
{
    (void)state;
    assert_true(mcp_json_is(read_text("\"ping\""), "ping"));
    assert_true(mcp_json_is(read_text("\"\\u0070ing\""), "ping"));
    assert_true(mcp_json_is(read_text("\"\""), ""));
    assert_false(mcp_json_is(read_text("\"ping\\u0000\""), "ping"));
    assert_false(mcp_json_is(read_text("\"pin\""), "ping"));
    assert_false(mcp_json_is(read_text("\"pingg\""), "ping"));
    assert_false(mcp_json_is(read_text("12"), "12"));
    assert_false(mcp_json_is(read_text("null"), "null"));
    assert_false(mcp_json_is(NULL, "ping"));
    assert_false(mcp_json_is(read_text("\"\""), NULL));
}

static void kinds_have_names(void **state)
{
    (void)state;
    static const char *const values[] = { "null", "true", "1", "\"\"", "[]", "{}" };
    static const char *const names[] = { "null", "boolean", "number", "string", "array", "object" };
    for (size_t i = 0; i < ARRAY_LEN(values); i++)
        assert_string_equal(mcp_json_kind_name(read_text(values[i])->kind), names[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(members_are_found_by_name, clean, clean),
        cmocka_unit_test_setup_teardown(whole_numbers, clean, clean),
        cmocka_unit_test_setup_teardown(numbers, clean, clean),
        cmocka_unit_test_setup_teardown(strings_are_compared_whole, clean, clean),
        cmocka_unit_test_setup_teardown(kinds_have_names, clean, clean),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
