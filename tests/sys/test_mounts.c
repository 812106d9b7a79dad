#include "sys/recorded.h"

#include <errno.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "base/scope.h"
#include "sys/mounts.h"

static const struct mount *find(const struct mount_table *table, const char *point)
{
    for (size_t i = 0; i < table->count; i++) {
        if (strcmp(table->items[i].point, point) == 0)
            return &table->items[i];
    }
    fail_msg("%s is not mounted", point);
    return NULL;
}

static void read_server(struct mount_table *ret_table)
{
    CLEANUP(procfs_close) struct procfs fs = open_recorded(SERVER);
    assert_int_equal(mount_table_read(&fs, ret_table), 0);
}

static void reads_lines_with_and_without_optional_fields(void **state)
{
    (void)state;
    CLEANUP(mount_table_done) struct mount_table table = { 0 };
    read_server(&table);
    const struct mount *root = find(&table, "/");
    assert_int_equal(root->id, 27);
    assert_int_equal(root->device, makedev(8, 1));
    assert_string_equal(root->source, "/dev/sda1");
    assert_string_equal(root->type, "ext4");
    assert_false(root->is_read_only || root->is_remote || root->is_pseudo || root->is_volatile);
    assert_int_equal(table.count, 13);
}

static void decodes_octal_escapes(void **state)
{
    (void)state;
    CLEANUP(mount_table_done) struct mount_table table = { 0 };
    read_server(&table);
    assert_string_equal(find(&table, "/mnt/with space\\and\ttab")->root, "/srv/data");
    assert_string_equal(find(&table, "/mnt/nfs")->source, "filer:/export/a b");
}

static void tells_kinds_apart(void **state)
{
    (void)state;
    CLEANUP(mount_table_done) struct mount_table table = { 0 };
    read_server(&table);
    assert_true(find(&table, "/proc")->is_pseudo);
    assert_true(find(&table, "/mnt/nfs")->is_remote);
    assert_true(find(&table, "/home/u/remote")->is_remote);
    assert_true(find(&table, "/usb")->is_remote);
    assert_false(find(&table, "/sys/fs/fuse/connections")->is_remote);
    assert_true(find(&table, "/sys/fs/fuse/connections")->is_pseudo);
    assert_true(find(&table, "/run")->is_volatile);
    assert_true(find(&table, "/data")->is_read_only);
    assert_true(find(&table, "/ro-super")->is_read_only);
    assert_true(find(&table, "/mnt/nfs")->may_stall);
    assert_true(find(&table, "/mnt/nfs/local")->may_stall);
    assert_false(find(&table, "/mnt/nfs/local")->is_remote);
    assert_false(find(&table, "/")->may_stall);
}

static void keeps_the_uppermost_of_a_mount_point(void **state)
{
    (void)state;
    CLEANUP(mount_table_done) struct mount_table table = { 0 };
    read_server(&table);
    assert_int_equal(find(&table, "/run/lock")->id, 34);
    assert_string_equal(find(&table, "/run/lock")->source, "");
    assert_null(mount_table_by_id(&table, 33));
}

static void prefers_the_whole_file_system(void **state)
{
    (void)state;
    CLEANUP(mount_table_done) struct mount_table table = { 0 };
    read_server(&table);
    assert_string_equal(mount_table_by_device(&table, makedev(8, 1))->point, "/");
    assert_null(mount_table_by_device(&table, makedev(99, 99)));

    const struct mount root = { .point = "/", .root = "/@" }, whole = { .point = "/mnt/long", .root = "/" };
    const struct mount piece = { .point = "/a", .root = "/x" }, other = { .point = "/ab", .root = "/x" };
    assert_true(mount_is_better(&root, &whole));
    assert_true(mount_is_better(&whole, &piece));
    assert_true(mount_is_better(&piece, &other));
    assert_false(mount_is_better(&other, &piece));
}

static void finds_the_mount_of_a_path(void **state)
{
    (void)state;
    CLEANUP(mount_table_done) struct mount_table table = { 0 };
    read_server(&table);
    assert_string_equal(mount_table_by_path(&table, "/mnt/nfs/deep/file")->point, "/mnt/nfs");
    assert_string_equal(mount_table_by_path(&table, "/mnt/nfs")->point, "/mnt/nfs");
    assert_string_equal(mount_table_by_path(&table, "/mnt/nfsx")->point, "/");
    assert_null(mount_table_by_path(&table, "relative"));
}

static void fails_without_the_file(void **state)
{
    (void)state;
    CLEANUP(procfs_close) struct procfs fs = open_recorded(CONTAINER);
    struct mount_table table = { 0 };
    assert_int_equal(mount_table_read(&fs, &table), -ENOENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_lines_with_and_without_optional_fields),
        cmocka_unit_test(decodes_octal_escapes),
        cmocka_unit_test(tells_kinds_apart),
        cmocka_unit_test(keeps_the_uppermost_of_a_mount_point),
        cmocka_unit_test(prefers_the_whole_file_system),
        cmocka_unit_test(finds_the_mount_of_a_path),
        cmocka_unit_test(fails_without_the_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
