#include "sys/recorded.h"

#include <errno.h>
#include <string.h>

#include "base/scope.h"
#include "sys/procfs_page.h"

static const struct process processes[] = {
    { .pid = 1, .rss_bytes = 100, .name = "init" },
    { .pid = 2, .is_kernel = true, .name = "kthreadd" },
    { .pid = 3, .rss_bytes = 700, .name = "Apache" },
    { .pid = 4, .rss_bytes = 700, .name = "apache" },
    { .pid = 5, .rss_bytes = 50, .name = "b (c) - d" },
};
static const uint32_t permilles[] = { 0, 0, 15, 2000, 15 };

#define COUNT ARRAY_LEN(processes)

static void fill(struct process_row rows[COUNT], enum process_sort sort)
{
    for (size_t i = 0; i < COUNT; i++)
        rows[i] = (struct process_row){ &processes[i], permilles[i] };
    process_rows_sort(rows, COUNT, sort);
}

static void sorts_in_each_order(void **state)
{
    (void)state;
    static const pid_t expected[][COUNT] = {
        [PROCESS_BY_CPU] = { 4, 3, 5, 1, 2 },
        [PROCESS_BY_MEMORY] = { 3, 4, 1, 5, 2 },
        [PROCESS_BY_PID] = { 1, 2, 3, 4, 5 },
        [PROCESS_BY_NAME] = { 3, 4, 5, 1, 2 },
    };
    struct process_row rows[COUNT];
    for (enum process_sort sort = PROCESS_BY_CPU; sort <= PROCESS_BY_NAME; sort++) {
        fill(rows, sort);
        for (size_t i = 0; i < COUNT; i++)
            assert_int_equal(rows[i].process->pid, expected[sort][i]);
    }
}

static void goes_on_behind_every_row(void **state)
{
    (void)state;
    struct process_row rows[COUNT];
    for (enum process_sort sort = PROCESS_BY_CPU; sort <= PROCESS_BY_NAME; sort++) {
        fill(rows, sort);
        for (size_t i = 0; i < COUNT; i++) {
            char cursor[PROCESS_CURSOR_SIZE];
            size_t index = 99;
            process_cursor_write(&rows[i], sort, 42, cursor);
            assert_int_equal(process_cursor_read(cursor, sort, 42, rows, COUNT, &index), 0);
            assert_int_equal(index, i + 1);
        }
    }
}

static void goes_on_when_the_last_row_has_gone(void **state)
{
    (void)state;
    struct process_row rows[COUNT];
    char cursor[PROCESS_CURSOR_SIZE];
    size_t index = 99;
    fill(rows, PROCESS_BY_PID);
    process_cursor_write(&rows[2], PROCESS_BY_PID, 42, cursor);
    memmove(&rows[2], &rows[3], 2 * sizeof(rows[0]));
    assert_int_equal(process_cursor_read(cursor, PROCESS_BY_PID, 42, rows, COUNT - 1, &index), 0);
    assert_int_equal(index, 2);
    assert_int_equal(process_cursor_read(cursor, PROCESS_BY_PID, 42, rows, 0, &index), 0);
    assert_int_equal(index, 0);
}

static void refuses_altered_cursors(void **state)
{
    (void)state;
    struct process_row rows[COUNT];
    char cursor[PROCESS_CURSOR_SIZE];
    size_t index = 99;
    fill(rows, PROCESS_BY_MEMORY);
    process_cursor_write(&rows[0], PROCESS_BY_MEMORY, 42, cursor);
    assert_int_equal(process_cursor_read(cursor, PROCESS_BY_MEMORY, 43, rows, COUNT, &index), -EINVAL);
    size_t len = strlen(cursor);
    for (size_t i = 0; i < len; i++) {
        char saved = cursor[i];
        cursor[i] = saved == '1' ? '2' : '1';
        assert_int_equal(process_cursor_read(cursor, PROCESS_BY_MEMORY, 42, rows, COUNT, &index), -EINVAL);
        cursor[i] = '\0';
        assert_int_equal(process_cursor_read(cursor, PROCESS_BY_MEMORY, 42, rows, COUNT, &index), -EINVAL);
        cursor[i] = saved;
    }
    assert_int_equal(index, 99);
}

static void refuses_what_never_was_a_cursor(void **state)
{
    (void)state;
    char huge[400];
    memset(huge, 'a', sizeof(huge) - 1);
    huge[sizeof(huge) - 1] = '\0';
    const char *const texts[] = { "", "-", "---", "0-0-0", "0-1-zz", "1-1-0000000000000000", " 1-1-1", huge };
    size_t index = 99;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        assert_int_equal(process_cursor_read(texts[i], PROCESS_BY_CPU, 42, NULL, 0, &index), -EINVAL);
    assert_int_equal(index, 99);
}

static void tells_questions_apart(void **state)
{
    (void)state;
    CLEANUP(procfs_close) struct procfs server = open_recorded(SERVER), other = open_recorded(CGROUP1);
    uint64_t question = process_question(&server, "a", "b", PROCESS_BY_CPU);
    assert_true(question == process_question(&server, "a", "b", PROCESS_BY_CPU));
    assert_true(question != process_question(&server, "a", "b", PROCESS_BY_PID));
    assert_true(question != process_question(&server, "ab", NULL, PROCESS_BY_CPU));
    assert_true(question != process_question(&server, "a", NULL, PROCESS_BY_CPU));
    assert_true(question != process_question(&other, "a", "b", PROCESS_BY_CPU));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sorts_in_each_order),
        cmocka_unit_test(goes_on_behind_every_row),
        cmocka_unit_test(goes_on_when_the_last_row_has_gone),
        cmocka_unit_test(refuses_altered_cursors),
        cmocka_unit_test(refuses_what_never_was_a_cursor),
        cmocka_unit_test(tells_questions_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
