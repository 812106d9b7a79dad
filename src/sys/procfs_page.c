/* Processes in an order, and cursors to go on in it. */
#include "sys/procfs_page.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sys/procfs.h"

static int compare_pids(const struct process_row *a, const struct process_row *b)
{
    return (a->process->pid > b->process->pid) - (a->process->pid < b->process->pid);
}

/* What idles comes last, and of that the kernel's own threads: nobody looks for those. */
static uint64_t cpu_rank(const struct process_row *row)
{
    return (uint64_t)row->cpu_permille * 2 + !row->process->is_kernel;
}

static int by_cpu(const void *left, const void *right)
{
    const struct process_row *a = left, *b = right;
    int order = (cpu_rank(a) < cpu_rank(b)) - (cpu_rank(a) > cpu_rank(b));
    return order ? order : compare_pids(a, b);
}

static int by_memory(const void *left, const void *right)
{
    const struct process_row *a = left, *b = right;
    int order =
        (a->process->rss_bytes < b->process->rss_bytes) - (a->process->rss_bytes > b->process->rss_bytes);
    return order ? order : compare_pids(a, b);
}

static int by_pid(const void *left, const void *right)
{
    return compare_pids(left, right);
}

static int by_name(const void *left, const void *right)
{
    const struct process_row *a = left, *b = right;
    int order = strcasecmp(a->process->name, b->process->name);
    return order ? order : compare_pids(a, b);
}

static int (*const orders[])(const void *, const void *) = {
    [PROCESS_BY_CPU] = by_cpu,
    [PROCESS_BY_MEMORY] = by_memory,
    [PROCESS_BY_PID] = by_pid,
    [PROCESS_BY_NAME] = by_name,
};

void process_rows_sort(struct process_row *rows, size_t count, enum process_sort sort)
{
    if (count > 0)
        qsort(rows, count, sizeof(*rows), orders[sort]);
}

/* FNV-1a, the NUL of the text included. A cursor gives no right, so the check need only catch those that were
 * altered, cut, or made for another question. */
static uint64_t hash_text(uint64_t hash, const char *text)
{
    for (size_t i = 0; i <= strlen(text); i++)
        hash = (hash ^ (unsigned char)text[i]) * UINT64_C(0x100000001b3);
    return hash;
}

uint64_t process_question(
    const struct procfs *fs, const char *filter, const char *user, enum process_sort sort)
{
    char boot[64] = "";
    uint64_t hash = UINT64_C(0xcbf29ce484222325) + (uint64_t)sort;
    procfs_read_line(fs, "proc/sys/kernel/random/boot_id", boot, sizeof(boot));
    hash = hash_text(hash, boot);
    hash = hash_text(hash, filter ? filter : "");
    return hash_text(hash, user ? user : "");
}

static void write_name(const char *name, char *ret_hex)
{
    for (size_t i = 0; name[i]; i++)
        snprintf(ret_hex + 2 * i, 3, "%02x", (unsigned char)name[i]);
}

char *process_cursor_write(const struct process_row *row, enum process_sort sort, uint64_t question,
    char ret_text[PROCESS_CURSOR_SIZE])
{
    char value[2 * PROCESS_NAME_SIZE] = "0", place[PROCESS_CURSOR_SIZE - 17];
    if (sort == PROCESS_BY_CPU)
        snprintf(value, sizeof(value), "%" PRIx64, cpu_rank(row));
    else if (sort == PROCESS_BY_MEMORY)
        snprintf(value, sizeof(value), "%" PRIx64, row->process->rss_bytes);
    else if (sort == PROCESS_BY_NAME)
        write_name(row->process->name, value);
    snprintf(place, sizeof(place), "%s-%x", value, (unsigned)row->process->pid);
    snprintf(ret_text, PROCESS_CURSOR_SIZE, "%s-%016" PRIx64, place, hash_text(question, place));
    return ret_text;
}

static bool read_hex(const char *text, char stop, uint64_t *ret_value)
{
    char *end = NULL;
    errno = 0;
    *ret_value = strtoull(text, &end, 16);
    return errno == 0 && end != text && *end == stop;
}

static void read_name(const char *hex, char ret_name[PROCESS_NAME_SIZE])
{
    size_t used = 0;
    for (; hex[0] != '-' && hex[0] && used < PROCESS_NAME_SIZE - 1; hex += 2) {
        const char digits[3] = { hex[0], hex[1], '\0' };
        if (!hex[1])
            break;
        ret_name[used++] = (char)strtoul(digits, NULL, 16);
    }
    ret_name[used] = '\0';
}

/* A row that stands where the cursor does. */
static bool read_place(const char *cursor, enum process_sort sort, uint64_t question,
    struct process *ret_process, uint32_t *ret_permille)
{
    char text[PROCESS_CURSOR_SIZE];
    uint64_t check, pid, value = 0;
    if ((size_t)snprintf(text, sizeof(text), "%s", cursor) >= sizeof(text))
        return false;
    char *dash = strrchr(text, '-');
    if (!dash || !read_hex(dash + 1, '\0', &check))
        return false;
    *dash = '\0';
    /* From here on it is ours: nobody else gets the check right by chance. */
    if (check != hash_text(question, text))
        return false;
    dash = strrchr(text, '-');
    if (!dash || !read_hex(dash + 1, '\0', &pid))
        return false;
    if (sort == PROCESS_BY_NAME)
        read_name(text, ret_process->name);
    else if (!read_hex(text, '-', &value))
        return false;
    ret_process->pid = (pid_t)(pid & INT32_MAX);
    ret_process->rss_bytes = value;
    ret_process->is_kernel = value % 2 == 0;
    *ret_permille = (uint32_t)(value / 2);
    return true;
}

int process_cursor_read(const char *cursor, enum process_sort sort, uint64_t question,
    const struct process_row *rows, size_t count, size_t *ret_index)
{
    struct process process = { 0 };
    struct process_row place = { .process = &process };
    size_t low = 0, high = count;
    if (!read_place(cursor, sort, question, &process, &place.cpu_permille))
        return -EINVAL;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (orders[sort](&rows[middle], &place) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    *ret_index = low;
    return 0;
}
