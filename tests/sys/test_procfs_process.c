#include "sys/recorded.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/scope.h"
#include "sys/procfs_process.h"

static void read_server(struct process_table *ret_table)
{
    CLEANUP(procfs_close) struct procfs fs = open_recorded(SERVER);
    assert_int_equal(process_table_read(&fs, ret_table), 0);
}

static void reads_all_but_what_is_broken(void **state)
{
    (void)state;
    CLEANUP(process_table_done) struct process_table table = { 0 };
    static const pid_t pids[] = { 1, 2, 77, 4242, 4243, 4300 };
    read_server(&table);
    assert_int_equal(table.count, ARRAY_LEN(pids));
    for (size_t i = 0; i < ARRAY_LEN(pids); i++)
        assert_int_equal(table.items[i].pid, pids[i]);
    assert_null(process_table_find(&table, 4244));
    assert_null(process_table_find(&table, 0));
}

static void reads_columns_behind_a_hostile_name(void **state)
{
    (void)state;
    CLEANUP(process_table_done) struct process_table table = { 0 };
    read_server(&table);
    const struct process *process = process_table_find(&table, 4242);
    assert_non_null(process);
    assert_string_equal(process->name, "a) S 1 (b");
    assert_int_equal(process->state, 'R');
    assert_int_equal(process->ppid, 1);
    assert_int_equal(process->cpu_ticks, 2000);
    assert_int_equal(process->threads, 12);
    assert_int_equal(process->start_ticks, 100000);
    assert_int_equal(process->rss_bytes, 5000 * sysconf(_SC_PAGESIZE));
    assert_false(process->is_kernel);
    assert_string_equal(process_table_find(&table, 4243)->name, "new\nline \\");
    assert_string_equal(process_table_find(&table, 4300)->name, "Web Content");
}

static void tells_threads_of_the_kernel(void **state)
{
    (void)state;
    CLEANUP(process_table_done) struct process_table table = { 0 };
    read_server(&table);
    assert_true(process_table_find(&table, 2)->is_kernel);
    assert_true(process_table_find(&table, 77)->is_kernel);
    assert_string_equal(process_table_find(&table, 77)->name, "kworker/0:1-events_power_efficient");
    assert_false(process_table_find(&table, 1)->is_kernel);
}

static void check_command(
    const struct procfs *fs, const struct process_table *table, pid_t pid, const char *expected)
{
    CLEANUP(buf_done) struct buf text = { 0 };
    process_command(fs, process_table_find(table, pid), &text);
    assert_string_equal(buf_str(&text), expected);
}

static void shows_commands(void **state)
{
    (void)state;
    CLEANUP(procfs_close) struct procfs fs = open_recorded(SERVER);
    CLEANUP(process_table_done) struct process_table table = { 0 };
    read_server(&table);
    check_command(&fs, &table, 1, "/sbin/init splash");
    check_command(&fs, &table, 2, "[kthreadd]");
    check_command(&fs, &table, 4242, "/opt/app/run --password=*** --port 80");
    check_command(&fs, &table, 4243, "[new line \\]");
    check_command(&fs, &table, 4300, "title set by itself");
}

static void refuses_what_is_no_stat_line(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "1",
        "1 (a",
        "1 a) S 0",
        "1 )a( S 0",
        "x (a) S 0 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 1 1 1",
        "1 (a) S",
        "1 (a) S 0 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 1 1",
        "99999999999 (a) S 0 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 1 1 1",
        "1 (a) S 99999999999 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 1 1 1",
    };
    struct process process;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        assert_int_equal(process_parse_stat(texts[i], strlen(texts[i]), &process), -EBADMSG);
    const char *good = "1 () S 0 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 1 1 1";
    assert_int_equal(process_parse_stat(good, strlen(good), &process), 0);
    assert_string_equal(process.name, "");
}

static void finds_itself_on_this_machine(void **state)
{
    (void)state;
    CLEANUP(procfs_close) struct procfs fs = open_recorded("/");
    CLEANUP(process_table_done) struct process_table table = { 0 };
    assert_int_equal(process_table_read(&fs, &table), 0);
    const struct process *self = process_table_find(&table, getpid());
    assert_non_null(self);
    assert_int_equal(self->ppid, getppid());
    assert_int_equal(self->uid, geteuid());
    assert_string_equal(process_state_name(self->state), "running");
}

static void names_every_state(void **state)
{
    (void)state;
    assert_string_equal(process_state_name('D'), "disk_sleep");
    assert_string_equal(process_state_name('Z'), "zombie");
    assert_string_equal(process_state_name('I'), "idle");
    assert_string_equal(process_state_name('?'), "unknown");
    assert_string_equal(process_state_name('\0'), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_all_but_what_is_broken),
        cmocka_unit_test(reads_columns_behind_a_hostile_name),
        cmocka_unit_test(tells_threads_of_the_kernel),
        cmocka_unit_test(shows_commands),
        cmocka_unit_test(refuses_what_is_no_stat_line),
        cmocka_unit_test(finds_itself_on_this_machine),
        cmocka_unit_test(names_every_state),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
