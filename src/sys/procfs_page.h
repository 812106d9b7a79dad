/* Processes in an order, and cursors to go on in it page by page.
 *
 * A cursor is the place of the last row shown, not a count: what starts or ends meanwhile moves nothing. Only
 * a process whose own CPU or memory use has changed since may be met twice or missed. */
#ifndef SYS_PROCFS_PAGE_H
#define SYS_PROCFS_PAGE_H

#include <stddef.h>
#include <stdint.h>

#include "sys/procfs_process.h"

struct procfs;

enum process_sort {
    PROCESS_BY_CPU, /* highest first */
    PROCESS_BY_MEMORY, /* highest first */
    PROCESS_BY_PID,
    PROCESS_BY_NAME,
};

struct process_row {
    const struct process *process;
    uint32_t cpu_permille; /* of one processor: 1000 = busy all the time */
};

/* Rows that are equal are in the order of their pids. */
void process_rows_sort(struct process_row *rows, size_t count, enum process_sort sort);

/* A number for what is asked: a cursor made for one question is none for another, nor after the next boot.
 * `filter` and `user` may be NULL. */
uint64_t process_question(
    const struct procfs *fs, const char *filter, const char *user, enum process_sort sort);

#define PROCESS_CURSOR_SIZE 192

/* The cursor of the rows behind `row`. Returns `ret_text`. */
char *process_cursor_write(const struct process_row *row, enum process_sort sort, uint64_t question,
    char ret_text[PROCESS_CURSOR_SIZE]);
/* Index of the first of the sorted rows behind `cursor` (`count` if none). 0 and *ret_index, or -EINVAL: not
 * a cursor that was made for this question. */
int process_cursor_read(const char *cursor, enum process_sort sort, uint64_t question,
    const struct process_row *rows, size_t count, size_t *ret_index);

#endif
