/* Strings: UTF-8 against every rule of RFC 3629, numbers as people write them, sizes for people. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <float.h>
#include <string.h>

#include "base/buf.h"
#include "base/json_write.h"
#include "base/scope.h"
#include "base/text.h"

/* RFC 3629 by the book: encodes `point` and returns its length, 0 if it has no encoding. */
static size_t encode(uint32_t point, char out[4])
{
    if (point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF))
        return 0;
    size_t len = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    static const unsigned leads[] = { 0, 0, 0xC0, 0xE0, 0xF0 };
    for (size_t i = len; i-- > 1; point >>= 6)
        out[i] = (char)(0x80 | (point & 0x3F));
    out[0] = (char)(leads[len] | point);
    return len;
}

static void every_code_point_is_accepted(void **state)
{
    (void)state;
    for (uint32_t point = 0; point <= 0x10FFFF; point++) {
        char bytes[4];
        size_t len = encode(point, bytes);
        if (len == 0)
            continue;
        if (text_utf8_step(bytes, len) != len)
            fail_msg("U+%04X is refused", point);
        for (size_t cut = 0; cut < len; cut++) {
            if (text_utf8_step(bytes, cut) != 0)
                fail_msg("U+%04X cut to %zu bytes is accepted", point, cut);
        }
    }
}

static void every_other_sequence_is_refused(void **state)
{
    (void)state;
    size_t accepted[5] = { 0 };
    for (unsigned lead = 0; lead < 256; lead++) {
        for (unsigned second = 0; second < 256; second++) {
            char bytes[4] = { (char)lead, (char)second, (char)0xBF, (char)0x80 };
            accepted[text_utf8_step(bytes, 4)]++;
            char broken[4] = { (char)lead, (char)second, (char)0x80, (char)0xC0 };
            assert_true(text_utf8_step(broken, 4) < 4);
            char broken_too[4] = { (char)lead, (char)second, 'A', (char)0x80 };
            assert_true(text_utf8_step(broken_too, 4) < 3);
        }
    }
    /* Table 3-7 of the Unicode standard, counted. */
    assert_int_equal(accepted[1], 128 * 256);
    assert_int_equal(accepted[2], 30 * 64);
    assert_int_equal(accepted[3], 32 + 12 * 64 + 32 + 2 * 64);
    assert_int_equal(accepted[4], 48 + 3 * 64 + 16);
}

static void whole_texts_are_checked(void **state)
{
    (void)state;
    assert_true(text_is_utf8("", 0));
    assert_true(text_is_utf8("d\xC3\xA9j\xC3\xA0 \xE2\x82\xAC \xF0\x9F\x98\x80", 15));
    assert_true(text_is_utf8("a\0b", 3));
    assert_false(text_is_utf8("d\xC3\xA9j\xC3", 5));
    assert_false(text_is_utf8("\xED\xA0\x80", 3));
    assert_false(text_is_utf8("\xC0\xAF", 2));
    assert_false(text_is_utf8("\xF4\x90\x80\x80", 4));
}

static void cutting_keeps_characters_whole(void **state)
{
    (void)state;
    const char *text = "a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80z";
    static const size_t kept[] = { 0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11, 11, 11 };
    for (size_t max = 0; max < ARRAY_LEN(kept); max++)
        assert_int_equal(text_utf8_cut(text, strlen(text), max), kept[max]);
    /* What is not UTF-8 has nothing to keep whole. */
    assert_int_equal(text_utf8_cut("\x80\x80\x80\x80\x80\x80", 6, 4), 4);
    assert_int_equal(text_utf8_cut("abc\xE2zz", 6, 4), 4);
    assert_int_equal(text_utf8_cut("", 0, 4), 0);
}

static void json_counts_escapes(void **state)
{
    (void)state;
    static const char text[] = "a\"\\\n\t\b\f\r\x01\x1f/\xC3\xA9\xF0\x9F\x98\x80\xFF";
    CLEANUP(buf_done) struct buf json = { 0 };
    for (size_t len = 0; len <= sizeof(text); len++) { /* the NUL too */
        buf_clear(&json);
        json_quote(&json, text, len);
        assert_int_equal(text_json_length(text, len), json.len - 2);
        assert_int_equal(text_json_cut(text, len, json.len - 2), len);
    }
    assert_int_equal(text_json_cut(text, 4, 2), 1); /* no half of an escape */
    assert_int_equal(text_json_cut(text, 4, 3), 2);
    assert_int_equal(text_json_cut("\xC3\xA9z", 3, 1), 0); /* no half of a character */
    assert_int_equal(text_json_cut("\x01\x01", 2, 11), 1);
    assert_int_equal(text_json_cut("", 0, 0), 0);
    assert_int_equal(text_json_length("\x7f", 1), 3);
}

static void columns_are_code_points(void **state)
{
    (void)state;
    assert_int_equal(text_columns("", 0), 0);
    assert_int_equal(text_columns("d\xC3\xA9j\xC3\xA0", 6), 4);
    assert_int_equal(text_columns("\xFF\xFE", 2), 2);
}

static void integers(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t value;
    } good[] = {
        { "0", 0 },
        { "-0", 0 },
        { "42", 42 },
        { "-42", -42 },
        { "007", 7 },
        { "9223372036854775807", INT64_MAX },
        { "-9223372036854775808", INT64_MIN },
        { "00000000000000000000000000000000000001", 1 },
    };
    static const char *const bad[] = { "", "-", "+1", " 1", "1 ", "1.0", "1e3", "0x10", "--1", "1-", "nan",
        "9223372036854775808", "-9223372036854775809", "99999999999999999999999999", "\xD9\xA1" };
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        int64_t value = -7;
        assert_true(text_int(good[i].text, &value));
        assert_int_equal(value, good[i].value);
    }
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        int64_t value = -7;
        if (text_int(bad[i], &value))
            fail_msg("'%s' is accepted", bad[i]);
        assert_int_equal(value, -7);
    }
}

static void numbers(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double value;
    } good[] = {
        { "0", 0 },
        { "1", 1 },
        { "-1.5", -1.5 },
        { "2e3", 2000 },
        { "2E+3", 2000 },
        { "25e-1", 2.5 },
        { "0.1", 0.1 },
        { "007.50", 7.5 },
        { "1.7976931348623157e308", DBL_MAX },
        { "1e-400", 0 },
    };
    static const char *const bad[] = { "", "-", ".5", "5.", "+1", " 1", "1 ", "1e", "1e+", "0x1p3", "inf",
        "nan", "1e400", "-1e400", "1,5", "1.2.3", "1e3.5" };
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        double value = -7;
        assert_true(text_number(good[i].text, &value));
        assert_true(value == good[i].value);
    }
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        double value = -7;
        if (text_number(bad[i], &value))
            fail_msg("'%s' is accepted", bad[i]);
        assert_true(value == -7);
    }
}

static void truths(void **state)
{
    (void)state;
    static const char *const yes[] = { "true", "TRUE", "Yes", "on", "1" };
    static const char *const no[] = { "false", "False", "NO", "oFF", "0" };
    static const char *const neither[] = { "", "2", "tru", "truee", "y", "oui", " on" };
    for (size_t i = 0; i < 5; i++) {
        bool value = false;
        assert_true(text_bool(yes[i], &value) && value);
        assert_true(text_bool(no[i], &value) && !value);
    }
    for (size_t i = 0; i < ARRAY_LEN(neither); i++) {
        bool value = true;
        assert_false(text_bool(neither[i], &value));
        assert_true(value);
    }
}

static void beginnings_endings_and_case(void **state)
{
    (void)state;
    assert_true(text_starts("nginx.service", "nginx"));
    assert_true(text_starts("nginx", ""));
    assert_false(text_starts("ngi", "nginx"));
    assert_true(text_ends("nginx.service", ".service"));
    assert_true(text_ends("nginx", ""));
    assert_false(text_ends("service", ".service"));
    assert_true(text_same("Content-Type", "content-TYPE"));
    assert_true(text_same("", ""));
    assert_false(text_same("abc", "abcd"));
    assert_false(text_same("abcd", "abc"));
    assert_false(text_same("\xC3\xA9", "\xC3\x89")); /* ASCII only */
    assert_false(text_same("[", "{"));
}

static void sizes_for_people(void **state)
{
    (void)state;
    static const struct {
        uint64_t bytes;
        const char *text;
    } cases[] = {
        { 0, "0 B" },
        { 1, "1 B" },
        { 512, "512 B" },
        { 1023, "1023 B" },
        { 1024, "1.0 KiB" },
        { 1536, "1.5 KiB" },
        { 1048524, "1023.9 KiB" },
        { 1048525, "1.0 MiB" },
        { 1048576, "1.0 MiB" },
        { 3435973837, "3.2 GiB" },
        { UINT64_C(1) << 40, "1.0 TiB" },
        { UINT64_C(1) << 50, "1.0 PiB" },
        { UINT64_MAX, "16.0 EiB" },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char text[32];
        assert_string_equal(text_bytes(cases[i].bytes, 'B', text, sizeof(text)), cases[i].text);
    }
    char french[32];
    assert_string_equal(text_bytes(512, 'o', french, sizeof(french)), "512 o");
    assert_string_equal(text_bytes(3435973837, 'o', french, sizeof(french)), "3.2 Gio");
    char small[4];
    assert_string_equal(text_bytes(1536, 'B', small, sizeof(small)), "1.5");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_point_is_accepted),
        cmocka_unit_test(every_other_sequence_is_refused),
        cmocka_unit_test(whole_texts_are_checked),
        cmocka_unit_test(cutting_keeps_characters_whole),
        cmocka_unit_test(json_counts_escapes),
        cmocka_unit_test(columns_are_code_points),
        cmocka_unit_test(integers),
        cmocka_unit_test(numbers),
        cmocka_unit_test(truths),
        cmocka_unit_test(beginnings_endings_and_case),
        cmocka_unit_test(sizes_for_people),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
