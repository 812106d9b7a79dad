/* units_files.c: OpenRC and SysV trees made by the test. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/scope.h"
#include "sys/units.h"
#include "sys/units_files.h"

static char root[64];

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st;
    (void)type;
    (void)at;
    return remove(path);
}

static int make_root(void **state)
{
    (void)state;
    snprintf(root, sizeof(root), "/tmp/test-units-XXXXXX");
    return mkdtemp(root) ? 0 : -1;
}

static int remove_root(void **state)
{
    (void)state;
    return nftw(root, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

/* A file with its folders; NULL text: a folder. */
static void put(const char *path, const char *text, mode_t mode)
{
    char full[512];
    snprintf(full, sizeof(full), "%s%s", root, path);
    for (char *slash = strchr(full + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        (void)mkdir(full, 0755);
        *slash = '/';
    }
    if (!text) {
        (void)mkdir(full, 0755);
        return;
    }
    CLEANUP(scope_close) int fd = open(full, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    assert_int_equal(fchmod(fd, mode), 0);
}

static struct unit_facts fresh(const char *name)
{
    return (struct unit_facts){ .name = name, .main_pid = -1, .since_ms = -1 };
}

static void test_openrc(void **state)
{
    (void)state;
    CLEANUP(arena_done) struct arena arena = { 0 };
    assert_false(units_has_openrc(root));
    put("/run/openrc/started/sshd", "", 0644);
    put("/run/openrc/failed/cron", "", 0644);
    put("/run/openrc/starting/slow", "", 0644);
    put("/run/openrc/started/dead", "", 0644);
    put("/run/openrc/daemons/sshd/001", "exec=/usr/sbin/sshd\npidfile=/run/sshd-own.pid\n", 0644);
    put("/run/openrc/daemons/dead/001", "pidfile=/run/dead.pid\n", 0644);
    put("/run/sshd-own.pid", "77\n", 0644);
    put("/run/dead.pid", "78\n", 0644);
    put("/proc/77/comm", "sshd\n", 0644);
    put("/etc/runlevels/default/sshd", "", 0644);
    put("/etc/init.d/sshd", "#!/sbin/openrc-run\ndescription=\"OpenBSD Secure Shell\"\n", 0755);
    put("/etc/init.d/cron", "#!/sbin/openrc-run\n", 0755);
    put("/etc/init.d/slow", "#!/sbin/openrc-run\n", 0755);
    put("/etc/init.d/dead", "#!/sbin/openrc-run\n", 0755);
    put("/etc/init.d/off", "#!/sbin/openrc-run\n", 0755);
    put("/etc/init.d/README", "not a script\n", 0644);
    assert_true(units_has_openrc(root));
    static const struct {
        const char *name, *active, *sub, *enabled;
        int64_t pid;
    } rows[] = {
        { "sshd", "active", "started", "enabled", 77 },
        { "cron", "failed", "failed", "disabled", -1 },
        { "slow", "activating", "starting", "disabled", -1 },
        { "dead", "active", "crashed", "disabled", -1 },
        { "off", "inactive", "stopped", "disabled", -1 },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct unit_facts facts = fresh(rows[i].name);
        units_openrc_read(root, rows[i].name, &arena, &facts);
        assert_true(facts.found);
        assert_string_equal(facts.active_state, rows[i].active);
        assert_string_equal(facts.sub_state, rows[i].sub);
        assert_string_equal(facts.enabled, rows[i].enabled);
        assert_int_equal(facts.main_pid, rows[i].pid);
    }
    struct unit_facts facts = fresh("sshd");
    units_openrc_read(root, "sshd", &arena, &facts);
    assert_string_equal(facts.description, "OpenBSD Secure Shell");
    facts = fresh("ssh");
    units_openrc_read(root, "ssh", &arena, &facts);
    assert_false(facts.found);
    assert_int_equal(facts.similar_count, 1);
    assert_string_equal(facts.similar[0], "sshd");
    facts = fresh("README");
    units_openrc_read(root, "README", &arena, &facts);
    assert_false(facts.found);
}

static void test_sysv(void **state)
{
    (void)state;
    CLEANUP(arena_done) struct arena arena = { 0 };
    assert_false(units_has_sysv(root));
    put("/etc/inittab", "id:2:initdefault:\n", 0644);
    put("/etc/init.d/atd",
        "#!/bin/sh\n### BEGIN INIT INFO\n# Short-Description: Deferred execution\n### END INIT INFO\n", 0755);
    put("/etc/init.d/gone", "#!/bin/sh\n", 0755);
    put("/etc/init.d/idle", "#!/bin/sh\n", 0755);
    put("/etc/rc2.d/S04atd", "", 0644);
    put("/etc/rc2.d/K01idle", "", 0644);
    put("/run/atd/atd.pid", "55 or so\n-1\n", 0644);
    put("/run/gone.pid", "56\n", 0644);
    put("/proc/55/comm", "atd\n", 0644);
    assert_true(units_has_sysv(root));
    struct unit_facts facts = fresh("atd");
    units_sysv_read(root, "atd", &arena, &facts);
    assert_int_equal(facts.main_pid, 55);
    put("/run/atd/atd.pid", "x55\n", 0644);
    facts = fresh("atd");
    units_sysv_read(root, "atd", &arena, &facts);
    assert_int_equal(facts.main_pid, -1);
    assert_string_equal(facts.active_state, "failed");
    put("/run/atd/atd.pid", "  55", 0644);
    facts = fresh("atd");
    units_sysv_read(root, "atd", &arena, &facts);
    assert_true(facts.found);
    assert_string_equal(facts.active_state, "active");
    assert_string_equal(facts.enabled, "enabled");
    assert_string_equal(facts.description, "Deferred execution");
    assert_int_equal(facts.main_pid, 55);
    assert_true(facts.since_ms > 0);
    facts = fresh("gone");
    units_sysv_read(root, "gone", &arena, &facts);
    assert_string_equal(facts.active_state, "failed");
    facts = fresh("idle");
    units_sysv_read(root, "idle", &arena, &facts);
    assert_string_equal(facts.active_state, "inactive");
    assert_string_equal(facts.enabled, "disabled");
    facts = fresh("nothing");
    units_sysv_read(root, "nothing", &arena, &facts);
    assert_false(facts.found);
    assert_string_equal(facts.load_state, "not-found");
}

static void test_a_fifo_does_not_block(void **state)
{
    (void)state;
    CLEANUP(arena_done) struct arena arena = { 0 };
    char path[128];
    put("/etc/init.d/trap", "#!/bin/sh\n", 0755);
    put("/run", NULL, 0755);
    snprintf(path, sizeof(path), "%s/run/trap.pid", root);
    assert_int_equal(mkfifo(path, 0644), 0);
    struct unit_facts facts = fresh("trap");
    units_sysv_read(root, "trap", &arena, &facts);
    assert_true(facts.found);
    assert_int_equal(facts.main_pid, -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_openrc, make_root, remove_root),
        cmocka_unit_test_setup_teardown(test_sysv, make_root, remove_root),
        cmocka_unit_test_setup_teardown(test_a_fifo_does_not_block, make_root, remove_root),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
