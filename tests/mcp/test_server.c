/* server.c: a server is made of good tables only, told in both languages, and freed with what runs. */
#include "mcp_tools.h"

#include "base/scope.h"

static void test_bad_table(void **state)
{
    (void)state;
    struct mcp_tool bad = test_tool_echo;
    bad.about.fr = NULL;
    const struct mcp_tool *const tools[] = { &test_tool_echo, &bad, NULL };
    const struct mcp_server_options options = { .name = "n", .version = "1", .tools = tools };
    char error[200] = "";
    assert_null(mcp_server_new(&options, error, sizeof error));
    assert_non_null(strstr(error, "echo"));
    assert_null(mcp_server_new(&options, NULL, 0));
    const struct mcp_tool *const twice[] = { &test_tool_echo, &test_tool_echo, NULL };
    const struct mcp_server_options same = { .name = "n", .version = "1", .tools = twice };
    assert_null(mcp_server_new(&same, error, sizeof error));
    assert_non_null(strstr(error, "two tools"));
}

static void test_no_tools(void **state)
{
    (void)state;
    static const struct mcp_tool *const tools[] = { NULL };
    const struct mcp_server_options options = { .name = "n", .version = "1", .tools = tools };
    struct client client = { .server = mcp_server_new(&options, NULL, 0) };
    assert_non_null(client.server);
    const struct mcp_json *answer =
        client_send(&client, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\"}");
    expect_at(&client, answer, "result|tools", "[]");
    answer = client_modern(&client, "server/discover", NULL, "{}", "");
    expect_at(&client, answer, "result|instructions", "(none)");
    expect_at(&client, answer, "result|_meta|io.modelcontextprotocol/serverInfo|title", "(none)");
    client_done(&client);
}

static void test_both_languages_side_by_side(void **state)
{
    (void)state;
    struct client client;
    client_init(&client, false);
    static const char list[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\"}";
    for (int i = 0; i < 2; i++) {
        client.lang = MCP_FR;
        expect_at(&client, client_send(&client, list), "result|tools|0|description", "Fait.");
        client.lang = MCP_EN;
        expect_at(&client, client_send(&client, list), "result|tools|0|description", "Does.");
    }
    client_done(&client);
}

static void test_freed_with_calls_in_flight(void **state)
{
    (void)state;
    static const char call[] =
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"wait\"}}";
    for (int pipe = 0; pipe < 2; pipe++) {
        struct client client;
        client_init(&client, pipe);
        client_begin(&client, "2025-11-25", "{}");
        assert_non_null(client_start(&client, call));
        client_done(&client);
    }
    mcp_server_free(NULL);
    mcp_peer_free(NULL);
}

static void test_pending(void **state)
{
    (void)state;
    struct client client;
    client_init(&client, true);
    client_begin(&client, "2025-11-25", "{}");
    assert_int_equal(mcp_peer_pending(client.peer), 0);
    client_start(
        &client, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"count\"}}");
    assert_int_equal(mcp_peer_pending(client.peer), 1);
    client_until_end(&client);
    assert_int_equal(mcp_peer_pending(client.peer), 0);
    client_done(&client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bad_table),
        cmocka_unit_test(test_no_tools),
        cmocka_unit_test(test_both_languages_side_by_side),
        cmocka_unit_test(test_freed_with_calls_in_flight),
        cmocka_unit_test(test_pending),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
