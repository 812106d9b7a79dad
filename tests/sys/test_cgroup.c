#include "sys/recorded.h"

#include <errno.h>
#include <math.h>

#include "base/scope.h"
#include "sys/cgroup.h"

static void finds_the_limit_of_a_container(void **state)
{
    (void)state;
    CLEANUP(procfs_close) struct procfs fs = open_recorded(CONTAINER);
    struct cgroup_limit memory, tasks;
    double cpus = 0;
    assert_int_equal(cgroup_memory_read(&fs, &memory), 0);
    assert_int_equal(memory.version, 2);
    assert_int_equal(memory.limit, 536870912);
    assert_int_equal(memory.used, 134217728);
    assert_int_equal(cgroup_tasks_read(&fs, &tasks), 0);
    assert_int_equal(tasks.version, 2);
    assert_int_equal(tasks.limit, 256);
    assert_int_equal(tasks.used, 9);
    assert_int_equal(cgroup_cpu_read(&fs, &cpus), 0);
    assert_true(fabs(cpus - 1.5) < 1e-9);
}

static void finds_the_limit_of_a_group_above(void **state)
{
    (void)state;
    CLEANUP(procfs_close) struct procfs fs = open_recorded(CGROUP1);
    struct cgroup_limit memory, tasks;
    double cpus = 0;
    assert_int_equal(cgroup_memory_read(&fs, &memory), 0);
    assert_int_equal(memory.version, 1);
    assert_int_equal(memory.limit, 2147483648LL);
    assert_int_equal(memory.used, 1073741824);
    assert_int_equal(cgroup_tasks_read(&fs, &tasks), 0);
    assert_int_equal(tasks.version, 1);
    assert_int_equal(tasks.limit, 400);
    assert_int_equal(tasks.used, 33);
    assert_int_equal(cgroup_cpu_read(&fs, &cpus), 0);
    assert_true(fabs(cpus - 0.5) < 1e-9);
}

static void says_when_nothing_is_limited(void **state)
{
    (void)state;
    CLEANUP(procfs_close) struct procfs fs = open_recorded(SERVER);
    struct cgroup_limit memory, tasks;
    double cpus = 0;
    assert_int_equal(cgroup_memory_read(&fs, &memory), -ENOENT);
    assert_int_equal(cgroup_tasks_read(&fs, &tasks), -ENOENT);
    assert_int_equal(cgroup_cpu_read(&fs, &cpus), -ENOENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_limit_of_a_container),
        cmocka_unit_test(finds_the_limit_of_a_group_above),
        cmocka_unit_test(says_when_nothing_is_limited),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
