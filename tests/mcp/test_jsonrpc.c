/* jsonrpc.c: what a parsed value is. */
#include "mcp_client.h"

#include "base/scope.h"
#include "mcp/jsonrpc.h"

static void test_kinds(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        enum jsonrpc_kind kind;
        const char *id; /* as sent; NULL: none that may be echoed */
    } cases[] = {
        { "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"m\"}", JSONRPC_REQUEST, "1" },
        { "{\"jsonrpc\":\"2.0\",\"id\":\"a\\u0000b\",\"method\":\"m\",\"params\":{}}", JSONRPC_REQUEST,
            "\"a\\u0000b\"" },
        { "{\"jsonrpc\":\"2.0\",\"id\":-12345678901234567890,\"method\":\"m\"}", JSONRPC_REQUEST,
            "-12345678901234567890" },
        { "{\"jsonrpc\":\"2.0\",\"method\":\"m\"}", JSONRPC_NOTIFICATION, NULL },
        { "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}", JSONRPC_RESPONSE, "1" },
        { "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":null}", JSONRPC_RESPONSE, "1" },
        { "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":1,\"message\":\"\"}}", JSONRPC_RESPONSE, "1" },
        { "{\"id\":1,\"method\":\"m\"}", JSONRPC_INVALID, "1" },
        { "{\"jsonrpc\":\"1.0\",\"id\":\"x\",\"method\":\"m\"}", JSONRPC_INVALID, "\"x\"" },
        { "{\"jsonrpc\":2.0,\"id\":1,\"method\":\"m\"}", JSONRPC_INVALID, "1" },
        { "{\"jsonrpc\":\"2.0\",\"id\":null,\"method\":\"m\"}", JSONRPC_INVALID, NULL },
        { "{\"jsonrpc\":\"2.0\",\"id\":1.5,\"method\":\"m\"}", JSONRPC_INVALID, NULL },
        { "{\"jsonrpc\":\"2.0\",\"id\":1e2,\"method\":\"m\"}", JSONRPC_INVALID, NULL },
        { "{\"jsonrpc\":\"2.0\",\"id\":[1],\"method\":\"m\"}", JSONRPC_INVALID, NULL },
        { "{\"jsonrpc\":\"2.0\",\"id\":true,\"method\":\"m\"}", JSONRPC_INVALID, NULL },
        { "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":7}", JSONRPC_INVALID, "1" },
        { "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\\u0000b\"}", JSONRPC_INVALID, "1" },
        { "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"m\",\"params\":[]}", JSONRPC_INVALID, "1" },
        { "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"m\",\"params\":null}", JSONRPC_INVALID, "1" },
        { "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"m\",\"result\":{}}", JSONRPC_INVALID, "1" },
        { "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{},\"error\":{}}", JSONRPC_INVALID, "1" },
        { "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":\"no\"}", JSONRPC_INVALID, "1" },
        { "{\"jsonrpc\":\"2.0\",\"result\":{}}", JSONRPC_INVALID, NULL },
        { "{\"jsonrpc\":\"2.0\",\"id\":1}", JSONRPC_INVALID, "1" },
        { "{}", JSONRPC_INVALID, NULL },
        { "null", JSONRPC_INVALID, NULL },
        { "\"text\"", JSONRPC_INVALID, NULL },
    };
    struct client client = { 0 };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct jsonrpc_message message = jsonrpc_classify(client_parse(&client, cases[i].json));
        if (message.kind != cases[i].kind)
            fail_msg("%s: kind %d", cases[i].json, (int)message.kind);
        assert_int_equal(message.id != NULL, cases[i].id != NULL);
        if (cases[i].id)
            assert_memory_equal(message.id->raw, cases[i].id, strlen(cases[i].id));
        assert_int_equal(message.fault != NULL, message.kind == JSONRPC_INVALID);
    }
    arena_done(&client.arena);
}

/* `text` with a label of that many bytes in the place of %s: digits, or a string. */
static struct jsonrpc_message with_label(struct client *client, const char *text, size_t len, bool is_string)
{
    char label[2000];
    memset(label, '1', len);
    label[len] = '\0';
    if (is_string)
        label[0] = label[len - 1] = '"';
    char *json = arena_alloc(&client->arena, 4000);
    const char *place = strstr(text, "%s");
    snprintf(json, 4000, "%.*s%s%s", (int)(place - text), text, label, place + 2);
    return jsonrpc_classify(client_parse(client, json));
}

static void test_ids_are_short(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        enum jsonrpc_kind kind;
    } cases[] = {
        { "{\"jsonrpc\":\"2.0\",\"id\":%s,\"method\":\"m\"}", JSONRPC_REQUEST },
        { "{\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":{}}", JSONRPC_RESPONSE },
    };
    struct client client = { 0 };
    for (size_t i = 0; i < 2 * ARRAY_LEN(cases); i++) {
        bool is_string = i % 2;
        struct jsonrpc_message message = with_label(&client, cases[i / 2].json, 1024, is_string);
        assert_int_equal(message.kind, cases[i / 2].kind);
        assert_int_equal(message.id->raw_len, 1024);
        message = with_label(&client, cases[i / 2].json, 1025, is_string);
        assert_int_equal(message.kind, JSONRPC_INVALID);
        assert_null(message.id);
        assert_non_null(strstr(message.fault, "1,024 bytes"));
    }
    arena_done(&client.arena);
}

static void test_parts(void **state)
{
    (void)state;
    struct client client = { 0 };
    struct jsonrpc_message message = jsonrpc_classify(client_parse(
        &client, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"m\",\"params\":{\"_meta\":{\"a\":1},\"b\":2}}"));
    assert_string_equal(message.method, "m");
    assert_int_equal(message.params->count, 2);
    assert_non_null(mcp_json_get(message.meta, "a"));
    message = jsonrpc_classify(
        client_parse(&client, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"m\",\"params\":{\"_meta\":[]}}"));
    assert_int_equal(message.kind, JSONRPC_REQUEST);
    assert_null(message.meta);
    arena_done(&client.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_ids_are_short),
        cmocka_unit_test(test_parts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
