/* methods.c: which era knows which method, and that nothing is known that is not offered. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/scope.h"
#include "mcp/methods.h"

static struct mcp_server server;

static bool is_known(const char *method, const char *revision, enum jsonrpc_kind kind)
{
    const struct mcp_exchange x = {
        .server = &server,
        .revision = revision ? revision_find(revision) : revision_bare(),
        .message = { .kind = kind, .method = method },
    };
    const struct method *found = method_find(&x);
    assert_true(!found || found->handle);
    return found != NULL;
}

static void test_eras(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool legacy, modern;
    } rows[] = {
        { "initialize", true, false },
        { "ping", true, false },
        { "logging/setLevel", true, false },
        { "resources/subscribe", true, false },
        { "resources/unsubscribe", true, false },
        { "server/discover", false, true },
        { "subscriptions/listen", false, true },
        { "tasks/get", false, true },
        { "tools/list", true, true },
        { "tools/call", true, true },
        { "resources/read", true, true },
        { "prompts/get", true, true },
        { "completion/complete", true, true },
        { "tasks/result", false, false },
        { "tasks/list", false, false },
        { "tools/LIST", false, false },
        { "notifications/cancelled", false, false },
        { "", false, false },
    };
    static const struct mcp_resource *const no_resource[] = { NULL };
    static const struct mcp_prompt *const no_prompt[] = { NULL };
    server = (struct mcp_server){ .options = { .resources = no_resource, .prompts = no_prompt } };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        assert_int_equal(is_known(rows[i].name, "2025-11-25", JSONRPC_REQUEST), rows[i].legacy);
        assert_int_equal(is_known(rows[i].name, "2024-11-05", JSONRPC_REQUEST), rows[i].legacy);
        assert_int_equal(is_known(rows[i].name, NULL, JSONRPC_REQUEST), rows[i].legacy);
        assert_int_equal(is_known(rows[i].name, "2026-07-28", JSONRPC_REQUEST), rows[i].modern);
    }
}

static void test_not_offered(void **state)
{
    (void)state;
    static const char *const names[] = { "resources/list", "resources/templates/list", "resources/read",
        "resources/subscribe", "prompts/list", "prompts/get", "completion/complete" };
    server = (struct mcp_server){ 0 };
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        assert_false(is_known(names[i], "2025-11-25", JSONRPC_REQUEST));
        assert_false(is_known(names[i], "2026-07-28", JSONRPC_REQUEST));
    }
    assert_true(is_known("tools/list", "2026-07-28", JSONRPC_REQUEST));
}

static void test_notifications_are_no_requests(void **state)
{
    (void)state;
    server = (struct mcp_server){ 0 };
    assert_true(is_known("notifications/cancelled", "2025-03-26", JSONRPC_NOTIFICATION));
    assert_true(is_known("notifications/cancelled", "2026-07-28", JSONRPC_NOTIFICATION));
    assert_true(is_known("notifications/initialized", "2025-03-26", JSONRPC_NOTIFICATION));
    assert_false(is_known("notifications/initialized", "2026-07-28", JSONRPC_NOTIFICATION));
    assert_false(is_known("notifications/initialized", "2025-03-26", JSONRPC_REQUEST));
    assert_false(is_known("tools/call", "2025-03-26", JSONRPC_NOTIFICATION));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_eras),
        cmocka_unit_test(test_not_offered),
        cmocka_unit_test(test_notifications_are_no_requests),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
