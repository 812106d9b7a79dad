/* headers.c: what a header value means, and that headers agree with the body. */
#include "mcp_tools.h"

#include "base/scope.h"
#include "mcp/headers.h"

static void test_decoding(void **state)
{
    (void)state;
    static const struct {
        const char *value, *meaning; /* NULL: refused */
    } cases[] = {
        { "echo", "echo" }, { "", "" }, { "SGVsbG8=", "SGVsbG8=" }, { "=?base64?SGVsbG8=?=", "Hello" },
        { "=?base64?SGVsbG8h?=", "Hello!" }, { "=?base64?SGVsbA==?=", "Hell" }, { "=?base64?w6k=?=", "é" },
        { "=?base64?8J+YgA==?=", "😀" },
        { "=?base64?"
          "?=",
            "" },
        { "=?base64?SGVsbG8=", "=?base64?SGVsbG8=" }, { "=?BASE64?SGVsbG8=?=", "=?BASE64?SGVsbG8=?=" },
        { "=?base64?=", "=?base64?=" }, { "SGVsbG8=?=", "SGVsbG8=?=" }, { "=?base64?SGVsbG8?=", NULL },
        { "=?base64?SGVsbG8==?=", NULL }, { "=?base64?SGVs bG8=?=", NULL }, { "=?base64?SGVsbG8-?=", NULL },
        { "=?base64?SGVsbG8_?=", NULL }, { "=?base64?SGVsbG9=?=", NULL }, /* spare bits that are not zero */
        { "=?base64?SGVsbB==?=", NULL }, { "=?base64?SG=sbG8=?=", NULL }, { "=?base64?====?=", NULL },
        { "=?base64?A===?=", NULL }, { "=?base64?/w==?=", NULL }, /* not UTF-8 */
        { "=?base64?7aCA?=", NULL }, /* a surrogate */
        { "=?base64?AA==?=", NULL }, /* a NUL */
    };
    struct arena arena = { 0 };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const char *meaning = headers_decode(&arena, cases[i].value);
        if (!meaning != !cases[i].meaning || (meaning && strcmp(meaning, cases[i].meaning) != 0))
            fail_msg("%s: %s", cases[i].value, meaning ? meaning : "refused");
    }
    arena_done(&arena);
}

/* A stateless tools/call of "echo" with those headers. */
static void test_agreement(void **state)
{
    (void)state;
    static const struct {
        const char *method, *name;
        bool agrees;
    } cases[] = {
        { "tools/call", "echo", true },
        { "tools/call", "=?base64?ZWNobw==?=", true },
        { "tools/call", "=?base64?ZWNobw=?=", false },
        { "tools/call", "Echo", false },
        { "tools/call", "ask", false },
        { "tools/call", "", false },
        { "tools/call", NULL, false },
        { "TOOLS/CALL", "echo", false },
        { "tools/list", "echo", false },
        { "", "echo", false },
        { NULL, "echo", false },
    };
    struct client client;
    client_init(&client, false);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        memset(client.headers, 0, sizeof client.headers);
        client_set(&client, "MCP-Protocol-Version", "2026-07-28");
        if (cases[i].method)
            client_set(&client, "mcp-METHOD", cases[i].method);
        if (cases[i].name)
            client_set(&client, "Mcp-Name", cases[i].name);
        const struct mcp_json *answer = client_send(&client,
            "{\"jsonrpc\":\"2.0\",\"id\":\"q\",\"method\":\"tools/"
            "call\",\"params\":{\"name\":\"echo\"," MODERN_META "}}");
        expect_at(&client, answer, "id", "q");
        assert_int_equal(client.status, cases[i].agrees ? 200 : 400);
        expect_at(&client, answer, "error|code", cases[i].agrees ? "(none)" : "-32020");
    }
    client_done(&client);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_decoding), cmocka_unit_test(test_agreement) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
