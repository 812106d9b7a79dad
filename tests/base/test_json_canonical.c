/* json_canonical.c: what says the same is spelled the same, what does not is not. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/json_canonical.h"
#include "base/json_read.h"
#include "base/scope.h"

static const char *spelled(struct arena *arena, const char *text)
{
    const struct mcp_json *value = NULL;
    struct json_error error = { 0 };
    const struct json_limits limits = { .unique_keys = true };
    if (json_read(arena, text, strlen(text), &limits, &value, &error) < 0)
        fail_msg("%s: %s", text, error.what);
    CLEANUP(buf_done) struct buf out = { 0 };
    json_canonical(&out, arena, value);
    assert_false(out.failed);
    return arena_strndup(arena, buf_str(&out), out.len);
}

static void test_one_spelling(void **state)
{
    (void)state;
    static const struct {
        const char *text, *canonical;
    } rows[] = {
        { " { } ", "{}" },
        { "[ 1 , [ ] , null , true , false ]", "[1,[],null,true,false]" },
        { "{\"b\":1,\"a\":{\"d\":2,\"c\":3}}", "{\"a\":{\"c\":3,\"d\":2},\"b\":1}" },
        { "{\"ab\":1,\"a\":2,\"\":3,\"\\u0062\":4}", "{\"\":3,\"a\":2,\"ab\":1,\"b\":4}" },
        { "\"\\u0041\\/\\u00e9\"", "\"A/\u00e9\"" },
        { "1.0", "1" },
        { "10e-1", "1" },
        { "-0.0", "0" },
        { "-0", "0" },
        { "1.50", "1.5" },
        { "15e-1", "1.5" },
        { "9007199254740993", "9007199254740993" },
        { "1e400", "1e400" },
    };
    struct arena arena = { 0 };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        assert_string_equal(spelled(&arena, rows[i].text), rows[i].canonical);
        assert_string_equal(spelled(&arena, rows[i].canonical), rows[i].canonical);
    }
    arena_done(&arena);
}

static void test_differences_stay(void **state)
{
    (void)state;
    static const char *const texts[] = { "1", "2", "\"1\"", "[1]", "[[1]]", "{\"a\":1}", "{\"a\":\"1\"}",
        "{\"a\":1,\"b\":1}", "{\"b\":1}", "{\"a\":null}", "{}", "[]", "null", "\"\"", "\"null\"", "true",
        "1.5", "\"a\\u0000\"", "\"a\"", "[1,2]", "[2,1]", "9007199254740992", "9007199254740993" };
    struct arena arena = { 0 };
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(spelled(&arena, texts[i]), spelled(&arena, texts[j]));
    arena_done(&arena);
}

static void test_as_deep_as_the_reader(void **state)
{
    (void)state;
    char text[129] = { 0 };
    memset(text, '[', 64);
    memset(text + 64, ']', 64);
    struct arena arena = { 0 };
    assert_string_equal(spelled(&arena, text), text);
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_spelling),
        cmocka_unit_test(test_differences_stay),
        cmocka_unit_test(test_as_deep_as_the_reader),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
