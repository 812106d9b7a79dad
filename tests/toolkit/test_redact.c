/* redact.c: what of the arguments may be kept. */
#include "toolkit_json.h"

#include "base/buf.h"
#include "base/scope.h"
#include "toolkit/redact.h"

struct args {
    const char *url, *name, *key;
    struct mcp_strings hosts;
    struct mcp_map headers;
    int64_t count;
};

#define ABOUT .about = { "fr", "en" }

static const struct mcp_param rows[] = {
    MCP_ARG_STRING(struct args, url, .format = MCP_URL, .max = 4000, ABOUT),
    MCP_ARG_STRING(struct args, name, .alias = "nom", ABOUT),
    MCP_ARG_STRING(struct args, key, .secret = true, ABOUT),
    MCP_ARG_STRINGS(struct args, hosts, .max_items = 100, ABOUT),
    MCP_ARG_MAP(struct args, headers, .max_items = 64, ABOUT),
    MCP_ARG_INT(struct args, count, .max = 9, ABOUT),
    { 0 },
};

static const struct {
    const char *given, *kept;
} cases[] = {
    { "{}", "{}" },
    { "{\"count\":3,\"name\":\"a\\\"b\"}", "{\"count\":3,\"name\":\"a\\\"b\"}" },
    { "{\"nom\":\"x\"}", "{\"name\":\"x\"}" },
    { "{\"key\":\"hunter2\"}", "{\"key\":\"***\"}" },
    { "{\"key\":[1,\"hunter2\"]}", "{\"key\":\"***\"}" },
    { "{\"kye\":\"hunter2\",\"count\":1}", "{\"count\":1}" },
    { "{\"url\":\"https://me:hunter2@h/p?a=1\"}", "{\"url\":\"https://***@h/p?a=1\"}" },
    { "{\"url\":\"https://hunter2@h\"}", "{\"url\":\"https://***@h\"}" },
    { "{\"url\":\"https://h/p?x=1&access_token=hunter2&y=2&Key=hunter2#f\"}",
        "{\"url\":\"https://h/p?x=1&access_token=***&y=2&Key=***\"}" },
    { "{\"url\":\"https://h/?monkey=1&q\"}", "{\"url\":\"https://h/?monkey=1&q\"}" },
    { "{\"name\":\"ftp://u:hunter2@h\"}", "{\"name\":\"ftp://***@h\"}" },
    { "{\"hosts\":[\"a\",\"http://u:hunter2@b\"]}", "{\"hosts\":[\"a\",\"http://***@b\"]}" },
    { "{\"hosts\":\"a\"}", "{\"hosts\":\"a\"}" },
    { "{\"headers\":{\"Authorization\":\"Bearer hunter2\",\"Cookie\":\"s=hunter2\",\"X-Api-Key\":\"hunter2\","
      "\"Proxy-Authorization\":\"hunter2\",\"X-Odd\":\"Bearer hunter2\",\"Accept\":\"text/html\"}}",
        "{\"headers\":{\"Authorization\":\"***\",\"Cookie\":\"***\",\"X-Api-Key\":\"***\","
        "\"Proxy-Authorization\":\"***\",\"X-Odd\":\"***\",\"Accept\":\"text/html\"}}" },
    { "{\"count\":{\"password\":\"hunter2\"}}", "{\"count\":{\"password\":\"***\"}}" },
    { "{\"count\":true,\"name\":null}", "{\"count\":true,\"name\":null}" },
};

static void test_cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(arena_done) struct arena arena = { 0 };
        CLEANUP(buf_done) struct buf out = { 0 };
        redact_arguments(&out, rows, toolkit_json(&arena, cases[i].given));
        assert_string_equal(buf_str(&out), cases[i].kept);
        toolkit_json(&arena, buf_str(&out)); /* valid JSON */
    }
}

static void test_none(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf out = { 0 };
    redact_arguments(&out, rows, NULL);
    redact_arguments(&out, NULL, NULL);
    assert_string_equal(buf_str(&out), "{}{}");
}

static void test_bounded(void **state)
{
    (void)state;
    CLEANUP(arena_done) struct arena arena = { 0 };
    CLEANUP(buf_done) struct buf given = { 0 };
    CLEANUP(buf_done) struct buf out = { 0 };
    buf_adds(&given, "{\"name\":\"");
    for (int i = 0; i < 5000; i++)
        buf_adds(&given, "\xC3\xA9");
    buf_adds(&given, "\",\"hosts\":[");
    for (int i = 0; i < 500; i++)
        buf_addf(&given, "%s\"host%d\"", i ? "," : "", i);
    buf_adds(&given, "]}");
    redact_arguments(&out, rows, toolkit_json(&arena, buf_str(&given)));
    assert_true(out.len < 1024);
    assert_non_null(strstr(buf_str(&out), "\xC3\xA9\xE2\x80\xA6\"")); /* cut between characters */
    assert_non_null(strstr(buf_str(&out), ",484]")); /* how many more there were */
    toolkit_json(&arena, buf_str(&out));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_none),
        cmocka_unit_test(test_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
