#include "sys/recorded.h"

#include <errno.h>
#include <math.h>

#include "base/scope.h"
#include "sys/cpu.h"

static void reads_times_and_boot(void **state)
{
    (void)state;
    CLEANUP(procfs_close) struct procfs fs = open_recorded(SERVER);
    CLEANUP(cpu_sample_done) struct cpu_sample sample = { 0 };
    assert_int_equal(cpu_sample_read(&fs, &sample), 0);
    assert_int_equal(sample.count, 3);
    assert_int_equal(sample.highest, 4);
    assert_int_equal(sample.all.user, 10132153 + 290696);
    assert_int_equal(sample.all.system, 3084719 + 0 + 25195);
    assert_int_equal(sample.all.iowait, 16683);
    assert_int_equal(sample.all.steal, 175628);
    assert_int_equal(sample.each[3].idle, 13353118);
    assert_int_equal(sample.each[2].idle, 0);
    assert_int_equal(sample.booted_at_s, 1700000000);
}

static void needs_a_stat_file(void **state)
{
    (void)state;
    CLEANUP(procfs_close) struct procfs fs = open_recorded(CONTAINER);
    struct cpu_sample sample = { 0 };
    assert_int_equal(cpu_sample_read(&fs, &sample), -ENOENT);
}

static void tells_how_time_was_spent(void **state)
{
    (void)state;
    const struct cpu_times before = { .user = 100, .system = 50, .idle = 800, .iowait = 50 };
    const struct cpu_times after = { .user = 130, .system = 60, .idle = 850, .iowait = 40, .steal = 10 };
    const struct cpu_percents percents = cpu_between(&before, &after);
    assert_true(fabs(percents.busy - 50) < 1e-9);
    assert_true(fabs(percents.user - 30) < 1e-9);
    assert_true(fabs(percents.system - 10) < 1e-9);
    assert_true(fabs(percents.iowait) < 1e-9); /* ran backwards */
    assert_true(fabs(percents.steal - 10) < 1e-9);
    assert_true(fabs(cpu_between(&after, &after).busy) < 1e-9);
}

static void counts_cores_and_sockets(void **state)
{
    (void)state;
    CLEANUP(procfs_close) struct procfs fs = open_recorded(SERVER);
    CLEANUP(cpu_sample_done) struct cpu_sample sample = { 0 };
    struct cpu_model model;
    assert_int_equal(cpu_sample_read(&fs, &sample), 0);
    cpu_model_read(&fs, &sample, &model);
    assert_string_equal(model.name, "Intel(R) Xeon(R) Silver 4214 CPU @ 2.20GHz");
    assert_int_equal(model.sockets, 2);
    assert_int_equal(model.cores, 2);
    assert_true(fabs(model.mhz - 2199.998) < 1e-6);
}

static void knows_nothing_of_a_machine_that_says_nothing(void **state)
{
    (void)state;
    CLEANUP(procfs_close) struct procfs fs = open_recorded(CONTAINER);
    const struct cpu_sample none = { 0 };
    struct cpu_model model;
    double load[3] = { 0 }, uptime_s = 0;
    cpu_model_read(&fs, &none, &model);
    assert_string_equal(model.name, "");
    assert_int_equal(model.sockets, 0);
    assert_int_equal(cpu_load_read(&fs, load), -ENOENT);
    assert_int_equal(cpu_uptime_read(&fs, &uptime_s), -ENOENT);
}

static void reads_load_and_uptime(void **state)
{
    (void)state;
    CLEANUP(procfs_close) struct procfs fs = open_recorded(SERVER);
    double load[3] = { 0 }, uptime_s = 0;
    assert_int_equal(cpu_load_read(&fs, load), 0);
    assert_true(fabs(load[0] - 0.52) < 1e-9 && fabs(load[1] - 1.25) < 1e-9 && fabs(load[2] - 10.05) < 1e-9);
    assert_int_equal(cpu_uptime_read(&fs, &uptime_s), 0);
    assert_true(fabs(uptime_s - 360000.25) < 1e-6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_times_and_boot),
        cmocka_unit_test(needs_a_stat_file),
        cmocka_unit_test(tells_how_time_was_spent),
        cmocka_unit_test(counts_cores_and_sockets),
        cmocka_unit_test(knows_nothing_of_a_machine_that_says_nothing),
        cmocka_unit_test(reads_load_and_uptime),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
