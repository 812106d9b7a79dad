/* problem.c: problem documents, seen at the seam: this file is the http_reply() that gets them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "base/scope.h"
#include "http/exchange.h"
#include "http/problem.h"

static struct {
    int status;
    char type[64], body[1000];
} seen;

void http_reply(
    struct http_request *request, int status, const char *content_type, const char *body, size_t len)
{
    (void)request;
    seen.status = status;
    snprintf(seen.type, sizeof seen.type, "%s", content_type);
    snprintf(seen.body, sizeof seen.body, "%.*s", (int)len, body);
}

static void test_names_of_the_status(void **state)
{
    (void)state;
    struct http_exchange exchange = { .indent = false };
    http_problem(&exchange.request, 413, NULL, NULL, "4 > \"3\"");
    assert_int_equal(seen.status, 413);
    assert_string_equal(seen.type, "application/problem+json");
    assert_string_equal(seen.body,
        "{\"type\":\"urn:mcp-assist:problem:body-too-large\","
        "\"title\":\"Request body too large\",\"status\":413,\"detail\":\"4 > \\\"3\\\"\"}");
}

static void test_own_names(void **state)
{
    (void)state;
    struct http_exchange exchange = { .indent = false };
    http_problem(&exchange.request, 404, "unknown-tool", "Outil inconnu", NULL);
    assert_string_equal(seen.body,
        "{\"type\":\"urn:mcp-assist:problem:unknown-tool\",\"title\":\"Outil inconnu\",\"status\":404}");
}

static void test_items(void **state)
{
    (void)state;
    struct http_exchange exchange = { .indent = false };
    const struct http_problem_item items[] = { { "/a", "bad", "good" }, { "", "worse", NULL } };
    http_problem_list(&exchange.request, 400, "invalid", "Invalid", "two", items, ARRAY_LEN(items));
    assert_string_equal(seen.body,
        "{\"type\":\"urn:mcp-assist:problem:invalid\",\"title\":\"Invalid\",\"status\":400,\"detail\":"
        "\"two\","
        "\"errors\":[{\"pointer\":\"/a\",\"message\":\"bad\",\"accepted\":\"good\"},"
        "{\"pointer\":\"\",\"message\":\"worse\"}]}");
}

static void test_indented(void **state)
{
    (void)state;
    struct http_exchange exchange = { .indent = true };
    http_problem(&exchange.request, 404, "x", "y", NULL);
    assert_memory_equal(seen.body, "{\n  \"type\": ", 12);
}

static void test_refusals_are_told_in_the_client_s_language(void **state)
{
    (void)state;
    const struct mcp_text detail = { "trop", "too much" };
    struct http_exchange exchange = { .lang = MCP_FR };
    http_refuse(&exchange.request, 429, NULL, detail);
    assert_string_equal(seen.body,
        "{\"type\":\"urn:mcp-assist:problem:too-many-requests\","
        "\"title\":\"Trop de requêtes\",\"status\":429,\"detail\":\"trop\"}");
    exchange.lang = MCP_EN;
    http_refuse(&exchange.request, 429, "mine", detail);
    assert_string_equal(seen.body,
        "{\"type\":\"urn:mcp-assist:problem:mine\","
        "\"title\":\"Too many requests\",\"status\":429,\"detail\":\"too much\"}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_of_the_status),
        cmocka_unit_test(test_own_names),
        cmocka_unit_test(test_items),
        cmocka_unit_test(test_indented),
        cmocka_unit_test(test_refusals_are_told_in_the_client_s_language),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
