/* batch.c: an array of messages in, an array of responses out, in the first two revisions only. */
#include "mcp_tools.h"

#include "base/scope.h"

#define PING(id) "{\"jsonrpc\":\"2.0\",\"id\":" id ",\"method\":\"ping\"}"
#define CALL(id, name, more) \
    "{\"jsonrpc\":\"2.0\",\"id\":" id ",\"method\":\"tools/call\",\"params\":{\"name\":\"" name "\"" more "}}"
#define NOTE "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}"

static void test_which_revisions(void **state)
{
    (void)state;
    static const struct {
        const char *revision;
        bool accepted;
    } cases[] = { { "2024-11-05", true }, { "2025-03-26", true }, { "2025-06-18", false },
        { "2025-11-25", false } };
    for (int pipe = 0; pipe < 2; pipe++) {
        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
            struct client client;
            client_init(&client, pipe);
            client_begin(&client, cases[i].revision, "{}");
            const struct mcp_json *answer = client_send(&client, "[" PING("1") "," PING("\"b\"") "]");
            assert_int_equal(client.status, cases[i].accepted ? 200 : 400);
            if (cases[i].accepted)
                assert_string_equal(client.json,
                    "[{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}},{\"jsonrpc\":\"2.0\",\"id\":\"b\","
                    "\"result\":{}}]");
            else
                expect_at(&client, answer, "error|code", "-32600");
            client_done(&client);
        }
    }
}

static void test_each_message_on_its_own(void **state)
{
    (void)state;
    struct client client;
    client_init(&client, false);
    client_begin(&client, "2025-03-26", "{}");
    const struct mcp_json *answer = client_send(&client,
        "[" PING("1") "," NOTE ",3,{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"no/such\"}," CALL("3", "count",
            ",\"_meta\":{\"progressToken\":9}") ",{\"jsonrpc\":\"2.0\",\"id\":77,\"result\":{}}," CALL("4",
            "echo", "") "]");
    assert_int_equal(client.status, 200);
    assert_int_equal(client.event_count, 4); /* progress does not wait for the array */
    unsigned found[5] = { 0 }, errors = 0;
    for (const struct mcp_json *item = json_must(answer)->first; item; item = item->next) {
        int64_t id = 0;
        if (mcp_json_int(mcp_json_get(item, "id"), &id) && id >= 1 && id <= 4)
            found[id]++;
        errors += mcp_json_get(item, "error") != NULL;
    }
    for (int id = 1; id <= 4; id++)
        assert_int_equal(found[id], 1);
    assert_int_equal(errors, 3); /* the number, the unknown method, the response nobody waits for */
    assert_int_equal(json_must(answer)->count, 6);
    client_done(&client);
}

static void test_only_notifications(void **state)
{
    (void)state;
    struct client client;
    client_init(&client, false);
    client_begin(&client, "2025-03-26", "{}");
    client_send(&client, "[" NOTE "," NOTE "]");
    assert_int_equal(client.status, 202);
    assert_string_equal(client.json, "");
    client_done(&client);
}

static void test_refused(void **state)
{
    (void)state;
    static const char *const batches[] = { "[]",
        "[" PING("1") ",{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"initialize\",\"params\":{}}]",
        "[" PING("1") ",{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"tools/list\",\"params\":{" MODERN_META
                      "}}]",
        "[[" PING("1") "]]" };
    struct client client;
    client_init(&client, true);
    client_begin(&client, "2024-11-05", "{}");
    for (size_t i = 0; i < ARRAY_LEN(batches); i++) {
        client_send(&client, batches[i]);
        assert_non_null(strstr(client.json, "-32600"));
        assert_null(strstr(client.json, "\"result\""));
    }
    client_done(&client);
}

static void test_cancelled_message_is_left_out(void **state)
{
    (void)state;
    struct client client;
    client_init(&client, true);
    client_begin(&client, "2025-03-26", "{}");
    client_start(&client, "[" CALL("1", "wait", "") "," PING("2") "]");
    assert_int_equal(client.ends, 0);
    struct client other = { .server = client.server, .peer = client.peer };
    client_send(
        &other, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":1}}");
    arena_done(&other.arena);
    client_until_end(&client);
    assert_string_equal(client.json, "[{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":{}}]");
    client_done(&client);
}

/* The client leaves while a batch runs: nothing is said, nothing is lost. */
static void test_left_alone(void **state)
{
    (void)state;
    struct client client;
    client_init(&client, false);
    client_begin(&client, "2025-03-26", "{}");
    mcp_leave(client_start(&client, "[" CALL("1", "count", "") "," PING("2") "]"));
    for (int i = 0; i < 10; i++)
        client_turn(&client, 20);
    assert_int_equal(client.ends, 0);
    client_done(&client);
    client_init(&client, false);
    client_begin(&client, "2025-03-26", "{}");
    client_start(&client, "[" CALL("1", "wait", "") "]");
    client_done(&client); /* the session ends first */
    client_init(&client, true);
    client_begin(&client, "2025-03-26", "{}");
    client_start(&client, "[" CALL("1", "wait", "") "," CALL("2", "wait", "") "]");
    client_done(&client); /* the pipe ends first */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_which_revisions),
        cmocka_unit_test(test_each_message_on_its_own),
        cmocka_unit_test(test_only_notifications),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_cancelled_message_is_left_out),
        cmocka_unit_test(test_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
