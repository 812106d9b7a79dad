/* httpc_text.c: which charset, is it text, conversion of whole and cut bodies. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "base/scope.h"
#include "sys/httpc_text.h"

static const char *charset_of(const char *bytes, size_t len, const char *type, bool is_cut)
{
    static char charset[HTTPC_CHARSET_SIZE];
    return httpc_text_charset(bytes, len, type, is_cut, charset);
}

static void test_charset_order(void **state)
{
    (void)state;
    static const char meta[] = "<html><head><meta charset=\"koi8-r\">";
    static const char old_meta[] = "<meta http-equiv=Content-Type content='text/html; charset=iso-8859-1'>";
    static const char xml[] = "<?xml version='1.0' encoding='ISO-8859-15'?><a/>";
    static const char liar[] = "<meta charset=utf-16><p>x</p>";
    assert_string_equal(charset_of("\xff\xfe"
                                   "a\0",
                            4, "text/plain; charset=utf-8", false),
        "UTF-16LE");
    assert_string_equal(charset_of("\xfe\xff\0a", 4, NULL, false), "UTF-16BE");
    assert_string_equal(
        charset_of(meta, strlen(meta), "text/html; Charset=\"Shift_JIS\"", false), "Shift_JIS");
    assert_string_equal(charset_of(meta, strlen(meta), "text/html", false), "koi8-r");
    assert_string_equal(charset_of(old_meta, strlen(old_meta), NULL, false), "windows-1252");
    assert_string_equal(charset_of(xml, strlen(xml), "application/xml", false), "ISO-8859-15");
    assert_string_equal(charset_of(liar, strlen(liar), "text/html", false), "UTF-8");
    assert_string_equal(charset_of("plain charset=koi8-r", 20, "text/plain", false), "UTF-8");
    assert_string_equal(charset_of("caf\xe9", 4, NULL, false), "windows-1252");
    assert_string_equal(charset_of("caf\xc3\xa9", 5, NULL, false), "UTF-8");
    assert_string_equal(charset_of("", 0, NULL, false), "UTF-8");
}

static void test_a_cut_character_is_no_latin1(void **state)
{
    (void)state;
    assert_string_equal(charset_of("caf\xc3", 4, NULL, true), "UTF-8");
    assert_string_equal(charset_of("10 \xe2\x82", 5, NULL, true), "UTF-8");
    assert_string_equal(charset_of("caf\xc3", 4, NULL, false), "windows-1252");
}

static void assert_converts(
    const char *charset, const char *bytes, size_t len, bool is_cut, const char *expected)
{
    CLEANUP(buf_done) struct buf out = { 0 };
    assert_int_equal(httpc_text_convert(charset, bytes, len, is_cut, &out), 0);
    assert_string_equal(buf_str(&out), expected);
}

static void test_conversion(void **state)
{
    (void)state;
    assert_converts("windows-1252", "caf\xe9 \x80", 6, false, "caf\xc3\xa9 \xe2\x82\xac");
    assert_converts("UTF-16LE", "\xff\xfe\xe9\0!\0", 6, false, "\xc3\xa9!");
    assert_converts("UTF-8", "\xef\xbb\xbfok", 5, false, "ok");
    assert_converts("UTF-8",
        "a\xff"
        "b",
        3, false,
        "a\xef\xbf\xbd"
        "b");
    assert_converts("UTF-8", "a\xe2\x82", 3, true, "a");
    assert_converts("UTF-8", "a\xe2", 2, false, "a\xef\xbf\xbd");
    assert_converts("UTF-16LE",
        "a\0\0\xdc"
        "b\0",
        6, false,
        "a\xef\xbf\xbd"
        "b");
    assert_converts("UTF-8", "", 0, false, "");
}

static void test_long_text_in_pieces(void **state)
{
    (void)state;
    char latin[10001];
    memset(latin, 0xe9, sizeof(latin) - 1);
    latin[sizeof(latin) - 1] = '\0';
    CLEANUP(buf_done) struct buf out = { 0 };
    assert_int_equal(httpc_text_convert("ISO-8859-1", latin, 10000, false, &out), 0);
    assert_int_equal(out.len, 20000);
}

static void test_unknown_charset(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf out = { 0 };
    assert_int_equal(httpc_text_convert("x-klingon", "a", 1, false, &out), -EILSEQ);
    assert_int_equal(out.len, 0);
}

static void test_what_is_text(void **state)
{
    (void)state;
    assert_true(httpc_text_is("{}", 2, "application/problem+json; charset=utf-8"));
    assert_true(httpc_text_is("<svg/>", 6, "image/svg+xml"));
    assert_true(httpc_text_is("\0\0", 2, "text/plain"));
    assert_false(httpc_text_is("GIF89a", 6, "image/gif"));
    assert_false(httpc_text_is("%PDF-1.7", 8, "application/pdf"));
    assert_true(httpc_text_is("hello\n", 6, NULL));
    assert_true(httpc_text_is("hello\n", 6, "application/octet-stream"));
    assert_false(httpc_text_is("\x7f"
                               "ELF\0\1",
        6, "application/octet-stream"));
    assert_false(httpc_text_is("\1\2\3\4", 4, NULL));
    assert_true(httpc_text_is("\xff\xfe"
                              "a\0",
        4, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_charset_order),
        cmocka_unit_test(test_a_cut_character_is_no_latin1),
        cmocka_unit_test(test_conversion),
        cmocka_unit_test(test_long_text_in_pieces),
        cmocka_unit_test(test_unknown_charset),
        cmocka_unit_test(test_what_is_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
