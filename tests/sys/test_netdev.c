#include "sys/recorded.h"

#include <errno.h>

#include "base/scope.h"
#include "sys/netdev.h"

static void reads_counters_by_name(void **state)
{
    (void)state;
    CLEANUP(procfs_close) struct procfs fs = open_recorded(SERVER);
    CLEANUP(netdev_table_done) struct netdev_table table = { 0 };
    assert_int_equal(netdev_table_read(&fs, &table), 0);
    assert_int_equal(table.count, 3);
    const struct netdev *eth0 = netdev_table_find(&table, "eth0");
    assert_non_null(eth0);
    assert_true(eth0->rx_bytes == UINT64_C(18446744073709551614));
    assert_int_equal(eth0->rx_errors, 1);
    assert_int_equal(eth0->rx_dropped, 2);
    assert_int_equal(eth0->tx_bytes, 900);
    assert_int_equal(eth0->tx_packets, 9);
    assert_int_equal(eth0->tx_errors, 3);
    assert_int_equal(eth0->tx_dropped, 4);
    assert_non_null(netdev_table_find(&table, "eth0:1"));
    assert_null(netdev_table_find(&table, "eth"));
}

static void finds_nothing_in_an_empty_table(void **state)
{
    (void)state;
    const struct netdev_table none = { 0 };
    assert_null(netdev_table_find(&none, "lo"));
}

/* "self" in a host's /proc is this process: its first one is looked at instead. */
static void reads_the_network_of_a_host(void **state)
{
    (void)state;
    CLEANUP(procfs_close) struct procfs fs = { .root_fd = -1 };
    CLEANUP(netdev_table_done) struct netdev_table table = { 0 };
    assert_int_equal(procfs_open_host(CONTAINER, &fs), 0);
    assert_int_equal(netdev_table_read(&fs, &table), 0);
    assert_int_equal(table.count, 1);
    assert_int_equal(netdev_table_find(&table, "host0")->rx_bytes, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_counters_by_name),
        cmocka_unit_test(finds_nothing_in_an_empty_table),
        cmocka_unit_test(reads_the_network_of_a_host),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
