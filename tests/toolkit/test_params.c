/* params.c: typed values out of JSON, and every fault of the input with its place and what is accepted. */
#include "toolkit_json.h"

#include <stdio.h>

#include "base/scope.h"
#include "toolkit/params.h"

struct args {
    bool flag;
    int64_t count;
    double ratio;
    const char *name;
    int mode;
    struct mcp_strings hosts;
    struct mcp_map headers;
    const char *key;
};

static const char *const modes[] = { "auto", "fast", "slow", NULL };

#define ABOUT .about = { "fr", "en" }

static const struct mcp_param rows[] = {
    MCP_ARG_BOOL(struct args, flag, .preset = "true", ABOUT),
    MCP_ARG_INT(
        struct args, count, .preset = "4", .min = 1, .max = 100, .unit = "ms", .alias = "number", ABOUT),
    MCP_ARG_NUMBER(struct args, ratio, .preset = "0.5", .min = 0, .max = 1, ABOUT),
    MCP_ARG_STRING(struct args, name, .required = true, .max = 8, ABOUT),
    MCP_ARG_ENUM(struct args, mode, .preset = "fast", .choices = modes, ABOUT),
    MCP_ARG_STRINGS(
        struct args, hosts, .preset = "a,b.example", .format = MCP_HOST, .max = 12, .max_items = 3, ABOUT),
    MCP_ARG_MAP(struct args, headers, .max = 4, .max_items = 2, ABOUT),
    MCP_ARG_STRING(struct args, key, .secret = true, .max = 6, ABOUT),
    { 0 },
};

static struct arena arena;

static int drop_arena(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

static const struct args *read_json(const char *json, enum mcp_lang lang, struct problems *ret_problems)
{
    *ret_problems = (struct problems){ 0 };
    return params_read(
        &arena, rows, sizeof(struct args), json ? toolkit_json(&arena, json) : NULL, lang, ret_problems);
}

static void test_defaults(void **state)
{
    (void)state;
    struct problems problems;
    const struct args *args = read_json("{\"name\":\"x\"}", MCP_EN, &problems);
    assert_int_equal(problems.count, 0);
    assert_true(args->flag);
    assert_int_equal(args->count, 4);
    assert_true(args->ratio == 0.5);
    assert_int_equal(args->mode, 1);
    assert_int_equal(args->hosts.count, 2);
    assert_string_equal(args->hosts.items[0], "a");
    assert_string_equal(args->hosts.items[1], "b.example");
    assert_int_equal(args->headers.count, 0);
    assert_null(args->key);
}

static void test_every_kind(void **state)
{
    (void)state;
    struct problems problems;
    const struct args *args = read_json(
        "{\"flag\":false,\"count\":4.2e1,\"ratio\":1,\"name\":\"h\\u00e9\\u20ac\",\"mode\":\"slow\","
        "\"hosts\":[\"h1\",\"h2\",\"h3\"],\"headers\":{\"A\":\"b\",\"\":\"\"},\"key\":\"secret\"}",
        MCP_EN, &problems);
    assert_int_equal(problems.count, 0);
    assert_false(args->flag);
    assert_int_equal(args->count, 42);
    assert_true(args->ratio == 1);
    assert_string_equal(args->name, "h\xC3\xA9\xE2\x82\xAC");
    assert_int_equal(args->mode, 2);
    assert_int_equal(args->hosts.count, 3);
    assert_string_equal(args->hosts.items[2], "h3");
    assert_int_equal(args->headers.count, 2);
    assert_string_equal(args->headers.items[0].name, "A");
    assert_string_equal(args->headers.items[0].value, "b");
    assert_string_equal(args->headers.items[1].name, "");
    assert_string_equal(args->key, "secret");
}

static void test_one_string_is_a_list_of_one(void **state)
{
    (void)state;
    struct problems problems;
    const struct args *args = read_json("{\"name\":\"x\",\"hosts\":\"one,two\"}", MCP_EN, &problems);
    assert_int_equal(problems.count, 0);
    assert_int_equal(args->hosts.count, 1); /* commas only mean a list on the command line */
    assert_string_equal(args->hosts.items[0], "one,two");
}

static void test_alias(void **state)
{
    (void)state;
    struct problems problems;
    assert_int_equal(read_json("{\"name\":\"x\",\"number\":7}", MCP_EN, &problems)->count, 7);
    assert_int_equal(problems.count, 0);
    read_json("{\"name\":\"x\",\"number\":7,\"count\":7}", MCP_EN, &problems);
    assert_int_equal(problems.count, 1);
    assert_string_equal(problems.first->pointer, "/number");
    assert_string_equal(problems.first->accepted, "count");
    read_json("{\"name\":\"x\",\"number\":700}", MCP_EN, &problems);
    assert_int_equal(problems.count, 1);
    assert_non_null(strstr(problems.first->message, "700"));
}

/* Each a single fault: where it is, and a piece of what is said to be accepted. */
static void test_each_fault(void **state)
{
    (void)state;
    static const struct {
        const char *json, *pointer, *accepted;
    } cases[] = {
        { "{}", "/name", "8 characters" },
        { "{\"name\":\"\"}", "/name", "8 characters" },
        { "{\"name\":\"123456789\"}", "/name", "8 characters" },
        { "{\"name\":\"a\\u0000b\"}", "/name", "string" },
        { "{\"name\":5}", "/name", "string" },
        { "{\"name\":null}", "/name", "string" },
        { "{\"name\":\"x\",\"flag\":\"true\"}", "/flag", "true or false" },
        { "{\"name\":\"x\",\"flag\":1}", "/flag", "true or false" },
        { "{\"name\":\"x\",\"count\":0}", "/count", "from 1 to 100 ms" },
        { "{\"name\":\"x\",\"count\":101}", "/count", "an integer from 1 to 100" },
        { "{\"name\":\"x\",\"count\":1.5}", "/count", "an integer" },
        { "{\"name\":\"x\",\"count\":\"4\"}", "/count", "an integer" },
        { "{\"name\":\"x\",\"count\":9223372036854775808}", "/count", "an integer" },
        { "{\"name\":\"x\",\"ratio\":1.0001}", "/ratio", "a number from 0 to 1" },
        { "{\"name\":\"x\",\"ratio\":-0.1}", "/ratio", "a number" },
        { "{\"name\":\"x\",\"ratio\":1e999}", "/ratio", "a number" },
        { "{\"name\":\"x\",\"mode\":\"AUTO\"}", "/mode", "auto, fast, slow" },
        { "{\"name\":\"x\",\"mode\":\"auto\\u0000\"}", "/mode", "auto" },
        { "{\"name\":\"x\",\"mode\":0}", "/mode", "auto" },
        { "{\"name\":\"x\",\"hosts\":[]}", "/hosts", "1 to 3" },
        { "{\"name\":\"x\",\"hosts\":[\"a\",\"b\",\"c\",\"d\"]}", "/hosts", "1 to 3" },
        { "{\"name\":\"x\",\"hosts\":[\"a\",\"\"]}", "/hosts/1", "host name" },
        { "{\"name\":\"x\",\"hosts\":[\"a\",3]}", "/hosts/1", "host name" },
        { "{\"name\":\"x\",\"hosts\":\"a b\"}", "/hosts", "without spaces" },
        { "{\"name\":\"x\",\"hosts\":\"a\\tb\"}", "/hosts", "without spaces" },
        { "{\"name\":\"x\",\"hosts\":{}}", "/hosts", "list" },
        { "{\"name\":\"x\",\"headers\":[]}", "/headers", "at most 2" },
        { "{\"name\":\"x\",\"headers\":{\"a\":\"\",\"b\":\"\",\"c\":\"\"}}", "/headers", "at most 2" },
        { "{\"name\":\"x\",\"headers\":{\"a\":1}}", "/headers", "strings" },
        { "{\"name\":\"x\",\"headers\":{\"a\":\"12345\"}}", "/headers", "strings" },
        { "{\"name\":\"x\",\"nothing\":1}", "/nothing",
            "flag, count, ratio, name, mode, hosts, headers, key" },
        { "{\"name\":\"x\",\"a/b~c\":1}", "/a~1b~0c", "flag" },
        { "{\"name\":\"x\",\"count\\u0000\":1}", "/count", "flag" },
        { "[]", "", NULL },
        { "3", "", NULL },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct problems problems;
        read_json(cases[i].json, MCP_EN, &problems);
        const struct problem *problem = problems.first;
        if (problems.count != 1 || strcmp(problem->pointer, cases[i].pointer) != 0 || !problem->message[0])
            fail_msg("%s: %u problems, %s", cases[i].json, problems.count, problem ? problem->pointer : "-");
        else if (cases[i].accepted && (!problem->accepted || !strstr(problem->accepted, cases[i].accepted)))
            fail_msg("%s: accepted: %s", cases[i].json, problem->accepted);
    }
}

static void test_all_faults_at_once(void **state)
{
    (void)state;
    struct problems problems;
    read_json("{\"count\":0,\"mode\":\"x\",\"hosts\":[1,2],\"other\":1,\"headers\":{\"a\":1,\"b\":2}}",
        MCP_EN, &problems);
    static const char *const pointers[] = { "/count", "/name", "/mode", "/hosts/0", "/hosts/1", "/headers",
        "/headers", "/other" };
    assert_int_equal(problems.count, ARRAY_LEN(pointers));
    size_t i = 0;
    for (const struct problem *problem = problems.first; problem; problem = problem->next)
        assert_string_equal(problem->pointer, pointers[i++]);
    assert_int_equal(i, ARRAY_LEN(pointers));
}

static void test_list_of_faults_is_bounded(void **state)
{
    (void)state;
    char json[4096] = "{\"name\":\"x\"";
    size_t len = strlen(json);
    for (int i = 0; i < 100; i++)
        len += (size_t)snprintf(json + len, sizeof json - len, ",\"unknown%d\":1", i);
    snprintf(json + len, sizeof json - len, "}");
    struct problems problems;
    read_json(json, MCP_EN, &problems);
    assert_int_equal(problems.count, 100);
    unsigned listed = 0;
    for (const struct problem *problem = problems.first; problem; problem = problem->next)
        listed++;
    assert_int_equal(listed, PARAMS_MAX_PROBLEMS);
}

static void test_secret_is_not_repeated(void **state)
{
    (void)state;
    struct problems problems;
    read_json("{\"name\":\"x\",\"key\":\"hunter2hunter2\"}", MCP_EN, &problems);
    assert_int_equal(problems.count, 1);
    assert_null(strstr(problems.first->message, "hunter2"));
    assert_null(strstr(problems.first->accepted, "hunter2"));
}

static void test_long_value_is_cut(void **state)
{
    (void)state;
    char json[1200] = "{\"name\":\"";
    for (size_t i = 9; i < 1009; i += 2)
        memcpy(json + i, "\xC3\xA9", 3);
    strncat(json, "\"}", 3);
    struct problems problems;
    read_json(json, MCP_EN, &problems);
    assert_int_equal(problems.count, 1);
    assert_true(strlen(problems.first->message) < 120);
    assert_non_null(strstr(problems.first->message, "\xC3\xA9\xE2\x80\xA6")); /* cut between characters */
}

static void test_french(void **state)
{
    (void)state;
    struct problems problems;
    read_json("{\"count\":0}", MCP_FR, &problems);
    assert_string_equal(problems.first->message, "count : 0 n'est pas accepté");
    assert_string_equal(problems.first->accepted, "un entier de 1 à 100 ms");
    assert_string_equal(problems.first->next->message, "name est obligatoire");
}

static void test_no_rows(void **state)
{
    (void)state;
    struct problems problems = { 0 };
    assert_non_null(params_read(&arena, NULL, 0, NULL, MCP_EN, &problems));
    assert_non_null(params_read(&arena, NULL, 0, toolkit_json(&arena, "{}"), MCP_EN, &problems));
    assert_int_equal(problems.count, 0);
    params_read(&arena, NULL, 0, toolkit_json(&arena, "{\"a\":1}"), MCP_EN, &problems);
    assert_int_equal(problems.count, 1);
    assert_string_equal(problems.first->accepted, "no parameters");
}

static void test_values_outlive_the_message(void **state)
{
    (void)state;
    struct arena message = { 0 };
    struct problems problems = { 0 };
    const struct mcp_json *json =
        toolkit_json(&message, "{\"name\":\"kept\",\"hosts\":[\"h\"],\"headers\":{\"n\":\"v\"}}");
    const struct args *args = params_read(&arena, rows, sizeof *args, json, MCP_EN, &problems);
    arena_done(&message);
    assert_string_equal(args->name, "kept");
    assert_string_equal(args->hosts.items[0], "h");
    assert_string_equal(args->headers.items[0].value, "v");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_defaults, drop_arena),
        cmocka_unit_test_teardown(test_every_kind, drop_arena),
        cmocka_unit_test_teardown(test_one_string_is_a_list_of_one, drop_arena),
        cmocka_unit_test_teardown(test_alias, drop_arena),
        cmocka_unit_test_teardown(test_each_fault, drop_arena),
        cmocka_unit_test_teardown(test_all_faults_at_once, drop_arena),
        cmocka_unit_test_teardown(test_list_of_faults_is_bounded, drop_arena),
        cmocka_unit_test_teardown(test_secret_is_not_repeated, drop_arena),
        cmocka_unit_test_teardown(test_long_value_is_cut, drop_arena),
        cmocka_unit_test_teardown(test_french, drop_arena),
        cmocka_unit_test_teardown(test_no_rows, drop_arena),
        cmocka_unit_test_teardown(test_values_outlive_the_message, drop_arena),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
