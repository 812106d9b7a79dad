/* lifecycle.c: the handshake of every revision, discovery, ping, cancellation. */
#include "mcp_tools.h"

#include "base/scope.h"

static const char *const legacy[] = { "2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25" };

static const struct mcp_json *initialize(struct client *client, const char *params)
{
    return client_send(client,
        arena_printf(&client->arena, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":%s}",
            params));
}

static void test_every_revision(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(legacy); i++) {
        struct client client;
        client_init(&client, true);
        client.lang = MCP_FR;
        const struct mcp_json *answer = initialize(&client,
            arena_printf(&client.arena, "{\"protocolVersion\":\"%s\",\"capabilities\":{}}", legacy[i]));
        expect_at(&client, answer, "result|protocolVersion", legacy[i]);
        expect_at(&client, answer, "result|serverInfo|name", "under-test");
        expect_at(&client, answer, "result|serverInfo|version", "1.2.3");
        expect_at(&client, answer, "result|instructions", "Consignes.");
        assert_non_null(json_at(answer, "result|capabilities|tools"));
        expect_at(&client, answer, "result|resultType", "(none)");
        expect_at(&client, answer, "result|_meta", "(none)");
        client_done(&client);
    }
}

static void test_unknown_version_gets_the_newest(void **state)
{
    (void)state;
    static const char *const versions[] = { "2026-07-28", "1999-01-01", "2030-01-01", "" };
    for (size_t i = 0; i < ARRAY_LEN(versions); i++) {
        struct client client;
        client_init(&client, true);
        const struct mcp_json *answer = initialize(&client,
            arena_printf(&client.arena, "{\"protocolVersion\":\"%s\",\"capabilities\":{}}", versions[i]));
        expect_at(&client, answer, "result|protocolVersion", "2025-11-25");
        client_done(&client);
    }
}

static void test_malformed(void **state)
{
    (void)state;
    static const char *const params[] = { "{}", "{\"protocolVersion\":\"2025-11-25\"}",
        "{\"protocolVersion\":5,\"capabilities\":{}}",
        "{\"protocolVersion\":\"2025-11-25\",\"capabilities\":[]}" };
    struct client client;
    client_init(&client, true);
    for (size_t i = 0; i < ARRAY_LEN(params); i++)
        expect_at(&client, initialize(&client, params[i]), "error|code", "-32602");
    /* None of them began a session. */
    expect_at(&client, initialize(&client, "{\"protocolVersion\":\"2025-11-25\",\"capabilities\":{}}"),
        "result|protocolVersion", "2025-11-25");
    client_done(&client);
}

static void test_ping_is_empty(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(legacy); i++) {
        struct client client;
        client_init(&client, false);
        client_begin(&client, legacy[i], "{}");
        client_send(&client, "{\"jsonrpc\":\"2.0\",\"id\":\"p\",\"method\":\"ping\"}");
        assert_string_equal(client.json, "{\"jsonrpc\":\"2.0\",\"id\":\"p\",\"result\":{}}");
        client_done(&client);
    }
}

static void test_discover(void **state)
{
    (void)state;
    struct client client;
    client_init(&client, false);
    const struct mcp_json *answer = client_modern(&client, "server/discover", NULL, "{}", "");
    assert_int_equal(client.status, 200);
    expect_at(&client, answer, "result|resultType", "complete");
    expect_at(&client, answer, "result|supportedVersions", "[\"2026-07-28\"]");
    expect_at(&client, answer, "result|_meta|io.modelcontextprotocol/serverInfo|name", "under-test");
    expect_at(&client, answer, "result|instructions", "Instructions.");
    expect_at(&client, answer, "result|protocolVersion", "(none)");
    expect_at(&client, answer, "result|serverInfo", "(none)");
    assert_non_null(json_at(answer, "result|capabilities|tools"));
    assert_null(json_at(answer, "result|capabilities|tasks"));
    int64_t ttl;
    assert_true(mcp_json_int(json_at(answer, "result|ttlMs"), &ttl) && ttl >= 0);
    const char *scope = text_at(&client, answer, "result|cacheScope");
    assert_true(strcmp(scope, "public") == 0 || strcmp(scope, "private") == 0);
    client_begin(&client, "2025-11-25", "{}");
    answer = client_send(&client, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"server/discover\"}");
    expect_at(&client, answer, "error|code", "-32601");
    client_done(&client);
}

/* Two clients of one pipe server: `client` waits for a call, `other` sends what ends it. */
static void start_waiting(struct client *client, const char *id)
{
    client_start(client,
        arena_printf(&client->arena,
            "{\"jsonrpc\":\"2.0\",\"id\":%s,\"method\":\"tools/call\",\"params\":{\"name\":\"wait\","
            "\"_meta\":{\"progressToken\":\"t\"}}}",
            id));
    while (!client->event_count)
        client_turn(client, 1000);
    assert_int_equal(client->ends, 0);
    assert_int_equal(mcp_peer_pending(client->peer), 1);
}

static void test_cancellation(void **state)
{
    (void)state;
    static const char *const others[] = { "{\"requestId\":\"5\"}", "{\"requestId\":6}", "{\"requestId\":5.0}",
        "{}", "{\"requestId\":null}", "{\"requestId\":[5]}" };
    struct client client;
    client_init(&client, true);
    client_begin(&client, "2025-11-25", "{}");
    start_waiting(&client, "5");
    struct client other = { .server = client.server, .peer = client.peer };
    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        const struct mcp_json *answer = client_send(&other,
            arena_printf(&other.arena,
                "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":%s}", others[i]));
        assert_null(answer);
        client_turn(&client, 20);
        assert_int_equal(client.ends, 0);
    }
    client_send(&other,
        "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/"
        "cancelled\",\"params\":{\"requestId\":5,\"reason\":\"r\"}}");
    assert_int_equal(other.status, 202);
    client_until_end(&client);
    assert_int_equal(client.status, 202);
    assert_string_equal(client.json, ""); /* no response to a cancelled request */
    assert_int_equal(mcp_peer_pending(client.peer), 0);
    client_send(
        &other, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":5}}");
    expect_at(
        &client, client_send(&client, "{\"jsonrpc\":\"2.0\",\"id\":5,\"method\":\"ping\"}"), "result", "{}");
    arena_done(&other.arena);
    client_done(&client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_revision),
        cmocka_unit_test(test_unknown_version_gets_the_newest),
        cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_ping_is_empty),
        cmocka_unit_test(test_discover),
        cmocka_unit_test(test_cancellation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
