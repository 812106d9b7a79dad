#include "sys/recorded.h"

#include <errno.h>

#include "base/scope.h"
#include "sys/memory.h"

static void reads_what_free_shows(void **state)
{
    (void)state;
    CLEANUP(procfs_close) struct procfs fs = open_recorded(SERVER);
    struct memory memory;
    assert_int_equal(memory_read(&fs, &memory), 0);
    assert_int_equal(memory.total_bytes, 16384000LL * 1024);
    assert_int_equal(memory.used_bytes, (16384000LL - 10240000) * 1024);
    assert_int_equal(memory.available_bytes, 10240000LL * 1024);
    assert_int_equal(memory.buffers_bytes, 512000LL * 1024);
    assert_int_equal(memory.cached_bytes, (6144000LL + 256000) * 1024);
    assert_int_equal(memory.swap_total_bytes, 4096000LL * 1024);
    assert_int_equal(memory.swap_used_bytes, 1024000LL * 1024);
}

static void guesses_what_is_available_on_an_old_kernel(void **state)
{
    (void)state;
    CLEANUP(procfs_close) struct procfs fs = open_recorded(CONTAINER);
    struct memory memory;
    assert_int_equal(memory_read(&fs, &memory), 0);
    assert_int_equal(memory.available_bytes, (2048000LL + 512000 + 6144000) * 1024);
    assert_int_equal(memory.swap_total_bytes, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_free_shows),
        cmocka_unit_test(guesses_what_is_available_on_an_old_kernel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
