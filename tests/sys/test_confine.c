/* Opening beneath roots: everything that tries to lead elsewhere, or to something that is no file. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <ftw.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/scope.h"
#include "sys/confine.h"

static char base[64];

/* A path beneath the test's directory, in one of a few rotating buffers. */
static const char *at(const char *path)
{
    static char buffers[8][PATH_MAX];
    static unsigned next;
    char *buffer = buffers[next++ % ARRAY_LEN(buffers)];
    snprintf(buffer, PATH_MAX, "%s%s", base, path);
    return buffer;
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *where)
{
    (void)info;
    (void)kind;
    (void)where;
    return remove(path);
}

static int set_up(void **state)
{
    (void)state;
    snprintf(base, sizeof(base), "/tmp/mcp-confine-XXXXXX");
    if (!mkdtemp(base) || mkdir(at("/root"), 0755) < 0 || mkdir(at("/root/sub"), 0755) < 0 ||
        mkdir(at("/out"), 0755) < 0)
        return -1;
    write_file(at("/root/plain"), "inside");
    write_file(at("/root/sub/deep"), "inside");
    write_file(at("/root/top.KEY"), "inside");
    write_file(at("/out/file"), "outside");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    return nftw(base, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* Opens beneath "root" and the single file /proc/version; what the first byte is, or minus the fault. */
static int open_first(const char *path)
{
    const char *const roots[] = { "", "relative", at("/missing"), at("/root"), "/proc/version" };
    const char *const denied[] = { "*.key", at("/root/private"), at("/root/sub/no*") };
    struct confine confine = {
        .roots = roots,
        .root_count = ARRAY_LEN(roots),
        .denied = denied,
        .denied_count = ARRAY_LEN(denied),
    };
    struct confine_file file;
    enum confine_fault fault = confine_open(&confine, path, &file);
    if (fault != CONFINE_OK)
        return -(int)fault;
    char first = 0;
    ssize_t count = read(file.fd, &first, 1);
    close(file.fd);
    return count == 1 ? first : 0;
}

static void test_files_inside(void **state)
{
    (void)state;
    assert_int_equal(open_first(at("/root/plain")), 'i');
    assert_int_equal(open_first(at("/root/sub/deep")), 'i');
    assert_int_equal(open_first(at("//root///sub/./deep")), 'i');
    assert_int_equal(open_first(at("/root/sub/../plain")), 'i');
    assert_int_equal(open_first("/proc/version"), 'L');
}

static void test_real_path(void **state)
{
    (void)state;
    assert_int_equal(symlink("sub/deep", at("/root/link")), 0);
    const char *const roots[] = { at("/root") };
    struct confine confine = { .roots = roots, .root_count = 1 };
    struct confine_file file;
    assert_int_equal(confine_open(&confine, at("/root/link"), &file), CONFINE_OK);
    assert_string_equal(file.path, at("/root/sub/deep"));
    assert_int_equal(file.info.st_size, 6);
    close(file.fd);
}

static void test_outside(void **state)
{
    (void)state;
    assert_int_equal(open_first("plain"), -CONFINE_BAD_PATH);
    assert_int_equal(open_first(""), -CONFINE_BAD_PATH);
    assert_int_equal(open_first(at("/out/file")), -CONFINE_OUTSIDE);
    assert_int_equal(open_first(at("/root2/plain")), -CONFINE_OUTSIDE);
    assert_int_equal(open_first(at("/rootplain")), -CONFINE_OUTSIDE);
    assert_int_equal(open_first("/"), -CONFINE_OUTSIDE);
    assert_int_equal(open_first("/proc/version/x"), -CONFINE_OUTSIDE);
    assert_int_equal(open_first("/proc/self/mem"), -CONFINE_OUTSIDE);
    assert_int_equal(open_first(at("/root/../out/file")), -CONFINE_ESCAPES);
    assert_int_equal(open_first(at("/root/sub/../../out/file")), -CONFINE_ESCAPES);
    assert_int_equal(open_first(at("/root/none")), -CONFINE_MISSING);
    assert_int_equal(open_first(at("/root/plain/x")), -CONFINE_MISSING);
    char path[PATH_MAX + 8];
    memset(path, '/', sizeof(path));
    path[sizeof(path) - 1] = '\0';
    assert_int_equal(open_first(path), -CONFINE_BAD_PATH);
}

static void test_links_that_leave(void **state)
{
    (void)state;
    assert_int_equal(symlink(at("/out/file"), at("/root/absolute")), 0);
    assert_int_equal(symlink(at("/root/plain"), at("/root/absolute-inside")), 0);
    assert_int_equal(symlink("../out/file", at("/root/relative")), 0);
    assert_int_equal(symlink("../out", at("/root/directory")), 0);
    assert_int_equal(symlink("loop", at("/root/loop")), 0);
    assert_int_equal(symlink("/proc/version", at("/root/to-another-root")), 0);
    assert_int_equal(symlink("/proc/self/environ", at("/root/to-no-root")), 0);
    assert_int_equal(open_first(at("/root/to-another-root")), 'L');
    assert_int_equal(open_first(at("/root/to-no-root")), -CONFINE_ESCAPES);
    assert_int_equal(open_first(at("/root/absolute")), -CONFINE_ESCAPES);
    /* What it leads to is asked for by its own name, and that is allowed. */
    assert_int_equal(open_first(at("/root/absolute-inside")), 'i');
    assert_int_equal(open_first(at("/root/relative")), -CONFINE_ESCAPES);
    assert_int_equal(open_first(at("/root/directory/file")), -CONFINE_ESCAPES);
    assert_int_equal(open_first(at("/root/loop")), -CONFINE_ESCAPES);
}

static void test_magic_links(void **state)
{
    (void)state;
    const char *const roots[] = { "/proc" };
    struct confine confine = { .roots = roots, .root_count = 1 };
    struct confine_file file;
    assert_int_equal(confine_open(&confine, "/proc/self/exe", &file), CONFINE_ESCAPES);
    assert_int_equal(confine_open(&confine, "/proc/self/root/etc/passwd", &file), CONFINE_ESCAPES);
    assert_int_equal(confine_open(&confine, "/proc/self/fd/0", &file), CONFINE_ESCAPES);
}

static void test_special_files(void **state)
{
    (void)state;
    assert_int_equal(mkfifo(at("/root/fifo"), 0644), 0);
    assert_int_equal(open_first(at("/root/fifo")), -CONFINE_SPECIAL);
    assert_int_equal(open_first(at("/root")), -CONFINE_DIRECTORY);
    assert_int_equal(open_first(at("/root/")), -CONFINE_DIRECTORY);
    assert_int_equal(open_first(at("/root/sub")), -CONFINE_DIRECTORY);
    int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    snprintf(address.sun_path, sizeof(address.sun_path), "%s/root/socket", base);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
    close(listener);
    assert_int_equal(open_first(at("/root/socket")), -CONFINE_SPECIAL);
    if (mknod(at("/root/zero"), S_IFCHR | 0644, makedev(1, 5)) == 0)
        assert_int_equal(open_first(at("/root/zero")), -CONFINE_SPECIAL);
}

static void test_hard_links(void **state)
{
    (void)state;
    assert_int_equal(link(at("/out/file"), at("/root/hard")), 0);
    assert_int_equal(open_first(at("/root/hard")), -CONFINE_LINKED);
    assert_int_equal(unlink(at("/root/hard")), 0);
}

static void test_denied(void **state)
{
    (void)state;
    assert_int_equal(mkdir(at("/root/private"), 0755), 0);
    assert_int_equal(mkdir(at("/root/dir.key"), 0755), 0);
    write_file(at("/root/private/note"), "inside");
    write_file(at("/root/dir.key/note"), "inside");
    write_file(at("/root/sub/nothing"), "inside");
    assert_int_equal(symlink("private/note", at("/root/innocent")), 0);
    assert_int_equal(symlink("top.KEY", at("/root/innocent2")), 0);
    assert_int_equal(open_first(at("/root/top.KEY")), -CONFINE_LISTED);
    assert_int_equal(open_first(at("/root/private/note")), -CONFINE_LISTED);
    assert_int_equal(open_first(at("/root/private/absent")), -CONFINE_LISTED);
    assert_int_equal(open_first(at("/root/dir.key/note")), -CONFINE_LISTED);
    assert_int_equal(open_first(at("/root/sub/nothing")), -CONFINE_LISTED);
    assert_int_equal(open_first(at("/root/sub/../private/note")), -CONFINE_LISTED);
    assert_int_equal(open_first(at("/root/innocent")), -CONFINE_LISTED);
    assert_int_equal(open_first(at("/root/innocent2")), -CONFINE_LISTED);
}

static void test_patterns(void **state)
{
    (void)state;
    const char *const denied[] = { "/etc/shadow*", "*.key", "/etc/ssl/private", ".ssh" };
    struct confine confine = { .denied = denied, .denied_count = ARRAY_LEN(denied) };
    static const char *const refused[] = { "/etc/shadow", "/etc/shadow-", "/etc/SHADOW", "/etc/shadow/x",
        "/a/b.key", "/a.key/b", "/etc/ssl/private/x", "/etc/ssl/private", "/home/me/.ssh/config" };
    static const char *const allowed[] = { "/etc/passwd", "/var/etc/shadow", "/etc/ssl/privates", "/etc/ssl",
        "/a/b.keys", "/home/.sshd", "/" };
    for (size_t i = 0; i < ARRAY_LEN(refused); i++)
        assert_true(confine_is_denied(&confine, refused[i]));
    for (size_t i = 0; i < ARRAY_LEN(allowed); i++)
        assert_false(confine_is_denied(&confine, allowed[i]));
}

static void test_wider_root_after_narrow(void **state)
{
    (void)state;
    assert_int_equal(symlink("../plain", at("/root/sub/up")), 0);
    const char *const roots[] = { at("/root/sub"), at("/root") };
    struct confine confine = { .roots = roots, .root_count = 2 };
    struct confine_file file;
    assert_int_equal(confine_open(&confine, at("/root/sub/up"), &file), CONFINE_OK);
    close(file.fd);
    confine.root_count = 1;
    assert_int_equal(confine_open(&confine, at("/root/sub/up"), &file), CONFINE_ESCAPES);
}

static atomic_bool is_over;

/* Swaps a directory and a link that leads outside, as fast as it can: the path is one of them at any time. */
static void *swap(void *unused)
{
    (void)unused;
    char directory[PATH_MAX], other[PATH_MAX];
    snprintf(directory, sizeof(directory), "%s/root/swap", base);
    snprintf(other, sizeof(other), "%s/root/swap-link", base);
    while (!atomic_load(&is_over))
        if (renameat2(AT_FDCWD, directory, AT_FDCWD, other, RENAME_EXCHANGE) < 0)
            break;
    return NULL;
}

static void test_race(void **state)
{
    (void)state;
    assert_int_equal(mkdir(at("/root/swap"), 0755), 0);
    write_file(at("/root/swap/file"), "inside");
    assert_int_equal(symlink("../out", at("/root/swap-link")), 0);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, swap, NULL), 0);
    unsigned inside = 0, refused = 0;
    for (int i = 0; i < 20000; i++) {
        int first = open_first(at("/root/swap/file"));
        assert_int_not_equal(first, 'o');
        inside += first == 'i';
        refused += first == -CONFINE_ESCAPES || first == -CONFINE_MISSING;
    }
    atomic_store(&is_over, true);
    pthread_join(thread, NULL);
    assert_true(inside > 0);
    assert_true(refused > 0);
}

/* The same tree seen somewhere else: its names, and its absolute links, are its own. */
static void keeps_to_the_names_of_another_tree(void **state)
{
    (void)state;
    const char *const roots[] = { "/root", "/out/secret" }, *const denied[] = { "/root/sub" };
    const struct confine confine = {
        .tree = base, .roots = roots, .root_count = 2, .denied = denied, .denied_count = 1
    };
    struct confine_file file;
    assert_int_equal(symlink("/root/plain", at("/root/in-tree")), 0);
    assert_int_equal(symlink("/etc/hostname", at("/root/out-of-tree")), 0);
    assert_int_equal(confine_open(&confine, "/root/plain", &file), CONFINE_OK);
    assert_string_equal(file.path, "/root/plain");
    close(file.fd);
    assert_int_equal(confine_open(&confine, "/root/in-tree", &file), CONFINE_OK);
    assert_string_equal(file.path, "/root/plain");
    close(file.fd);
    assert_true(confine_open(&confine, "/root/out-of-tree", &file) != CONFINE_OK);
    assert_int_equal(confine_open(&confine, "/root/sub/deep", &file), CONFINE_LISTED);
    assert_int_equal(confine_open(&confine, at("/root/plain"), &file), CONFINE_OUTSIDE);
    assert_true(confine_open(&confine, "/root/../../../etc/hostname", &file) != CONFINE_OK);
    assert_int_equal(unlink(at("/root/in-tree")), 0);
    assert_int_equal(unlink(at("/root/out-of-tree")), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_files_inside),
        cmocka_unit_test(test_real_path),
        cmocka_unit_test(test_outside),
        cmocka_unit_test(test_links_that_leave),
        cmocka_unit_test(test_magic_links),
        cmocka_unit_test(test_special_files),
        cmocka_unit_test(test_hard_links),
        cmocka_unit_test(test_denied),
        cmocka_unit_test(test_patterns),
        cmocka_unit_test(test_wider_root_after_narrow),
        cmocka_unit_test(test_race),
        cmocka_unit_test(keeps_to_the_names_of_another_tree),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
