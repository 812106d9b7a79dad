/* The hosts file: comments, several names, several lines, both families, nonsense. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>

#include "base/scope.h"
#include "sys/hosts.h"
#include "sys/resolve.h"
#include "sys/sys_file.h"

static const char content[] = "# 10.0.0.9 commented\n"
                              "127.0.0.1\tlocalhost loop # comment 10.0.0.8\n"
                              "  ::1  LocalHost ip6-localhost\r\n"
                              "10.0.0.1 printer.lan printer#glued\n"
                              "not-an-address printer.lan\n"
                              "10.0.0.2\n"
                              "10.0.0.3 printer.lan printer.lan\n"
                              "fe80::1%lo linked\n"
                              "10.0.0.4 last";

static void expect(const char *path, const char *name, int family, const char *wanted)
{
    struct resolve_addresses found;
    char all[256] = "";
    if (hosts_lookup(path, name, family, &found) == 0)
        for (size_t i = 0; i < found.count; i++) {
            char text[RESOLVE_TEXT_SIZE];
            size_t len = strlen(all);
            (void)snprintf(all + len, sizeof(all) - len, "%s%s", len ? " " : "",
                resolve_text((const struct sockaddr *)&found.at[i], text));
        }
    assert_string_equal(all, wanted);
}

static void finds_names(void **state)
{
    (void)state;
    CLEANUP(sys_file_done) struct sys_file file = sys_file_with(content);
    expect(file.path, "localhost", AF_UNSPEC, "127.0.0.1 ::1");
    expect(file.path, "LOCALHOST", AF_INET6, "::1");
    expect(file.path, "loop", AF_INET, "127.0.0.1");
    expect(file.path, "printer.lan", AF_UNSPEC, "10.0.0.1 10.0.0.3");
    expect(file.path, "printer", AF_UNSPEC, "10.0.0.1");
    expect(file.path, "linked", AF_UNSPEC, "fe80::1%lo");
    expect(file.path, "last", AF_UNSPEC, "10.0.0.4");
}

static void finds_nothing_else(void **state)
{
    (void)state;
    CLEANUP(sys_file_done) struct sys_file file = sys_file_with(content);
    struct resolve_addresses found;
    static const char *const names[] = { "commented", "comment", "glued", "10.0.0.1", "", "localhost." };
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        assert_int_equal(hosts_lookup(file.path, names[i], AF_UNSPEC, &found), -ENOENT);
    assert_int_equal(hosts_lookup(file.path, "last", AF_INET6, &found), -ENOENT);
}

static void bounds_addresses(void **state)
{
    (void)state;
    char many[RESOLVE_MAX * 4 * 20] = "";
    for (int i = 1; i <= RESOLVE_MAX * 4; i++)
        (void)snprintf(many + strlen(many), sizeof(many) - strlen(many), "10.1.1.%d many\n", i);
    CLEANUP(sys_file_done) struct sys_file file = sys_file_with(many);
    struct resolve_addresses found;
    assert_int_equal(hosts_lookup(file.path, "many", AF_UNSPEC, &found), 0);
    assert_int_equal(found.count, RESOLVE_MAX);
}

static void missing_file_is_empty(void **state)
{
    (void)state;
    struct resolve_addresses found;
    assert_int_equal(hosts_lookup("/nonexistent/hosts", "localhost", AF_UNSPEC, &found), -ENOENT);
    assert_int_equal(hosts_lookup("/etc/hosts/x", "localhost", AF_UNSPEC, &found), -ENOTDIR);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_names),
        cmocka_unit_test(finds_nothing_else),
        cmocka_unit_test(bounds_addresses),
        cmocka_unit_test(missing_file_is_empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
