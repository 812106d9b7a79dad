/* derived.c: a resource that is a tool's result, end to end and in its parts. */
#include "mcp/mcp_client.h"

#include "base/buf.h"
#include "base/err.h"
#include "mcp/derived.h"
#include "toolkit/call.h"

static void test_arguments(void **state)
{
    (void)state;
    static const struct {
        const char *given, *variables, *arguments;
    } rows[] = {
        { NULL, "{}", "{}" },
        { NULL, "{\"name\":\"a\"}", "{\"name\":\"a\"}" },
        { "{\"limit\":20}", "{}", "{\"limit\":20}" },
        { "{\"path\":\"/x/{name}\",\"tail\":2}", "{\"name\":\"a\"}", "{\"path\":\"/x/a\",\"tail\":2}" },
        { "{\"path\":\"{name}\"}", "{\"name\":\"\\\",\\\"deep\\\":\\\"\"}",
            "{\"path\":\"\\\",\\\"deep\\\":\\\"\"}" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena arena = { 0 };
        const struct mcp_resource resource = { .arguments = rows[i].given };
        const struct mcp_json *arguments = derived_arguments(&arena, &resource, rows[i].variables);
        assert_non_null(arguments);
        assert_int_equal(arguments->raw_len, strlen(rows[i].arguments));
        assert_memory_equal(arguments->raw, rows[i].arguments, arguments->raw_len);
        arena_done(&arena);
    }
}

static void check_contents(
    const char *mime_type, const char *const *members, const char *json, const char *wanted)
{
    const struct mcp_resource resource = { .mime_type = mime_type, .members = members };
    const struct call_outcome outcome = {
        .json = json, .json_len = strlen(json), .text = "in words", .text_len = strlen("in words")
    };
    struct buf out = { 0 };
    derived_put(&resource, &outcome, &out);
    assert_string_equal(buf_str(&out), wanted);
    buf_done(&out);
}

static void test_contents(void **state)
{
    (void)state;
    static const char *const members[] = { "b", "c", NULL };
    check_contents("application/json", NULL, "{\"a\":1}", "{\"a\":1}");
    check_contents(
        "application/json", members, "{\"a\":1,\"c\":[1,2],\"b\":\"x\"}", "{\"b\":\"x\",\"c\":[1,2]}");
    check_contents("text/plain", members, "{\"b\":\"x\\ny\"}", "x\ny");
    check_contents("text/plain", members, "{\"b\":1}", "in words");
    check_contents("text/plain", members, "{\"a\":1}", "in words");
}

static int put_nothing(struct mcp_call *call, const void *args)
{
    (void)call;
    (void)args;
    return 0;
}

#define WORDS \
    { \
        "mots", "words" \
    }
static const struct mcp_tool listed = {
    .name = "listed", .title = WORDS, .about = WORDS, .scope = "x", .run = put_nothing
};
static const struct mcp_tool unlisted = {
    .name = "unlisted", .title = WORDS, .about = WORDS, .scope = "x", .run = put_nothing
};
static const struct mcp_tool *const tools[] = { &listed, NULL };

static bool starts_with(const struct mcp_resource *resource, char *ret_error, size_t size)
{
    const struct mcp_resource *const resources[] = { resource, NULL };
    const struct mcp_server_options options = {
        .name = "test", .version = "1", .tools = tools, .resources = resources
    };
    struct mcp_server *server = mcp_server_new(&options, ret_error, size);
    mcp_server_free(server);
    return server != NULL;
}

static void test_bad_tables(void **state)
{
    (void)state;
    char error[200];
    struct mcp_resource resource = {
        .uri = "a://b", .reader = { .name = "b", .title = WORDS, .about = WORDS }, .tool = &listed
    };
    assert_true(starts_with(&resource, error, sizeof error));
    resource.arguments = "[]";
    assert_false(starts_with(&resource, error, sizeof error));
    assert_non_null(strstr(error, "a://b"));
    resource.arguments = NULL;
    resource.tool = &unlisted;
    assert_false(starts_with(&resource, error, sizeof error));
    assert_non_null(strstr(error, "a://b"));
    resource.tool = NULL; /* and no reader either */
    assert_false(starts_with(&resource, error, sizeof error));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arguments),
        cmocka_unit_test(test_contents),
        cmocka_unit_test(test_bad_tables),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
