/* tools/call: faults, progress, and questions to the client in both eras. */
#include "mcp_tools.h"

#include "base/scope.h"

#define CALL(params) "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{" params "}}"

static void test_what_is_no_call(void **state)
{
    (void)state;
    static const char *const messages[] = { CALL(""), CALL("\"name\":5"), CALL("\"name\":\"nobody\""),
        CALL("\"name\":\"echo\\u0000\""), CALL("\"name\":\"ECHO\""),
        CALL("\"name\":\"echo\",\"arguments\":[]"), CALL("\"name\":\"echo\",\"arguments\":null"),
        CALL("\"name\":\"echo\",\"arguments\":\"x\""),
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\"}" };
    struct client client;
    client_init(&client, false);
    for (size_t i = 0; i < ARRAY_LEN(messages); i++) {
        expect_at(&client, client_send(&client, messages[i]), "error|code", "-32602");
        assert_int_equal(client.status, 200);
    }
    client_done(&client);
}

static void test_faults_are_results(void **state)
{
    (void)state;
    struct client client;
    client_init(&client, false);
    const struct mcp_json *answer =
        client_send(&client, CALL("\"name\":\"echo\",\"arguments\":{\"word\":5,\"x\":1}"));
    expect_at(&client, answer, "result|isError", "true");
    expect_at(&client, answer, "result|structuredContent", "(none)");
    const char *text = text_at(&client, answer, "result|content|0|text");
    assert_non_null(strstr(text, "Invalid arguments"));
    assert_non_null(strstr(text, "word: 5"));
    assert_non_null(strstr(text, "at most 20 characters"));
    assert_non_null(strstr(text, "unknown parameter \"x\""));
    client.lang = MCP_FR;
    answer = client_send(&client, CALL("\"name\":\"echo\",\"arguments\":{\"x\":1}"));
    assert_non_null(strstr(text_at(&client, answer, "result|content|0|text"), "paramètre inconnu"));
    client_done(&client);
}

static void test_progress(void **state)
{
    (void)state;
    static const char *const tokens[] = { "\"t\"", "17", "\"\"" };
    struct client client;
    client_init(&client, true);
    client_begin(&client, "2025-03-26", "{}");
    for (size_t i = 0; i < ARRAY_LEN(tokens); i++) {
        client_send(&client,
            arena_printf(
                &client.arena, CALL("\"name\":\"count\",\"_meta\":{\"progressToken\":%s}"), tokens[i]));
        assert_int_equal(client.event_count, 4);
        double last = 0;
        for (unsigned j = 0; j < client.event_count; j++) {
            const struct mcp_json *event = client_parse(&client, client.events[j]);
            double progress = 0;
            expect_at(&client, event, "method", "notifications/progress");
            expect_at(&client, event, "params|total", "4");
            expect_at(&client, event, "params|message", "step");
            const struct mcp_json *token = json_must(json_at(event, "params|progressToken"));
            assert_memory_equal(token->raw, tokens[i], strlen(tokens[i]));
            assert_true(mcp_json_number(json_at(event, "params|progress"), &progress) && progress > last);
            last = progress;
        }
    }
    client_send(&client, CALL("\"name\":\"count\""));
    assert_int_equal(client.event_count, 0);
    client_send(&client, CALL("\"name\":\"count\",\"_meta\":{\"progressToken\":null}"));
    assert_int_equal(client.event_count, 0);
    client_done(&client);
}

static void test_progress_tokens_are_short(void **state)
{
    (void)state;
    struct client client;
    client_init(&client, true);
    client_begin(&client, "2025-11-25", "{}");
    for (int len = 1024; len <= 1025; len++) {
        char token[2000];
        snprintf(token, sizeof token, "\"%0*d\"", len - 2, 7);
        const struct mcp_json *answer = client_send(&client,
            arena_printf(&client.arena, CALL("\"name\":\"count\",\"_meta\":{\"progressToken\":%s}"), token));
        assert_int_equal(client.event_count, len == 1024 ? 4 : 0);
        expect_at(&client, answer, "error|code", len == 1024 ? "(none)" : "-32602");
        if (len > 1024)
            assert_non_null(strstr(text_at(&client, answer, "error|message"), "1024 bytes"));
    }
    client_done(&client);
}

#define CAN_ALL "{\"elicitation\":{},\"sampling\":{}}"

/* Answers the question that is the event `index` of the call that `client` waits for. */
static void answer_question(struct client *client, unsigned index, const char *answer)
{
    struct client other = { .server = client->server, .peer = client->peer };
    memcpy(other.headers, client->headers, sizeof other.headers);
    const struct mcp_json *question = client_parse(client, client->events[index]);
    client_send(&other,
        arena_printf(
            &other.arena, "{\"jsonrpc\":\"2.0\",\"id\":%s,%s}", text_at(client, question, "id"), answer));
    assert_int_equal(other.status, 202);
    arena_done(&other.arena);
}

static void ask_in_session(const char *revision, bool pipe)
{
    struct client client;
    client_init(&client, pipe);
    client_begin(&client, revision, CAN_ALL);
    client_start(&client, CALL("\"name\":\"ask\",\"arguments\":{\"word\":\"w\"}"));
    assert_int_equal(client.ends, 0);
    assert_int_equal(client.event_count, 1);
    const struct mcp_json *question = client_parse(&client, client.events[0]);
    expect_at(&client, question, "method", "elicitation/create");
    expect_at(&client, question, "params|message", "Which name?");
    expect_at(&client, question, "params|requestedSchema|type", "object");
    /* Modes are younger than 2025-06-18. */
    expect_at(&client, question, "params|mode", strcmp(revision, "2025-11-25") == 0 ? "form" : "(none)");
    answer_question(&client, 0, "\"result\":{\"action\":\"accept\",\"content\":{\"name\":\"Zoé\"}}");
    assert_int_equal(client.ends, 0);
    assert_int_equal(client.event_count, 2);
    question = client_parse(&client, client.events[1]);
    expect_at(&client, question, "method", "sampling/createMessage");
    expect_at(&client, question, "params|maxTokens", "9");
    answer_question(&client, 1,
        "\"result\":{\"role\":\"assistant\",\"model\":\"m\",\"content\":{\"type\":\"text\",\"text\":\"Hi\"}"
        "}");
    client_until_end(&client);
    expect_at(&client, client_parse(&client, client.json), "result|structuredContent|said", "w: Hi, Zoé");
    client_done(&client);
}

static void test_asking_in_a_session(void **state)
{
    (void)state;
    ask_in_session("2025-06-18", false);
    ask_in_session("2025-11-25", false);
    ask_in_session("2025-11-25", true);
}

static void test_session_answers_that_are_none(void **state)
{
    (void)state;
    struct client client;
    client_init(&client, true);
    client_begin(&client, "2025-11-25", CAN_ALL);
    client_start(&client, CALL("\"name\":\"ask\",\"arguments\":{\"word\":\"w\"}"));
    answer_question(&client, 0, "\"result\":{\"action\":\"decline\"}");
    client_until_end(&client);
    expect_at(&client, client_parse(&client, client.json), "result|structuredContent|said", "w: decline");
    client_start(&client, CALL("\"name\":\"ask\""));
    answer_question(&client, 0, "\"error\":{\"code\":-1,\"message\":\"no person here\"}");
    client_until_end(&client);
    const struct mcp_json *answer = client_parse(&client, client.json);
    expect_at(&client, answer, "result|isError", "true");
    assert_non_null(strstr(client.json, "no person here"));
    /* A malformed answer is asked again, with a new id. */
    client_start(&client, CALL("\"name\":\"ask\",\"arguments\":{\"word\":\"w\"}"));
    answer_question(&client, 0, "\"result\":{\"action\":\"perhaps\"}");
    assert_int_equal(client.event_count, 2);
    assert_string_not_equal(text_at(&client, client_parse(&client, client.events[0]), "id"),
        text_at(&client, client_parse(&client, client.events[1]), "id"));
    answer_question(&client, 1, "\"result\":{\"action\":\"cancel\"}");
    client_until_end(&client);
    expect_at(&client, client_parse(&client, client.json), "result|structuredContent|said", "w: cancel");
    client_done(&client);
}

/* What the client did not declare is never asked. */
static void test_not_declared(void **state)
{
    (void)state;
    struct client client;
    client_init(&client, true);
    client_begin(&client, "2025-11-25", "{\"sampling\":{}}");
    const struct mcp_json *answer = client_send(&client, CALL("\"name\":\"ask\""));
    expect_at(&client, answer, "result|isError", "true");
    assert_int_equal(client.event_count, 0);
    client_done(&client);
    client_init(&client, false);
    client.no_stream = true; /* nor where no question can travel */
    client_begin(&client, "2025-11-25", CAN_ALL);
    answer = client_send(&client, CALL("\"name\":\"ask\""));
    expect_at(&client, answer, "result|isError", "true");
    client_done(&client);
}

/* MCP 2026-07-28, schema MissingRequiredClientCapabilityError: which capabilities, as an object. */
static void test_not_declared_stateless(void **state)
{
    (void)state;
    struct client client;
    client_init(&client, false);
    const struct mcp_json *answer = client_modern(&client, "tools/call", "ask", "{\"sampling\":{}}", "");
    assert_int_equal(client.status, 400);
    expect_at(&client, answer, "error|code", "-32021");
    expect_at(&client, answer, "error|data|requiredCapabilities", "{\"elicitation\":{}}");
    client_done(&client);
}

static void test_cancelled_while_it_asks(void **state)
{
    (void)state;
    struct client client;
    client_init(&client, true);
    client_begin(&client, "2025-11-25", CAN_ALL);
    client_start(&client, CALL("\"name\":\"ask\""));
    struct client other = { .server = client.server, .peer = client.peer };
    client_send(
        &other, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":1}}");
    client_until_end(&client);
    assert_string_equal(client.json, "");
    const struct mcp_json *question = client_parse(&client, client.events[0]);
    client_send(&other, /* too late */
        arena_printf(&other.arena, "{\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":{\"action\":\"cancel\"}}",
            text_at(&client, question, "id")));
    assert_string_equal(other.json, "");
    arena_done(&other.arena);
    client_done(&client);
}

static int give_up(struct mcp_call *call, const void *data)
{
    (void)data;
    return mcp_fail(call, MCP_CANCELLED, "Rien n'est fait.", "Nothing is done.");
}

/* Only a call that its client cancelled ends without an answer. */
static void test_a_handler_gives_up(void **state)
{
    (void)state;
    static const struct mcp_tool tool = TEST_TOOL("give_up", NULL, give_up, .timeout_ms = 1000);
    static const struct mcp_tool *const tools[] = { &tool, NULL };
    const struct mcp_server_options options = { .name = "t", .version = "1", .tools = tools };
    struct client client = { .server = mcp_server_new(&options, NULL, 0) };
    assert_non_null(client.server);
    client.peer = mcp_peer_new(client.server, &client_sink, &client);
    client_begin(&client, "2025-11-25", "{}");
    const struct mcp_json *answer = client_send(&client,
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"give_up\"}}");
    expect_at(&client, answer, "result|isError", "true");
    assert_non_null(strstr(client.json, "Nothing is done."));
    client_done(&client);
}

static void test_asking_stateless(void **state)
{
    (void)state;
    struct client client;
    client_init(&client, false);
    const struct mcp_json *answer =
        client_modern(&client, "tools/call", "ask", CAN_ALL, ",\"arguments\":{\"word\":\"w\"}");
    assert_int_equal(client.status, 200);
    assert_int_equal(client.event_count, 0);
    expect_at(&client, answer, "result|resultType", "input_required");
    expect_at(&client, answer, "result|content", "(none)");
    expect_at(&client, answer, "result|inputRequests|name|method", "elicitation/create");
    expect_at(&client, answer, "result|inputRequests|name|params|mode", "form");
    expect_at(&client, answer, "result|inputRequests|name|id", "(none)");
    expect_at(&client, answer, "result|inputRequests|name|jsonrpc", "(none)");
    const char *first = text_at(&client, answer, "result|requestState");
    answer = client_modern(&client, "tools/call", "ask", CAN_ALL,
        arena_printf(&client.arena,
            ",\"arguments\":{\"word\":\"w\"},\"requestState\":\"%s\",\"inputResponses\":{"
            "\"name\":{\"action\":\"accept\",\"content\":{\"name\":\"Zoé\"}},\"other\":{}}",
            first));
    expect_at(&client, answer, "result|resultType", "input_required");
    expect_at(&client, answer, "result|inputRequests|name", "(none)");
    expect_at(&client, answer, "result|inputRequests|greeting|method", "sampling/createMessage");
    const char *second = text_at(&client, answer, "result|requestState");
    assert_string_not_equal(first, second);
    answer = client_modern(&client, "tools/call", "ask", CAN_ALL,
        arena_printf(&client.arena,
            ",\"arguments\":{\"word\":\"w\"},\"requestState\":\"%s\",\"inputResponses\":{\"greeting\":"
            "{\"role\":\"assistant\",\"model\":\"m\",\"content\":{\"type\":\"text\",\"text\":\"Hi\"}}}",
            second));
    expect_at(&client, answer, "result|resultType", "complete");
    expect_at(&client, answer, "result|structuredContent|said", "w: Hi, Zoé");
    expect_at(&client, answer, "result|requestState", "(none)");
    client_done(&client);
}

/* Neither wrong keys nor malformed answers ever complete a call. */
static void test_stateless_answers_that_are_none(void **state)
{
    (void)state;
    static const struct {
        const char *params, *type; /* resultType, or (none) for an error */
    } cases[] = {
        { ",\"inputResponses\":{}", "input_required" },
        { ",\"inputResponses\":{\"wrong\":{\"action\":\"accept\",\"content\":{}}}", "input_required" },
        { ",\"inputResponses\":{\"name\":5}", "input_required" },
        { ",\"inputResponses\":{\"name\":{\"action\":\"accept\",\"content\":\"x\"}}", "input_required" },
        { ",\"inputResponses\":null", "(none)" },
        { ",\"inputResponses\":[]", "(none)" },
        { ",\"requestState\":\"\"", "(none)" },
        { ",\"requestState\":5", "(none)" },
        { ",\"requestState\":null", "(none)" },
    };
    struct client client;
    client_init(&client, false);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct mcp_json *answer = client_modern(&client, "tools/call", "ask", CAN_ALL, cases[i].params);
        expect_at(&client, answer, "result|resultType", cases[i].type);
        expect_at(&client, answer, "error|code", json_at(answer, "result") ? "(none)" : "-32602");
    }
    client_done(&client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_no_call),
        cmocka_unit_test(test_faults_are_results),
        cmocka_unit_test(test_progress),
        cmocka_unit_test(test_progress_tokens_are_short),
        cmocka_unit_test(test_asking_in_a_session),
        cmocka_unit_test(test_session_answers_that_are_none),
        cmocka_unit_test(test_not_declared),
        cmocka_unit_test(test_not_declared_stateless),
        cmocka_unit_test(test_cancelled_while_it_asks),
        cmocka_unit_test(test_a_handler_gives_up),
        cmocka_unit_test(test_asking_stateless),
        cmocka_unit_test(test_stateless_answers_that_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
