/* talk.c and ask.c: questions to the client, languages, memory and JSON of a call. */
#include "toolkit_engine.h"

#include <errno.h>

#include "base/scope.h"

static const struct mcp_field output[] = {
    { .name = "said", .kind = MCP_STRING, .label = { "Dit", "Said" } },
    { 0 },
};
static const char form[] = "{\"type\":\"object\",\"properties\":{\"name\":{\"type\":\"string\"}}}";

/* Asks for a name, then how to greet by it. */
static int ask_twice(struct mcp_call *call, const void *args)
{
    (void)args;
    const struct mcp_question who = { .kind = MCP_ASK_FORM, .message = { "Qui ?", "Who?" }, .params = form };
    const struct mcp_question how = { .kind = MCP_ASK_SAMPLE, .params = "{\"messages\":[],\"maxTokens\":9}" };
    struct mcp_answer name, greeting;
    int result = mcp_ask(call, "who", &who, &name);
    if (result)
        return result;
    if (!name.accepted) {
        mcp_put_fmt(call, "said", "%s", name.action);
        return 0;
    }
    result = mcp_ask(call, "how", &how, &greeting);
    if (result)
        return result;
    mcp_put_fmt(call, "said", "%s, %s", mcp_json_get_text(mcp_json_get(greeting.content, "content"), "text"),
        mcp_json_get_text(name.content, "name"));
    return 0;
}

/* Two questions in one round, and a third kind. */
static int ask_together(struct mcp_call *call, const void *args)
{
    (void)args;
    struct mcp_answer page, roots;
    const struct mcp_question open = {
        .kind = MCP_ASK_URL, .message = { "Ouvrez", "Open" }, .url = "https://x"
    };
    const struct mcp_question folders = { .kind = MCP_ASK_ROOTS, .params = "roots" };
    int first = mcp_ask(call, "page", &open, &page);
    int second = mcp_ask(call, "roots", &folders, &roots);
    if (first || second)
        return first ? first : second;
    mcp_put_fmt(call, "said", "%s %u", page.action, mcp_json_get(roots.content, "roots")->count);
    return 0;
}

static int try_json(struct mcp_call *call, const void *args)
{
    (void)args;
    const struct mcp_json *value = NULL;
    assert_int_equal(mcp_parse_json(call, "{\"a\":[1]}", 9, &value), 0);
    assert_int_equal(mcp_json_get(value, "a")->count, 1);
    assert_int_equal(mcp_parse_json(call, "{", 1, &value), -EBADMSG);
    unsigned char *zero = mcp_alloc(call, 100);
    for (int i = 0; i < 100; i++)
        assert_int_equal(zero[i], 0);
    assert_string_equal(mcp_printf(call, "%d-%s", 4, mcp_strdup(call, "x")), "4-x");
    assert_false(mcp_cancelled(call));
    mcp_put_fmt(call, "said", "%s", mcp_pick(call, (struct mcp_text){ "oui", "yes" }));
    return 0;
}

static int ask_badly(struct mcp_call *call, const void *args)
{
    (void)args;
    struct mcp_answer answer;
    const struct mcp_question bad = {
        .kind = MCP_ASK_FORM, .message = { "Qui ?", "Who?" }, .params = "{\"type\":\"object\"}"
    };
    return mcp_ask(call, "bad", &bad, &answer);
}

#define TOOL(name_, run_) \
    { \
        .name = name_, .path = name_, .title = { "T", "T" }, .about = { "A", "A" }, .scope = "s", \
        .output = output, .run = run_ \
    }

static const struct mcp_tool twice = TOOL("twice", ask_twice), together = TOOL("together", ask_together),
                             json = TOOL("json", try_json), badly = TOOL("badly", ask_badly);
static const struct mcp_tool *const tools[] = { &twice, &together, &json, &badly, NULL };
enum { TWICE, TOGETHER, JSON, BADLY };
enum { ALL_KINDS = 1 << MCP_ASK_FORM | 1 << MCP_ASK_URL | 1 << MCP_ASK_SAMPLE | 1 << MCP_ASK_ROOTS };

static struct catalog catalog;
static struct engine *engine;
static unsigned records;

static void count_record(const struct call_record *record, void *user)
{
    (void)record;
    (void)user;
    records++;
}

/* One round with `answers` (JSON, may be NULL). */
static void round_of(int tool, unsigned asks, const char *answers, struct heard *ret_heard)
{
    struct arena arena = { 0 };
    const struct call_request request = {
        .tool = tool,
        .lang = MCP_FR,
        .asks = asks,
        .answers = answers ? toolkit_json(&arena, answers) : NULL,
        .round = answers != NULL,
    };
    engine_run(engine, request, NULL, ret_heard);
    arena_done(&arena);
}

static void test_rounds(void **state)
{
    (void)state;
    struct heard heard;
    records = 0;
    round_of(TWICE, ALL_KINDS, NULL, &heard);
    assert_true(heard.needs_input);
    assert_int_equal(heard.fault, MCP_OK);
    assert_string_equal(heard.questions, "who=Qui ? ");
    assert_string_equal(heard.json, "{}");
    round_of(TWICE, ALL_KINDS, "{\"who\":{\"action\":\"accept\",\"content\":{\"name\":\"Zoé\"}}}", &heard);
    assert_true(heard.needs_input);
    assert_string_equal(heard.questions, "how={\"messages\":[],\"maxTokens\":9} ");
    assert_int_equal(records, 0); /* rounds that only ask are no calls */
    round_of(TWICE, ALL_KINDS,
        "{\"who\":{\"action\":\"accept\",\"content\":{\"name\":\"Zoé\"}},"
        "\"how\":{\"role\":\"assistant\",\"model\":\"m\",\"content\":{\"type\":\"text\",\"text\":\"Salut\"}}"
        "}",
        &heard);
    assert_false(heard.needs_input);
    assert_string_equal(heard.json, "{\"said\":\"Salut, Zoé\"}");
    assert_int_equal(records, 1);
}

static void test_declined(void **state)
{
    (void)state;
    static const char *const actions[] = { "decline", "cancel" };
    for (size_t i = 0; i < ARRAY_LEN(actions); i++) {
        struct heard heard;
        char answers[100], expected[40];
        snprintf(answers, sizeof answers, "{\"who\":{\"action\":\"%s\"}}", actions[i]);
        snprintf(expected, sizeof expected, "{\"said\":\"%s\"}", actions[i]);
        round_of(TWICE, ALL_KINDS, answers, &heard);
        assert_string_equal(heard.json, expected);
    }
}

static void test_malformed_answers_are_asked_again(void **state)
{
    (void)state;
    static const char *const answers[] = { "{}", "{\"who\":null}", "{\"who\":\"accept\"}", "{\"who\":{}}",
        "{\"who\":{\"action\":1}}", "{\"who\":{\"action\":\"ACCEPT\",\"content\":{}}}",
        "{\"who\":{\"action\":\"accept\"}}", "{\"who\":{\"action\":\"accept\",\"content\":[]}}",
        "{\"other\":{\"action\":\"accept\",\"content\":{}}}" };
    for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
        struct heard heard;
        round_of(TWICE, ALL_KINDS, answers[i], &heard);
        if (!heard.needs_input || strcmp(heard.questions, "who=Qui ? ") != 0)
            fail_msg("%s: %s", answers[i], heard.json);
    }
}

static void test_misfits_are_told(void **state)
{
    (void)state;
    struct heard heard;
    round_of(TWICE, ALL_KINDS, "{\"who\":{\"action\":\"accept\",\"content\":{\"name\":12345}}}", &heard);
    assert_true(heard.needs_input);
    assert_string_equal(heard.questions, "who=Qui ? because name : un texte est attendu ");
}

static void test_malformed_questions_never_leave(void **state)
{
    (void)state;
    struct heard heard;
    round_of(BADLY, ALL_KINDS, NULL, &heard);
    assert_false(heard.needs_input);
    assert_int_equal(heard.fault, MCP_INTERNAL);
    assert_non_null(strstr(heard.message, "properties"));
}

static void test_several_in_one_round(void **state)
{
    (void)state;
    struct heard heard;
    round_of(TOGETHER, ALL_KINDS, NULL, &heard);
    assert_string_equal(heard.questions, "page=Ouvrez roots=roots ");
    round_of(TOGETHER, ALL_KINDS, "{\"page\":{\"action\":\"accept\"}}", &heard);
    assert_string_equal(heard.questions, "roots=roots ");
    round_of(TOGETHER, ALL_KINDS,
        "{\"page\":{\"action\":\"accept\"},\"roots\":{\"roots\":[{\"uri\":\"file:///a\"},{\"uri\":\"file:///"
        "b\"}]}}",
        &heard);
    assert_string_equal(heard.json, "{\"said\":\"accept 2\"}");
}

static void test_client_cannot_answer(void **state)
{
    (void)state;
    struct heard heard;
    round_of(TWICE, ALL_KINDS & ~(1U << MCP_ASK_FORM), NULL, &heard);
    assert_int_equal(heard.fault, MCP_UNSUPPORTED);
    assert_false(heard.needs_input);
    round_of(TOGETHER, 1U << MCP_ASK_URL, NULL, &heard);
    assert_int_equal(heard.fault, MCP_UNSUPPORTED);
    assert_false(heard.needs_input);
    assert_non_null(strstr(heard.message, "roots"));
}

static void test_the_small_things(void **state)
{
    (void)state;
    struct heard heard;
    round_of(JSON, 0, NULL, &heard);
    assert_string_equal(heard.json, "{\"said\":\"oui\"}");
}

static int set_up(void **state)
{
    (void)state;
    engine = start_engine(&catalog, tools, (struct engine_options){ .observe = count_record });
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    engine_free(engine);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rounds),
        cmocka_unit_test(test_declined),
        cmocka_unit_test(test_malformed_answers_are_asked_again),
        cmocka_unit_test(test_misfits_are_told),
        cmocka_unit_test(test_malformed_questions_never_leave),
        cmocka_unit_test(test_several_in_one_round),
        cmocka_unit_test(test_client_cannot_answer),
        cmocka_unit_test(test_the_small_things),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
