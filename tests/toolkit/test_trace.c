/* trace.c: what of three header formats is believed (W3C Trace Context, W3C Baggage). */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/scope.h"
#include "toolkit/trace.h"

#define ID "0af7651916cd43dd8448eb211c80319c"
#define PARENT "00-" ID "-b7ad6b7169203331-01"
#define ZEROS "0000000000000000"

static void test_traceparent(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool is_good;
    } rows[] = {
        { PARENT, true },
        { "00-" ID "-b7ad6b7169203331-00", true },
        { "00-" ID "-b7ad6b7169203331-ff", true },
        { "cc-" ID "-b7ad6b7169203331-01", true },
        { "cc-" ID "-b7ad6b7169203331-01-what-comes-later", true },
        { "ff-" ID "-b7ad6b7169203331-01", false },
        { PARENT "-more", false },
        { PARENT " ", false },
        { " " PARENT, false },
        { "cc-" ID "-b7ad6b7169203331-01x", false },
        { "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01", false },
        { "00-" ZEROS ZEROS "-b7ad6b7169203331-01", false },
        { "00-" ID "-" ZEROS "-01", false },
        { "00-" ID "-b7ad6b7169203331-0", false },
        { "00-" ID "-b7ad6b7169203331", false },
        { "00_" ID "-b7ad6b7169203331-01", false },
        { "0-" ID "-b7ad6b7169203331-01", false },
        { "00-0af7651916cd43dd8448eb211c80319-b7ad6b7169203331-01", false },
        { "", false },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena arena = { 0 };
        struct mcp_trace trace = trace_read(&arena, rows[i].text, NULL, NULL);
        if (!trace.traceparent == rows[i].is_good)
            fail_msg("%s", rows[i].text);
        assert_string_equal(trace.id, rows[i].is_good ? ID : "");
        assert_string_equal(trace.traceparent ? trace.traceparent : rows[i].text, rows[i].text);
        arena_done(&arena);
    }
}

static void test_tracestate(void **state)
{
    (void)state;
    static const char *const good[] = { "a=1", "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE", "a=1 , b=2",
        "a=1,,b=2", "1tenant@vendor=x", "a=  lead", "a_b-c*d/e=!~" };
    static const char *const bad[] = { "", ",", "a", "a=", "=1", "A=1", "1=1", "a=1=2", "a=\x7f",
        "a=\xc3\xa9", "a b=1", "a@=1", "@a=1", "a@b@c=1", "t@waytoolongvendor=1" };
    struct arena arena = { 0 };
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        const char *read = trace_read(&arena, PARENT, good[i], NULL).tracestate;
        assert_string_equal(read ? read : "(none)", good[i]);
    }
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        if (trace_read(&arena, PARENT, bad[i], NULL).tracestate)
            fail_msg("%s", bad[i]);
    /* Worth nothing without the parent. */
    assert_null(trace_read(&arena, NULL, "a=1", NULL).tracestate);
    assert_null(trace_read(&arena, "x", "a=1", NULL).tracestate);
    arena_done(&arena);
}

static void test_bounds(void **state)
{
    (void)state;
    struct arena arena = { 0 };
    char many[400] = "", long_value[5200];
    for (int i = 0; i < 33; i++) {
        assert_int_equal(trace_read(&arena, PARENT, many, NULL).tracestate != NULL, i > 0);
        size_t len = strlen(many);
        snprintf(many + len, sizeof many - len, "%sk%d=v", i ? "," : "", i);
    }
    assert_null(trace_read(&arena, PARENT, many, NULL).tracestate);
    memset(long_value, 'x', sizeof long_value);
    memcpy(long_value, "a=", 2);
    long_value[258] = '\0';
    assert_non_null(trace_read(&arena, PARENT, long_value, NULL).tracestate);
    long_value[258] = 'x';
    long_value[259] = '\0';
    assert_null(trace_read(&arena, PARENT, long_value, NULL).tracestate);
    arena_done(&arena);
}

static void test_baggage(void **state)
{
    (void)state;
    static const char *const good[] = { "a=1", "a=", "user=Am%C3%A9lie,server=28 , x = y", "k=v;p",
        "k=v;p1;p2=x , l=w", "k=a=b" };
    static const char *const bad[] = { "", ",", "a", "=1", "a=1,", "a=\"x\"", "a=1 2", "a=x\\y", "k=v;",
        "\xc3\xa9=1", "a=\x01" };
    struct arena arena = { 0 };
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        const char *read = trace_read(&arena, NULL, NULL, good[i]).baggage;
        assert_string_equal(read ? read : "(none)", good[i]);
    }
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        if (trace_read(&arena, PARENT, NULL, bad[i]).baggage)
            fail_msg("%s", bad[i]);
    arena_done(&arena);
}

static void test_copy(void **state)
{
    (void)state;
    struct arena from = { 0 }, to = { 0 };
    struct mcp_trace trace = trace_read(&from, PARENT, "a=1", "b=2");
    struct mcp_trace copy = trace_copy(&to, &trace), none = trace_copy(&to, &(struct mcp_trace){ 0 });
    arena_done(&from);
    assert_string_equal(copy.traceparent, PARENT);
    assert_string_equal(copy.tracestate, "a=1");
    assert_string_equal(copy.baggage, "b=2");
    assert_string_equal(copy.id, ID);
    assert_null(none.traceparent);
    arena_done(&to);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_traceparent),
        cmocka_unit_test(test_tracestate),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_baggage),
        cmocka_unit_test(test_copy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
