/* sampling.c: requests to a model and its answers, tool uses and their results. */
#include "toolkit_json.h"

#include "base/scope.h"
#include "toolkit/sampling.h"

#define TEXT(text) "{\"type\":\"text\",\"text\":\"" text "\"}"
#define USE(id) "{\"type\":\"tool_use\",\"id\":\"" id "\",\"name\":\"n\",\"input\":{}}"
#define RESULT(id) "{\"type\":\"tool_result\",\"toolUseId\":\"" id "\",\"content\":[]}"
#define USER(content) "{\"role\":\"user\",\"content\":" content "}"
#define MODEL(content) "{\"role\":\"assistant\",\"content\":" content "}"
#define PARAMS(messages) "{\"maxTokens\":9,\"messages\":[" messages "]}"

static void test_params(void **state)
{
    (void)state;
    static const struct {
        const char *params;
        bool is_good;
    } rows[] = {
        { PARAMS(""), true },
        { PARAMS(USER(TEXT("a"))), true },
        { PARAMS(USER("[" TEXT("a") "," TEXT("b") "]")), true },
        { PARAMS(USER("{\"type\":\"image\",\"data\":\"\",\"mimeType\":\"image/png\"}")), true },
        { PARAMS(USER(TEXT("a")) "," MODEL(USE("1")) "," USER(RESULT("1"))), true },
        { PARAMS(MODEL("[" TEXT("a") "," USE("1") "," USE("2") "]") "," USER(
              "[" RESULT("2") "," RESULT("1") "]")),
            true },
        { "{}", false },
        { "[]", false },
        { "{\"messages\":[]}", false },
        { "{\"messages\":[],\"maxTokens\":0}", false },
        { "{\"messages\":[],\"maxTokens\":\"9\"}", false },
        { "{\"messages\":{},\"maxTokens\":9}", false },
        { PARAMS("1"), false },
        { PARAMS(USER(TEXT("a")) ",1"), false },
        { PARAMS("{\"role\":\"system\",\"content\":" TEXT("a") "}"), false },
        { PARAMS(USER("\"a\"")), false },
        { PARAMS(USER("{\"type\":\"text\"}")), false },
        { PARAMS(USER("{\"type\":\"video\",\"data\":\"\"}")), false },
        { PARAMS(USER(RESULT("1"))), false },
        { PARAMS(MODEL(USE("1"))), false },
        { PARAMS(MODEL(USE("1")) "," USER(RESULT("2"))), false },
        { PARAMS(MODEL(USE("1")) "," USER("[" RESULT("1") "," TEXT("a") "]")), false },
        { PARAMS(MODEL("[" USE("1") "," USE("2") "]") "," USER(RESULT("1"))), false },
        { PARAMS(MODEL(TEXT("a")) "," USER(RESULT("1"))), false },
        { PARAMS(MODEL(USE("1")) "," USER(TEXT("a")) "," USER(RESULT("1"))), false },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena arena = { 0 };
        const char *fault = sampling_bad_params(toolkit_json(&arena, rows[i].params));
        if (!fault != rows[i].is_good)
            fail_msg("%s: %s", rows[i].params, fault);
        arena_done(&arena);
    }
    assert_non_null(sampling_bad_params(NULL));
}

static void test_needs(void **state)
{
    (void)state;
    const unsigned plain = 1U << MCP_ASK_SAMPLE, tools = 1U << MCP_ASK_SAMPLE_TOOLS;
    static const char *const texts[] = { "{}", "{\"tools\":[]}", "{\"toolChoice\":{}}",
        "{\"includeContext\":\"none\"}", "{\"includeContext\":\"thisServer\"}" };
    const unsigned needs[] = { plain, plain | tools, plain | tools, plain,
        plain | 1U << MCP_ASK_SAMPLE_CONTEXT };
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct arena arena = { 0 };
        assert_int_equal(sampling_needs(toolkit_json(&arena, texts[i])), needs[i]);
        arena_done(&arena);
    }
}

static void test_answers(void **state)
{
    (void)state;
    static const struct {
        const char *answer;
        bool is_good;
    } rows[] = {
        { "{\"role\":\"assistant\",\"model\":\"m\",\"content\":" TEXT("a") "}", true },
        { "{\"role\":\"assistant\",\"model\":\"m\",\"content\":[" TEXT("a") "," USE("1") "]}", true },
        { "{\"role\":\"assistant\",\"model\":\"m\",\"content\":[]}", true },
        { "{\"role\":\"assistant\",\"content\":" TEXT("a") "}", false },
        { "{\"role\":\"assistant\",\"model\":1,\"content\":" TEXT("a") "}", false },
        { "{\"role\":\"nobody\",\"model\":\"m\",\"content\":" TEXT("a") "}", false },
        { "{\"role\":\"assistant\",\"model\":\"m\",\"content\":\"a\"}", false },
        { "{\"role\":\"assistant\",\"model\":\"m\",\"content\":[1]}", false },
        { "{\"role\":\"assistant\",\"model\":\"m\"}", false },
        { "{}", false },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena arena = { 0 };
        assert_int_equal(sampling_is_answer(toolkit_json(&arena, rows[i].answer)), rows[i].is_good);
        arena_done(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_params),
        cmocka_unit_test(test_needs),
        cmocka_unit_test(test_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
