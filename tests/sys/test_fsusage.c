#include "sys/recorded.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/scope.h"
#include "base/wait.h"
#include "sys/fsusage.h"
#include "sys/mounts.h"

static const struct wait no_limit = { .cancel_fd = -1, .deadline_ms = INT64_MAX };

static void computes_as_df_does(void **state)
{
    (void)state;
    const struct statvfs space = {
        .f_bsize = 4096,
        .f_frsize = 4096,
        .f_blocks = 1000,
        .f_bfree = 400,
        .f_bavail = 350,
        .f_files = 1000,
        .f_ffree = 998,
    };
    struct fsusage usage = { 0 };
    fsusage_compute(&space, &usage);
    assert_int_equal(usage.total_bytes, 1000 * 4096);
    assert_int_equal(usage.used_bytes, 600 * 4096);
    assert_int_equal(usage.available_bytes, 350 * 4096);
    assert_int_equal(usage.used_percent, 64); /* 600 / 950 = 63.2 % */
    assert_int_equal(usage.inodes_used, 2);
    assert_int_equal(usage.inodes_used_percent, 1); /* 0.2 % */
}

static void has_no_percentage_of_nothing(void **state)
{
    (void)state;
    const struct statvfs space = { .f_frsize = 512 };
    struct fsusage usage = { 0 };
    fsusage_compute(&space, &usage);
    assert_int_equal(usage.used_percent, -1);
    assert_int_equal(usage.inodes_used_percent, -1);
}

static void survives_nonsense(void **state)
{
    (void)state;
    struct statvfs space = { .f_bsize = 1, .f_frsize = (unsigned long)-1 };
    struct fsusage usage = { 0 };
    space.f_blocks = space.f_bavail = space.f_files = (fsblkcnt_t)-1;
    space.f_bfree = 1;
    fsusage_compute(&space, &usage);
    assert_true(usage.total_bytes == INT64_MAX && usage.used_bytes == INT64_MAX);
    assert_int_equal(usage.used_percent, 50);
    assert_int_equal(usage.inodes_used_percent, 100);
    space.f_bfree = (fsblkcnt_t)-1;
    space.f_blocks = 5;
    fsusage_compute(&space, &usage);
    assert_int_equal(usage.used_bytes, 0);
}

static void read_mounts(struct mount_table *ret_mounts)
{
    CLEANUP(procfs_close) struct procfs fs = open_recorded("/");
    assert_int_equal(mount_table_read(&fs, ret_mounts), 0);
}

static void shows_each_file_system_once(void **state)
{
    (void)state;
    CLEANUP(mount_table_done) struct mount_table mounts = { 0 };
    CLEANUP(fsusage_table_done) struct fsusage_table table = { 0 };
    read_mounts(&mounts);
    assert_int_equal(fsusage_read_all(&mounts, FSUSAGE_ALL, &no_limit, &table), 0);
    assert_true(table.count > 0);
    for (size_t i = 0; i < table.count; i++) {
        assert_false(table.items[i].mount->is_pseudo);
        for (size_t j = i + 1; j < table.count; j++)
            assert_true(table.items[i].mount->device != table.items[j].mount->device);
    }
}

static void finds_the_file_system_of_a_path(void **state)
{
    (void)state;
    CLEANUP(mount_table_done) struct mount_table mounts = { 0 };
    struct fsusage usage = { 0 };
    read_mounts(&mounts);
    assert_int_equal(fsusage_read_path(&mounts, "/proc/self/stat", &no_limit, &usage), 0);
    assert_string_equal(usage.mount->type, "proc");
    assert_int_equal(usage.used_percent, -1);
    assert_int_equal(fsusage_read_path(&mounts, "/", &no_limit, &usage), 0);
    /* In a chroot the root directory may be no mount point of its own. */
    assert_true(!usage.mount || strcmp(usage.mount->point, "/") == 0);
    assert_true(usage.total_bytes > 0);
    assert_int_equal(fsusage_read_path(&mounts, "/no/such", &no_limit, &usage), -ENOENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(computes_as_df_does),
        cmocka_unit_test(has_no_percentage_of_nothing),
        cmocka_unit_test(survives_nonsense),
        cmocka_unit_test(shows_each_file_system_once),
        cmocka_unit_test(finds_the_file_system_of_a_path),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
