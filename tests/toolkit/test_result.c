/* result.c: what a tool puts becomes data and text at once, held to its output table. */
#include "base/text.h"
#include "toolkit_engine.h"

#include <errno.h>
#include <math.h>

static int (*body)(struct mcp_call *call);

static int run(struct mcp_call *call, const void *args)
{
    (void)args;
    return body(call);
}

#define LABEL(fr_, en_) .label = { fr_, en_ }

static const struct mcp_field inner[] = {
    { .name = "seq", .kind = MCP_INT, LABEL("N°", "No") },
    { .name = "rtt_ms", .kind = MCP_NUMBER, LABEL("Délai", "Delay"), .unit = "ms", .optional = true },
    { 0 },
};
static const struct mcp_field output[] = {
    { .name = "count", .kind = MCP_INT, LABEL("Nombre", "Count") },
    { .name = "ratio", .kind = MCP_NUMBER, LABEL("Taux", "Ratio"), .optional = true },
    { .name = "ok", .kind = MCP_BOOL, LABEL("Bon", "Good"), .optional = true },
    { .name = "name", .kind = MCP_STRING, LABEL("Nom", "Name"), .optional = true },
    { .name = "body", .kind = MCP_TEXT, LABEL("Texte", "Text"), .optional = true },
    { .name = "part", .kind = MCP_OBJECT, LABEL("Partie", "Part"), .optional = true, .fields = inner },
    { .name = "parts", .kind = MCP_LIST, LABEL("Parties", "Parts"), .optional = true, .fields = inner },
    { .name = "words", .kind = MCP_LIST, .of = MCP_STRING, LABEL("Mots", "Words"), .optional = true },
    { .name = "tags", .kind = MCP_MAP, LABEL("Marques", "Tags"), .optional = true },
    { 0 },
};
static const struct mcp_field totals[] = {
    { .name = "total", .kind = MCP_INT, LABEL("Total", "Total") },
    { 0 },
};
static const struct mcp_field target[] = {
    { .name = "address", .kind = MCP_STRING, LABEL("Adresse", "Address") },
    { .name = "alive", .kind = MCP_BOOL, LABEL("Vivant", "Alive"), .optional = true },
    { 0 },
};

#define TOOL(name_, path_) \
    .name = name_, .path = path_, .title = { "T", "T" }, .about = { "A", "A" }, .scope = "s", .run = run

static const struct mcp_tool plain = { TOOL("plain", "plain"), .output = output };
static const struct mcp_tool several = { TOOL("several", "several"), .output = totals, .target = target };
static const struct mcp_tool *const tools[] = { &plain, &several, NULL };
enum { PLAIN, SEVERAL };

static struct catalog catalog;
static struct engine *engine;

static void call(int tool, int (*what)(struct mcp_call *call), enum mcp_lang lang, struct heard *ret_heard)
{
    body = what;
    engine_run(engine, (struct call_request){ .tool = tool, .lang = lang }, NULL, ret_heard);
}

static void check(int tool, int (*what)(struct mcp_call *call), const char *json, const char *text)
{
    struct heard heard;
    call(tool, what, MCP_EN, &heard);
    assert_string_equal(heard.message, "");
    assert_int_equal(heard.fault, MCP_OK);
    assert_string_equal(heard.json, json);
    assert_string_equal(heard.text, text);
}

static int put_scalars(struct mcp_call *c)
{
    mcp_say(c, "Dit %d.", "Said %d.", 5);
    mcp_put_int(c, "count", INT64_MAX);
    mcp_put_round(c, "ratio", 12.345678, 2);
    mcp_put_bool(c, "ok", true);
    mcp_put_fmt(c, "name", "%s\n%s", "a", "b\xFF");
    mcp_put_str(c, "body", "one\ntwo");
    return 0;
}

static void test_scalars(void **state)
{
    (void)state;
    check(PLAIN, put_scalars,
        "{\"count\":9223372036854775807,\"ratio\":12.35,\"ok\":true,\"name\":\"a\\nb\xEF\xBF\xBD\","
        "\"body\":\"one\\ntwo\"}",
        "Said 5.\nCount: 9223372036854775807\nRatio: 12.35\nGood: yes\nName: a "
        "b\xEF\xBF\xBD\nText:\none\ntwo");
    struct heard heard;
    call(PLAIN, put_scalars, MCP_FR, &heard);
    assert_string_equal(heard.text,
        "Dit 5.\nNombre : 9223372036854775807\nTaux : 12.35\nBon : oui\nNom : a b\xEF\xBF\xBD\nTexte "
        ":\none\ntwo");
}

static int put_out_of_order(struct mcp_call *c)
{
    mcp_put_str(c, "name", "n");
    mcp_put_int(c, "count", 1);
    mcp_put_num(c, "ratio", 4);
    return 0;
}

static int put_nothing_values(struct mcp_call *c)
{
    mcp_put_int(c, "count", 0);
    mcp_put_num(c, "ratio", NAN);
    mcp_put_str(c, "name", NULL);
    return 0;
}

static int put_minus_zero(struct mcp_call *c)
{
    mcp_put_int(c, "count", 0);
    mcp_put_round(c, "ratio", -0.0001, 2);
    return 0;
}

static void test_any_order_and_no_values(void **state)
{
    (void)state;
    check(PLAIN, put_out_of_order, "{\"name\":\"n\",\"count\":1,\"ratio\":4}", "Name: n\nCount: 1\nRatio: 4");
    check(PLAIN, put_nothing_values, "{\"count\":0}", "Count: 0");
    check(PLAIN, put_minus_zero, "{\"count\":0,\"ratio\":0}", "Count: 0\nRatio: 0");
}

static int put_nested(struct mcp_call *c)
{
    mcp_put_int(c, "count", 2);
    mcp_open(c, "part");
    mcp_put_int(c, "seq", 9);
    mcp_close(c);
    mcp_open(c, "parts");
    for (int i = 1; i <= 2; i++) {
        mcp_open(c, NULL);
        mcp_put_int(c, "seq", i);
        if (i == 2)
            mcp_put_num(c, "rtt_ms", 1.5);
        mcp_close(c);
    }
    mcp_close(c);
    mcp_open(c, "words");
    mcp_put_str(c, NULL, "w1");
    mcp_put_str(c, NULL, "w2");
    mcp_close(c);
    mcp_open(c, "tags");
    mcp_put_pair(c, "K", "v");
    mcp_close(c);
    return 0;
}

static void test_nested(void **state)
{
    (void)state;
    check(PLAIN, put_nested,
        "{\"count\":2,\"part\":{\"seq\":9},\"parts\":[{\"seq\":1},{\"seq\":2,\"rtt_ms\":1.5}],"
        "\"words\":[\"w1\",\"w2\"],\"tags\":{\"K\":\"v\"}}",
        "Count: 2\nPart:\n  No: 9\nParts:\n  No   Delay\n   1        \n   2  1.5 ms\nWords: w1, w2\nTags:\n  "
        "K: v");
}

static int put_partial(struct mcp_call *c)
{
    mcp_put_int(c, "count", 1);
    mcp_partial(c, "Incomplet.", "Not all of it.");
    return 0;
}

static void test_partial(void **state)
{
    (void)state;
    check(PLAIN, put_partial, "{\"count\":1,\"complete\":false}", "Not all of it.\nCount: 1");
}

static size_t target_count;

static int put_targets(struct mcp_call *c)
{
    mcp_targets(c, target_count);
    for (size_t i = 0; i < target_count; i++) {
        mcp_target(c);
        mcp_put_fmt(c, "address", "host%zu", i);
        mcp_put_bool(c, "alive", i == 0);
        mcp_target_end(c);
    }
    mcp_put_int(c, "total", (int64_t)target_count);
    return 0;
}

static void test_targets(void **state)
{
    (void)state;
    target_count = 1;
    check(SEVERAL, put_targets, "{\"address\":\"host0\",\"alive\":true,\"total\":1}",
        "Address: host0\nAlive: yes\nTotal: 1");
    target_count = 2;
    check(SEVERAL, put_targets,
        "{\"targets\":[{\"address\":\"host0\",\"alive\":true},{\"address\":\"host1\",\"alive\":false}],"
        "\"total\":2}",
        "Targets:\n  Address  Alive\n  host0    yes\n  host1    no\nTotal: 2");
    target_count = 0;
    check(SEVERAL, put_targets, "{\"targets\":[],\"total\":0}", "Targets:\n  (none)\nTotal: 0");
}

static int reject_two(struct mcp_call *c)
{
    mcp_put_int(c, "count", 1);
    mcp_reject(c, "host", "mauvais %s", "bad %s", "h");
    return mcp_reject(c, "port", "mauvais %d", "bad %d", 7);
}

static int fail_twice(struct mcp_call *c)
{
    mcp_put_int(c, "count", 1);
    mcp_fail(c, MCP_NOT_FOUND, "rien dans %s", "nothing at %s", "/x");
    mcp_put_str(c, "no such field", "a fault silences what follows");
    return mcp_fail(c, MCP_DENIED, "non", "no");
}

static int return_errno(struct mcp_call *c)
{
    (void)c;
    return -EIO;
}

static int return_timeout(struct mcp_call *c)
{
    (void)c;
    return -ETIMEDOUT;
}

static void test_faults_drop_what_was_put(void **state)
{
    (void)state;
    static const struct {
        int (*what)(struct mcp_call *call);
        enum mcp_fault fault;
        const char *message, *pointers;
    } cases[] = {
        { reject_two, MCP_INVALID, "bad h", "/host /port " },
        { fail_twice, MCP_NOT_FOUND, "nothing at /x", "" },
        { return_errno, MCP_INTERNAL, "Input/output error", "" },
        { return_timeout, MCP_TIMED_OUT, "nothing was obtained", "" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct heard heard;
        call(PLAIN, cases[i].what, MCP_EN, &heard);
        assert_int_equal(heard.fault, cases[i].fault);
        assert_non_null(strstr(heard.message, cases[i].message));
        assert_string_equal(heard.pointers, cases[i].pointers);
        assert_string_equal(heard.json, "{}");
        assert_string_equal(heard.text, "");
    }
}

static int put_long_text(struct mcp_call *c)
{
    mcp_put_int(c, "count", 1);
    char text[1500];
    memset(text, 'x', sizeof text);
    mcp_put_strn(c, "name", text, sizeof text);
    return 0;
}

static char filling;

static int put_what_fits(struct mcp_call *c)
{
    size_t room = mcp_room(c);
    char *text = mcp_alloc(c, room + 1);
    memset(text, filling, room);
    room = text_json_cut(text, room, room);
    mcp_put_int(c, "count", (int64_t)room);
    mcp_put_strn(c, "body", text, room);
    return 0;
}

static void test_answer_budget(void **state)
{
    (void)state;
    struct heard heard;
    body = put_long_text;
    engine_run(engine, (struct call_request){ .tool = PLAIN, .answer_max = 1000 }, NULL, &heard);
    assert_int_equal(heard.fault, MCP_TOO_LARGE);
    engine_run(engine, (struct call_request){ .tool = PLAIN, .answer_max = 2500 }, NULL, &heard);
    assert_int_equal(heard.fault, MCP_TOO_LARGE); /* data and text count both */
    engine_run(engine, (struct call_request){ .tool = PLAIN, .answer_max = 2500, .text_unwanted = true },
        NULL, &heard);
    assert_int_equal(heard.fault, MCP_OK);
    assert_string_equal(heard.text, "");
    body = put_what_fits;
    for (const char *each = "x\n\"\x01\x7f"; *each; each++) {
        filling = *each;
        engine_run(engine, (struct call_request){ .tool = PLAIN, .answer_max = 60000 }, NULL, &heard);
        assert_int_equal(heard.fault, MCP_OK);
    }
}

static int put_quotes(struct mcp_call *c)
{
    char text[1000];
    memset(text, '"', sizeof text);
    mcp_put_int(c, "count", 1);
    mcp_put_strn(c, "body", text, sizeof text);
    return 0;
}

/* Data and text are both sent as JSON: what it escapes counts as it is sent. */
static void test_escapes_count(void **state)
{
    (void)state;
    struct heard heard;
    body = put_quotes;
    engine_run(engine, (struct call_request){ .tool = PLAIN, .answer_max = 3500 }, NULL, &heard);
    assert_int_equal(heard.fault, MCP_TOO_LARGE);
    engine_run(engine, (struct call_request){ .tool = PLAIN, .answer_max = 4500 }, NULL, &heard);
    assert_int_equal(heard.fault, MCP_OK);
}

#ifdef NDEBUG
static int undeclared(struct mcp_call *c)
{
    mcp_put_int(c, "count", 1);
    mcp_put_int(c, "other", 1);
    return 0;
}

static int twice(struct mcp_call *c)
{
    mcp_put_int(c, "count", 1);
    mcp_put_int(c, "count", 1);
    return 0;
}

static int wrong_kind(struct mcp_call *c)
{
    mcp_put_str(c, "count", "1");
    return 0;
}

static int forgotten(struct mcp_call *c)
{
    mcp_put_bool(c, "ok", true);
    return 0;
}

static int unclosed(struct mcp_call *c)
{
    mcp_put_int(c, "count", 1);
    mcp_open(c, "parts");
    return 0;
}

static int overclosed(struct mcp_call *c)
{
    mcp_put_int(c, "count", 1);
    mcp_close(c);
    return 0;
}

static int pair_outside(struct mcp_call *c)
{
    mcp_put_pair(c, "k", "v");
    mcp_put_int(c, "count", 1);
    return 0;
}

static int element_outside(struct mcp_call *c)
{
    mcp_put_int(c, "count", 1);
    mcp_put_str(c, NULL, "x");
    return 0;
}

static int hole_inside(struct mcp_call *c)
{
    mcp_put_int(c, "count", 1);
    mcp_open(c, "part");
    mcp_close(c);
    return 0;
}

/* A release build answers INTERNAL, naming tool and field, and goes on. */
static void test_broken_contracts(void **state)
{
    (void)state;
    static const struct {
        int (*what)(struct mcp_call *call);
        const char *word;
    } cases[] = {
        { undeclared, "other" },
        { twice, "put twice" },
        { wrong_kind, "another kind" },
        { forgotten, "count: required" },
        { unclosed, "not closed" },
        { overclosed, "closed more" },
        { pair_outside, "outside a map" },
        { element_outside, "outside a list" },
        { hole_inside, "seq: required" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct heard heard;
        call(PLAIN, cases[i].what, MCP_EN, &heard);
        assert_int_equal(heard.fault, MCP_INTERNAL);
        assert_string_equal(heard.json, "{}");
        if (!strstr(heard.message, cases[i].word) || !strstr(heard.message, "plain"))
            fail_msg("%s: %s", cases[i].word, heard.message);
    }
    test_scalars(state);
}
#endif

static int set_up(void **state)
{
    (void)state;
    engine = start_engine(&catalog, tools, (struct engine_options){ 0 });
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
        cmocka_unit_test(test_scalars),
        cmocka_unit_test(test_any_order_and_no_values),
        cmocka_unit_test(test_nested),
        cmocka_unit_test(test_partial),
        cmocka_unit_test(test_targets),
        cmocka_unit_test(test_faults_drop_what_was_put),
        cmocka_unit_test(test_answer_budget),
        cmocka_unit_test(test_escapes_count),
#ifdef NDEBUG
        cmocka_unit_test(test_broken_contracts),
#endif
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
