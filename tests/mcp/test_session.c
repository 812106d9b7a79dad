/* session.c: sessions over HTTP, found by id and principal, ended by DELETE, idleness or too many others. */
#include "mcp_tools.h"

#include "base/clock.h"
#include "base/scope.h"
#include "mcp/session.h"

static const char ping[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}";

static void test_ids(void **state)
{
    (void)state;
    struct client client;
    client_init(&client, false);
    client_begin(&client, "2025-11-25", "{}");
    char *first = arena_strdup(&client.arena, client.session);
    assert_true(strlen(first) >= 32);
    for (const char *c = first; *c; c++)
        assert_in_range(*c, 0x21, 0x7E);
    client_begin(&client, "2025-11-25", "{}");
    assert_string_not_equal(first, client.session);
    client_send(&client, ping);
    assert_int_equal(client.status, 200);
    assert_null(client.session); /* only the answer to initialize tells it */
    client_done(&client);
}

static void test_second_initialize(void **state)
{
    (void)state;
    struct client client;
    client_init(&client, false);
    client_begin(&client, "2025-06-18", "{}");
    const struct mcp_json *answer = client_send(&client,
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{\"protocolVersion\":\"2025-11-"
        "25\","
        "\"capabilities\":{}}}");
    assert_int_equal(client.status, 400);
    expect_at(&client, answer, "error|code", "-32600");
    client_done(&client);
}

static void test_version_header(void **state)
{
    (void)state;
    static const struct {
        const char *version;
        int status;
    } cases[] = { { "2025-06-18", 200 }, { "2025-11-25", 200 }, { "2024-11-05", 200 }, { "1999-01-01", 400 },
        { "", 400 } };
    struct client client;
    client_init(&client, false);
    client_begin(&client, "2025-06-18", "{}");
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        client_set(&client, "MCP-Protocol-Version", cases[i].version);
        client_send(&client, ping);
        assert_int_equal(client.status, cases[i].status);
    }
    client_done(&client);
}

static void test_end(void **state)
{
    (void)state;
    struct client client;
    client_init(&client, false);
    client_begin(&client, "2025-11-25", "{}");
    const char *id = client.headers[0][1];
    assert_false(mcp_end_session(client.server, "nobody", NULL));
    assert_false(mcp_end_session(client.server, id, "somebody else"));
    assert_true(mcp_end_session(client.server, id, NULL));
    assert_false(mcp_end_session(client.server, id, NULL));
    client_send(&client, ping);
    assert_int_equal(client.status, 404);
    client_done(&client);
}

static void test_principals(void **state)
{
    (void)state;
    struct client client;
    client_init(&client, false);
    client.principal = "alice";
    client_begin(&client, "2025-11-25", "{}");
    static const struct {
        const char *principal;
        int status;
    } cases[] = { { "alice", 200 }, { "bob", 404 }, { NULL, 404 }, { "alice", 200 } };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        client.principal = cases[i].principal;
        client_send(&client, ping);
        assert_int_equal(client.status, cases[i].status);
    }
    client_done(&client);
}

static void test_idle_sessions_end(void **state)
{
    (void)state;
    struct client client;
    client_init(&client, false);
    client_begin(&client, "2025-11-25", "{}");
    int64_t now = clock_ms();
    session_sweep(client.server, now + 3599000);
    client_send(&client, ping);
    assert_int_equal(client.status, 200);
    session_sweep(client.server, now + 3700000);
    client_send(&client, ping);
    assert_int_equal(client.status, 404);
    client_done(&client);
}

/* A session whose call runs is not idle; ending it ends the call's POST, too. */
static void test_busy_sessions_stay(void **state)
{
    (void)state;
    struct client client;
    client_init(&client, false);
    client_begin(&client, "2025-11-25", "{}");
    client_start(
        &client, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"wait\"}}");
    session_sweep(client.server, clock_ms() + 9000000);
    assert_int_equal(client.ends, 0);
    assert_true(mcp_end_session(client.server, client.headers[0][1], NULL));
    assert_int_equal(client.ends, 1);
    assert_string_equal(client.json, "");
    client_done(&client);
}

/* Nobody answers the question any more: that must not keep the session for ever. */
static void test_unanswered_question_is_idle(void **state)
{
    (void)state;
    struct client client;
    client_init(&client, false);
    client_begin(&client, "2025-11-25", "{\"elicitation\":{}}");
    mcp_leave(client_start(
        &client, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"ask\"}}"));
    assert_int_equal(client.event_count, 1);
    session_sweep(client.server, clock_ms() + 3500000);
    assert_int_equal(client.server->session_count, 1);
    session_sweep(client.server, clock_ms() + 3700000);
    assert_int_equal(client.server->session_count, 0);
    client_done(&client);
}

static void test_table_is_bounded(void **state)
{
    (void)state;
    struct client client;
    client_init(&client, false);
    client_begin(&client, "2025-11-25", "{}");
    const char *first = client.headers[0][1];
    session_find(client.server, first, NULL)->used_ms -= 1000;
    for (unsigned i = 0; i < client.server->options.sessions_max; i++)
        assert_non_null(session_new(client.server));
    assert_null(session_find(client.server, first, NULL)); /* the idlest went */
    client_begin(&client, "2025-11-25", "{}");
    client_send(&client, ping);
    assert_int_equal(client.status, 200);
    client_done(&client);
}

/* MCP 2025-11-25, basic/transports: a client that leaves has not cancelled. */
static void test_leaving_is_not_cancelling(void **state)
{
    (void)state;
    struct client client;
    client_init(&client, false);
    client_begin(&client, "2025-11-25", "{}");
    struct mcp_exchange *exchange = client_start(
        &client, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"count\"}}");
    const struct mcp_peer *session = session_find(client.server, client.headers[0][1], NULL);
    assert_int_equal(mcp_peer_pending(session), 1);
    mcp_leave(exchange);
    for (int i = 0; i < 200 && mcp_peer_pending(session); i++)
        client_turn(&client, 50);
    assert_int_equal(mcp_peer_pending(session), 0);
    assert_int_equal(client.ends, 0);
    client_done(&client);
}

static void test_leaving_cancels_what_is_stateless(void **state)
{
    (void)state;
    struct client client;
    client_init(&client, false);
    client_set(&client, "MCP-Protocol-Version", "2026-07-28");
    client_set(&client, "Mcp-Method", "tools/call");
    client_set(&client, "Mcp-Name", "wait");
    mcp_leave(client_start(&client,
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"wait\"," MODERN_META
        "}}"));
    memset(client.headers, 0, sizeof client.headers);
    mcp_leave(client_start(
        &client, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"wait\"}}"));
    for (int i = 0; i < 5; i++)
        client_turn(&client, 20);
    assert_int_equal(client.ends, 0);
    client_done(&client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ids),
        cmocka_unit_test(test_second_initialize),
        cmocka_unit_test(test_version_header),
        cmocka_unit_test(test_end),
        cmocka_unit_test(test_principals),
        cmocka_unit_test(test_idle_sessions_end),
        cmocka_unit_test(test_busy_sessions_stay),
        cmocka_unit_test(test_unanswered_question_is_idle),
        cmocka_unit_test(test_table_is_bounded),
        cmocka_unit_test(test_leaving_is_not_cancelling),
        cmocka_unit_test(test_leaving_cancels_what_is_stateless),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
