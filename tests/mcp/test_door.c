/* door.c: the era of a message, decided once, in the order that clients rely on. */
#include "mcp_tools.h"

#include "base/scope.h"

#define M "2026-07-28"
#define CLAIM(version) \
    "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":" version \
    ",\"io.modelcontextprotocol/clientCapabilities\":{}}"
#define REQUEST(method, params) \
    "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"" method "\",\"params\":{" params "}}"
#define META_ONLY(meta) REQUEST("tools/list", "\"_meta\":{" meta "}")
#define V "\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\""
#define C "\"io.modelcontextprotocol/clientCapabilities\":{}"

/* One message over HTTP without a session: headers, body, and what must come of it. */
struct row {
    const char *version, *method, *name, *session; /* headers; NULL: absent */
    const char *body;
    int status;
    const char *code, *id;
};

static void check_rows(const struct row *rows, size_t count)
{
    struct client client;
    client_init(&client, false);
    for (size_t i = 0; i < count; i++) {
        const char *const headers[][2] = { { "MCP-Protocol-Version", rows[i].version },
            { "Mcp-Method", rows[i].method }, { "Mcp-Name", rows[i].name },
            { "Mcp-Session-Id", rows[i].session } };
        memset(client.headers, 0, sizeof client.headers);
        for (size_t j = 0; j < ARRAY_LEN(headers); j++)
            if (headers[j][1])
                client_set(&client, headers[j][0], headers[j][1]);
        const struct mcp_json *answer = client_send(&client, rows[i].body);
        const char *code = text_at(&client, answer, "error|code"), *id = text_at(&client, answer, "id");
        if (client.status != rows[i].status || strcmp(code, rows[i].code) != 0 || strcmp(id, rows[i].id) != 0)
            fail_msg("row %zu: %s\n%d %s", i, rows[i].body, client.status, client.json);
    }
    client_done(&client);
}

#define NONE "(none)"

static void test_shape(void **state)
{
    (void)state;
    static const struct row rows[] = {
        { .body = "", .status = 400, .code = "-32700", .id = NONE },
        { .body = "{", .status = 400, .code = "-32700", .id = NONE },
        { .body = "{\"jsonrpc\":\"2.0\",\"id\":7,\"id\":8,\"method\":\"ping\"}",
            .status = 400,
            .code = "-32700",
            .id = NONE },
        { .body = "\xFF", .status = 400, .code = "-32700", .id = NONE },
        { .body = "3", .status = 400, .code = "-32600", .id = NONE },
        { .body = "null", .status = 400, .code = "-32600", .id = NONE },
        { .body = "{\"jsonrpc\":\"1.0\",\"id\":7,\"method\":\"ping\"}",
            .status = 400,
            .code = "-32600",
            .id = "7" },
        { .body = "{\"jsonrpc\":\"2.0\",\"id\":7}", .status = 400, .code = "-32600", .id = "7" },
        { .body = "{\"jsonrpc\":\"2.0\",\"id\":null,\"method\":\"ping\"}",
            .status = 400,
            .code = "-32600",
            .id = NONE },
        { .body = "[]", .status = 400, .code = "-32600", .id = NONE },
        { .body = "[" REQUEST("ping", "") "]", .status = 400, .code = "-32600", .id = NONE },
        { .body = "[" REQUEST("tools/list", CLAIM("\"2026-07-28\"")) "]",
            .status = 400,
            .code = "-32600",
            .id = NONE },
        { .body = "[" REQUEST("initialize", "") "]", .status = 400, .code = "-32600", .id = NONE },
        { .body = "{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{}}",
            .status = 400,
            .code = "-32600",
            .id = NONE },
    };
    check_rows(rows, ARRAY_LEN(rows));
}

static void test_which_era(void **state)
{
    (void)state;
    static const char initialize[] =
        REQUEST("initialize", "\"protocolVersion\":\"2025-11-25\",\"capabilities\":{}");
    static const struct row rows[] = {
        /* initialize without a claim is the legacy handshake, whatever old version the header names */
        { .body = initialize, .status = 200, .code = NONE, .id = "7" },
        { .version = "2025-06-18",
            .method = "x",
            .body = initialize,
            .status = 200,
            .code = NONE,
            .id = "7" },
        { .version = M, .body = initialize, .status = 400, .code = "-32020", .id = "7" },
        /* no claim, modern header: which keys are missing */
        { .version = M,
            .method = "tools/list",
            .body = REQUEST("tools/list", ""),
            .status = 400,
            .code = "-32602",
            .id = "7" },
        /* neither: bare, or a session that is missing */
        { .body = REQUEST("tools/list", ""), .status = 200, .code = NONE, .id = "7" },
        { .body = REQUEST("ping", ""), .status = 200, .code = NONE, .id = "7" },
        { .body = REQUEST("tools/call", "\"name\":\"echo\""), .status = 200, .code = NONE, .id = "7" },
        { .body = REQUEST("server/discover", ""), .status = 200, .code = "-32601", .id = "7" },
        { .body = REQUEST("no/such", ""), .status = 200, .code = "-32601", .id = "7" },
        { .version = "2025-11-25",
            .body = REQUEST("tools/list", ""),
            .status = 400,
            .code = "-32600",
            .id = "7" },
        { .version = "1999-01-01",
            .body = REQUEST("tools/list", ""),
            .status = 400,
            .code = "-32600",
            .id = "7" },
        { .session = "0123456789abcdef0123456789abcdef",
            .body = REQUEST("tools/list", ""),
            .status = 404,
            .code = "-32600",
            .id = "7" },
        { .session = "", .body = REQUEST("tools/list", ""), .status = 404, .code = "-32600", .id = "7" },
        { .body = "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}",
            .status = 202,
            .code = NONE,
            .id = NONE },
        { .body = "{\"jsonrpc\":\"2.0\",\"method\":\"no/such\"}", .status = 202, .code = NONE, .id = NONE },
        /* a stateless notification is dropped */
        { .version = M,
            .body = "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\"}",
            .status = 202,
            .code = NONE,
            .id = NONE },
    };
    check_rows(rows, ARRAY_LEN(rows));
}

static void test_envelope(void **state)
{
    (void)state;
    static const char *const bad_meta[] = { C, "\"io.modelcontextprotocol/protocolVersion\":7," C,
        "\"io.modelcontextprotocol/protocolVersion\":null," C, V,
        V ",\"io.modelcontextprotocol/clientCapabilities\":null",
        V ",\"io.modelcontextprotocol/clientCapabilities\":[]",
        V "," C ",\"io.modelcontextprotocol/clientInfo\":\"me\"",
        V "," C ",\"io.modelcontextprotocol/clientInfo\":{\"name\":\"me\"}",
        V "," C ",\"io.modelcontextprotocol/clientInfo\":{\"name\":\"me\",\"version\":1}",
        V "," C ",\"io.modelcontextprotocol/logLevel\":\"loud\"",
        V "," C ",\"io.modelcontextprotocol/logLevel\":3" };
    struct arena arena = { 0 };
    for (size_t i = 0; i < ARRAY_LEN(bad_meta); i++) {
        const struct row row = { .version = M,
            .method = "tools/list",
            .status = 400,
            .code = "-32602",
            .id = "7",
            .body = arena_printf(&arena, META_ONLY("%s"), bad_meta[i]) };
        check_rows(&row, 1);
    }
    static const char *const good_meta[] = { V "," C,
        V "," C ",\"io.modelcontextprotocol/clientInfo\":{\"name\":\"me\",\"version\":\"1\",\"more\":1}",
        V "," C ",\"io.modelcontextprotocol/logLevel\":\"warning\"", V "," C ",\"com.example/own\":1" };
    for (size_t i = 0; i < ARRAY_LEN(good_meta); i++) {
        const struct row row = { .version = M,
            .method = "tools/list",
            .status = 200,
            .code = NONE,
            .id = "7",
            .body = arena_printf(&arena, META_ONLY("%s"), good_meta[i]) };
        check_rows(&row, 1);
    }
    arena_done(&arena);
}

static void test_order_of_stateless_checks(void **state)
{
    (void)state;
    static const struct row rows[] = {
        /* the envelope comes before the header */
        { .version = "2025-11-25", .body = META_ONLY(V), .status = 400, .code = "-32602", .id = "7" },
        /* the header before support: even when nobody knows that version */
        { .body = META_ONLY(V "," C), .status = 400, .code = "-32020", .id = "7" },
        { .version = "2025-11-25", .body = META_ONLY(V "," C), .status = 400, .code = "-32020", .id = "7" },
        { .version = M,
            .body = REQUEST("tools/list", CLAIM("\"v999.0.0\"")),
            .status = 400,
            .code = "-32020",
            .id = "7" },
        /* support before Mcp-Method */
        { .version = "v999.0.0",
            .body = REQUEST("tools/list", CLAIM("\"v999.0.0\"")),
            .status = 400,
            .code = "-32022",
            .id = "7" },
        { .version = "2025-11-25",
            .body = REQUEST("tools/list", CLAIM("\"2025-11-25\"")),
            .status = 400,
            .code = "-32022",
            .id = "7" },
        /* Mcp-Method and Mcp-Name before the method itself */
        { .version = M,
            .method = "other",
            .body = REQUEST("no/such", CLAIM("\"2026-07-28\"")),
            .status = 400,
            .code = "-32020",
            .id = "7" },
        { .version = M,
            .method = "no/such",
            .body = REQUEST("no/such", CLAIM("\"2026-07-28\"")),
            .status = 404,
            .code = "-32601",
            .id = "7" },
        { .version = M,
            .method = "tools/call",
            .name = "nobody",
            .body = REQUEST("tools/call", "\"name\":\"nobody\"," CLAIM("\"2026-07-28\"")),
            .status = 200,
            .code = "-32602",
            .id = "7" },
        /* methods of sessions */
        { .version = M,
            .method = "initialize",
            .body = REQUEST("initialize", CLAIM("\"2026-07-28\"")),
            .status = 404,
            .code = "-32601",
            .id = "7" },
        { .version = M,
            .method = "ping",
            .body = REQUEST("ping", CLAIM("\"2026-07-28\"")),
            .status = 404,
            .code = "-32601",
            .id = "7" },
        { .version = M,
            .method = "logging/setLevel",
            .body = REQUEST("logging/setLevel", CLAIM("\"2026-07-28\"")),
            .status = 404,
            .code = "-32601",
            .id = "7" },
        /* session headers mean nothing */
        { .version = M,
            .method = "tools/list",
            .session = "whatever",
            .body = META_ONLY(V "," C),
            .status = 200,
            .code = NONE,
            .id = "7" },
    };
    check_rows(rows, ARRAY_LEN(rows));
}

static void test_unsupported_says_what_is_supported(void **state)
{
    (void)state;
    struct client client;
    client_init(&client, false);
    client_set(&client, "MCP-Protocol-Version", "v9\"");
    const struct mcp_json *answer = client_send(&client, REQUEST("tools/list", CLAIM("\"v9\\\"\"")));
    expect_at(&client, answer, "error|code", "-32022");
    expect_at(&client, answer, "error|data|requested", "v9\"");
    expect_at(&client, answer, "error|data|supported", "[\"2026-07-28\"]");
    client_done(&client);
}

/* The same on a pipe, message by message. */
static void test_pipe(void **state)
{
    (void)state;
    struct client client;
    client_init(&client, true);
    const struct mcp_json *answer = client_send(&client, REQUEST("tools/list", ""));
    expect_at(&client, answer, "error|code", "-32602");
    expect_at(&client, answer, "error|data|supported", "[\"2026-07-28\"]");
    assert_non_null(strstr(text_at(&client, answer, "error|message"), "clientCapabilities"));
    expect_at(&client, client_send(&client, REQUEST("ping", "")), "result", "{}");
    answer =
        client_send(&client, REQUEST("server/discover", MODERN_META)); /* the probe of dual-era clients */
    expect_at(&client, answer, "result|supportedVersions", "[\"2026-07-28\"]");
    answer = client_send(&client, REQUEST("tools/list", CLAIM("\"v999.0.0\"")));
    expect_at(&client, answer, "error|code", "-32022");
    answer =
        client_send(&client, REQUEST("tools/call", "\"name\":\"echo\"," MODERN_META)); /* no headers here */
    expect_at(&client, answer, "result|resultType", "complete");
    client_begin(&client, "2025-06-18", "{}");
    answer = client_send(&client, REQUEST("tools/call", "\"name\":\"echo\""));
    expect_at(&client, answer, "result|resultType", "(none)");
    expect_at(&client, answer, "result|structuredContent|said", "word");
    answer =
        client_send(&client, REQUEST("tools/call", "\"name\":\"echo\"," MODERN_META)); /* both interleave */
    expect_at(&client, answer, "result|resultType", "complete");
    answer =
        client_send(&client, REQUEST("initialize", "\"protocolVersion\":\"2025-11-25\",\"capabilities\":{}"));
    expect_at(&client, answer, "error|code", "-32600");
    client_done(&client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shape),
        cmocka_unit_test(test_which_era),
        cmocka_unit_test(test_envelope),
        cmocka_unit_test(test_order_of_stateless_checks),
        cmocka_unit_test(test_unsupported_says_what_is_supported),
        cmocka_unit_test(test_pipe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
