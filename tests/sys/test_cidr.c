/* Ranges of addresses: how many, the first and the last, what is refused. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>

#include "base/scope.h"
#include "sys/cidr.h"
#include "sys/resolve.h"

static void expect(const char *text, size_t count, const char *first, const char *last)
{
    struct cidr range;
    assert_int_equal(cidr_parse(text, &range), 0);
    assert_int_equal(range.count, count);
    char found[RESOLVE_TEXT_SIZE];
    struct sockaddr_storage address = cidr_at(&range, 0);
    assert_string_equal(resolve_text((const struct sockaddr *)&address, found), first);
    address = cidr_at(&range, count - 1);
    assert_string_equal(resolve_text((const struct sockaddr *)&address, found), last);
}

static void counts_hosts(void **state)
{
    (void)state;
    expect("192.168.1.0/24", 254, "192.168.1.1", "192.168.1.254");
    expect("192.168.1.77/24", 254, "192.168.1.1", "192.168.1.254");
    expect("192.168.1.77/29", 6, "192.168.1.73", "192.168.1.78");
    expect("192.168.1.2/30", 2, "192.168.1.1", "192.168.1.2");
    expect("192.168.1.3/31", 2, "192.168.1.2", "192.168.1.3");
    expect("192.168.1.3/32", 1, "192.168.1.3", "192.168.1.3");
    expect("fd00::5/120", 256, "fd00::", "fd00::ff");
    expect("fd00::5/127", 2, "fd00::4", "fd00::5");
    expect("fd00::5/128", 1, "fd00::5", "fd00::5");
}

static void refuses_the_rest(void **state)
{
    (void)state;
    static const char *const wrong[] = { "", "/", "/24", "192.168.1.0", "192.168.1.0/", "192.168.1.0/33",
        "192.168.1.0/-1", "192.168.1.0/24x", "192.168.1/24", "host/24", "fd00::/129", "1.2.3.4/24/24",
        "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000/128" };
    struct cidr range;
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
        if (cidr_parse(wrong[i], &range) != -EINVAL)
            fail_msg("\"%s\" was taken", wrong[i]);
    assert_int_equal(cidr_parse("10.0.0.0/23", &range), -E2BIG);
    assert_int_equal(cidr_parse("0.0.0.0/0", &range), -E2BIG);
    assert_int_equal(cidr_parse("fd00::/119", &range), -E2BIG);
    assert_int_equal(cidr_parse("::/0", &range), -E2BIG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_hosts),
        cmocka_unit_test(refuses_the_rest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
