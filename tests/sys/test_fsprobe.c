#include "sys/recorded.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/scope.h"
#include "base/wait.h"
#include "sys/fsprobe.h"
#include "sys/fsusage.h"
#include "sys/mounts.h"

static const struct wait no_limit = { .cancel_fd = -1, .deadline_ms = INT64_MAX };

/* A FUSE file system whose program never says a word, in a mount namespace of this test. */
struct dead {
    char path[32];
    int fuse_fd;
};

static int mount_dead(void **state)
{
    static struct dead dead;
    char options[96];
    snprintf(dead.path, sizeof(dead.path), "/tmp/fsprobe-XXXXXX");
    dead.fuse_fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
    *state = &dead;
    if (dead.fuse_fd < 0 || !mkdtemp(dead.path))
        return 0;
    snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0", dead.fuse_fd);
    if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
        mount("dead", dead.path, "fuse.dead", 0, options) < 0) {
        rmdir(dead.path);
        close(dead.fuse_fd);
        dead.fuse_fd = -1;
    }
    return 0;
}

static int unmount_dead(void **state)
{
    struct dead *dead = *state;
    if (dead->fuse_fd < 0)
        return 0;
    close(dead->fuse_fd); /* ends the connection: whoever waits gets an error */
    umount2(dead->path, MNT_DETACH);
    return rmdir(dead->path);
}

/* Needs root and FUSE. */
static const struct dead *need_dead(void **state)
{
    const struct dead *dead = *state;
    if (dead->fuse_fd < 0)
        skip();
    return dead;
}

static void answers_what_statvfs_does(void **state)
{
    (void)state;
    struct fsprobe_result result;
    struct statvfs expected;
    struct stat root;
    assert_int_equal(statvfs("/", &expected), 0);
    assert_int_equal(stat("/", &root), 0);
    fsprobe_now("", "/", &result);
    assert_int_equal(result.error, 0);
    assert_int_equal(result.device, root.st_dev);
    assert_int_equal(result.space.f_blocks, expected.f_blocks);
    fsprobe_now("", "/no/such/path", &result);
    assert_int_equal(result.error, -ENOENT);
}

static void answers_from_a_thread(void **state)
{
    (void)state;
    struct fsprobe *probe = NULL;
    struct fsprobe_result result;
    assert_int_equal(fsprobe_start("", "/", 0, &probe), 0);
    assert_int_equal(wait_fd(&no_limit, fsprobe_fd(probe), POLLIN, -1), 1);
    assert_true(fsprobe_is_done(probe, &result));
    assert_int_equal(result.error, 0);
    fsprobe_release(probe);
    fsprobe_release(NULL);
}

static void shares_one_probe_that_does_not_answer(void **state)
{
    const struct dead *dead = need_dead(state);
    struct fsprobe *first = NULL, *second = NULL, *third = NULL;
    struct fsprobe_result result;
    assert_int_equal(fsprobe_start("", dead->path, 7, &first), 0);
    assert_int_equal(fsprobe_start("", dead->path, 7, &second), 0);
    assert_ptr_equal(first, second);
    assert_int_equal(wait_fd(&no_limit, fsprobe_fd(first), POLLIN, FSPROBE_PATIENCE_MS + 50), 0);
    assert_false(fsprobe_is_done(first, &result));
    assert_int_equal(fsprobe_start("", dead->path, 7, &third), -EINPROGRESS);
    assert_null(third);
    fsprobe_release(first);
    fsprobe_release(second);
}

static void bounds_the_number_of_probes(void **state)
{
    const struct dead *dead = need_dead(state);
    struct fsprobe *probes[FSPROBE_MAX + 1] = { NULL };
    size_t started = 0;
    int rc = 0;
    while (
        started <= FSPROBE_MAX && (rc = fsprobe_start("", dead->path, 1000 + started, &probes[started])) == 0)
        started++;
    assert_int_equal(rc, -EBUSY);
    assert_in_range(started, 1, FSPROBE_MAX);
    for (size_t i = 0; i < started; i++)
        fsprobe_release(probes[i]);
}

/* The mounts of this namespace. */
static void read_mounts(struct mount_table *ret_mounts)
{
    CLEANUP(procfs_close) struct procfs fs = open_recorded("/");
    assert_int_equal(mount_table_read(&fs, ret_mounts), 0);
}

static void reports_a_dead_mount_as_stalled(void **state)
{
    const struct dead *dead = need_dead(state);
    CLEANUP(mount_table_done) struct mount_table mounts = { 0 };
    CLEANUP(fsusage_table_done) struct fsusage_table table = { 0 };
    struct fsusage usage = { 0 };
    unsigned stalled = 0, answered = 0;
    read_mounts(&mounts);
    assert_int_equal(fsusage_read_all(&mounts, FSUSAGE_ALL, &no_limit, &table), 0);
    for (size_t i = 0; i < table.count; i++) {
        stalled += table.items[i].is_stalled;
        answered += !table.items[i].is_stalled && table.items[i].total_bytes > 0;
    }
    assert_int_equal(stalled, 1);
    assert_in_range(answered, 1, 1000);
    assert_int_equal(fsusage_read_path(&mounts, dead->path, &no_limit, &usage), 0);
    assert_true(usage.is_stalled);
    assert_string_equal(usage.mount->point, dead->path);
}

static void obeys_cancellation_while_it_waits(void **state)
{
    const struct dead *dead = need_dead(state);
    CLEANUP(mount_table_done) struct mount_table mounts = { 0 };
    int ends[2];
    struct fsusage usage = { 0 };
    struct fsusage_table table = { 0 };
    read_mounts(&mounts);
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    assert_int_equal(write(ends[1], "x", 1), 1);
    const struct wait cancelled = { .cancel_fd = ends[0], .deadline_ms = INT64_MAX };
    int rc = fsusage_read_path(&mounts, dead->path, &cancelled, &usage);
    assert_true(
        rc == -ECANCELED || (rc == 0 && usage.is_stalled)); /* known to be stalled: nothing to wait for */
    rc = fsusage_read_all(&mounts, FSUSAGE_ALL, &cancelled, &table);
    assert_true(rc == -ECANCELED || rc == 0);
    fsusage_table_done(&table);
    close(ends[0]);
    close(ends[1]);
}

static void reports_a_mount_whose_program_has_gone(void **state)
{
    const struct dead *dead = need_dead(state);
    CLEANUP(mount_table_done) struct mount_table mounts = { 0 };
    CLEANUP(fsusage_table_done) struct fsusage_table table = { 0 };
    CLEANUP(scope_close) int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    struct fsusage usage = { 0 };
    unsigned errors = 0;
    read_mounts(&mounts);
    assert_int_equal(dup2(null, dead->fuse_fd), dead->fuse_fd);
    assert_int_equal(fsusage_read_path(&mounts, dead->path, &no_limit, &usage), 0);
    assert_int_equal(usage.error, -ENOTCONN);
    assert_string_equal(usage.mount->point, dead->path);
    assert_int_equal(fsusage_read_all(&mounts, FSUSAGE_ALL, &no_limit, &table), 0);
    for (size_t i = 0; i < table.count; i++)
        errors += table.items[i].error == -ENOTCONN;
    assert_int_equal(errors, 1);
}

/* An absolute link of a tree leads to where it leads there, not out of it. */
static void follows_links_within_another_tree(void **state)
{
    (void)state;
    char tree[] = "/tmp/mcp-fsprobe-XXXXXX", link[64];
    struct fsprobe_result result, there;
    assert_non_null(mkdtemp(tree));
    snprintf(link, sizeof(link), "%s/proc", tree);
    assert_int_equal(symlink("/", link), 0);
    fsprobe_now(tree, "/proc", &result);
    fsprobe_now("", tree, &there);
    assert_int_equal(result.error, 0);
    assert_true(result.device == there.device);
    fsprobe_now(tree, "/etc", &result);
    assert_int_equal(result.error, -ENOENT);
    assert_int_equal(unlink(link), 0);
    assert_int_equal(rmdir(tree), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_what_statvfs_does),
        cmocka_unit_test(answers_from_a_thread),
        cmocka_unit_test_setup_teardown(shares_one_probe_that_does_not_answer, mount_dead, unmount_dead),
        cmocka_unit_test_setup_teardown(reports_a_dead_mount_as_stalled, mount_dead, unmount_dead),
        cmocka_unit_test_setup_teardown(reports_a_mount_whose_program_has_gone, mount_dead, unmount_dead),
        cmocka_unit_test_setup_teardown(obeys_cancellation_while_it_waits, mount_dead, unmount_dead),
        cmocka_unit_test_setup_teardown(bounds_the_number_of_probes, mount_dead, unmount_dead),
        cmocka_unit_test(follows_links_within_another_tree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
