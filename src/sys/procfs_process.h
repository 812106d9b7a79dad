/* The processes of a machine, read from /proc without one stdio stream, so that ten thousand of them take a
 * moment. */
#ifndef SYS_PROCFS_PROCESS_H
#define SYS_PROCFS_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct buf;
struct procfs;

#define PROCESS_NAME_SIZE 64 /* programs have 15 bytes, workers of the kernel up to 63 */
#define PROCESS_MAX 200000 /* more are not read */

struct process {
    pid_t pid, ppid;
    uid_t uid; /* effective */
    char state; /* as in proc(5): R S D Z T t I X */
    bool is_kernel; /* a thread of the kernel */
    uint32_t threads;
    uint64_t cpu_ticks; /* user and system, since it started */
    uint64_t start_ticks; /* since boot */
    uint64_t rss_bytes;
    char name[PROCESS_NAME_SIZE]; /* as the process set it: any byte but NUL */
};

struct process_table {
    struct process *items; /* by pid */
    size_t count;
};

/* 0 and *ret_table, to be released; or a negative errno. Processes that vanish meanwhile or hide are left
 * out. */
int process_table_read(const struct procfs *fs, struct process_table *ret_table);
void process_table_done(struct process_table *table);
/* The one with this pid, or NULL. */
const struct process *process_table_find(const struct process_table *table, pid_t pid);

/* Reads the text of /proc/PID/stat; `uid` is not in there. 0 or -EBADMSG. */
int process_parse_stat(const char *text, size_t len, struct process *ret_process);

/* Appends the command line, fit to be shown (see cmdline_show()): [name] for threads of the kernel, zombies
 * and whoever hides it. Very long ones are cut. */
void process_command(const struct procfs *fs, const struct process *process, struct buf *ret_text);

/* Ticks of `cpu_ticks` and `start_ticks` in a second. */
unsigned process_ticks_per_s(void);
/* "running", "sleeping", "disk_sleep", "zombie", "stopped", "traced", "idle", "dead"; "unknown". Static. */
const char *process_state_name(char state);

#endif
