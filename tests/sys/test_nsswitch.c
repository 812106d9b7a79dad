/* nsswitch.conf: which names are left to the system library. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/scope.h"
#include "sys/nsswitch.h"
#include "sys/sys_file.h"

static void expect(const char *content, const char *name, bool wanted)
{
    CLEANUP(sys_file_done) struct sys_file file = sys_file_with(content);
    if (nsswitch_needs_library(file.path, name) != wanted)
        fail_msg("\"%s\" for %s: not %d", content, name, wanted);
}

static void usual_sources_are_ours(void **state)
{
    (void)state;
    expect("hosts: files dns\n", "example.org", false);
    expect("hosts:\tfiles mymachines resolve [!UNAVAIL=return] myhostname dns", "example.org", false);
    expect("passwd: ldap\n", "example.org", false);
    expect("# hosts: ldap\nhosts: files # ldap\n", "example.org", false);
    expect("", "example.org", false);
}

static void others_are_the_library_s(void **state)
{
    (void)state;
    expect("hosts: files ldap dns\n", "example.org", true);
    expect("  hosts: nis", "example.org", true);
    expect("hosts: files wins", "printer", true);
}

static void mdns_is_for_local_names(void **state)
{
    (void)state;
    static const char *const line = "hosts: files mdns4_minimal [NOTFOUND=return] dns\n";
    expect(line, "printer.local", true);
    expect(line, "printer.LOCAL", true);
    expect(line, "example.org", false);
    expect(line, "notlocal", false);
    expect(line, ".local", false);
}

static void myhostname_is_for_its_own_name(void **state)
{
    (void)state;
    char own[256] = "";
    assert_int_equal(gethostname(own, sizeof(own) - 1), 0);
    expect("hosts: files myhostname dns\n", own, true);
    expect("hosts: files dns\n", own, false);
}

static void a_missing_file_names_none(void **state)
{
    (void)state;
    assert_false(nsswitch_needs_library("/nonexistent/nsswitch.conf", "example.org"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(usual_sources_are_ours),
        cmocka_unit_test(others_are_the_library_s),
        cmocka_unit_test(mdns_is_for_local_names),
        cmocka_unit_test(myhostname_is_for_its_own_name),
        cmocka_unit_test(a_missing_file_names_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
