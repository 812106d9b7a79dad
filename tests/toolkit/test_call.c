/* call.c: a call from its arguments to its end, inline or on a worker, cancelled or abandoned. */
#include "toolkit_engine.h"

#include <errno.h>
#include <stdatomic.h>

struct args {
    int64_t value;
    const char *name;
};

static const struct mcp_param params[] = {
    MCP_ARG_INT(struct args, value, .preset = "3", .min = 0, .max = 9, .about = { "v", "v" }),
    MCP_ARG_STRING(struct args, name, .preset = "nobody", .about = { "n", "n" }),
    { 0 },
};
static const struct mcp_field output[] = {
    { .name = "said", .kind = MCP_STRING, .label = { "Dit", "Said" } },
    { 0 },
};

static int echo(struct mcp_call *call, const void *data)
{
    const struct args *args = data;
    mcp_put_fmt(call, "said", "%s %d", args->name, (int)args->value);
    return 0;
}

static atomic_int runs;

/* Waits until it is cancelled or its time is over. */
static int wait_long(struct mcp_call *call, const void *data)
{
    (void)data;
    atomic_fetch_add(&runs, 1);
    mcp_progress(call, 0, 0, NULL);
    return mcp_wait(call, NULL, 0, 60000);
}

/* Reaches its deadline with something to show. */
static int show_part(struct mcp_call *call, const void *data)
{
    (void)data;
    int error = mcp_wait(call, NULL, 0, 60000);
    if (error != -ETIMEDOUT)
        return error;
    mcp_put_str(call, "said", "half");
    mcp_partial(call, "Pas fini.", "Not done.");
    return 0;
}

static int count_up(struct mcp_call *call, const void *data)
{
    const struct args *args = data;
    for (int i = 0; i <= 200; i++) {
        mcp_progress(call, i, 200, args->name);
        mcp_progress(call, i - 1, 200, "never back");
    }
    mcp_put_str(call, "said", "counted");
    return 0;
}

#define TOOL(name_, run_, ...) \
    { \
        .name = name_, .path = name_, .title = { "T", "T" }, .about = { "A", "A" }, .scope = "s", \
        .params = params, .args_size = sizeof(struct args), .output = output, .run = run_, __VA_ARGS__ \
    }

static const struct mcp_tool inline_echo = TOOL("inline", echo, .timeout_ms = 1000);
static const struct mcp_tool worker_echo = TOOL("worker", echo, .cost = MCP_WORKER, .timeout_ms = 10000);
static const struct mcp_tool waits = TOOL("waits", wait_long, .cost = MCP_WORKER, .timeout_ms = 60000);
static const struct mcp_tool hurries = TOOL("hurries", wait_long, .cost = MCP_WORKER, .timeout_ms = 30);
static const struct mcp_tool partial = TOOL("partial", show_part, .cost = MCP_WORKER, .timeout_ms = 30);
static const struct mcp_tool counts = TOOL("counts", count_up, .cost = MCP_WORKER, .timeout_ms = 10000);
static const struct mcp_tool *const tools[] = { &inline_echo, &worker_echo, &waits, &hurries, &partial,
    &counts, NULL };
enum { INLINE, WORKER, WAITS, HURRIES, PARTIAL, COUNTS };

static struct catalog catalog;

static struct engine *start(unsigned threads)
{
    return start_engine(&catalog, tools, (struct engine_options){ .threads_max = threads });
}

static struct mcp_call *begin(struct engine *engine, int tool, struct heard *heard)
{
    *heard = (struct heard){ 0 };
    const struct call_request request = {
        .tool = tool, .face = "test", .events = &heard_events, .user = heard
    };
    struct mcp_call *call = engine_call(engine, &request);
    assert_non_null(call);
    assert_int_equal(heard->ends, 0);
    return call;
}

static void test_both_costs_answer_the_same(void **state)
{
    (void)state;
    struct engine *engine = start(2);
    for (int tool = INLINE; tool <= WORKER; tool++) {
        struct heard heard;
        engine_run(engine, (struct call_request){ .tool = tool }, NULL, &heard);
        assert_string_equal(heard.json, "{\"said\":\"nobody 3\"}");
        assert_string_equal(heard.text, "Said: nobody 3");
        engine_run(engine, (struct call_request){ .tool = tool, .lang = MCP_FR, .id = "i", .principal = "p" },
            "{\"name\":\"J\",\"value\":9}", &heard);
        assert_string_equal(heard.text, "Dit : J 9");
        assert_false(heard.needs_input);
    }
    assert_int_equal(engine_running(engine), 0);
    engine_free(engine);
}

static void test_bad_arguments_never_run(void **state)
{
    (void)state;
    struct engine *engine = start(2);
    struct heard heard;
    atomic_store(&runs, 0);
    engine_run(engine, (struct call_request){ .tool = WAITS }, "{\"value\":10,\"name\":1,\"x\":1}", &heard);
    assert_int_equal(heard.fault, MCP_INVALID);
    assert_string_equal(heard.pointers, "/value /name /x ");
    assert_string_equal(heard.json, "{}");
    assert_int_equal(atomic_load(&runs), 0);
    engine_free(engine);
}

static void test_cancel_while_it_runs(void **state)
{
    (void)state;
    struct engine *engine = start(1);
    struct heard heard;
    atomic_store(&runs, 0);
    struct mcp_call *call = begin(engine, WAITS, &heard);
    while (!heard.progress_count)
        engine_turn(engine, 1000);
    call_cancel(call);
    call_cancel(call);
    engine_until_end(engine, &heard);
    assert_int_equal(heard.fault, MCP_CANCELLED);
    assert_int_equal(atomic_load(&runs), 1);
    engine_free(engine);
}

static void test_cancel_before_it_starts(void **state)
{
    (void)state;
    struct engine *engine = start(1);
    struct heard first, second, third;
    atomic_store(&runs, 0);
    struct mcp_call *running = begin(engine, WAITS, &first);
    while (!first.progress_count)
        engine_turn(engine, 1000);
    struct mcp_call *queued = begin(engine, WAITS, &second);
    begin(engine, WORKER, &third);
    assert_int_equal(engine_running(engine), 3);
    call_cancel(queued);
    engine_until_end(engine, &second);
    assert_int_equal(second.fault, MCP_CANCELLED);
    assert_int_equal(atomic_load(&runs), 1);
    assert_int_equal(third.ends, 0);
    call_cancel(running);
    engine_until_end(engine, &first);
    engine_until_end(engine, &third); /* the one behind it is not lost */
    assert_int_equal(third.fault, MCP_OK);
    engine_free(engine);
}

static void test_abandoned_hears_nothing(void **state)
{
    (void)state;
    struct engine *engine = start(1);
    struct heard running, queued;
    struct mcp_call *calls[] = { begin(engine, WAITS, &running), begin(engine, WAITS, &queued) };
    while (!running.progress_count)
        engine_turn(engine, 1000);
    unsigned progress = running.progress_count;
    call_abandon(calls[0]);
    call_abandon(calls[1]);
    engine_until_idle(engine);
    assert_int_equal(running.ends + queued.ends, 0);
    assert_int_equal(running.progress_count, progress);
    engine_free(engine);
}

static void test_deadline(void **state)
{
    (void)state;
    struct engine *engine = start(2);
    struct heard heard;
    engine_run(engine, (struct call_request){ .tool = HURRIES }, NULL, &heard);
    assert_int_equal(heard.fault, MCP_TIMED_OUT);
    assert_non_null(strstr(heard.message, "30 ms"));
    engine_run(engine, (struct call_request){ .tool = PARTIAL }, NULL, &heard);
    assert_int_equal(heard.fault, MCP_OK);
    assert_string_equal(heard.json, "{\"said\":\"half\",\"complete\":false}");
    assert_string_equal(heard.text, "Not done.\nSaid: half");
    engine_free(engine);
}

static void test_progress(void **state)
{
    (void)state;
    struct engine *engine = start(2);
    struct heard heard;
    engine_run(engine, (struct call_request){ .tool = COUNTS }, "{\"name\":\"step\"}", &heard);
    assert_int_equal(heard.fault, MCP_OK);
    assert_in_range(heard.progress_count, 2, 40); /* not flooded */
    for (unsigned i = 1; i < heard.progress_count; i++)
        assert_true(heard.progress[i] > heard.progress[i - 1]);
    assert_true(heard.progress[heard.progress_count - 1] == 200); /* the end is never swallowed */
    assert_string_equal(heard.progress_message, "step");
    static const struct call_events quiet = { .done = heard_done };
    engine_run(engine, (struct call_request){ .tool = COUNTS, .events = &quiet }, NULL, &heard);
    assert_int_equal(heard.progress_count, 0);
    engine_free(engine);
}

static void test_engine_ends_with_calls_in_flight(void **state)
{
    (void)state;
    struct engine *engine = start(1);
    struct heard running, queued;
    begin(engine, WAITS, &running);
    begin(engine, WAITS, &queued);
    engine_free(engine);
    assert_int_equal(running.ends + queued.ends, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_both_costs_answer_the_same),
        cmocka_unit_test(test_bad_arguments_never_run),
        cmocka_unit_test(test_cancel_while_it_runs),
        cmocka_unit_test(test_cancel_before_it_starts),
        cmocka_unit_test(test_abandoned_hears_nothing),
        cmocka_unit_test(test_deadline),
        cmocka_unit_test(test_progress),
        cmocka_unit_test(test_engine_ends_with_calls_in_flight),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
