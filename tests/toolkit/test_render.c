/* render.c: what people read, from the rows of a result. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/scope.h"
#include "toolkit/render.h"

static const struct mcp_field plain = { .name = "v", .kind = MCP_NUMBER, .label = { "Valeur", "Value" } };
static const struct mcp_field unlabelled = { .name = "v", .kind = MCP_NUMBER };

static void check(struct render *render, const char *expected)
{
    size_t len = 0;
    const char *text = render_finish(render, &len);
    assert_string_equal(text, expected);
    assert_int_equal(len, strlen(expected));
    render_done(render);
}

static struct render *start(struct render *render, enum mcp_lang lang)
{
    render_init(render, lang, 1 << 20, true);
    return render;
}

static void test_numbers_and_units(void **state)
{
    (void)state;
    static const struct {
        const char *unit;
        double value;
        const char *en, *fr;
    } cases[] = {
        { NULL, 1.5, "Value: 1.5", "Valeur : 1.5" },
        { NULL, -0.25, "Value: -0.25", "Valeur : -0.25" },
        { NULL, 1e300, "Value: 1.0000000000000001e+300", "Valeur : 1.0000000000000001e+300" },
        { "ms", 12.345, "Value: 12.345 ms", "Valeur : 12.345 ms" },
        { "%", 12.5, "Value: 12.5%", "Valeur : 12.5 %" },
        { "bytes", 512, "Value: 512 B", "Valeur : 512 o" },
        { "bytes", 1536, "Value: 1.5 KiB", "Valeur : 1.5 Kio" },
        { "bytes/s", 1048576, "Value: 1.0 MiB/s", "Valeur : 1.0 Mio/s" },
        { "bytes", -1, "Value: -1 bytes", "Valeur : -1 bytes" },
        { "s", 5, "Value: 5 s", "Valeur : 5 s" },
        { "s", 119.9, "Value: 119.9 s", "Valeur : 119.9 s" },
        { "s", 200, "Value: 3 min 20 s", "Valeur : 3 min 20 s" },
        { "s", 7500, "Value: 2 h 5 min", "Valeur : 2 h 5 min" },
        { "s", 273600, "Value: 3 d 4 h", "Valeur : 3 j 4 h" },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct mcp_field field = plain;
        field.unit = cases[i].unit;
        struct render render;
        render_num(start(&render, MCP_EN), &field, cases[i].value);
        check(&render, cases[i].en);
        render_num(start(&render, MCP_FR), &field, cases[i].value);
        check(&render, cases[i].fr);
    }
}

static void test_integers_in_full(void **state)
{
    (void)state;
    struct mcp_field field = plain;
    struct render render;
    render_int(start(&render, MCP_EN), &field, INT64_MIN);
    check(&render, "Value: -9223372036854775808");
    field.unit = "s";
    render_int(start(&render, MCP_EN), &field, 86400);
    check(&render, "Value: 1 d 0 h");
}

static void test_words(void **state)
{
    (void)state;
    struct render render;
    start(&render, MCP_FR);
    render_bool(&render, &plain, true);
    render_bool(&render, &plain, false);
    render_bool(&render, &unlabelled, true);
    render_str(&render, &plain, "a\nb\0c", 5);
    check(&render,
        "Valeur : oui\nValeur : non\nValeur : a b\xEF\xBF\xBD"
        "c");
    render_bool(start(&render, MCP_EN), &plain, true);
    check(&render, "Value: yes");
}

static void test_text_is_a_block(void **state)
{
    (void)state;
    const struct mcp_field block = { .name = "c", .kind = MCP_TEXT, .label = { "Contenu", "Content" } };
    struct render render;
    start(&render, MCP_EN);
    render_str(&render, &block, "one\r\n\ttwo\n\033]0;x\a", 16);
    render_str(&render, &block, "", 0);
    check(&render, "Content:\none\n\ttwo\n\xEF\xBF\xBD]0;x\xEF\xBF\xBD\nContent:\n");
}

static void test_sentences_come_first(void **state)
{
    (void)state;
    struct render render;
    start(&render, MCP_EN);
    render_int(&render, &plain, 1);
    render_say(&render, "First.\nStill first.");
    render_say(&render, "Second.");
    check(&render, "First. Still first.\nSecond.\nValue: 1");
}

static const struct mcp_field inner[] = {
    { .name = "a", .kind = MCP_INT, .label = { "A", "A" } },
    { .name = "b", .kind = MCP_STRING, .label = { "B", "B" } },
    { 0 },
};
static const struct mcp_field object = {
    .name = "o", .kind = MCP_OBJECT, .label = { "Objet", "Object" }, .fields = inner
};
static const struct mcp_field list = {
    .name = "l", .kind = MCP_LIST, .label = { "Liste", "List" }, .fields = inner
};
static const struct mcp_field words = {
    .name = "w", .kind = MCP_LIST, .of = MCP_STRING, .label = { "Mots", "Words" }
};
static const struct mcp_field map = { .name = "m", .kind = MCP_MAP, .label = { "Champs", "Fields" } };

static void put_element(struct render *render, int64_t a, const char *b)
{
    render_open(render, NULL);
    render_int(render, &inner[0], a);
    render_str(render, &inner[1], b, strlen(b));
    render_close(render);
}

static void test_nesting(void **state)
{
    (void)state;
    struct render render;
    start(&render, MCP_EN);
    render_open(&render, &object);
    render_int(&render, &inner[0], 1);
    render_open(&render, &list);
    put_element(&render, 10, "x");
    put_element(&render, 2, "yy");
    render_close(&render);
    render_close(&render);
    render_open(&render, &words);
    render_str(&render, &words, "one", 3);
    render_str(&render, &words, "two", 3);
    render_close(&render);
    render_open(&render, &map);
    render_pair(&render, "K", "v\n");
    render_close(&render);
    check(&render,
        "Object:\n  A: 1\n  List:\n     A  B\n    10  x\n     2  yy\nWords: one, two\nFields:\n  K: v ");
}

static void test_empty_list(void **state)
{
    (void)state;
    struct render render;
    start(&render, MCP_FR);
    render_open(&render, &list);
    render_close(&render);
    render_open(&render, &words);
    render_close(&render);
    check(&render, "Liste :\n  (néant)\nMots : (néant)");
}

static void test_lists_inside_a_cell(void **state)
{
    (void)state;
    static const struct mcp_field row[] = {
        { .name = "n", .kind = MCP_STRING, .label = { "N", "N" } },
        { .name = "w", .kind = MCP_LIST, .of = MCP_STRING, .label = { "Mots", "Words" } },
        { .name = "l", .kind = MCP_LIST, .label = { "Liste", "List" }, .fields = inner },
        { 0 },
    };
    const struct mcp_field outer = {
        .name = "o", .kind = MCP_LIST, .label = { "Tout", "All" }, .fields = row
    };
    struct render render;
    start(&render, MCP_EN);
    render_open(&render, &outer);
    render_open(&render, NULL);
    render_str(&render, &row[0], "n", 1);
    render_open(&render, &row[1]);
    render_str(&render, &row[1], "one", 3);
    render_str(&render, &row[1], "two", 3);
    render_close(&render);
    render_open(&render, &row[2]);
    put_element(&render, 1, "x");
    put_element(&render, 2, "y");
    render_close(&render);
    render_close(&render);
    render_close(&render);
    check(&render, "All:\n  N  Words     List\n  n  one, two  1 x, 2 y");
}

static void test_without_a_label_only_data(void **state)
{
    (void)state;
    struct mcp_field hidden = list;
    hidden.label = (struct mcp_text){ NULL, NULL };
    struct render render;
    start(&render, MCP_EN);
    render_open(&render, &hidden);
    put_element(&render, 1, "x");
    render_close(&render);
    render_int(&render, &unlabelled, 2);
    render_int(&render, &plain, 3);
    check(&render, "Value: 3");
}

static void test_wide_elements_become_lines(void **state)
{
    (void)state;
    struct mcp_field wide[RENDER_TABLE_COLUMNS + 2] = { { 0 } };
    for (size_t i = 0; i <= RENDER_TABLE_COLUMNS; i++)
        wide[i] = (struct mcp_field){ .name = "f", .kind = MCP_INT, .label = { "F", "F" } };
    const struct mcp_field outer = { .name = "o", .kind = MCP_LIST, .label = { "T", "T" }, .fields = wide };
    struct render render;
    start(&render, MCP_EN);
    render_open(&render, &outer);
    for (int64_t i = 0; i < 2; i++) {
        render_open(&render, NULL);
        render_int(&render, &wide[0], i);
        render_int(&render, &wide[1], i + 5);
        render_int(&render, &wide[2], i + 7);
        render_close(&render);
    }
    render_close(&render);
    check(&render, "T:\n  0: F 5; F 7\n  1: F 6; F 8");
}

static void test_bounded_and_disabled(void **state)
{
    (void)state;
    struct render render;
    render_init(&render, MCP_EN, 64, true);
    for (int i = 0; i < 100; i++)
        render_int(&render, &plain, i);
    assert_true(render.out.failed);
    render_done(&render);
    render_init(&render, MCP_EN, 64, false);
    render_open(&render, &list);
    put_element(&render, 1, "x");
    render_close(&render);
    render_say(&render, "x");
    check(&render, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers_and_units),
        cmocka_unit_test(test_integers_in_full),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_text_is_a_block),
        cmocka_unit_test(test_sentences_come_first),
        cmocka_unit_test(test_nesting),
        cmocka_unit_test(test_empty_list),
        cmocka_unit_test(test_lists_inside_a_cell),
        cmocka_unit_test(test_without_a_label_only_data),
        cmocka_unit_test(test_wide_elements_become_lines),
        cmocka_unit_test(test_bounded_and_disabled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
