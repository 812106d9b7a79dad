/* The network of the machine that runs the test: its loopback, a sample, a deadline. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <net/if.h>

#include "base/clock.h"
#include "base/scope.h"
#include "base/wait.h"
#include "sys/network.h"

static void test_read(void **state)
{
    (void)state;
    CLEANUP(network_done) struct network network = { 0 };
    struct wait wait = { .cancel_fd = -1, .deadline_ms = clock_ms() + 10000 };
    assert_int_equal(network_read(&wait, 0, &network), 0);
    int loopback = (int)if_nametoindex("lo");
    assert_string_equal(network_link_name(&network, loopback), "lo");
    assert_null(network_link_name(&network, 0));
    assert_null(network_link_name(&network, -5));
    assert_int_equal(network.earlier.count, 0);
    assert_true(network.seconds == 0);
    assert_true(network.is_complete);
    for (size_t i = 0; i < network.addresses.count; i++)
        assert_non_null(network_link_name(&network, network.addresses.items[i].index));
}

static void test_sample(void **state)
{
    (void)state;
    CLEANUP(network_done) struct network network = { 0 };
    struct wait wait = { .cancel_fd = -1, .deadline_ms = clock_ms() + 10000 };
    assert_int_equal(network_read(&wait, 20, &network), 0);
    assert_true(network.earlier.count > 0);
    assert_true(network.seconds >= 0.02);
}

static void test_deadline(void **state)
{
    (void)state;
    struct network network = { .seconds = 7 };
    struct wait passed = { .cancel_fd = -1, .deadline_ms = 0 };
    assert_int_equal(network_read(&passed, 0, &network), -ETIMEDOUT);
    assert_true(network.seconds == 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_sample),
        cmocka_unit_test(test_deadline),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
