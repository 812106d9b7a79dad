#include "sys/recorded.h"

#include "base/scope.h"
#include "sys/osrelease.h"

static void reads_quoted_values(void **state)
{
    (void)state;
    CLEANUP(procfs_close) struct procfs fs = open_recorded(SERVER);
    struct osrelease release;
    osrelease_read(&fs, &release);
    assert_string_equal(release.name, "Debian GNU/Linux 12 (bookworm)");
    assert_string_equal(release.id, "debian");
    assert_string_equal(release.version, "12");
}

static void takes_the_short_name_when_there_is_no_other(void **state)
{
    (void)state;
    CLEANUP(procfs_close) struct procfs fs = open_recorded(CONTAINER);
    struct osrelease release;
    osrelease_read(&fs, &release);
    assert_string_equal(release.name, "Alpine Linux");
    assert_string_equal(release.version, "3.20.3");
}

static void calls_it_linux_when_nothing_tells(void **state)
{
    (void)state;
    CLEANUP(procfs_close) struct procfs fs = open_recorded(CGROUP1);
    struct osrelease release;
    osrelease_read(&fs, &release);
    assert_string_equal(release.name, "Linux");
    assert_string_equal(release.id, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_quoted_values),
        cmocka_unit_test(takes_the_short_name_when_there_is_no_other),
        cmocka_unit_test(calls_it_linux_when_nothing_tells),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
