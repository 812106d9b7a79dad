/* tasks.c: a task is its principal's; to anybody else it does not exist. What tasks do is in
 * tests/conformance/test_tasks.py. */
#include "mcp_client.h"

#define META \
    "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\"," \
    "\"io.modelcontextprotocol/clientCapabilities\":{\"extensions\":{\"io.modelcontextprotocol/" \
    "tasks\":{}}}}"

/* Takes a while, so that its end is told to those who listen. */
static int work(struct mcp_call *call, const void *args)
{
    (void)args;
    int error = mcp_wait(call, NULL, 0, 50);
    mcp_add_text(call, "done");
    return error < 0 ? error : 0;
}

static const struct mcp_tool job = {
    .name = "job",
    .title = { "Titre", "Title" },
    .about = { "Fait.", "Does." },
    .scope = "t",
    .run = work,
    .cost = MCP_WORKER,
    .timeout_ms = 10000,
    .task = MCP_TASK_MUST,
};

static const struct mcp_json *ask(
    struct client *client, const char *principal, const char *method, const char *params)
{
    client->principal = principal;
    return client_send(client,
        arena_printf(&client->arena,
            "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":{" META "%s}}", method, params));
}

/* Begins to listen; what was acknowledged. */
static const struct mcp_json *listen_as(struct client *client, const char *principal, const char *task)
{
    client->principal = principal;
    client_start(client,
        arena_printf(&client->arena,
            "{\"jsonrpc\":\"2.0\",\"id\":\"%s\",\"method\":\"subscriptions/listen\",\"params\":{" META
            ",\"notifications\":{\"taskIds\":[\"%s\",\"x\"]}}}",
            principal, task));
    assert_int_equal(client->event_count, 1);
    return client_parse(client, client->events[0]);
}

static void test_a_task_is_its_principals(void **state)
{
    (void)state;
    static const struct mcp_tool *const tools[] = { &job, NULL };
    const struct mcp_server_options options = { .name = "n", .version = "1", .tools = tools };
    struct client client = { .server = mcp_server_new(&options, NULL, 0) };
    client.peer = mcp_peer_new(client.server, &client_sink, &client);
    const struct mcp_json *made = ask(&client, "alice", "tools/call", ",\"name\":\"job\"");
    const char *id = arena_strdup(&client.arena, text_at(&client, made, "result|taskId"));
    const char *named = arena_printf(&client.arena, ",\"taskId\":\"%s\",\"inputResponses\":{}", id);
    static const char *const methods[] = { "tasks/get", "tasks/update", "tasks/cancel" };
    for (int i = 0; i < 3; i++) {
        expect_at(&client, ask(&client, "bob", methods[i], named), "error|code", "-32602");
        expect_at(&client, ask(&client, NULL, methods[i], named), "error|code", "-32602");
    }
    expect_at(&client, ask(&client, "alice", "tasks/get", named), "result|status", "working");
    const struct mcp_json *bob = listen_as(&client, "bob", id), *alice = listen_as(&client, "alice", id);
    expect_at(&client, bob, "params|notifications|taskIds", "[]");
    expect_at(&client, alice, "params|notifications|taskIds|0", id);
    expect_at(&client, alice, "params|notifications|taskIds|1", "(none)");
    client.event_count = 0;
    for (int i = 0; i < 200 && !client.event_count; i++)
        client_turn(&client, 50);
    assert_int_equal(client.event_count, 1);
    const struct mcp_json *told = client_parse(&client, client.events[0]);
    expect_at(&client, told, "params|status", "completed");
    expect_at(&client, told, "params|_meta|io.modelcontextprotocol/subscriptionId", "alice");
    client_done(&client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_task_is_its_principals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
