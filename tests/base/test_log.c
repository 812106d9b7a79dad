/* The log: events become lines, lines go where they can, and one that cannot is counted. How a line looks is
 * tests/base/test_log_line.c. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/health.h"
#include "base/log.h"
#include "base/scope.h"
#include "base/text.h"

static const struct log_field none[] = { { 0 } };

static int real_stderr = -1;
static int captured = -1;
static struct health board;
static char folder[] = "/tmp/mcp-log-XXXXXX";

/* Standard error becomes a file in memory for the length of a test; a folder is there for log files. */
static int redirect(void **state)
{
    (void)state;
    real_stderr = dup(STDERR_FILENO);
    captured = memfd_create("log", MFD_CLOEXEC);
    log_set_level(LOG_LEVEL_DEBUG);
    health_init(&board);
    strcpy(folder + strlen(folder) - 6, "XXXXXX");
    return captured >= 0 && dup2(captured, STDERR_FILENO) >= 0 && mkdtemp(folder) ? 0 : -1;
}

static void path_of(const char *name, char ret_path[200])
{
    snprintf(ret_path, 200, "%s/%s", folder, name);
}

static int restore(void **state)
{
    (void)state;
    static const char *const names[] = { "a.log", "a.log.1", "a.log.2", "a.log.3", "old.log", "sub/a.log",
        "sub" };
    log_close();
    health_done(&board);
    dup2(real_stderr, STDERR_FILENO);
    scope_close(&real_stderr);
    scope_close(&captured);
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        char path[200];
        path_of(names[i], path);
        remove(path);
    }
    return rmdir(folder);
}

static const char *content_of(int fd, char ret_text[65536])
{
    ssize_t len = pread(fd, ret_text, 65535, 0);
    assert_true(len >= 0);
    ret_text[len] = '\0';
    return ret_text;
}

/* What has been logged to standard error since the last look. */
static const char *logged(char ret_text[65536])
{
    content_of(captured, ret_text);
    assert_int_equal(ftruncate(captured, 0), 0);
    lseek(captured, 0, SEEK_SET);
    return ret_text;
}

static const char *file_text(const char *name, char ret_text[65536])
{
    char path[200];
    path_of(name, path);
    CLEANUP(scope_close) int fd = open(path, O_RDONLY | O_CLOEXEC);
    ret_text[0] = '\0';
    return fd < 0 ? ret_text : content_of(fd, ret_text);
}

static size_t count_of(const char *text, const char *word)
{
    size_t count = 0;
    for (; (text = strstr(text, word)); text += strlen(word))
        count++;
    return count;
}

static void lower_levels_are_dropped(void **state)
{
    (void)state;
    char text[65536];
    log_set_level(LOG_LEVEL_WARNING);
    assert_false(log_enabled(LOG_LEVEL_DEBUG));
    assert_false(log_enabled(LOG_LEVEL_INFO));
    assert_true(log_enabled(LOG_LEVEL_WARNING));
    assert_true(log_enabled(LOG_LEVEL_ERROR));
    log_event(LOG_LEVEL_INFO, "unwanted", none);
    assert_string_equal(logged(text), "");
    log_event(LOG_LEVEL_WARNING, "kept", none);
    assert_non_null(strstr(logged(text), " level=warning event=kept\n"));
}

static void errno_survives(void **state)
{
    (void)state;
    int closed = dup(STDERR_FILENO);
    uint64_t before = log_dropped();
    close(STDERR_FILENO);
    errno = E2BIG;
    log_event(LOG_LEVEL_ERROR, "nobody_hears_this", none);
    int seen = errno;
    dup2(closed, STDERR_FILENO);
    close(closed);
    assert_int_equal(seen, E2BIG);
    assert_int_equal(log_dropped(), before + 1);
}

static void a_full_pipe_loses_lines_and_says_how_many(void **state)
{
    (void)state;
    char text[65536];
    int ends[2];
    log_tick(); /* what earlier tests have lost is told now */
    logged(text);
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    int memory = dup(STDERR_FILENO);
    dup2(ends[1], STDERR_FILENO);
    uint64_t before = log_dropped();
    int lines = 0;
    for (; log_dropped() == before; lines++)
        log_event(LOG_LEVEL_INFO, "fills", none);
    for (int i = 0; i < 41; i++)
        log_event(LOG_LEVEL_INFO, "lost", none);
    assert_int_equal(log_dropped(), before + 42);
    log_tick();
    assert_int_equal(log_dropped(), before + 42); /* no room, nothing to tell it with */
    size_t arrived = 0, got;
    while (arrived < (size_t)lines - 1) {
        got = (size_t)read(ends[0], text, sizeof text - 1);
        text[got] = '\0';
        assert_null(strstr(text, "event=lost"));
        arrived += count_of(text, "event=fills\n");
    }
    log_event(LOG_LEVEL_INFO, "again", none);
    log_tick();
    got = (size_t)read(ends[0], text, sizeof text - 1);
    text[got] = '\0';
    assert_int_equal(count_of(text, "\n"), 2);
    const char *told = strstr(text, " level=warning event=log_dropped count=42\n");
    assert_non_null(told);
    assert_true(strstr(text, "event=again\n") > told);
    dup2(memory, STDERR_FILENO);
    close(memory);
    close(ends[0]);
    close(ends[1]);
}

static void a_file_takes_the_lines(void **state)
{
    (void)state;
    char text[65536], path[200];
    path_of("a.log", path);
    log_open_file(path, 0, 1, &board);
    log_event(LOG_LEVEL_INFO, "one", none);
    log_event(LOG_LEVEL_INFO, "two", none);
    assert_string_equal(logged(text), "");
    assert_int_equal(count_of(file_text("a.log", text), "\n"), 2);
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0640 & ~022);
    assert_int_equal(health_worst(&board), HEALTH_OK);
    log_close();
    log_event(LOG_LEVEL_INFO, "three", none);
    assert_non_null(strstr(logged(text), "event=three"));
}

static void rotation_keeps_whole_lines_and_few_files(void **state)
{
    (void)state;
    char text[65536], path[200];
    path_of("a.log", path);
    log_open_file(path, 200, 2, &board);
    for (int i = 0; i < 20; i++)
        log_event(LOG_LEVEL_INFO, "x", (const struct log_field[]){ log_int("i", i), { 0 } });
    size_t lines = 0;
    static const char *const names[] = { "a.log.2", "a.log.1", "a.log" };
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        size_t len = strlen(file_text(names[i], text));
        assert_in_range(len, 1, 200);
        assert_int_equal(text[len - 1], '\n');
        lines += count_of(text, "\n");
    }
    assert_non_null(strstr(text, " i=19\n"));
    assert_true(lines >= 5 && lines < 20);
    path_of("a.log.3", path);
    assert_int_equal(access(path, F_OK), -1);
}

static void a_renamed_file_is_left_on_request(void **state)
{
    (void)state;
    char text[65536], path[200], old[200];
    path_of("a.log", path);
    path_of("old.log", old);
    log_open_file(path, 0, 1, &board);
    log_event(LOG_LEVEL_INFO, "before", none);
    assert_int_equal(rename(path, old), 0);
    log_event(LOG_LEVEL_INFO, "between", none);
    log_reopen();
    log_event(LOG_LEVEL_INFO, "after", none);
    assert_int_equal(count_of(file_text("old.log", text), "\n"), 2);
    assert_non_null(strstr(text, "event=between"));
    assert_int_equal(count_of(file_text("a.log", text), "\n"), 1);
    assert_non_null(strstr(text, "event=after"));
    assert_int_equal(rename(path, old), 0);
    log_reopen();
    log_tick(); /* without an event, too */
    assert_int_equal(access(path, F_OK), 0);
    assert_int_equal(rename(path, old), 0);
    log_tick(); /* and without being asked */
    assert_int_equal(access(path, F_OK), 0);
}

static void a_file_that_cannot_be_opened_is_reported_and_found_again(void **state)
{
    (void)state;
    char text[65536], path[200], sub[200];
    path_of("sub/a.log", path);
    path_of("sub", sub);
    log_open_file(path, 0, 1, &board);
    assert_int_equal(health_worst(&board), HEALTH_DEGRADED);
    struct health_part parts[HEALTH_PARTS_MAX];
    assert_int_equal(health_read(&board, parts), 1);
    assert_string_equal(parts[0].name, "log");
    assert_non_null(strstr(parts[0].reason, "cannot be written: No such file or directory"));
    log_event(LOG_LEVEL_INFO, "meanwhile", none);
    logged(text);
    assert_int_equal(count_of(text, "event=log_file "), 1);
    assert_non_null(strstr(text, "level=error event=log_file path="));
    assert_non_null(strstr(text, "event=meanwhile\n"));
    assert_int_equal(mkdir(sub, 0700), 0);
    log_reopen();
    log_event(LOG_LEVEL_INFO, "again", none);
    assert_int_equal(health_worst(&board), HEALTH_OK);
    assert_non_null(strstr(logged(text), "level=info event=log_file path="));
    assert_non_null(strstr(file_text("sub/a.log", text), "event=again\n"));
}

static void what_is_no_file_is_none(void **state)
{
    (void)state;
    static const char *const paths[] = { "/dev/null", "/tmp" };
    char fifo[200], text[65536];
    path_of("a.log", fifo);
    assert_int_equal(mkfifo(fifo, 0600), 0);
    for (size_t i = 0; i <= ARRAY_LEN(paths); i++) {
        log_open_file(i < ARRAY_LEN(paths) ? paths[i] : fifo, 0, 1, &board);
        assert_int_equal(health_worst(&board), HEALTH_DEGRADED);
        log_event(LOG_LEVEL_INFO, "elsewhere", none);
        assert_non_null(strstr(logged(text), "event=elsewhere"));
        log_close();
    }
}

enum { WRITERS = 4, LINES = 500 };

static void *write_lines(void *name)
{
    for (int i = 0; i < LINES; i++)
        log_event(LOG_LEVEL_INFO, name, (const struct log_field[]){ log_int("i", i), { 0 } });
    return NULL;
}

static void threads_do_not_mix_their_lines(void **state)
{
    (void)state;
    static char names[WRITERS][8] = { "a", "b", "c", "d" };
    static char text[65536];
    char path[200];
    pthread_t threads[WRITERS];
    path_of("a.log", path);
    log_open_file(path, 60000, 3, &board);
    for (size_t i = 0; i < WRITERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, write_lines, names[i]), 0);
    for (size_t i = 0; i < WRITERS; i++)
        pthread_join(threads[i], NULL);
    size_t lines = 0;
    static const char *const files[] = { "a.log.3", "a.log.2", "a.log.1", "a.log" };
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        file_text(files[i], text);
        for (char *line = text, *end; *line; line = end + 1, lines++) {
            end = strchr(line, '\n');
            assert_non_null(end);
            *end = '\0';
            assert_true(text_starts(line, "time="));
            assert_int_equal(count_of(line, "event="), 1);
        }
    }
    assert_int_equal(lines, WRITERS * LINES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(lower_levels_are_dropped, redirect, restore),
        cmocka_unit_test_setup_teardown(errno_survives, redirect, restore),
        cmocka_unit_test_setup_teardown(a_full_pipe_loses_lines_and_says_how_many, redirect, restore),
        cmocka_unit_test_setup_teardown(a_file_takes_the_lines, redirect, restore),
        cmocka_unit_test_setup_teardown(rotation_keeps_whole_lines_and_few_files, redirect, restore),
        cmocka_unit_test_setup_teardown(a_renamed_file_is_left_on_request, redirect, restore),
        cmocka_unit_test_setup_teardown(
            a_file_that_cannot_be_opened_is_reported_and_found_again, redirect, restore),
        cmocka_unit_test_setup_teardown(what_is_no_file_is_none, redirect, restore),
        cmocka_unit_test_setup_teardown(threads_do_not_mix_their_lines, redirect, restore),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
