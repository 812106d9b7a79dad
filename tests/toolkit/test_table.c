/* table.c: columns as wide as their contents, numbers to the right, empty columns left out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/scope.h"
#include "toolkit/render.h"
#include "toolkit/table.h"

static const struct mcp_field columns[] = {
    { .name = "name", .kind = MCP_STRING, .label = { "Nom", "Name" } },
    { .name = "hidden", .kind = MCP_STRING },
    { .name = "size", .kind = MCP_INT, .label = { "Taille", "Size" } },
    { .name = "note", .kind = MCP_STRING, .label = { "Remarque", "Note" } },
    { 0 },
};

static void put(struct render *render, unsigned column, const char *text)
{
    table_put(render, &columns[column], text, strlen(text));
}

static void check(struct render *render, unsigned indent, const char *expected)
{
    table_end(render, indent);
    assert_string_equal(buf_str(&render->out), expected);
    render_done(render);
}

static void start(struct render *render, enum mcp_lang lang)
{
    render_init(render, lang, 1 << 20, true);
    table_begin(render, columns);
}

static void test_aligned(void **state)
{
    (void)state;
    struct render render;
    start(&render, MCP_EN);
    table_row(&render);
    put(&render, 0, "a");
    put(&render, 2, "12345");
    put(&render, 3, "first");
    table_row(&render);
    put(&render, 0, "été");
    put(&render, 2, "7");
    check(&render, 1, "  Name   Size  Note\n  a     12345  first\n  été       7  \n");
}

static void test_empty_column_is_left_out(void **state)
{
    (void)state;
    struct render render;
    start(&render, MCP_FR);
    table_row(&render);
    put(&render, 0, "x");
    put(&render, 3, "y");
    check(&render, 0, "Nom  Remarque\nx    y\n");
    start(&render, MCP_FR);
    table_row(&render);
    put(&render, 2, "9");
    check(&render, 0, "Taille\n     9\n");
}

static void test_no_rows(void **state)
{
    (void)state;
    struct render render;
    start(&render, MCP_EN);
    check(&render, 1, "  (none)\n");
    start(&render, MCP_FR);
    check(&render, 0, "(néant)\n");
}

static void test_control_characters_stay_out(void **state)
{
    (void)state;
    struct render render;
    start(&render, MCP_EN);
    table_row(&render);
    put(&render, 0, "a\nb\033[31m\xFFz");
    check(&render, 0, "Name\na b\xEF\xBF\xBD[31m\xEF\xBF\xBDz\n");
}

static void test_long_cell_pushes_its_own_line_only(void **state)
{
    (void)state;
    struct render render;
    char longest[101];
    memset(longest, 'x', 100);
    longest[100] = '\0';
    start(&render, MCP_EN);
    table_row(&render);
    put(&render, 0, longest);
    put(&render, 3, "n");
    table_row(&render);
    put(&render, 0, "y");
    put(&render, 3, "n");
    table_end(&render, 0);
    const char *out = buf_str(&render.out);
    const char *second = strchr(out, '\n') + 1, *third = strchr(second, '\n') + 1;
    assert_int_equal(second - out, 48 + 2 + 4 + 1); /* "Name", the widest column, "Note" */
    assert_int_equal(third - second, 100 + 2 + 1 + 1);
    assert_int_equal(strlen(third), 48 + 2 + 1 + 1);
    render_done(&render);
}

static void test_a_second_table_starts_fresh(void **state)
{
    (void)state;
    struct render render;
    start(&render, MCP_EN);
    table_row(&render);
    put(&render, 0, "wide wide wide");
    table_end(&render, 0);
    buf_clear(&render.out);
    table_begin(&render, columns);
    table_row(&render);
    put(&render, 0, "b");
    check(&render, 0, "Name\nb\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_aligned),
        cmocka_unit_test(test_empty_column_is_left_out),
        cmocka_unit_test(test_no_rows),
        cmocka_unit_test(test_control_characters_stay_out),
        cmocka_unit_test(test_long_cell_pushes_its_own_line_only),
        cmocka_unit_test(test_a_second_table_starts_fresh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
