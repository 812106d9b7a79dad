/* exchange.c: replies carry the id as it came and what their revision wants, no more. */
#include "mcp_tools.h"

#include "base/scope.h"

static void test_ids_come_back_as_sent(void **state)
{
    (void)state;
    static const char *const ids[] = { "0", "-1", "1764000000000", "123456789012345678901234567890", "\"\"",
        "\"a\\\"\\u0041\\n\"", "\"1\"" };
    struct client client;
    client_init(&client, true);
    for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
        client_send(&client,
            arena_printf(&client.arena, "{\"jsonrpc\":\"2.0\",\"id\":%s,\"method\":\"ping\"}", ids[i]));
        assert_string_equal(client.json,
            arena_printf(&client.arena, "{\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":{}}", ids[i]));
        const struct mcp_json *answer = client_send(&client,
            arena_printf(&client.arena,
                "{\"jsonrpc\":\"2.0\",\"id\":%s,\"method\":\"no/such\","
                "\"params\":{" MODERN_META "}}",
                ids[i]));
        expect_at(&client, answer, "error|code", "-32601");
        assert_non_null(strstr(client.json, arena_printf(&client.arena, "\"id\":%s,", ids[i])));
    }
    client_done(&client);
}

static void test_unreadable_id(void **state)
{
    (void)state;
    static const struct {
        const char *revision;
        bool has_null;
    } cases[] = { { "2024-11-05", true }, { "2025-03-26", true }, { "2025-06-18", true },
        { "2025-11-25", false } };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct client client;
        client_init(&client, true);
        client_begin(&client, cases[i].revision, "{}");
        const struct mcp_json *answer = client_send(&client, "{");
        expect_at(&client, answer, "error|code", "-32700");
        expect_at(&client, answer, "id", cases[i].has_null ? "null" : "(none)");
        client_done(&client);
    }
}

static void test_results_by_revision(void **state)
{
    (void)state;
    static const struct {
        const char *revision;
        bool structured;
    } cases[] = { { "2024-11-05", false }, { "2025-03-26", false }, { "2025-06-18", true },
        { "2025-11-25", true } };
    static const char call[] =
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"echo\"}}";
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct client client;
        client_init(&client, false);
        client_begin(&client, cases[i].revision, "{}");
        const struct mcp_json *answer = client_send(&client, call);
        expect_at(&client, answer, "result|content|0|text", "Said: word");
        expect_at(&client, answer, "result|isError", "false");
        expect_at(
            &client, answer, "result|content|1|text", cases[i].structured ? "(none)" : "{\"said\":\"word\"}");
        expect_at(&client, answer, "result|structuredContent",
            cases[i].structured ? "{\"said\":\"word\"}" : "(none)");
        expect_at(&client, answer, "result|resultType", "(none)");
        expect_at(&client, answer, "result|_meta", "(none)");
        answer = client_send(&client, "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"tools/list\"}");
        expect_at(&client, answer, "result|ttlMs", "(none)");
        expect_at(&client, answer, "result|cacheScope", "(none)");
        expect_at(&client, answer, "result|tools|0|name", "echo");
        client_done(&client);
    }
}

static void test_modern_results(void **state)
{
    (void)state;
    struct client client;
    client_init(&client, false);
    client.lang = MCP_FR;
    const struct mcp_json *answer = client_modern(&client, "tools/call", "echo", "{}", "");
    expect_at(&client, answer, "result|resultType", "complete");
    expect_at(&client, answer, "result|_meta|io.modelcontextprotocol/serverInfo|title", "Serveur");
    expect_at(&client, answer, "result|structuredContent|said", "word");
    expect_at(&client, answer, "result|content|0|text", "Dit : word");
    expect_at(&client, answer, "result|ttlMs", "(none)"); /* only lists are cacheable */
    answer = client_modern(&client, "tools/list", NULL, "{}", "");
    expect_at(&client, answer, "result|resultType", "complete");
    expect_at(&client, answer, "result|cacheScope", "private");
    expect_at(&client, answer, "result|tools|0|title", "Titre");
    client_done(&client);
}

static void test_bare_is_like_the_newest_session(void **state)
{
    (void)state;
    struct client client;
    client_init(&client, false);
    client.no_stream = true;
    const struct mcp_json *answer = client_send(&client,
        "{\"jsonrpc\":\"2.0\",\"id\":\"2\",\"method\":\"tools/call\",\"params\":{\"name\":\"echo\","
        "\"_meta\":{\"progressToken\":1}}}");
    assert_int_equal(client.status, 200);
    assert_null(client.session);
    expect_at(&client, answer, "result|structuredContent|said", "word");
    expect_at(&client, answer, "result|resultType", "(none)");
    client_done(&client);
}

static void test_tools_list_is_stable(void **state)
{
    (void)state;
    static const char list[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\"}";
    struct client client;
    client_init(&client, false);
    client_send(&client, list);
    const char *first = client.json;
    client_send(&client, list);
    assert_string_equal(first, client.json);
    expect_at(&client,
        client_send(
            &client, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\",\"params\":{\"cursor\":\"\"}}"),
        "error|code", "-32602");
    client_done(&client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ids_come_back_as_sent),
        cmocka_unit_test(test_unreadable_id),
        cmocka_unit_test(test_results_by_revision),
        cmocka_unit_test(test_modern_results),
        cmocka_unit_test(test_bare_is_like_the_newest_session),
        cmocka_unit_test(test_tools_list_is_stable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
