#include "sys/recorded.h"

#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "base/scope.h"

static void reads_the_beginning_of_a_file(void **state)
{
    (void)state;
    CLEANUP(procfs_close) struct procfs fs = open_recorded(SERVER);
    char text[8];
    assert_int_equal(procfs_read(fs.root_fd, "proc/loadavg", text, sizeof(text)), 7);
    assert_string_equal(text, "0.52 1.");
    assert_int_equal(procfs_read(fs.root_fd, "proc/none", text, sizeof(text)), -ENOENT);
    assert_int_equal(procfs_read(fs.root_fd, "proc/net", text, sizeof(text)), -EISDIR);
}

static void reads_one_line_without_its_end(void **state)
{
    (void)state;
    CLEANUP(procfs_close) struct procfs fs = open_recorded(SERVER);
    char text[64];
    assert_int_equal(procfs_read_line(&fs, "sys/class/dmi/id/sys_vendor", text, sizeof(text)), 4);
    assert_string_equal(text, "QEMU");
    assert_int_equal(procfs_read_line(&fs, "proc/2/cmdline", text, sizeof(text)), -ENODATA);
}

static void loads_no_more_than_the_buffer_may_hold(void **state)
{
    (void)state;
    CLEANUP(procfs_close) struct procfs fs = open_recorded(SERVER);
    CLEANUP(buf_done) struct buf whole = { 0 }, small = { .max = 10 };
    assert_int_equal(procfs_load(&fs, "proc/stat", &whole), 0);
    assert_non_null(strstr(buf_str(&whole), "softirq"));
    assert_int_equal(procfs_load(&fs, "proc/stat", &small), -EFBIG);
}

static void reads_numbers(void **state)
{
    (void)state;
    CLEANUP(procfs_close) struct procfs fs = open_recorded(SERVER);
    uint64_t value = 7;
    assert_int_equal(procfs_read_number(&fs, "sys/block/nvme0n1/size", &value), 0);
    assert_int_equal(value, 2000);
    assert_int_equal(procfs_read_number(&fs, "sys/class/dmi/id/sys_vendor", &value), -EBADMSG);
    assert_int_equal(value, 2000);

    const char *at = " 18446744073709551615 18446744073709551616";
    assert_true(procfs_next_number(&at, &value));
    assert_true(value == UINT64_MAX);
    assert_false(procfs_next_number(&at, &value));
    at = "-1";
    assert_false(procfs_next_number(&at, &value));
}

static void reads_decimals(void **state)
{
    (void)state;
    double value = 0;
    const char *at = " 12.25 3 .5";
    assert_true(procfs_next_decimal(&at, &value));
    assert_true(value > 12.2499 && value < 12.2501);
    assert_true(procfs_next_decimal(&at, &value));
    assert_true(value > 2.9999 && value < 3.0001);
    assert_false(procfs_next_decimal(&at, &value));
}

static void finds_keys_at_the_beginning_of_lines_only(void **state)
{
    (void)state;
    const char *text = "SwapCached: 1\nCached:\t 22 kB\n";
    assert_string_equal(procfs_find(text, "Cached:"), "22 kB\n");
    assert_null(procfs_find(text, "kB"));
    assert_null(procfs_find("", "x"));
}

static void cuts_words_and_lines_to_fit(void **state)
{
    (void)state;
    char word[4], line[16];
    const char *at = "  longword next\n";
    assert_true(procfs_next_word(&at, word, sizeof(word)));
    assert_string_equal(word, "lon");
    assert_true(procfs_next_word(&at, word, sizeof(word)));
    assert_string_equal(word, "nex");
    assert_false(procfs_next_word(&at, word, sizeof(word)));
    assert_string_equal(procfs_copy_line("AMD EPYC  \t\nnext", line, sizeof(line)), "AMD EPYC");
}

static void fails_without_a_root(void **state)
{
    (void)state;
    struct procfs fs = { .root_fd = -1 };
    assert_int_equal(procfs_open(MCP_TEST_DATA "/no-such-tree", &fs), -ENOENT);
    assert_int_equal(fs.root_fd, -1);
    procfs_close(&fs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_the_beginning_of_a_file),
        cmocka_unit_test(reads_one_line_without_its_end),
        cmocka_unit_test(loads_no_more_than_the_buffer_may_hold),
        cmocka_unit_test(reads_numbers),
        cmocka_unit_test(reads_decimals),
        cmocka_unit_test(finds_keys_at_the_beginning_of_lines_only),
        cmocka_unit_test(cuts_words_and_lines_to_fit),
        cmocka_unit_test(fails_without_a_root),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
