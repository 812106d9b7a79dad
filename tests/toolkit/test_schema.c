/* schema.c: the published schema accepts what params_read() accepts, and refuses what it refuses. */
#include "schema_check.h"
#include "toolkit_json.h"

#include <stdio.h>

#include "base/buf.h"
#include "base/json_write.h"
#include "base/scope.h"
#include "toolkit/params.h"
#include "toolkit/schema.h"

struct args {
    bool flag;
    int64_t count;
    double ratio;
    const char *word, *must, *path, *url;
    int mode;
    struct mcp_strings hosts, words;
    struct mcp_map headers;
};

static const char *const modes[] = { "auto", "4", "6", NULL };

#define ABOUT .about = { "fr", "en" }

static const struct mcp_param rows[] = {
    MCP_ARG_BOOL(struct args, flag, .preset = "true", ABOUT),
    MCP_ARG_INT(struct args, count, .preset = "4", .min = -3, .max = 100, .unit = "ms", ABOUT),
    MCP_ARG_NUMBER(struct args, ratio, .preset = "0.5", .min = 0.25, .max = 1e3, ABOUT),
    MCP_ARG_STRING(struct args, word, .preset = "w", .max = 5, ABOUT),
    MCP_ARG_STRING(struct args, must, .required = true, .min = 2, .max = 4, ABOUT),
    MCP_ARG_STRING(struct args, path, .format = MCP_PATH, .max = 9, ABOUT),
    MCP_ARG_STRING(struct args, url, .format = MCP_URL, ABOUT),
    MCP_ARG_ENUM(struct args, mode, .preset = "4", .choices = modes, ABOUT),
    MCP_ARG_STRINGS(struct args, hosts, .format = MCP_HOST, .max = 6, .max_items = 3, ABOUT),
    MCP_ARG_STRINGS(struct args, words, .min = 2, .max = 3, .max_items = 1, ABOUT),
    MCP_ARG_MAP(struct args, headers, .max = 3, .max_items = 2, ABOUT),
    { 0 },
};

static const struct mcp_json *input_schema(struct arena *arena, enum mcp_lang lang)
{
    CLEANUP(buf_done) struct buf out = { 0 };
    struct json_writer w = { .out = &out };
    schema_put_input(&w, NULL, rows, lang);
    return toolkit_json(arena, buf_str(&out));
}

static bool reader_accepts(struct arena *arena, const struct mcp_json *value)
{
    struct problems problems = { 0 };
    params_read(arena, rows, sizeof(struct args), value, MCP_EN, &problems);
    return problems.count == 0;
}

/* Each value of `values` for each row: both must be of one opinion. */
static void test_one_opinion(void **state)
{
    (void)state;
    static const char *const values[] = { "null", "true", "false", "0", "1", "-3", "-4", "4.0", "4.5", "1e2",
        "101", "100.0000001", "0.25", "0.2499", "1000", "1000.5", "1e400", "99999999999999999999", "\"\"",
        "\"a\"", "\"ab\"", "\"abc\"", "\"abcd\"", "\"abcde\"", "\"abcdef\"", "\"abcdefg\"",
        "\"\\u00e9\\u00e9\\u00e9\\u00e9\\u00e9\"", "\"a b\"", "\"a\\tb\"", "\"a\\u007f\"", "\"/x y\"",
        "\"auto\"", "\"4\"", "\"AUTO\"", "\"true\"", "[]", "[\"a\"]", "[\"ab\"]", "[\"ab\",\"cd\"]",
        "[\"a\",\"b\",\"c\"]", "[\"a\",\"b\",\"c\",\"d\"]", "[\"a b\"]", "[\"\"]", "[1]", "[[\"ab\"]]", "{}",
        "{\"a\":\"b\"}", "{\"a\":\"abcd\"}", "{\"a\":1}", "{\"a\":\"1\",\"b\":\"2\"}",
        "{\"a\":\"1\",\"b\":\"2\",\"c\":\"3\"}", "{\"\":\"\"}", "\"ab\\u0000c\"", "[\"ab\\u0000c\"]",
        "{\"a\":\"\\u0000\"}", "{\"a\\u0000\":\"b\"}" };
    struct arena arena = { 0 };
    const struct mcp_json *schema = input_schema(&arena, MCP_EN);
    for (const struct mcp_param *row = rows; row->name; row++) {
        unsigned accepted = 0;
        for (size_t i = 0; i < ARRAY_LEN(values); i++) {
            bool is_must = strcmp(row->name, "must") == 0;
            char *json = is_must
                ? arena_printf(&arena, "{\"must\":%s}", values[i])
                : arena_printf(&arena, "{\"must\":\"okay\",\"%s\":%s}", row->name, values[i]);
            const struct mcp_json *value = toolkit_json(&arena, json);
            bool reads = reader_accepts(&arena, value);
            accepted += reads;
            if (schema_fits(schema, value) != reads)
                fail_msg("%s: the reader %s it, the schema does not", json, reads ? "accepts" : "refuses");
        }
        assert_in_range(accepted, 1, ARRAY_LEN(values) - 1);
    }
    arena_done(&arena);
}

static void test_whole_objects(void **state)
{
    (void)state;
    static const char *const values[] = { "{}", "[]", "null", "{\"must\":\"ok\"}",
        "{\"must\":\"ok\",\"x\":1}", "{\"flag\":true}" };
    struct arena arena = { 0 };
    const struct mcp_json *schema = input_schema(&arena, MCP_FR);
    for (size_t i = 0; i < ARRAY_LEN(values); i++) {
        const struct mcp_json *value = toolkit_json(&arena, values[i]);
        assert_int_equal(schema_fits(schema, value), reader_accepts(&arena, value));
    }
    arena_done(&arena);
}

/* Every published default is what the reader fills in, and its own schema accepts it. */
static void test_defaults_are_published(void **state)
{
    (void)state;
    struct arena arena = { 0 };
    const struct mcp_json *properties = mcp_json_get(input_schema(&arena, MCP_EN), "properties");
    unsigned defaults = 0;
    for (const struct mcp_json *property = properties->first; property; property = property->next) {
        const struct mcp_json *preset = mcp_json_get(property, "default");
        const struct mcp_param *row = params_find(rows, property->key);
        assert_int_equal(preset != NULL, row->preset != NULL);
        if (!preset)
            continue;
        defaults++;
        assert_true(schema_fits(property, preset));
    }
    assert_int_equal(defaults, 5);
    int64_t count;
    assert_true(
        mcp_json_int(mcp_json_get(mcp_json_get(properties, "count"), "default"), &count) && count == 4);
    assert_true(mcp_json_get(mcp_json_get(properties, "flag"), "default")->truth);
    assert_string_equal(mcp_json_get_text(mcp_json_get(properties, "count"), "description"), "en (ms)");
    arena_done(&arena);
}

static void test_no_parameters(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf out = { 0 };
    struct json_writer w = { .out = &out };
    schema_put_input(&w, NULL, NULL, MCP_EN);
    assert_string_equal(
        buf_str(&out), "{\"type\":\"object\",\"properties\":{},\"additionalProperties\":false}");
}

static const struct mcp_field part[] = {
    { .name = "inner", .kind = MCP_BOOL },
    { .name = "maybe", .kind = MCP_NUMBER, .optional = true },
    { 0 },
};
static const struct mcp_field output[] = {
    { .name = "total", .kind = MCP_INT },
    { .name = "note", .kind = MCP_TEXT, .optional = true },
    { .name = "part", .kind = MCP_OBJECT, .fields = part, .optional = true },
    { .name = "parts", .kind = MCP_LIST, .fields = part, .optional = true },
    { .name = "names", .kind = MCP_LIST, .of = MCP_STRING, .optional = true },
    { .name = "tags", .kind = MCP_MAP, .optional = true },
    { 0 },
};
static const struct mcp_field target[] = { { .name = "address", .kind = MCP_STRING }, { 0 } };

static void check_output(const struct mcp_tool *tool, const char *value, bool expected)
{
    struct arena arena = { 0 };
    CLEANUP(buf_done) struct buf out = { 0 };
    struct json_writer w = { .out = &out };
    schema_put_output(&w, NULL, tool);
    if (schema_fits(toolkit_json(&arena, buf_str(&out)), toolkit_json(&arena, value)) != expected)
        fail_msg("%s against %s", value, buf_str(&out));
    arena_done(&arena);
}

static void test_output(void **state)
{
    (void)state;
    const struct mcp_tool tool = { .name = "t", .output = output };
    check_output(&tool, "{\"total\":1}", true);
    check_output(&tool, "{}", false);
    check_output(&tool, "{\"total\":\"1\"}", false);
    check_output(&tool, "{\"total\":1,\"part\":{}}", false);
    check_output(&tool, "{\"total\":1,\"part\":{\"inner\":true}}", true);
    check_output(&tool, "{\"total\":1,\"parts\":[{\"inner\":true},{\"maybe\":1}]}", false);
    check_output(&tool, "{\"total\":1,\"parts\":[{\"inner\":true,\"maybe\":1.5}],\"note\":\"a\\nb\"}", true);
    check_output(&tool, "{\"total\":1,\"names\":[\"a\",1]}", false);
    check_output(&tool, "{\"total\":1,\"names\":[\"a\"],\"tags\":{\"k\":\"v\"}}", true);
    check_output(&tool, "{\"total\":1,\"tags\":{\"k\":1}}", false);
}

static void test_targets(void **state)
{
    (void)state;
    const struct mcp_tool tool = { .name = "t", .output = output, .target = target, .cost = MCP_WORKER };
    check_output(&tool, "{\"total\":1,\"address\":\"a\"}", true);
    check_output(&tool, "{\"total\":1,\"targets\":[{\"address\":\"a\"},{\"address\":\"b\"}]}", true);
    check_output(&tool, "{\"total\":1,\"targets\":[{}]}", false);
    check_output(&tool, "{\"total\":1}", false);
    check_output(&tool, "{\"targets\":[{\"address\":\"a\"}]}", false);
    check_output(&tool, "{\"total\":1,\"address\":\"a\",\"complete\":false}", true);
    check_output(&tool, "{\"total\":1,\"address\":\"a\",\"complete\":0}", false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_opinion),
        cmocka_unit_test(test_whole_objects),
        cmocka_unit_test(test_defaults_are_published),
        cmocka_unit_test(test_no_parameters),
        cmocka_unit_test(test_output),
        cmocka_unit_test(test_targets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
