/* template.c: which URIs a template takes, and texts with the values in them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/json_read.h"
#include "base/scope.h"
#include "mcp/template.h"

static void test_match(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *uri, *values; /* NULL: no match */
    } rows[] = {
        { "a://b", "a://b", "{}" },
        { "a://b", "a://bc", NULL },
        { "a://{x}", "a://b", "{\"x\":\"b\"}" },
        { "a://{x}", "a://", NULL },
        { "a://{x}", "a://b/c", NULL },
        { "a://{x}", "a://b%2Fc", "{\"x\":\"b/c\"}" },
        { "a://{x}/{y}", "a://b/c", "{\"x\":\"b\",\"y\":\"c\"}" },
        { "a://{x}.txt", "a://b.txt", "{\"x\":\"b\"}" },
        { "a://{x}", "a://%", NULL },
        { "a://{x}", "a://%4", NULL },
        { "a://{x}", "a://%00", NULL },
        { "a://{x}", "a://%ff", NULL },
        { "a://{x}", "a://%22", "{\"x\":\"\\\"\"}" },
        { "a://{x}", "a://..", NULL },
        { "a://{x}", "a://%2e%2E", NULL },
        { "a://{x}", "a://..%2Fb", NULL },
        { "a://{x}", "a://b%2F..", NULL },
        { "a://{x}", "a://b%2F..%2Fc", NULL },
        { "a://{x}", "a://...", "{\"x\":\"...\"}" },
        { "a://{x}", "a://b..c", "{\"x\":\"b..c\"}" },
        { "a://{x}", "a://%2F%2F..%2F", NULL },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct buf out = { 0 };
        bool matches = template_match(rows[i].pattern, rows[i].uri, &out);
        assert_int_equal(matches, rows[i].values != NULL);
        if (matches)
            assert_string_equal(buf_str(&out), rows[i].values);
        buf_done(&out);
    }
}

static void test_fill(void **state)
{
    (void)state;
    static const struct {
        const char *text, *filled;
    } rows[] = {
        { "", "" }, { "plain", "plain" }, { "{x}", "1" }, { "/a/{x}/{long}.", "/a/1/two words." },
        { "{x}{x}", "11" }, { "{y}", "{y}" }, /* no such value */
        { "{number}", "{number}" }, /* not a string */
        { "{y {x}", "{y 1" }, { "{", "{" }, { "{}", "{}" }, { "a}{x", "a}{x" },
        { "{brace}", "{x}" }, /* what was filled in is not filled again */
    };
    static const char text[] = "{\"x\":\"1\",\"long\":\"two words\",\"number\":3,\"brace\":\"{x}\"}";
    struct arena arena = { 0 };
    const struct mcp_json *values = NULL;
    const struct json_limits limits = { .max_depth = 4 };
    struct json_error error;
    assert_int_equal(json_read(&arena, text, strlen(text), &limits, &values, &error), 0);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct buf out = { 0 };
        template_fill(rows[i].text, values, &out);
        assert_string_equal(buf_str(&out), rows[i].filled);
        buf_done(&out);
    }
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_match), cmocka_unit_test(test_fill) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
