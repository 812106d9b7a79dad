/* faults.c: every fault has its word, status, exit code and titles, and no two share a code. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "toolkit/faults.h"

static void test_every_fault_is_whole(void **state)
{
    (void)state;
    for (int fault = MCP_OK; fault <= MCP_INTERNAL; fault++) {
        const struct fault_row *row = fault_row((enum mcp_fault)fault);
        assert_non_null(row->word);
        assert_true(row->word[0] != '\0' && row->title.fr[0] != '\0' && row->title.en[0] != '\0');
        for (int other = MCP_OK; other < fault; other++) {
            const struct fault_row *before = fault_row((enum mcp_fault)other);
            assert_string_not_equal(row->word, before->word);
            assert_int_not_equal(row->exit_code, before->exit_code);
            assert_int_not_equal(row->http_status, before->http_status);
        }
    }
}

static void test_statuses_are_the_published_ones(void **state)
{
    (void)state;
    static const struct {
        enum mcp_fault fault;
        int status;
    } rows[] = {
        { MCP_OK, 200 },
        { MCP_INVALID, 400 },
        { MCP_DENIED, 403 },
        { MCP_NOT_FOUND, 404 },
        { MCP_TOO_LARGE, 413 },
        { MCP_UNSUPPORTED, 422 },
        { MCP_INTERNAL, 500 },
        { MCP_BUSY, 503 },
        { MCP_TIMED_OUT, 504 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(fault_row(rows[i].fault)->http_status, rows[i].status);
    assert_int_equal(fault_row(MCP_OK)->exit_code, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_fault_is_whole),
        cmocka_unit_test(test_statuses_are_the_published_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
