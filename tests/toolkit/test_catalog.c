/* catalog.c: a bad table is refused at start, by the name of what is wrong; good tools are found and
 * described. */
#include "toolkit_json.h"

#include "base/buf.h"
#include "base/err.h"
#include "base/scope.h"
#include "toolkit/catalog.h"

#define WORDS \
    { \
        "fr", "en" \
    }

static int run(struct mcp_call *call, const void *args)
{
    (void)call;
    (void)args;
    return 0;
}

static const struct mcp_field plain_output[] = { { .name = "value", .kind = MCP_INT }, { 0 } };

/* A tool that is right; the cases change one thing. */
#define GOOD(...) \
    { \
        .name = "tool_one", .path = "tool-one", .title = WORDS, .about = WORDS, .scope = "s", \
        .output = plain_output, .run = run, __VA_ARGS__ \
    }

static void check(const struct mcp_tool *tool, const char *word)
{
    const struct mcp_tool *const tools[] = { tool, NULL };
    struct catalog catalog;
    struct err err = { 0 };
    int error = catalog_init(&catalog, tools, &err);
    if (!word)
        assert_int_equal(error, 0);
    else if (error == 0 || !strstr(err.text, word))
        fail_msg("expected %s: %d %s", word, error, err.text);
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverride-init"
#ifdef __clang__
#pragma clang diagnostic ignored "-Winitializer-overrides"
#endif

static void test_bad_tools(void **state)
{
    (void)state;
    static const struct mcp_field no_label[] = { { .name = "v", .kind = MCP_INT, .label = { NULL, "V" } },
        { 0 } };
    static const struct mcp_field bad_name[] = { { .name = "V", .kind = MCP_INT }, { 0 } };
    static const struct mcp_field bad_kind[] = { { .name = "v_enum", .kind = MCP_ENUM }, { 0 } };
    static const struct mcp_field empty_object[] = { { .name = "v_object", .kind = MCP_OBJECT }, { 0 } };
    static const struct mcp_field nested[] = {
        { .name = "list", .kind = MCP_LIST, .fields = bad_kind },
        { 0 },
    };
    static const struct {
        struct mcp_tool tool;
        const char *word;
    } cases[] = {
        { GOOD(), NULL },
        { GOOD(.name = NULL), "without a name" },
        { GOOD(.name = "Tool"), "Tool" },
        { GOOD(.name = "tool-one"), "tool-one" },
        { GOOD(.path = "tool_one"), "tool_one" },
        { GOOD(.path = NULL), NULL },
        { GOOD(.title = { "", "en" }), "title" },
        { GOOD(.about = { "fr", NULL }), "about" },
        { GOOD(.scope = NULL), "scope" },
        { GOOD(.output = NULL), NULL },
        { GOOD(.run = NULL), "run" },
        { GOOD(.cost = MCP_WORKER), "timeout_ms" },
        { GOOD(.cost = MCP_WORKER, .timeout_ms = 1), NULL },
        { GOOD(.output = no_label), "result v" },
        { GOOD(.output = bad_name), "result V" },
        { GOOD(.output = bad_kind), "v_enum" },
        { GOOD(.output = empty_object), "v_object" },
        { GOOD(.output = nested), "v_enum" },
        { GOOD(.target = bad_kind), "v_enum" },
        { GOOD(.input_schema = "{\"type\":\"object\"}"), NULL },
        { GOOD(.input_schema = "{\"type\":\"object\",\"properties\":{\"a\":{\"x-mcp-header\":\"A\"}}}"),
            "x-mcp-header" },
        { GOOD(.meta = "{\"a\":1}"), NULL },
        { GOOD(.meta = "[]"), "_meta" },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        check(&cases[i].tool, cases[i].word);
}

static void test_bad_rows(void **state)
{
    (void)state;
    static const char *const choices[] = { "a", "b", NULL };
    static const struct {
        struct mcp_param row;
        const char *word;
    } cases[] = {
        { { .name = "p", .kind = MCP_BOOL, .about = WORDS }, NULL },
        { { .name = "p-q", .kind = MCP_BOOL, .about = WORDS }, "parameter p-q" },
        { { .name = "4p", .kind = MCP_BOOL, .about = WORDS }, "parameter 4p" },
        { { .name = "p", .kind = MCP_BOOL, .header = "P-1", .about = WORDS }, NULL },
        { { .name = "p", .kind = MCP_BOOL, .header = "P 1", .about = WORDS }, "header" },
        { { .name = "p", .kind = MCP_BOOL, .header = "", .about = WORDS }, "header" },
        { { .name = "p", .kind = MCP_STRING, .header = "P", .secret = true, .about = WORDS }, "header" },
        { { .name = "p", .kind = MCP_MAP, .header = "P", .max_items = 1, .about = WORDS }, "header" },
        { { .name = "p", .kind = MCP_BOOL, .about = { NULL, "en" } }, "both languages" },
        { { .name = "p", .kind = MCP_BOOL, .preset = "maybe", .about = WORDS }, "maybe" },
        { { .name = "p", .kind = MCP_INT, .about = WORDS }, "range" },
        { { .name = "p", .kind = MCP_INT, .min = 1, .max = 3, .preset = "4", .about = WORDS }, "default 4" },
        { { .name = "p", .kind = MCP_INT, .min = 1, .max = 3, .preset = "x", .about = WORDS }, "default x" },
        { { .name = "p", .kind = MCP_NUMBER, .min = 0, .max = 1, .preset = "1.1", .about = WORDS }, "1.1" },
        { { .name = "p", .kind = MCP_NUMBER, .min = 0, .max = 1, .preset = "1", .about = WORDS }, NULL },
        { { .name = "p", .kind = MCP_ENUM, .about = WORDS }, "choices" },
        { { .name = "p", .kind = MCP_ENUM, .choices = choices, .about = WORDS }, "default" },
        { { .name = "p", .kind = MCP_ENUM, .choices = choices, .required = true, .about = WORDS }, NULL },
        { { .name = "p", .kind = MCP_ENUM, .choices = choices, .preset = "c", .about = WORDS }, "default c" },
        { { .name = "p", .kind = MCP_STRINGS, .about = WORDS }, "max_items" },
        { { .name = "p", .kind = MCP_MAP, .about = WORDS }, "max_items" },
        { { .name = "p", .kind = MCP_MAP, .max_items = 2, .preset = "a=b", .about = WORDS }, "default a=b" },
        { { .name = "p", .kind = MCP_TEXT, .about = WORDS }, "parameter p" },
        { { .name = "p", .kind = MCP_OBJECT, .about = WORDS }, "parameter p" },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct mcp_param rows[] = { cases[i].row, { 0 } };
        const struct mcp_tool with_params = GOOD(.params = rows, .args_size = 64);
        const struct mcp_tool with_settings = GOOD(.settings = rows, .settings_size = 64);
        check(&with_params, cases[i].word);
        check(&with_settings, cases[i].word);
    }
}

static void test_names_twice(void **state)
{
    (void)state;
    static const struct mcp_param twice[] = {
        { .name = "p", .kind = MCP_BOOL, .about = WORDS },
        { .name = "p", .kind = MCP_BOOL, .about = WORDS },
        { 0 },
    };
    static const struct mcp_param alias_taken[] = {
        { .name = "p", .kind = MCP_BOOL, .about = WORDS },
        { .name = "q", .kind = MCP_BOOL, .alias = "p", .about = WORDS },
        { 0 },
    };
    static const struct mcp_param name_taken[] = {
        { .name = "p", .kind = MCP_BOOL, .alias = "q", .about = WORDS },
        { .name = "q", .kind = MCP_BOOL, .about = WORDS },
        { 0 },
    };
    static const struct mcp_param two_aliases[] = {
        { .name = "p", .kind = MCP_BOOL, .alias = "r", .about = WORDS },
        { .name = "q", .kind = MCP_BOOL, .alias = "r", .about = WORDS },
        { 0 },
    };
    static const struct mcp_param two_headers[] = {
        { .name = "p", .kind = MCP_BOOL, .header = "Same", .about = WORDS },
        { .name = "q", .kind = MCP_BOOL, .header = "sAME", .about = WORDS },
        { 0 },
    };
    const struct mcp_param *const tables[] = { twice, alias_taken, name_taken, two_aliases, two_headers };
    for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
        const struct mcp_tool tool = GOOD(.params = tables[i]);
        check(&tool, "twice");
    }
    const struct mcp_tool one = GOOD(), same_name = GOOD(.path = "other"), same_path = GOOD(.name = "other");
    const struct mcp_tool *const pairs[][3] = { { &one, &same_name, NULL }, { &one, &same_path, NULL } };
    for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
        struct catalog catalog;
        struct err err = { 0 };
        assert_true(catalog_init(&catalog, pairs[i], &err) < 0);
        assert_non_null(strstr(err.text, pairs[i][1]->name));
    }
}

static void test_found(void **state)
{
    (void)state;
    const struct mcp_tool one = GOOD(), two = GOOD(.name = "tool_two", .path = "two");
    const struct mcp_tool *const tools[] = { &one, &two, NULL };
    struct catalog catalog;
    assert_int_equal(catalog_init(&catalog, tools, NULL), 0);
    assert_int_equal(catalog.count, 2);
    assert_int_equal(catalog_by_name(&catalog, "tool_two"), 1);
    assert_int_equal(catalog_by_path(&catalog, "two"), 1);
    assert_int_equal(catalog_by_name(&catalog, "two"), -1);
    assert_int_equal(catalog_by_path(&catalog, "tool_two"), -1);
    assert_int_equal(catalog_by_name(&catalog, "TOOL_TWO"), -1);
    assert_int_equal(catalog_by_name(&catalog, ""), -1);
}

static void test_described(void **state)
{
    (void)state;
    const struct mcp_tool tool = GOOD(.title = { "Outil", "Tool" }, .about = { "Fait.", "Does." },
        .traits = MCP_READ_ONLY | MCP_OPEN_WORLD);
    const struct mcp_tool writer = GOOD(.traits = MCP_DESTRUCTIVE);
    CLEANUP(buf_done) struct buf out = { 0 };
    const struct catalog_view french = catalog_whole_view(MCP_FR), english = catalog_whole_view(MCP_EN);
    catalog_describe(&tool, &french, &out);
    struct arena arena = { 0 };
    const struct mcp_json *json = toolkit_json(&arena, buf_str(&out));
    assert_string_equal(mcp_json_get_text(json, "name"), "tool_one");
    assert_string_equal(mcp_json_get_text(json, "title"), "Outil");
    assert_string_equal(mcp_json_get_text(json, "description"), "Fait.");
    assert_string_equal(mcp_json_get_text(mcp_json_get(json, "inputSchema"), "type"), "object");
    assert_string_equal(mcp_json_get_text(mcp_json_get(json, "outputSchema"), "type"), "object");
    const struct mcp_json *hints = mcp_json_get(json, "annotations");
    assert_true(mcp_json_get(hints, "readOnlyHint")->truth);
    assert_true(mcp_json_get(hints, "openWorldHint")->truth);
    buf_clear(&out);
    catalog_describe(&writer, &english, &out);
    hints = mcp_json_get(toolkit_json(&arena, buf_str(&out)), "annotations");
    /* What is not said would mean destructive and open world. */
    assert_false(mcp_json_get(hints, "readOnlyHint")->truth);
    assert_true(mcp_json_get(hints, "destructiveHint")->truth);
    assert_false(mcp_json_get(hints, "idempotentHint")->truth);
    assert_false(mcp_json_get(hints, "openWorldHint")->truth);
    arena_done(&arena);
}

#pragma GCC diagnostic pop

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bad_tools),
        cmocka_unit_test(test_bad_rows),
        cmocka_unit_test(test_names_twice),
        cmocka_unit_test(test_found),
        cmocka_unit_test(test_described),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
