/* Release at the end of scope, and handing over. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/scope.h"

static void a_descriptor_is_closed_with_its_scope(void **state)
{
    (void)state;
    int seen;
    {
        CLEANUP(scope_close) int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
        assert_true(fd >= 0);
        assert_int_not_equal(fcntl(fd, F_GETFD), -1);
        seen = fd;
    }
    assert_int_equal(fcntl(seen, F_GETFD), -1);
    assert_int_equal(errno, EBADF);
}

static void a_descriptor_that_is_none_is_left_alone(void **state)
{
    (void)state;
    int fd = -1;
    errno = 0;
    scope_close(&fd);
    assert_int_equal(errno, 0);
    assert_int_equal(fd, -1);
}

static void closing_forgets_the_number(void **state)
{
    (void)state;
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    scope_close(&fd);
    assert_int_equal(fd, -1);
}

static char *make_text(void)
{
    CLEANUP(scope_free) char *text = strdup("handed over");
    CLEANUP(scope_free) char *released = strdup("released with the scope");
    assert_non_null(released);
    return TAKE(text);
}

static void taking_hands_over(void **state)
{
    (void)state;
    char *text = make_text();
    assert_string_equal(text, "handed over");
    char *again = TAKE(text);
    assert_null(text);
    scope_free(&again);
    assert_null(again);
    scope_free(&again);
}

static void array_len_counts_items(void **state)
{
    (void)state;
    const short items[] = { 1, 2, 3 };
    assert_int_equal(ARRAY_LEN(items), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_descriptor_is_closed_with_its_scope),
        cmocka_unit_test(a_descriptor_that_is_none_is_left_alone),
        cmocka_unit_test(closing_forgets_the_number),
        cmocka_unit_test(taking_hands_over),
        cmocka_unit_test(array_len_counts_items),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
