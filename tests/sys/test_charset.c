/* Character sets: steps through right and wrong bytes, marks, guesses. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/scope.h"
#include "base/text.h"
#include "sys/charset.h"

struct step_case {
    enum charset charset;
    const char *bytes;
    size_t len, taken;
    const char *utf8;
};

static void test_steps(void **state)
{
    (void)state;
    static const struct step_case cases[] = {
        { CHARSET_UTF8, "a", 1, 1, "a" },
        { CHARSET_UTF8, "\xC3\xA9x", 3, 2, "\xC3\xA9" },
        { CHARSET_UTF8, "\xF0\x9F\x98\x80", 4, 4, "\xF0\x9F\x98\x80" },
        { CHARSET_UTF8, "\xC3", 1, 0, "" },
        { CHARSET_UTF8, "\xF0\x9F\x98", 3, 0, "" },
        { CHARSET_UTF8, "\xC3x", 2, 1, "\xEF\xBF\xBD" },
        { CHARSET_UTF8, "\xA9", 1, 1, "\xEF\xBF\xBD" },
        { CHARSET_UTF8, "\xC0\x80", 2, 1, "\xEF\xBF\xBD" },
        { CHARSET_UTF8, "\xFF", 1, 1, "\xEF\xBF\xBD" },
        { CHARSET_LATIN1, "\xE9", 1, 1, "\xC3\xA9" },
        { CHARSET_LATIN1, "z", 1, 1, "z" },
        { CHARSET_UTF16LE, "\xE9\0", 2, 2, "\xC3\xA9" },
        { CHARSET_UTF16BE, "\x20\xAC", 2, 2, "\xE2\x82\xAC" },
        { CHARSET_UTF16LE, "\x3D\xD8\x00\xDE", 4, 4, "\xF0\x9F\x98\x80" },
        { CHARSET_UTF16LE, "\x3D\xD8", 2, 0, "" },
        { CHARSET_UTF16LE, "\x3D\xD8z\0", 4, 2, "\xEF\xBF\xBD" },
        { CHARSET_UTF16BE, "\xDE\x00", 2, 2, "\xEF\xBF\xBD" },
        { CHARSET_UTF16BE, "x", 1, 0, "" },
        { CHARSET_UTF8, "", 0, 0, "" },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char utf8[5] = "";
        size_t len = 0;
        size_t taken =
            charset_step(cases[i].charset, (const unsigned char *)cases[i].bytes, cases[i].len, utf8, &len);
        utf8[len] = '\0';
        if (taken != cases[i].taken || (taken && strcmp(utf8, cases[i].utf8) != 0))
            fail_msg("case %zu: took %zu, got %s", i, taken, utf8);
    }
}

static void test_random_bytes_become_utf8(void **state)
{
    (void)state;
    srand(7);
    for (int round = 0; round < 5000; round++) {
        unsigned char bytes[64];
        for (size_t i = 0; i < sizeof(bytes); i++)
            bytes[i] = (unsigned char)rand();
        for (int charset = CHARSET_UTF8; charset <= CHARSET_UTF16BE; charset++) {
            size_t at = 0, step, len;
            char utf8[4];
            while ((step = charset_step((enum charset)charset, bytes + at, sizeof(bytes) - at, utf8, &len)) >
                0) {
                assert_true(text_is_utf8(utf8, len));
                at += step;
            }
            assert_in_range(at, sizeof(bytes) - 3, sizeof(bytes));
        }
    }
}

static void test_marks(void **state)
{
    (void)state;
    enum charset charset = CHARSET_UTF8;
    assert_true(charset_from_mark((const unsigned char *)"\xFF\xFEx", 3, &charset));
    assert_int_equal(charset, CHARSET_UTF16LE);
    assert_true(charset_from_mark((const unsigned char *)"\xFE\xFF", 2, &charset));
    assert_int_equal(charset, CHARSET_UTF16BE);
    assert_false(charset_from_mark((const unsigned char *)"\xEF\xBB\xBF", 3, &charset));
    assert_false(charset_from_mark((const unsigned char *)"\xFF", 1, &charset));
}

static void assert_guess(const char *bytes, size_t len, int expected)
{
    enum charset charset = CHARSET_UTF16BE;
    bool is_text = charset_guess((const unsigned char *)bytes, len, &charset);
    assert_int_equal(is_text ? (int)charset : -1, expected);
}

static void test_guesses(void **state)
{
    (void)state;
    assert_guess("", 0, CHARSET_UTF8);
    assert_guess("plain\ttext\n", 11, CHARSET_UTF8);
    assert_guess("caf\xC3\xA9", 5, CHARSET_UTF8);
    assert_guess("caf\xC3", 4, CHARSET_UTF8);
    assert_guess("\xA9 caf\xC3\xA9", 7, CHARSET_UTF8);
    assert_guess("caf\xE9 cr\xE8me", 10, CHARSET_LATIN1);
    assert_guess("caf\xC3\xA9 d\xC3\xA9j\xC3\xA0 \xFF", 14, CHARSET_UTF8);
    assert_guess("\x1B[31mred\x1B[0m", 12, CHARSET_UTF8);
    assert_guess("a\0b", 3, -1);
    assert_guess("\x01\x02\x03\x04 text", 9, -1);
    assert_guess("\x80\x81\xFE\xC1\xFF\x9A\x9B\x9C\x9D", 9, -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_steps),
        cmocka_unit_test(test_random_bytes_become_utf8),
        cmocka_unit_test(test_marks),
        cmocka_unit_test(test_guesses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
