/* The reader: the tree it makes, what it refuses and how it says so, its limits. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/json_read.h"
#include "base/scope.h"

static char *input;
static struct arena arena;
static struct json_error error;

static int clean(void **state)
{
    (void)state;
    free(input);
    input = NULL;
    arena_done(&arena);
    arena_init(&arena, 0);
    return 0;
}

/* Reads from an exact copy on the heap, so that a sanitizer sees one byte too many. `raw` points into the
 * copy, which lives until the next call. */
static const struct mcp_json *read_bytes(const char *text, size_t len, const struct json_limits *limits)
{
    free(input);
    input = malloc(len ? len : 1);
    assert_non_null(input);
    memcpy(input, text, len);
    const struct mcp_json *value = NULL;
    error = (struct json_error){ 0 };
    int rc = json_read(&arena, input, len, limits, &value, &error);
    assert_int_equal(rc, value ? 0 : -EBADMSG);
    if (!value) {
        assert_non_null(error.what);
        assert_true(error.offset <= len);
    }
    return value;
}

static const struct mcp_json *read_text(const char *text)
{
    return read_bytes(text, strlen(text), NULL);
}

static void scalars(void **state)
{
    (void)state;
    assert_int_equal(read_text("null")->kind, MCP_JSON_NULL);
    const struct mcp_json *value = read_text(" \t\r\n true \n");
    assert_int_equal(value->kind, MCP_JSON_BOOL);
    assert_true(value->truth);
    assert_int_equal(value->raw_len, 4);
    assert_memory_equal(value->raw, "true", 4);
    assert_null(value->key);
    assert_null(value->next);
    assert_false(read_text("false")->truth);
    value = read_text("-12.50e+03");
    assert_int_equal(value->kind, MCP_JSON_NUMBER);
    assert_int_equal(value->len, 10);
    assert_memory_equal(value->text, "-12.50e+03", 10);
    value = read_text("\"text\"");
    assert_int_equal(value->kind, MCP_JSON_STRING);
    assert_string_equal(value->text, "text");
    assert_int_equal(value->len, 4);
    assert_int_equal(value->raw_len, 6);
    value = read_text("\"\"");
    assert_string_equal(value->text, "");
    assert_int_equal(value->len, 0);
}

static void containers_keep_order_names_and_raw_text(void **state)
{
    (void)state;
    const struct mcp_json *root =
        read_text(" { \"a\" : [ 1 , { } , [ ] ] ,\n\"\" : \"x\", \"h\\u00e9\":null } ");
    assert_int_equal(root->kind, MCP_JSON_OBJECT);
    assert_int_equal(root->count, 3);
    assert_int_equal(
        root->raw_len, strlen("{ \"a\" : [ 1 , { } , [ ] ] ,\n\"\" : \"x\", \"h\\u00e9\":null }"));

    const struct mcp_json *list = root->first;
    assert_string_equal(list->key, "a");
    assert_int_equal(list->key_len, 1);
    assert_int_equal(list->kind, MCP_JSON_ARRAY);
    assert_int_equal(list->count, 3);
    assert_memory_equal(list->raw, "[ 1 , { } , [ ] ]", list->raw_len);
    assert_int_equal(list->raw_len, 17);
    assert_null(list->first->key);
    assert_memory_equal(list->first->raw, "1", list->first->raw_len);
    const struct mcp_json *object = list->first->next;
    assert_int_equal(object->kind, MCP_JSON_OBJECT);
    assert_int_equal(object->count, 0);
    assert_null(object->first);
    assert_memory_equal(object->raw, "{ }", 3);
    assert_int_equal(object->next->kind, MCP_JSON_ARRAY);
    assert_null(object->next->next);

    assert_string_equal(list->next->key, "");
    assert_int_equal(list->next->key_len, 0);
    assert_string_equal(list->next->text, "x");
    assert_string_equal(list->next->next->key, "h\xC3\xA9");
    assert_null(list->next->next->next);
}

static void siblings_have_their_own_children(void **state)
{
    (void)state;
    const struct mcp_json *root = read_text("[[1,[2]],[],[3,[4,5]],{\"a\":[6]}]");
    static const unsigned counts[] = { 2, 0, 2, 1 };
    static const char *const firsts[] = { "1", NULL, "3", "[6]" };
    const struct mcp_json *child = root->first;
    for (size_t i = 0; i < ARRAY_LEN(counts); i++, child = child->next) {
        assert_int_equal(child->count, counts[i]);
        if (firsts[i])
            assert_memory_equal(child->first->raw, firsts[i], strlen(firsts[i]));
        else
            assert_null(child->first);
    }
    assert_null(child);
    child = root->first->next->next;
    assert_int_equal(child->first->next->count, 2);
    assert_memory_equal(child->first->next->first->next->raw, "5", 1);
    assert_null(child->first->next->next);
}

static void escapes_are_decoded(void **state)
{
    (void)state;
    static const struct {
        const char *text, *decoded;
        size_t len;
    } cases[] = {
        { "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t", 8 },
        { "\"a\\u0000b\"", "a\0b", 3 },
        { "\"\\u0041\\u00e9\\u20AC\\uD83D\\uDE00\"", "A\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80", 10 },
        { "\"\\uDBFF\\uDFFF\\uD800\\uDC00\"", "\xF4\x8F\xBF\xBF\xF0\x90\x80\x80", 8 },
        { "\"\\u007F\\u0080\\u07FF\\u0800\\uFFFF\"", "\x7F\xC2\x80\xDF\xBF\xE0\xA0\x80\xEF\xBF\xBF", 11 },
        { "\"\x7F\xC2\x80\xE2\x80\xA8\"", "\x7F\xC2\x80\xE2\x80\xA8", 6 },
        { "\"01234567\\n01234567\xC3\xA9 01234567\\\\\"", "01234567\n01234567\xC3\xA9 01234567\\", 29 },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct mcp_json *value = read_text(cases[i].text);
        assert_non_null(value);
        assert_int_equal(value->len, cases[i].len);
        assert_memory_equal(value->text, cases[i].decoded, cases[i].len + 1);
    }
}

static void every_byte_in_a_string_is_judged_wherever_it_stands(void **state)
{
    (void)state;
    for (size_t at = 0; at < 20; at++) {
        for (unsigned byte = 0; byte < 256; byte++) {
            char text[24] = "\"abcdefghijklmnopqrst\"";
            text[1 + at] = (char)byte;
            bool is_plain = byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
            bool is_escape = byte == '\\' && at < 19 && memchr("bfnrt", text[2 + at], 5);
            const struct mcp_json *value = read_bytes(text, 22, NULL);
            if ((value != NULL) != (is_plain || is_escape))
                fail_msg("byte 0x%02X at %zu: %s", byte, at, value ? "accepted" : error.what);
            if (value && is_plain)
                assert_memory_equal(value->text, text + 1, 20);
            arena_reset(&arena);
        }
    }
}

static void faults_are_placed_and_named(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t offset;
        const char *what;
    } cases[] = {
        { "", 0, "expected a value" },
        { "  ", 2, "expected a value" },
        { "\xEF\xBB\xBF{}", 0, "expected a value" },
        { "nul", 0, "expected a value" },
        { "True", 0, "expected a value" },
        { "NaN", 0, "expected a value" },
        { "-Infinity", 1, "expected a digit" },
        { "+1", 0, "expected a value" },
        { ".5", 0, "expected a value" },
        { "-", 1, "expected a digit" },
        { "01", 1, "expected the end of the document" },
        { "1.", 2, "expected a digit after the decimal point" },
        { "1.e5", 2, "expected a digit after the decimal point" },
        { "1e", 2, "expected a digit in the exponent" },
        { "[1e+]", 4, "expected a digit in the exponent" },
        { "1 2", 2, "expected the end of the document" },
        { "[", 1, "expected a value" },
        { "[1", 2, "expected ',' or ']'" },
        { "[1}", 2, "expected ',' or ']'" },
        { "[1,]", 3, "expected a value" },
        { "[,1]", 1, "expected a value" },
        { "[1 2]", 3, "expected ',' or ']'" },
        { "]", 0, "expected a value" },
        { "{", 1, "expected '\"' at the start of a member name" },
        { "{a:1}", 1, "expected '\"' at the start of a member name" },
        { "{\"a\":1,}", 7, "expected '\"' at the start of a member name" },
        { "{\"a\" 1}", 5, "expected ':' after a member name" },
        { "{\"a\":}", 5, "expected a value" },
        { "{\"a\":1]", 6, "expected ',' or '}'" },
        { "{\"a\":1 \"b\":2}", 7, "expected ',' or '}'" },
        { "[1,//x\n2]", 3, "expected a value" },
        { "'a'", 0, "expected a value" },
        { "\"abc", 4, "expected '\"' at the end of a string" },
        { "\"abc\\\"", 6, "expected '\"' at the end of a string" },
        { "\"abc\\", 5, "expected '\"' at the end of a string" },
        { "\"a\nb\"", 2, "expected no control character in a string, or its escape" },
        { "\"a\xC3\"", 2, "expected UTF-8" },
        { "\"a\xED\xA0\x80\"", 2, "expected UTF-8" },
        { "\"ab\\x41\"", 3, "expected one of \" \\ / b f n r t u after a backslash" },
        { "\"\\u12G4\"", 1, "expected four hexadecimal digits after \\u" },
        { "\"\\u123\"", 1, "expected four hexadecimal digits after \\u" },
        { "\"x\\uD800\"", 2, "expected the second half of a surrogate pair" },
        { "\"x\\uD800\\u0041\"", 2, "expected the second half of a surrogate pair" },
        { "\"x\\uD800\\uE000\"", 2, "expected the second half of a surrogate pair" },
        { "\"x\\uD800\\n\"", 2, "expected the second half of a surrogate pair" },
        { "\"x\\uDC00\"", 2, "expected the first half of a surrogate pair before the second" },
        { "[1]\f", 3, "expected the end of the document" },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        if (read_text(cases[i].text))
            fail_msg("%s is accepted", cases[i].text);
        assert_string_equal(error.what, cases[i].what);
        assert_int_equal(error.offset, cases[i].offset);
        assert_false(error.too_deep || error.too_large);
    }
    assert_null(read_bytes("1\0", 2, NULL));
    assert_null(read_bytes("\"a\0b\"", 5, NULL));
    const struct mcp_json *none = NULL;
    assert_int_equal(json_read(&arena, NULL, 0, NULL, &none, &error), -EBADMSG);
    assert_string_equal(error.what, "expected a value");
    assert_int_equal(error.offset, 0);
}

static const struct mcp_json *read_nested(unsigned depth, const struct json_limits *limits)
{
    CLEANUP(buf_done) struct buf buf = { 0 };
    for (unsigned i = 0; i < depth; i++)
        buf_adds(&buf, i % 2 ? "{\"a\":" : "[");
    buf_adds(&buf, "1");
    for (unsigned i = depth; i-- > 0;)
        buf_addc(&buf, i % 2 ? '}' : ']');
    return read_bytes(buf.data, buf.len, limits);
}

static void nesting_is_bounded(void **state)
{
    (void)state;
    assert_non_null(read_nested(64, NULL));
    assert_null(read_nested(65, NULL));
    assert_true(error.too_deep);
    assert_false(error.too_large);
    assert_non_null(read_nested(3, &(struct json_limits){ .max_depth = 3 }));
    assert_null(read_nested(4, &(struct json_limits){ .max_depth = 3 }));
    assert_true(error.too_deep);
    /* Depth is nesting, not number. */
    assert_non_null(read_bytes("[[],[],{},{\"a\":[]},[]]", 22, &(struct json_limits){ .max_depth = 3 }));
}

static void deep_input_costs_no_stack(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf buf = { 0 };
    for (int i = 0; i < 100000; i++)
        buf_addc(&buf, '[');
    assert_null(read_bytes(buf.data, buf.len, NULL));
    assert_true(error.too_deep);
    assert_int_equal(error.offset, 64);
    const struct mcp_json *value = read_nested(100000, &(struct json_limits){ .max_depth = 100000 });
    assert_non_null(value);
    unsigned depth = 0;
    for (; value->count; value = value->first)
        depth++;
    assert_int_equal(depth, 100000);
}

static void memory_is_bounded(void **state)
{
    (void)state;
    static const char text[] =
        "{\"name\":[1,2,3,{\"x\":\"some text that takes room\"}],\"other\":{\"a\":1,\"b\":2}}";
    struct json_limits limits = { .unique_keys = true };
    assert_non_null(read_bytes(text, sizeof(text) - 1, &limits));
    size_t needed = arena.used;
    for (size_t max = 1; max <= needed; max++) {
        arena_done(&arena);
        arena_init(&arena, max);
        const struct mcp_json *value = read_bytes(text, sizeof(text) - 1, &limits);
        assert_int_equal(value != NULL, max >= needed);
        assert_int_equal(error.too_large, max < needed);
        assert_false(error.too_deep);
    }
}

static void names_may_have_to_be_unique(void **state)
{
    (void)state;
    static const char *const twice[] = { "{\"a\":1,\"a\":2}", "[{\"b\":{\"a\":1,\"x\":0,\"a\":1}}]",
        "{\"a\":1,\"\\u0061\":2}", "{\"\":1,\"\":2}" };
    static const char *const once[] = { "{}", "{\"a\":1}", "{\"a\":1,\"b\":{\"a\":1}}",
        "[{\"a\":1},{\"a\":1}]", "{\"a\":1,\"A\":2}", "{\"a\":1,\"a\\u0000\":2}" };
    const struct json_limits unique = { .unique_keys = true };
    for (size_t i = 0; i < ARRAY_LEN(twice); i++) {
        assert_null(read_bytes(twice[i], strlen(twice[i]), &unique));
        assert_string_equal(error.what, "expected each member name once in an object");
        assert_non_null(read_text(twice[i]));
    }
    for (size_t i = 0; i < ARRAY_LEN(once); i++)
        assert_non_null(read_bytes(once[i], strlen(once[i]), &unique));
    assert_null(read_bytes("{\"a\":1,\"a\": 22}", 15, &unique));
    assert_int_equal(error.offset, 12);
}

/* 200,000 members that differ late: comparing each with each would take minutes. */
static void many_names_are_compared_quickly(void **state)
{
    (void)state;
    const struct json_limits unique = { .unique_keys = true };
    CLEANUP(buf_done) struct buf buf = { 0 };
    buf_addc(&buf, '{');
    for (int i = 0; i < 200000; i++)
        buf_addf(&buf, "\"a-long-common-beginning-%06d\":0,", (i * 7919) % 200000);
    size_t len = buf.len;
    buf_adds(&buf, "\"last\":0}");
    const struct mcp_json *value = read_bytes(buf.data, buf.len, &unique);
    assert_non_null(value);
    assert_int_equal(value->count, 200001);
    for (int twin = 0; twin < 200000; twin += 66666) {
        arena_reset(&arena);
        buf_cut(&buf, len);
        buf_addf(&buf, "\"a-long-common-beginning-%06d\":0}", twin);
        assert_null(read_bytes(buf.data, buf.len, &unique));
        assert_int_equal(error.offset, buf.len - 2);
    }
}

static void counts_at_the_edge_of_sorting(void **state)
{
    (void)state;
    const struct json_limits unique = { .unique_keys = true };
    for (int members = 1; members <= 20; members++) {
        for (int twin = -1; twin < members; twin++) {
            CLEANUP(buf_done) struct buf buf = { 0 };
            for (int i = 0; i < members; i++)
                buf_addf(&buf, "%c\"k%d\":%d", i ? ',' : '{', i, i);
            buf_addf(&buf, ",\"k%d\":0}", twin);
            assert_int_equal(read_bytes(buf.data, buf.len, &unique) != NULL, twin < 0);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(scalars, clean, clean),
        cmocka_unit_test_setup_teardown(containers_keep_order_names_and_raw_text, clean, clean),
        cmocka_unit_test_setup_teardown(siblings_have_their_own_children, clean, clean),
        cmocka_unit_test_setup_teardown(escapes_are_decoded, clean, clean),
        cmocka_unit_test_setup_teardown(every_byte_in_a_string_is_judged_wherever_it_stands, clean, clean),
        cmocka_unit_test_setup_teardown(faults_are_placed_and_named, clean, clean),
        cmocka_unit_test_setup_teardown(nesting_is_bounded, clean, clean),
        cmocka_unit_test_setup_teardown(deep_input_costs_no_stack, clean, clean),
        cmocka_unit_test_setup_teardown(memory_is_bounded, clean, clean),
        cmocka_unit_test_setup_teardown(names_may_have_to_be_unique, clean, clean),
        cmocka_unit_test_setup_teardown(many_names_are_compared_quickly, clean, clean),
        cmocka_unit_test_setup_teardown(counts_at_the_edge_of_sorting, clean, clean),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
