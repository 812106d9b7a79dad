/* engine.c: the gate, settings, full queues, workers that do not come back, and what the observer hears. */
#include "toolkit_engine.h"

#include <errno.h>
#include <stdatomic.h>
#include <sys/eventfd.h>

#include "base/scope.h"
#include "toolkit/faults.h"

static int gate_fd = -1;
static atomic_int started;

/* Hangs where nobody can reach it, as a dead file system does. */
static int hang(struct mcp_call *call, const void *args)
{
    (void)args;
    const struct wait forever = { .cancel_fd = -1, .deadline_ms = INT64_MAX };
    atomic_fetch_add(&started, 1);
    wait_fd(&forever, gate_fd, POLLIN, -1);
    mcp_put_str(call, "said", "too late");
    return 0;
}

struct settings {
    int64_t limit;
    const char *word;
};

static const struct mcp_param settings_rows[] = {
    MCP_ARG_INT(struct settings, limit, .preset = "5", .min = 1, .max = 10, .about = { "l", "l" }),
    MCP_ARG_STRING(struct settings, word, .preset = "plain", .about = { "w", "w" }),
    { 0 },
};

static int tell_settings(struct mcp_call *call, const void *args)
{
    (void)args;
    const struct settings *settings = mcp_settings(call);
    mcp_put_fmt(call, "said", "%s %d in %s", settings->word, (int)settings->limit, mcp_data_dir(call));
    return 0;
}

static const struct mcp_field output[] = {
    { .name = "said", .kind = MCP_STRING, .label = { "Dit", "Said" } },
    { 0 },
};

#define TOOL(name_, run_, ...) \
    { \
        .name = name_, .path = name_, .title = { "T", "T" }, .about = { "A", "A" }, .scope = "s", \
        .output = output, .run = run_, __VA_ARGS__ \
    }

static const struct mcp_tool hangs = TOOL("hangs", hang, .cost = MCP_WORKER, .timeout_ms = 20);
static const struct mcp_tool patient = TOOL("patient", hang, .cost = MCP_WORKER, .timeout_ms = 60000);
static const struct mcp_tool reader = TOOL("reader", tell_settings, .traits = MCP_READ_ONLY,
    .settings = settings_rows, .settings_size = sizeof(struct settings));
static const struct mcp_tool *const tools[] = { &hangs, &patient, &reader, NULL };
enum { HANGS, PATIENT, READER };

static struct catalog catalog;

static struct mcp_call *begin(struct engine *engine, int tool, struct heard *heard)
{
    *heard = (struct heard){ 0 };
    const struct call_request request = {
        .tool = tool, .face = "test", .events = &heard_events, .user = heard
    };
    return engine_call(engine, &request);
}

static void test_gate(void **state)
{
    (void)state;
    static const char *const disabled[] = { "reader", NULL };
    struct engine *engine = start_engine(&catalog, tools, (struct engine_options){ .disabled = disabled });
    struct heard heard;
    engine_run(engine, (struct call_request){ .tool = READER, .lang = MCP_FR }, NULL, &heard);
    assert_int_equal(heard.fault, MCP_DENIED);
    assert_non_null(strstr(heard.message, "reader est désactivé"));
    /* Who may not call learns nothing about the arguments. */
    engine_run(engine, (struct call_request){ .tool = READER }, "{\"unknown\":1}", &heard);
    assert_int_equal(heard.fault, MCP_DENIED);
    assert_string_equal(heard.pointers, "");
    engine_free(engine);

    atomic_store(&started, 0);
    engine = start_engine(&catalog, tools, (struct engine_options){ .read_only = true });
    engine_run(engine, (struct call_request){ .tool = PATIENT }, NULL, &heard);
    assert_int_equal(heard.fault, MCP_DENIED);
    assert_non_null(strstr(heard.message, "read_only"));
    assert_int_equal(atomic_load(&started), 0);
    engine_run(engine, (struct call_request){ .tool = READER }, NULL, &heard);
    assert_int_equal(heard.fault, MCP_OK);
    engine_free(engine);
}

static void test_settings(void **state)
{
    (void)state;
    struct engine *engine = start_engine(&catalog, tools, (struct engine_options){ .data_dir = "/data" });
    struct heard heard;
    engine_run(engine, (struct call_request){ .tool = READER }, NULL, &heard);
    assert_string_equal(heard.json, "{\"said\":\"plain 5 in /data\"}");
    const struct params_text good[] = { { "limit", "7" } };
    assert_null(engine_configure(engine, READER, good, 1, MCP_EN));
    engine_run(engine, (struct call_request){ .tool = READER }, NULL, &heard);
    assert_string_equal(heard.json, "{\"said\":\"plain 7 in /data\"}");
    static const struct {
        struct params_text texts[2];
        size_t count;
        const char *word, *accepted;
    } cases[] = {
        { { { "limit", "70" } }, 1, "70", "1 to 10" },
        { { { "limit", "many" } }, 1, "many", "1 to 10" },
        { { { "limits", "7" } }, 1, "limits", "limit, word" },
        { { { "limit", "7" }, { "limit", "8" } }, 2, "once", NULL },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct problem *problem =
            engine_configure(engine, READER, cases[i].texts, cases[i].count, MCP_EN);
        assert_non_null(problem);
        if (!strstr(problem->message, cases[i].word))
            fail_msg("%s", problem->message);
        assert_true(!cases[i].accepted || strstr(problem->accepted, cases[i].accepted));
    }
    engine_run(engine, (struct call_request){ .tool = READER }, NULL, &heard);
    assert_string_equal(heard.json, "{\"said\":\"plain 7 in /data\"}"); /* what was right stays */
    engine_free(engine);
}

static void release(struct engine *engine)
{
    assert_int_equal(eventfd_write(gate_fd, 1), 0);
    engine_until_idle(engine);
}

static void test_answered_though_the_worker_lingers(void **state)
{
    (void)state;
    CLEANUP(scope_close) int fd = gate_fd = eventfd(0, EFD_NONBLOCK);
    struct engine *engine = start_engine(
        &catalog, tools, (struct engine_options){ .threads_max = 1, .queue_max = 4, .lost_max = 1 });
    struct heard heard, next;
    begin(engine, HANGS, &heard);
    engine_until_end(engine, &heard);
    assert_int_equal(heard.fault, MCP_TIMED_OUT);
    assert_string_equal(heard.json, "{}");
    assert_int_equal(engine_running(engine), 1);
    for (int i = 0; i < 100 && !engine_lost(engine); i++)
        engine_turn(engine, 100);
    assert_int_equal(engine_lost(engine), 1);
    assert_null(begin(engine, PATIENT, &next)); /* every thread that may be lost is */
    assert_int_equal(next.fault, MCP_BUSY);
    release(engine);
    assert_int_equal(engine_lost(engine), 0);
    assert_int_equal(heard.ends, 1);
    engine_free(engine);
}

static void test_no_worker_in_time(void **state)
{
    (void)state;
    CLEANUP(scope_close) int fd = gate_fd = eventfd(0, EFD_NONBLOCK);
    struct engine *engine = start_engine(&catalog, tools, (struct engine_options){ .threads_max = 1 });
    struct heard first, second;
    atomic_store(&started, 0);
    begin(engine, PATIENT, &first);
    begin(engine, HANGS, &second); /* its deadline passes in the queue */
    engine_until_end(engine, &second);
    assert_int_equal(second.fault, MCP_BUSY);
    assert_int_equal(atomic_load(&started), 1);
    release(engine);
    assert_int_equal(first.fault, MCP_OK);
    engine_free(engine);
}

static void test_full_queue(void **state)
{
    (void)state;
    CLEANUP(scope_close) int fd = gate_fd = eventfd(0, EFD_NONBLOCK);
    struct engine *engine =
        start_engine(&catalog, tools, (struct engine_options){ .threads_max = 1, .queue_max = 2 });
    struct heard heard[4];
    atomic_store(&started, 0);
    begin(engine, PATIENT, &heard[0]);
    while (!atomic_load(&started))
        engine_turn(engine, 10);
    begin(engine, PATIENT, &heard[1]);
    begin(engine, PATIENT, &heard[2]);
    assert_null(begin(engine, PATIENT, &heard[3]));
    assert_int_equal(heard[3].fault, MCP_BUSY);
    engine_run(engine, (struct call_request){ .tool = READER }, NULL, &heard[3]);
    assert_int_equal(heard[3].fault, MCP_OK); /* what needs no worker goes on */
    release(engine);
    for (int i = 0; i < 3; i++)
        assert_int_equal(heard[i].fault, MCP_OK);
    engine_free(engine);
}

struct log {
    unsigned count;
    char text[400];
};

static void observe(const struct call_record *record, void *user)
{
    struct log *log = user;
    log->count++;
    size_t len = strlen(log->text);
    assert_true(record->duration_ns >= 0);
    snprintf(log->text + len, sizeof log->text - len, "%s/%s/%s/%s/%s;", record->tool->name, record->face,
        record->id, record->principal ? record->principal : "-", fault_row(record->fault)->word);
}

static void test_observer_hears_each_end_once(void **state)
{
    (void)state;
    CLEANUP(scope_close) int fd = gate_fd = eventfd(0, EFD_NONBLOCK);
    struct log log = { 0 };
    struct engine *engine =
        start_engine(&catalog, tools, (struct engine_options){ .observe = observe, .user = &log });
    struct heard heard;
    engine_run(engine, (struct call_request){ .tool = READER, .id = "r1", .principal = "me" }, NULL, &heard);
    engine_run(engine, (struct call_request){ .tool = READER }, "{\"x\":1}", &heard);
    begin(engine, HANGS, &heard);
    engine_until_end(engine, &heard); /* answered late; the worker's end is no second call */
    release(engine);
    assert_string_equal(log.text, "reader/test/r1/me/ok;reader/test//-/invalid;hangs/test//-/timed-out;");
    assert_int_equal(log.count, 3);
    engine_free(engine);
}

static void test_nothing_to_do(void **state)
{
    (void)state;
    engine_free(NULL);
    struct engine *engine = start_engine(&catalog, tools, (struct engine_options){ 0 });
    assert_ptr_equal(engine_catalog(engine), &catalog);
    engine_pump(engine);
    engine_free(engine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gate),
        cmocka_unit_test(test_settings),
        cmocka_unit_test(test_answered_though_the_worker_lingers),
        cmocka_unit_test(test_no_worker_in_time),
        cmocka_unit_test(test_full_queue),
        cmocka_unit_test(test_observer_hears_each_end_once),
        cmocka_unit_test(test_nothing_to_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
