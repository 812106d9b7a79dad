/* form.c: which schemas a form may have, which answers fit, and what is said when one does not. The same
 * rules are held against a JSON Schema validator in tests/conformance/test_questions.py. */
#include "toolkit_json.h"

#include "base/scope.h"
#include "toolkit/form.h"

#define SCHEMA(properties, required) \
    "{\"type\":\"object\",\"properties\":{" properties "},\"required\":[" required "]}"

static void test_answers(void **state)
{
    (void)state;
    static const struct {
        const char *rule, *value; /* of the property `x` */
        const char *en; /* what is said; NULL: it fits */
    } rows[] = {
        { "{\"type\":\"string\"}", "\"\"", NULL },
        { "{\"type\":\"string\"}", "1", "x: a text is expected" },
        { "{\"type\":\"string\"}", "null", "x: a text is expected" },
        { "{\"type\":\"string\",\"minLength\":2}", "\"\u00e9\"", "x: at least 2 characters" },
        { "{\"type\":\"string\",\"maxLength\":2}", "\"\u00e9\u00e9\"", NULL },
        { "{\"type\":\"string\",\"maxLength\":2}", "\"abc\"", "x: at most 2 characters" },
        { "{\"type\":\"string\",\"format\":\"email\"}", "\"a@b.c\"", NULL },
        { "{\"type\":\"string\",\"format\":\"email\"}", "\"a.b.c\"", "x: the format email is expected" },
        { "{\"type\":\"string\",\"format\":\"email\"}", "\"@\"", "x: the format email is expected" },
        { "{\"type\":\"string\",\"format\":\"email\"}", "\"a@b@c\"", "x: the format email is expected" },
        { "{\"type\":\"string\",\"format\":\"email\"}", "\"a b@c\"", "x: the format email is expected" },
        { "{\"type\":\"string\",\"format\":\"uri\"}", "\"https://x/y?z\"", NULL },
        { "{\"type\":\"string\",\"format\":\"uri\"}", "\"/y\"", "x: the format uri is expected" },
        { "{\"type\":\"string\",\"format\":\"uri\"}", "\"x:\\u0000\"", "x: the format uri is expected" },
        { "{\"type\":\"string\",\"format\":\"date\"}", "\"2024-02-29\"", NULL },
        { "{\"type\":\"string\",\"format\":\"date\"}", "\"2023-02-29\"", "x: the format date is expected" },
        { "{\"type\":\"string\",\"format\":\"date\"}", "\"2023-02-2\"", "x: the format date is expected" },
        { "{\"type\":\"string\",\"format\":\"date-time\"}", "\"2026-07-28T12:00:00Z\"", NULL },
        { "{\"type\":\"string\",\"format\":\"date-time\"}", "\"2026-07-28T12:00:00.25+02:00\"", NULL },
        { "{\"type\":\"string\",\"format\":\"date-time\"}", "\"2026-07-28T12:00:00\"",
            "x: the format date-time is expected" },
        { "{\"type\":\"string\",\"format\":\"date-time\"}", "\"2026-07-28T24:00:00Z\"",
            "x: the format date-time is expected" },
        { "{\"type\":\"number\"}", "1.5", NULL },
        { "{\"type\":\"number\"}", "\"1.5\"", "x: a number is expected" },
        { "{\"type\":\"integer\"}", "3.0", NULL },
        { "{\"type\":\"integer\"}", "3.5", "x: a whole number is expected" },
        { "{\"type\":\"integer\",\"minimum\":2}", "1", "x: 2 or more" },
        { "{\"type\":\"number\",\"maximum\":2.5}", "2.6", "x: 2.5 or less" },
        { "{\"type\":\"boolean\"}", "false", NULL },
        { "{\"type\":\"boolean\"}", "0", "x: true or false is expected" },
        { "{\"type\":\"string\",\"enum\":[\"a\",\"b\"]}", "\"b\"", NULL },
        { "{\"type\":\"string\",\"enum\":[\"a\",\"b\"]}", "\"c\"", "x: possible choices: a, b" },
        { "{\"type\":\"string\",\"oneOf\":[{\"const\":\"a\",\"title\":\"A\"}]}", "\"a\"", NULL },
        { "{\"type\":\"string\",\"oneOf\":[{\"const\":\"a\",\"title\":\"A\"}]}", "\"A\"",
            "x: possible choices: a" },
        { "{\"type\":\"array\",\"items\":{\"type\":\"string\",\"enum\":[\"a\",\"b\"]}}", "[\"a\",\"b\"]",
            NULL },
        { "{\"type\":\"array\",\"items\":{\"type\":\"string\",\"enum\":[\"a\"]}}", "\"a\"",
            "x: a list of choices is expected" },
        { "{\"type\":\"array\",\"items\":{\"anyOf\":[{\"const\":\"a\",\"title\":\"A\"}]}}", "[\"a\",1]",
            "x: possible choices: a" },
        { "{\"type\":\"array\",\"minItems\":1,\"items\":{\"type\":\"string\",\"enum\":[\"a\"]}}", "[]",
            "x: at least 1 choices" },
        { "{\"type\":\"array\",\"maxItems\":1,\"items\":{\"type\":\"string\",\"enum\":[\"a\"]}}",
            "[\"a\",\"a\"]", "x: at most 1 choices" },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena arena = { 0 };
        const struct mcp_json *schema =
            toolkit_json(&arena, arena_printf(&arena, SCHEMA("\"x\":%s", ""), rows[i].rule));
        const struct mcp_json *content =
            toolkit_json(&arena, arena_printf(&arena, "{\"x\":%s}", rows[i].value));
        assert_null(form_bad_schema(&arena, schema));
        const char *misfit = form_misfit(&arena, schema, content, MCP_EN);
        if (strcmp(misfit ? misfit : "", rows[i].en ? rows[i].en : "") != 0)
            fail_msg("%s %s: %s", rows[i].rule, rows[i].value, misfit);
        /* What is absent and not required never is a fault. */
        assert_null(form_misfit(&arena, schema, toolkit_json(&arena, "{\"y\":[{}]}"), MCP_EN));
        arena_done(&arena);
    }
}

static void test_required(void **state)
{
    (void)state;
    struct arena arena = { 0 };
    const struct mcp_json *schema =
        toolkit_json(&arena, SCHEMA("\"a\":{\"type\":\"string\"},\"b\":{\"type\":\"string\"}", "\"b\""));
    const struct mcp_json *half = toolkit_json(&arena, "{\"a\":\"x\"}");
    assert_string_equal(form_misfit(&arena, schema, half, MCP_EN), "b: is missing");
    assert_string_equal(form_misfit(&arena, schema, half, MCP_FR), "b : manque");
    assert_null(form_misfit(&arena, schema, toolkit_json(&arena, "{\"b\":\"x\"}"), MCP_EN));
    assert_false(form_has_lists(schema));
    arena_done(&arena);
}

static void test_schemas(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "[]",
        "{}",
        "{\"type\":\"object\"}",
        "{\"type\":\"array\",\"properties\":{}}",
        SCHEMA("\"x\":{}", ""),
        SCHEMA("\"x\":1", ""),
        SCHEMA("\"x\":{\"type\":\"object\"}", ""),
        SCHEMA("\"x\":{\"type\":\"string\",\"format\":\"phone\"}", ""),
        SCHEMA("\"x\":{\"type\":\"array\"}", ""),
        SCHEMA("\"x\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}}", ""),
        SCHEMA("\"x\":{\"type\":\"string\",\"enum\":[]}", ""),
        SCHEMA("\"x\":{\"type\":\"string\",\"enum\":[1]}", ""),
        SCHEMA("\"x\":{\"type\":\"string\",\"oneOf\":[{\"title\":\"A\"}]}", ""),
        SCHEMA("\"x\":{\"type\":\"integer\",\"minimum\":5,\"default\":1}", ""),
        SCHEMA("\"x\":{\"type\":\"boolean\",\"default\":\"yes\"}", ""),
        SCHEMA("\"x\":{\"type\":\"string\"}", "\"y\""),
        SCHEMA("\"x\":{\"type\":\"string\"}", "1"),
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct arena arena = { 0 };
        if (!form_bad_schema(&arena, toolkit_json(&arena, bad[i])))
            fail_msg("%s", bad[i]);
        arena_done(&arena);
    }
    struct arena arena = { 0 };
    assert_non_null(form_bad_schema(&arena, NULL));
    const struct mcp_json *lists = toolkit_json(&arena,
        SCHEMA(
            "\"x\":{\"type\":\"array\",\"items\":{\"type\":\"string\",\"enum\":[\"a\"]},\"default\":[\"a\"]}",
            ""));
    assert_null(form_bad_schema(&arena, lists));
    assert_true(form_has_lists(lists));
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_required),
        cmocka_unit_test(test_schemas),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
