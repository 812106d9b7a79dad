#include "sys/recorded.h"

#include <errno.h>

#include "base/scope.h"
#include "sys/diskstats.h"

static void reads_whole_devices_that_did_something(void **state)
{
    (void)state;
    CLEANUP(procfs_close) struct procfs fs = open_recorded(SERVER);
    CLEANUP(disk_table_done) struct disk_table table = { 0 };
    assert_int_equal(disk_table_read(&fs, &table), 0);
    assert_int_equal(table.count, 2);
    assert_string_equal(table.items[0].name, "sda");
    assert_int_equal(table.items[0].reads, 49652);
    assert_int_equal(table.items[0].read_bytes, 2857026LL * 512);
    assert_int_equal(table.items[0].written_bytes, 1396928LL * 512);
    assert_int_equal(table.items[0].busy_ms, 5940);
    assert_ptr_equal(disk_table_find(&table, "nvme0n1"), &table.items[1]);
    assert_null(disk_table_find(&table, "sda1"));
}

static void fails_without_the_file(void **state)
{
    (void)state;
    CLEANUP(procfs_close) struct procfs fs = open_recorded(CONTAINER);
    struct disk_table table = { 0 };
    assert_int_equal(disk_table_read(&fs, &table), -ENOENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_whole_devices_that_did_something),
        cmocka_unit_test(fails_without_the_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
