/* request.c: headers, query, percent-decoding. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/arena.h"
#include "base/scope.h"
#include "http/exchange.h"

static struct arena arena;
static struct http_field fields[] = { { "Accept", "a" }, { "accept", "b" }, { "X-One", "1" } };
static struct http_exchange exchange = {
    .request = { .arena = &arena, .query = "" },
    .fields = fields,
    .field_count = ARRAY_LEN(fields),
};

static int free_arena(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

static void test_header(void **state)
{
    (void)state;
    assert_string_equal(http_header(&exchange.request, "ACCEPT"), "a, b");
    assert_string_equal(http_header(&exchange.request, "x-one"), "1");
    assert_null(http_header(&exchange.request, "X-On"));
    assert_int_equal(http_header_count(&exchange.request, "Accept"), 2);
    assert_int_equal(http_header_count(&exchange.request, "absent"), 0);
}

static void test_decode(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool query;
        const char *decoded; /* NULL: refused */
    } cases[] = {
        { "", false, "" },
        { "/a+b", false, "/a+b" },
        { "a+b", true, "a b" },
        { "a%2Bb", true, "a+b" },
        { "/%c3%A9t%C3%a9", false, "/\xc3\xa9t\xc3\xa9" },
        { "%2f", false, "/" },
        { "%25", false, "%" },
        { "%", false, NULL },
        { "a%4", false, NULL },
        { "%4g", false, NULL },
        { "%g4", false, NULL },
        { "%%41", false, NULL },
        { "%00", false, NULL },
        { "%00", true, NULL },
        { "%0a", false, NULL },
        { "%0a", true, "\n" },
        { "%7f", false, NULL },
        { "%ff", false, NULL },
        { "%c3", true, NULL },
        { "%ed%a0%80", true, NULL },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char text[64];
        snprintf(text, sizeof text, "%s", cases[i].text);
        bool good = http_decode(text, strlen(text), cases[i].query);
        if (good != (cases[i].decoded != NULL))
            fail_msg("%s: %s", cases[i].text, good ? "accepted" : "refused");
        if (good)
            assert_string_equal(text, cases[i].decoded);
    }
}

/* Writes "name=value;" for each pair; stops at the name "stop". */
static bool collect(const char *name, const char *value, void *user)
{
    char *out = user;
    size_t len = strlen(out);
    snprintf(out + len, 200 - len, "%s=%s;", name, value);
    return strcmp(name, "stop") != 0;
}

static void test_query_each(void **state)
{
    (void)state;
    static const struct {
        const char *query, *pairs; /* NULL: malformed */
    } cases[] = {
        { "", "" },
        { "a=1&b=2", "a=1;b=2;" },
        { "a=1&a=2", "a=1;a=2;" },
        { "&&a=1&", "a=1;" },
        { "a", "a=;" },
        { "a=", "a=;" },
        { "=v", "=v;" },
        { "a=b=c", "a=b=c;" },
        { "a%20b=c+d", "a b=c d;" },
        { "a=%26%3D", "a=&=;" },
        { "a=1&stop=2&c=3", "a=1;stop=2;" },
        { "a=%", NULL },
        { "a=1&%zz=2", NULL },
        { "a=%00", NULL },
        { "a=%ff", NULL },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char out[200] = "";
        exchange.request.query = cases[i].query;
        bool good = http_query_each(&exchange.request, collect, out);
        if (good != (cases[i].pairs != NULL))
            fail_msg("%s: %s", cases[i].query, good ? "accepted" : "refused");
        if (good)
            assert_string_equal(out, cases[i].pairs);
    }
}

static void test_query(void **state)
{
    (void)state;
    exchange.request.query = "a=1&b=two+words&a=3";
    assert_string_equal(http_query(&exchange.request, "a"), "1");
    assert_string_equal(http_query(&exchange.request, "b"), "two words");
    assert_null(http_query(&exchange.request, "c"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_header),
        cmocka_unit_test(test_decode),
        cmocka_unit_test(test_query_each),
        cmocka_unit_test(test_query),
    };
    return cmocka_run_group_tests(tests, NULL, free_arena);
}
