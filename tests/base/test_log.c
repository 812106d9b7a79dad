/* The log: one line a call, one level to filter by, nothing in it that a terminal would obey. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/log.h"
#include "base/scope.h"
#include "base/text.h"

static int real_stderr = -1;
static int captured = -1;

/* Standard error becomes a file in memory for the length of a test. */
static int redirect(void **state)
{
    (void)state;
    real_stderr = dup(STDERR_FILENO);
    captured = memfd_create("log", MFD_CLOEXEC);
    log_set_level(LOG_LEVEL_DEBUG);
    return captured >= 0 && dup2(captured, STDERR_FILENO) >= 0 ? 0 : -1;
}

static int restore(void **state)
{
    (void)state;
    dup2(real_stderr, STDERR_FILENO);
    scope_close(&real_stderr);
    scope_close(&captured);
    return 0;
}

/* What has been logged since the last look. */
static const char *logged(char ret_text[16384])
{
    ssize_t len = pread(captured, ret_text, 16383, 0);
    assert_true(len >= 0);
    ret_text[len] = '\0';
    assert_int_equal(ftruncate(captured, 0), 0);
    lseek(captured, 0, SEEK_SET);
    return ret_text;
}

static void a_line_has_date_level_and_text(void **state)
{
    (void)state;
    static const struct {
        enum log_level level;
        const char *tail;
    } cases[] = {
        { LOG_LEVEL_DEBUG, "Z level=debug call tool=ping ms=12\n" },
        { LOG_LEVEL_INFO, "Z level=info call tool=ping ms=12\n" },
        { LOG_LEVEL_WARNING, "Z level=warning call tool=ping ms=12\n" },
        { LOG_LEVEL_ERROR, "Z level=error call tool=ping ms=12\n" },
    };
    char text[16384];
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        log_write(cases[i].level, "call tool=%s ms=%d", "ping", 12);
        logged(text);
        assert_int_equal(text[4], '-');
        assert_int_equal(text[10], 'T');
        assert_string_equal(text + strlen("2026-11-22T14:03:07.250"), cases[i].tail);
    }
}

static void lower_levels_are_dropped(void **state)
{
    (void)state;
    char text[16384];
    log_set_level(LOG_LEVEL_WARNING);
    assert_false(log_enabled(LOG_LEVEL_DEBUG));
    assert_false(log_enabled(LOG_LEVEL_INFO));
    assert_true(log_enabled(LOG_LEVEL_WARNING));
    assert_true(log_enabled(LOG_LEVEL_ERROR));
    log_write(LOG_LEVEL_INFO, "dropped");
    assert_string_equal(logged(text), "");
    log_write(LOG_LEVEL_WARNING, "kept");
    assert_non_null(strstr(logged(text), "level=warning kept\n"));
}

static void control_characters_cannot_get_through(void **state)
{
    (void)state;
    char text[16384];
    log_write(LOG_LEVEL_INFO, "a=%s",
        "1\n2\r3\x1B[31m4\x7F"
        "5\xC2\x9B"
        "6\xFF"
        "7\xC3\xA9"
        "8\t9");
    assert_non_null(strstr(logged(text),
        "a=1?2?3?[31m4?5??6?7\xC3\xA9"
        "8?9\n"));
}

static void a_long_line_is_cut_and_still_a_line(void **state)
{
    (void)state;
    char text[16384];
    for (int lead = 0; lead < 3; lead++) {
        char content[9001];
        for (size_t i = 0; i < sizeof(content); i++)
            content[i] = "\xE2\x82\xAC"[i % 3];
        content[sizeof(content) - 1] = '\0';
        log_write(LOG_LEVEL_INFO, "%.*s%s", lead, "xx", content);
        size_t len = strlen(logged(text));
        assert_in_range(len, 4000, 4096);
        assert_int_equal(text[len - 1], '\n');
        assert_ptr_equal(strchr(text, '\n'), text + len - 1);
        assert_true(text_is_utf8(text, len));
    }
}

static void errno_survives(void **state)
{
    (void)state;
    int closed = dup(STDERR_FILENO);
    close(STDERR_FILENO);
    errno = E2BIG;
    log_write(LOG_LEVEL_ERROR, "nobody hears this");
    int seen = errno;
    dup2(closed, STDERR_FILENO);
    close(closed);
    assert_int_equal(seen, E2BIG);
}

static void values_are_quoted_when_they_need_to_be(void **state)
{
    (void)state;
    static const struct {
        const char *text, *quoted;
    } cases[] = {
        { "plain", "plain" },
        { "/var/log/x-1.log", "/var/log/x-1.log" },
        { "h\xC3\xA9", "h\xC3\xA9" },
        { "", "\"\"" },
        { NULL, "\"\"" },
        { "two words", "\"two words\"" },
        { "a=b", "\"a=b\"" },
        { "say \"hi\"", "\"say \\\"hi\\\"\"" },
        { "back\\slash", "\"back\\\\slash\"" },
        { "line\nbreak", "\"line?break\"" },
        { "bad\xFF", "\"bad?\"" },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char text[64];
        assert_string_equal(log_quote(cases[i].text, text, sizeof(text)), cases[i].quoted);
    }
}

static void quoting_fits_any_room(void **state)
{
    (void)state;
    static const char *const texts[] = { "a \"b\" \xE2\x82\xAC\xE2\x82\xAC c",
        "\xF0\x9F\x98\x80\xF0\x9F\x98\x80", "\"\"\"\"", "" };
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        for (unsigned size = 1; size <= 40; size++) {
            char text[41];
            memset(text, '#', sizeof(text));
            log_quote(texts[i], text, size);
            size_t len = strnlen(text, size);
            assert_true(len < size);
            assert_int_equal(text[size], '#');
            assert_true(text_is_utf8(text, len));
            if (text[0] == '"' && size >= 3)
                assert_int_equal(text[len - 1], '"');
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_line_has_date_level_and_text, redirect, restore),
        cmocka_unit_test_setup_teardown(lower_levels_are_dropped, redirect, restore),
        cmocka_unit_test_setup_teardown(control_characters_cannot_get_through, redirect, restore),
        cmocka_unit_test_setup_teardown(a_long_line_is_cut_and_still_a_line, redirect, restore),
        cmocka_unit_test_setup_teardown(errno_survives, redirect, restore),
        cmocka_unit_test(values_are_quoted_when_they_need_to_be),
        cmocka_unit_test(quoting_fits_any_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
