#include "sys/recorded.h"

#include <errno.h>
#include <math.h>

#include "base/scope.h"
#include "sys/pressure.h"

static void reads_averages(void **state)
{
    (void)state;
    CLEANUP(procfs_close) struct procfs fs = open_recorded(SERVER);
    struct pressure pressure;
    assert_int_equal(pressure_read(&fs, "memory", &pressure), 0);
    assert_true(fabs(pressure.some_avg10 - 0.28) < 1e-9 && fabs(pressure.some_avg300 - 0.07) < 1e-9);
    assert_true(pressure.has_full);
    assert_true(fabs(pressure.full_avg10 - 12.18) < 1e-9 && fabs(pressure.full_avg300 - 99.99) < 1e-9);
}

static void refuses_what_it_does_not_understand(void **state)
{
    (void)state;
    CLEANUP(procfs_close) struct procfs fs = open_recorded(SERVER);
    struct pressure pressure;
    assert_int_equal(pressure_read(&fs, "io", &pressure), -EBADMSG);
    assert_int_equal(pressure_read(&fs, "irq", &pressure), -ENOENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_averages),
        cmocka_unit_test(refuses_what_it_does_not_understand),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
