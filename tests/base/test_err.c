/* Errors: the code comes back, the sentence fits and is never cut within a character. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"

static void keeps_code_and_sentence(void **state)
{
    (void)state;
    struct err err = { 0 };
    assert_int_equal(err_set(&err, -EINVAL, "port %d: 1 to 65535 are accepted", 70000), -EINVAL);
    assert_int_equal(err.code, -EINVAL);
    assert_string_equal(err.text, "port 70000: 1 to 65535 are accepted");
}

static void says_it_in_both_languages(void **state)
{
    (void)state;
    struct err err = { 0 };
    assert_int_equal(err_say(&err, -EINVAL, "port %d refusé", "port %d refused", 7), -EINVAL);
    assert_string_equal(err.text, "port 7 refused");
    assert_string_equal(err_french(&err), "port 7 refusé");
    err_say(&err, -EIO, "dehors : %s", "outer: %s", err.text);
    assert_string_equal(err.text, "outer: port 7 refused");
    assert_string_equal(err_french(&err), "dehors : port 7 refused");
    err_set(&err, -EIO, "English only");
    assert_string_equal(err_french(&err), "English only");
    assert_int_equal(err_say(NULL, -ENOENT, "%s", "%s", "unheard"), -ENOENT);
}

static void says_why(void **state)
{
    (void)state;
    struct err err = { 0 };
    assert_int_equal(err_because(&err, -EINVAL, ENOENT, "%s illisible", "cannot read %s", "/x"), -EINVAL);
    assert_int_equal(err.code, -EINVAL);
    assert_string_equal(err.text, "cannot read /x: No such file or directory");
    assert_string_equal(err_french(&err), "/x illisible : fichier ou répertoire inexistant");
    assert_string_equal(err_reason_french(EBADFD), strerrordesc_np(EBADFD));
    assert_int_equal(err_because(NULL, -EIO, EIO, "%s", "%s", "unheard"), -EIO);
}

static void nobody_needs_to_listen(void **state)
{
    (void)state;
    assert_int_equal(err_set(NULL, -ENOENT, "%s", "unheard"), -ENOENT);
}

static void the_sentence_can_be_wrapped(void **state)
{
    (void)state;
    struct err err = { 0 };
    err_set(&err, -EIO, "inner");
    err_set(&err, err.code, "outer: %s", err.text);
    assert_string_equal(err.text, "outer: inner");
}

static void a_long_sentence_is_cut_between_characters(void **state)
{
    (void)state;
    static const char *const characters[] = { "a", "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80" };
    for (size_t kind = 0; kind < 4; kind++) {
        for (int lead = 0; lead < 4; lead++) {
            char text[2000] = "";
            memset(text, 'x', (size_t)lead);
            for (size_t len = (size_t)lead; len + 5 < sizeof(text); len += kind + 1)
                memcpy(text + len, characters[kind], kind + 1);
            struct err err = { 0 };
            err_set(&err, -E2BIG, "%s", text);
            size_t kept = strlen(err.text);
            assert_true(kept < sizeof(err.text) && kept + 4 >= sizeof(err.text));
            assert_true(text_is_utf8(err.text, kept));
            assert_memory_equal(err.text, text, kept);
        }
    }
    struct err exact = { 0 };
    err_set(&exact, -1, "%0199d", 0);
    assert_int_equal(strlen(exact.text), 199);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_code_and_sentence),
        cmocka_unit_test(says_it_in_both_languages),
        cmocka_unit_test(says_why),
        cmocka_unit_test(nobody_needs_to_listen),
        cmocka_unit_test(the_sentence_can_be_wrapped),
        cmocka_unit_test(a_long_sentence_is_cut_between_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
