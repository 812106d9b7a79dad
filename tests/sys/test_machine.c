#include "sys/recorded.h"

#include "base/scope.h"
#include "sys/machine.h"

static void knows_a_virtual_machine(void **state)
{
    (void)state;
    CLEANUP(procfs_close) struct procfs fs = open_recorded(SERVER);
    char text[64];
    assert_string_equal(machine_virtualization(&fs), "qemu");
    assert_string_equal(machine_container(&fs, text, sizeof(text)), "");
    assert_string_equal(machine_timezone(&fs, text, sizeof(text)), "Europe/Paris");
}

static void knows_a_container(void **state)
{
    (void)state;
    CLEANUP(procfs_close) struct procfs fs = open_recorded(CONTAINER);
    char text[64];
    assert_null(machine_virtualization(&fs));
    assert_string_equal(machine_container(&fs, text, sizeof(text)), "docker");
    assert_string_equal(machine_timezone(&fs, text, sizeof(text)), "Etc/UTC");
}

static void knows_a_hypervisor_without_a_name(void **state)
{
    (void)state;
    CLEANUP(procfs_close) struct procfs fs = open_recorded(CGROUP1);
    char text[64];
    assert_string_equal(machine_virtualization(&fs), "vm");
    assert_string_equal(machine_container(&fs, text, sizeof(text)), "lxc");
}

static void takes_utc_where_nothing_is_set(void **state)
{
    (void)state;
    CLEANUP(procfs_close) struct procfs fs = open_recorded(CGROUP1);
    char text[64];
    assert_string_equal(machine_timezone(&fs, text, sizeof(text)), "UTC");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_a_virtual_machine),
        cmocka_unit_test(knows_a_container),
        cmocka_unit_test(knows_a_hypervisor_without_a_name),
        cmocka_unit_test(takes_utc_where_nothing_is_set),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
