/* The processes of a machine. Sorts, filters and computes nothing: that is for whoever shows them. */
#include "sys/procfs_process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/scope.h"
#include "sys/cmdline.h"
#include "sys/procfs.h"

enum { KERNEL_THREAD = 0x00200000, COMMAND_MAX = 4096 }; /* PF_KTHREAD of the kernel's sched.h */

/* The kernel writes a newline in a name as "\n" and a backslash as "\\". */
static void copy_name(const char *text, size_t len, char ret_name[PROCESS_NAME_SIZE])
{
    size_t used = 0;
    for (size_t i = 0; i < len && used < PROCESS_NAME_SIZE - 1; i++) {
        char c = text[i];
        if (c == '\\' && i + 1 < len && (text[i + 1] == 'n' || text[i + 1] == '\\'))
            c = text[++i] == 'n' ? '\n' : '\\';
        ret_name[used++] = c;
    }
    ret_name[used] = '\0';
}

/* Columns behind the name, counted as in proc(5). */
enum { COLUMN_STATE = 3, PPID = 4, FLAGS = 9, UTIME = 14, STIME = 15, THREADS = 20, START = 22, RSS = 24 };

static bool parse_columns(const char *at, uint64_t ret_column[RSS + 1])
{
    for (unsigned i = PPID; i <= RSS; i++) {
        char word[32]; /* some columns may be negative: none of those that are used */
        if (!procfs_next_word(&at, word, sizeof(word)))
            return false;
        const char *digits = word;
        if (!procfs_next_number(&digits, &ret_column[i]))
            ret_column[i] = 0;
    }
    return true;
}

int process_parse_stat(const char *text, size_t len, struct process *ret_process)
{
    uint64_t pid, column[RSS + 1];
    const char *at = text;
    const char *open = memchr(text, '(', len);
    const char *close = memrchr(text, ')', len); /* the last: a name may hold any number of them */
    if (!open || !close || close < open || text + len - close < 4 || !procfs_next_number(&at, &pid))
        return -EBADMSG;
    if (pid > INT32_MAX || !parse_columns(close + 3, column) || column[PPID] > INT32_MAX)
        return -EBADMSG;
    struct process process = {
        .pid = (pid_t)pid,
        .ppid = (pid_t)column[PPID],
        .state = close[2],
        .is_kernel = (column[FLAGS] & KERNEL_THREAD) != 0,
        .threads = column[THREADS] > UINT32_MAX ? UINT32_MAX : (uint32_t)column[THREADS],
        .cpu_ticks = column[UTIME] + column[STIME],
        .start_ticks = column[START],
        .rss_bytes = column[RSS] * (uint64_t)sysconf(_SC_PAGESIZE),
    };
    copy_name(open + 1, (size_t)(close - open) - 1, process.name);
    *ret_process = process;
    return 0;
}

static int read_process(int proc_fd, const char *pid, struct process *ret_process)
{
    char path[32], text[1024];
    struct stat owner;
    snprintf(path, sizeof(path), "%.10s/stat", pid);
    ssize_t len = procfs_read(proc_fd, path, text, sizeof(text));
    if (len < 0)
        return (int)len;
    struct process process;
    int rc = process_parse_stat(text, (size_t)len, &process);
    if (rc < 0)
        return rc;
    /* The directory always belongs to the effective user, even when the process lets nobody look into it. */
    if (fstatat(proc_fd, pid, &owner, 0) < 0)
        return -errno;
    process.uid = owner.st_uid;
    *ret_process = process;
    return 0;
}

static int append(struct process_table *table, size_t *room, const struct process *process)
{
    if (table->count == *room) {
        size_t more = *room ? *room * 2 : 256;
        struct process *items = reallocarray(table->items, more, sizeof(*items));
        if (!items)
            return -ENOMEM;
        table->items = items;
        *room = more;
    }
    table->items[table->count++] = *process;
    return 0;
}

static int compare_pids(const void *a, const void *b)
{
    const struct process *left = a, *right = b;
    return (left->pid > right->pid) - (left->pid < right->pid);
}

static void close_directory(DIR **directory)
{
    if (*directory)
        closedir(*directory);
}

static DIR *open_directory(const struct procfs *fs)
{
    int fd = openat(fs->root_fd, "proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return NULL;
    DIR *directory = fdopendir(fd);
    if (!directory)
        close(fd);
    return directory;
}

int process_table_read(const struct procfs *fs, struct process_table *ret_table)
{
    CLEANUP(close_directory) DIR *directory = open_directory(fs);
    if (!directory)
        return -errno;
    CLEANUP(process_table_done) struct process_table table = { 0 };
    const struct dirent *entry;
    size_t room = 0;
    while (table.count < PROCESS_MAX && (entry = readdir(directory))) {
        struct process process;
        if (entry->d_name[0] < '1' || entry->d_name[0] > '9')
            continue;
        if (read_process(dirfd(directory), entry->d_name, &process) == 0 &&
            append(&table, &room, &process) < 0)
            return -ENOMEM;
    }
    if (table.count > 0)
        qsort(table.items, table.count, sizeof(*table.items), compare_pids);
    *ret_table = table;
    table.items = NULL;
    return 0;
}

void process_table_done(struct process_table *table)
{
    free(table->items);
    *table = (struct process_table){ 0 };
}

const struct process *process_table_find(const struct process_table *table, pid_t pid)
{
    struct process key = { .pid = pid };
    if (table->count == 0)
        return NULL;
    return bsearch(&key, table->items, table->count, sizeof(key), compare_pids);
}

void process_command(const struct procfs *fs, const struct process *process, struct buf *ret_text)
{
    char path[32], raw[COMMAND_MAX];
    size_t before = ret_text->len;
    snprintf(path, sizeof(path), "proc/%d/cmdline", (int)process->pid);
    ssize_t len = process->is_kernel ? 0 : procfs_read(fs->root_fd, path, raw, sizeof(raw));
    if (len > 0)
        cmdline_show(raw, (size_t)len, ret_text);
    if (ret_text->len > before)
        return;
    buf_addc(ret_text, '[');
    cmdline_show(process->name, strlen(process->name), ret_text);
    buf_addc(ret_text, ']');
}

unsigned process_ticks_per_s(void)
{
    long ticks = sysconf(_SC_CLK_TCK);
    return ticks > 0 ? (unsigned)ticks : 100;
}

const char *process_state_name(char state)
{
    static const char letters[] = "RSDZTtIXx";
    static const char *const names[] = { "running", "sleeping", "disk_sleep", "zombie", "stopped", "traced",
        "idle", "dead", "dead" };
    const char *found = state ? strchr(letters, state) : NULL;
    return found ? names[found - letters] : "unknown";
}
