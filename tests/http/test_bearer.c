/* bearer.c: which Authorization headers carry a token. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/arena.h"
#include "base/scope.h"
#include "http/bearer.h"
#include "http/exchange.h"

/* `second` NULL: one header; `first` NULL as well: none. The token is copied out. */
static enum bearer read_headers(const char *first, const char *second, const char *query, char ret_token[100])
{
    struct arena arena = { 0 };
    struct http_field fields[2];
    struct http_exchange exchange = { .fields = fields, .request = { .query = query, .arena = &arena } };
    if (first)
        fields[exchange.field_count++] = (struct http_field){ "authorization", first };
    if (second)
        fields[exchange.field_count++] = (struct http_field){ "Authorization", second };
    const char *token = "-";
    enum bearer found = bearer_read(&exchange.request, &token);
    snprintf(ret_token, 100, "%s", token);
    arena_done(&arena);
    return found;
}

static void test_tokens(void **state)
{
    (void)state;
    static const char *const good[] = {
        "Bearer abc-._~+/09==", "bearer abc-._~+/09==", "BEARER   abc-._~+/09=="
    };
    char token[100];
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        assert_int_equal(read_headers(good[i], NULL, "", token), BEARER_TOKEN);
        assert_string_equal(token, "abc-._~+/09==");
    }
}

static void test_other_schemes_are_not_ours(void **state)
{
    (void)state;
    static const char *const others[] = { "", "Basic YTpi", "Bearerabc", "abc", "Digest username=\"a\"" };
    char token[100];
    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        if (read_headers(others[i], NULL, "", token) != BEARER_NONE)
            fail_msg("taken: %s", others[i]);
    }
    assert_int_equal(read_headers(NULL, NULL, "a=b", token), BEARER_NONE);
}

static void test_malformed(void **state)
{
    (void)state;
    static const char *const bad[] = { "Bearer", "Bearer ", "Bearer a b", "Bearer =", "Bearer a=b",
        "Bearer a,b", "Bearer \"a\"", "Bearer a\tb", "Bearer \xc3\xa9" };
    char token[100];
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        if (read_headers(bad[i], NULL, "", token) != BEARER_MALFORMED)
            fail_msg("not refused: %s", bad[i]);
        assert_string_equal(token, "-");
    }
    assert_int_equal(read_headers("Bearer a", "Bearer a", "", token), BEARER_MALFORMED);
    char large[6000] = "Bearer ";
    memset(large + 7, 'a', 5000);
    assert_int_equal(read_headers(large, NULL, "", token), BEARER_MALFORMED);
}

static void test_a_token_in_the_query_is_refused(void **state)
{
    (void)state;
    char token[100];
    assert_int_equal(read_headers(NULL, NULL, "x=1&access_token=a", token), BEARER_MALFORMED);
    assert_int_equal(read_headers("Bearer a", NULL, "access%5Ftoken=a", token), BEARER_MALFORMED);
    assert_int_equal(read_headers("Bearer a", NULL, "access_tokens=a", token), BEARER_TOKEN);
    assert_int_equal(read_headers("Bearer a", NULL, "%zz&access_token=a", token), BEARER_MALFORMED);
    assert_int_equal(read_headers("Bearer a", NULL, "access_token=%zz", token), BEARER_MALFORMED);
    assert_int_equal(read_headers(NULL, NULL, "x=%", token), BEARER_MALFORMED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tokens),
        cmocka_unit_test(test_other_schemes_are_not_ours),
        cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_a_token_in_the_query_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
