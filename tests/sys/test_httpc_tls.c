/* httpc_tls.c: dates of certificates. The rest of it is tested against real servers, in tests/tools. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "sys/httpc_tls.h"

static void test_dates(void **state)
{
    (void)state;
    int64_t s = 0;
    assert_true(httpc_tls_date("Jan  1 00:00:00 1970 GMT", &s));
    assert_int_equal(s, 0);
    assert_true(httpc_tls_date("Feb 29 12:30:45 2024 GMT", &s));
    assert_int_equal(s, 1709209845);
    assert_true(httpc_tls_date("Dec 31 23:59:59 9999 GMT", &s));
    assert_int_equal(s, INT64_C(253402300799));
}

static void test_what_is_no_date(void **state)
{
    (void)state;
    static const char *const wrong[] = { "", "Jan", "Xyz  1 00:00:00 1970 GMT", "anF  1 00:00:00 1970 GMT",
        "Jan  1 00:00:00 1970", "Jan  1 00:00:00 70 GMT", "2024-02-29T12:30:45Z", "Ja  1 00:00:00 1970 GMT" };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        int64_t s = 42;
        assert_false(httpc_tls_date(wrong[i], &s));
        assert_int_equal(s, 42);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dates),
        cmocka_unit_test(test_what_is_no_date),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
