/* The writer: commas and nesting, escapes, numbers, and that what it writes is JSON whatever it is given. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/json_read.h"
#include "base/json_write.h"
#include "base/scope.h"

static void commas_and_nesting(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf buf = { 0 };
    struct json_writer w = { .out = &buf };
    json_open_object(&w, NULL);
    json_put_str(&w, "text", "a");
    json_put_str(&w, "none", NULL);
    json_put_int(&w, "int", -5);
    json_open_array(&w, "list");
    json_put_bool(&w, NULL, true);
    json_put_bool(&w, NULL, false);
    json_open_array(&w, NULL);
    json_close_array(&w);
    json_open_object(&w, NULL);
    json_close_object(&w);
    json_open_object(&w, NULL);
    json_put_null(&w, "x");
    json_close_object(&w);
    json_put_num(&w, NULL, 2.5);
    json_close_array(&w);
    json_put_raw(&w, "raw", "[1, 2]", 6);
    json_put_strn(&w, "cut", "abcdef", 3);
    json_close_object(&w);
    assert_int_equal(w.depth, 0);
    assert_string_equal(buf_str(&buf),
        "{\"text\":\"a\",\"none\":null,\"int\":-5,\"list\":[true,false,[],{},{\"x\":null},2.5],"
        "\"raw\":[1, 2],\"cut\":\"abc\"}");
}

static void depth_is_bounded(void **state)
{
    (void)state;
    for (unsigned depth = JSON_WRITE_MAX_DEPTH - 1; depth <= JSON_WRITE_MAX_DEPTH + 2; depth++) {
        CLEANUP(buf_done) struct buf buf = { 0 };
        struct json_writer w = { .out = &buf };
        for (unsigned i = 0; i < depth; i++)
            json_open_array(&w, NULL);
        json_put_int(&w, NULL, 1);
        json_put_int(&w, NULL, 2);
        for (unsigned i = 0; i < depth; i++)
            json_close_array(&w);
        assert_int_equal(buf.failed, depth > JSON_WRITE_MAX_DEPTH);
        if (!buf.failed) {
            assert_int_equal(buf.len, 2 * depth + 3);
            assert_memory_equal(buf.data + depth, "1,2]", 4);
        }
    }
}

static const char *quoted(struct buf *buf, const char *text, size_t len)
{
    buf_clear(buf);
    json_quote(buf, text, len);
    return buf_str(buf);
}

static void only_what_must_be_is_escaped(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf buf = { 0 };
    assert_string_equal(quoted(&buf, "", 0), "\"\"");
    assert_string_equal(quoted(&buf, NULL, 0), "\"\"");
    assert_string_equal(quoted(&buf, "a/b'<>&\x7F", 8), "\"a/b'<>&\x7F\"");
    assert_string_equal(quoted(&buf, "\"\\\b\f\n\r\t", 7), "\"\\\"\\\\\\b\\f\\n\\r\\t\"");
    assert_string_equal(quoted(&buf, "a\0b\x1F\x0B", 5), "\"a\\u0000b\\u001f\\u000b\"");
    assert_string_equal(quoted(&buf, "h\xC3\xA9 \xE2\x80\xA8\xE2\x80\xA9\xF0\x9F\x98\x80", 14),
        "\"h\xC3\xA9 \xE2\x80\xA8\xE2\x80\xA9\xF0\x9F\x98\x80\"");
}

#define BAD "\xEF\xBF\xBD"

static void each_bad_byte_becomes_a_replacement_character(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf buf = { 0 };
    assert_string_equal(quoted(&buf, "\xFF", 1), "\"" BAD "\"");
    assert_string_equal(quoted(&buf, "a\xC3", 2), "\"a" BAD "\"");
    assert_string_equal(quoted(&buf, "\xED\xA0\x80z", 4), "\"" BAD BAD BAD "z\"");
    assert_string_equal(quoted(&buf, "\xE2\x82\"\n", 4), "\"" BAD BAD "\\\"\\n\"");
    assert_string_equal(quoted(&buf, "caf\xE9.txt", 8), "\"caf" BAD ".txt\"");
    assert_string_equal(quoted(&buf, "\xC3\xA9\xA9", 3), "\"\xC3\xA9" BAD "\"");
}

/* Any bytes at all, at any distance from the eight-byte steps, are written so that the reader accepts them.
 */
static void any_bytes_make_a_valid_string(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf buf = { 0 };
    CLEANUP(arena_done) struct arena arena = { 0 };
    uint32_t seed = 12345;
    for (int round = 0; round < 20000; round++) {
        char text[40];
        size_t len = seed % sizeof(text);
        for (size_t i = 0; i < len; i++) {
            seed = seed * 1664525 + 1013904223;
            text[i] = (char)(round % 2 ? seed >> 24 : (seed >> 24) % 95 + 32);
        }
        const char *json = quoted(&buf, text, len);
        const struct mcp_json *value = NULL;
        struct json_error error = { 0 };
        if (json_read(&arena, json, buf.len, NULL, &value, &error) < 0)
            fail_msg("%s at %zu of %s", error.what, error.offset, json);
        if (round % 2 == 0) {
            assert_int_equal(value->len, len);
            assert_memory_equal(value->text, text, len);
        }
        arena_reset(&arena);
        seed = seed * 1664525 + 1013904223;
    }
}

static void names_are_escaped_too(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf buf = { 0 };
    struct json_writer w = { .out = &buf };
    json_open_object(&w, NULL);
    json_put_int(&w, "a\"b\n", 1);
    json_put_int(&w, "", 2);
    json_close_object(&w);
    assert_string_equal(buf_str(&buf), "{\"a\\\"b\\n\":1,\"\":2}");
}

static void numbers(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf buf = { 0 };
    struct json_writer w = { .out = &buf };
    json_open_array(&w, NULL);
    json_put_int(&w, NULL, 0);
    json_put_int(&w, NULL, INT64_MIN);
    json_put_int(&w, NULL, INT64_MAX);
    json_put_num(&w, NULL, 4.0);
    json_put_num(&w, NULL, -0.0);
    json_put_num(&w, NULL, 0.1);
    json_put_num(&w, NULL, 1e300);
    json_put_num(&w, NULL, (double)INFINITY);
    json_put_num(&w, NULL, -(double)INFINITY);
    json_put_num(&w, NULL, (double)NAN);
    json_close_array(&w);
    assert_string_equal(
        buf_str(&buf), "[0,-9223372036854775808,9223372036854775807,4,0,0.1,1e300,null,null,null]");
}

static void a_full_buffer_stays_whole(void **state)
{
    (void)state;
    for (size_t max = 1; max < 60; max++) {
        CLEANUP(buf_done) struct buf buf;
        buf_init(&buf, max);
        struct json_writer w = { .out = &buf };
        json_open_object(&w, NULL);
        json_put_str(&w, "name", "text\nwith \xFF escapes");
        json_put_num(&w, "number", 1.5);
        json_close_object(&w);
        static const char whole[] = "{\"name\":\"text\\nwith " BAD " escapes\",\"number\":1.5}";
        assert_int_equal(buf.failed, max < sizeof(whole) - 1);
        assert_true(buf.len <= max);
        assert_memory_equal(buf_str(&buf), whole, buf.len);
    }
}

static void indenting(void **state)
{
    (void)state;
    static const struct {
        const char *text, *indented;
    } cases[] = {
        { "1", "1" },
        { " [ ] ", "[]" },
        { "{ }", "{}" },
        { "[1,2]", "[\n  1,\n  2\n]" },
        { "{\"a\":{\"b\":[ ],\"c\":[{}]} , \"d\" : null}",
            "{\n  \"a\": {\n    \"b\": [],\n    \"c\": [\n      {}\n    ]\n  },\n  \"d\": null\n}" },
        { "{\"a b\":\"x, {y}: [z] \\\"q\\\" \\\\\"}", "{\n  \"a b\": \"x, {y}: [z] \\\"q\\\" \\\\\"\n}" },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(buf_done) struct buf buf = { 0 };
        json_indent(&buf, cases[i].text, strlen(cases[i].text));
        assert_string_equal(buf_str(&buf), cases[i].indented);
    }
    /* Not JSON: nothing to promise but to end. */
    static const char *const broken[] = { "]]]}", "\"abc", "\"abc\\", "[", "{\"a\":", "" };
    for (size_t i = 0; i < ARRAY_LEN(broken); i++) {
        CLEANUP(buf_done) struct buf buf = { 0 };
        json_indent(&buf, broken[i], strlen(broken[i]));
        assert_true(buf.len >= strlen(broken[i]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commas_and_nesting),
        cmocka_unit_test(depth_is_bounded),
        cmocka_unit_test(only_what_must_be_is_escaped),
        cmocka_unit_test(each_bad_byte_becomes_a_replacement_character),
        cmocka_unit_test(any_bytes_make_a_valid_string),
        cmocka_unit_test(names_are_escaped_too),
        cmocka_unit_test(numbers),
        cmocka_unit_test(a_full_buffer_stays_whole),
        cmocka_unit_test(indenting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
