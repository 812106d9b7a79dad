/* How full the file systems are, with the figures of df(1). A file system that does not answer is reported as
 * stalled. */
#ifndef SYS_FSUSAGE_H
#define SYS_FSUSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/statvfs.h>

struct mount;
struct mount_table;
struct wait;

struct fsusage {
    const struct mount *mount;
    bool is_stalled; /* did not answer: no figures */
    int error; /* negative errno: it refused to answer, no figures; else 0 */
    uint64_t total_bytes, used_bytes;
    uint64_t available_bytes; /* to users other than root */
    uint64_t inodes_total, inodes_used; /* 0 of 0 where inodes are made as needed */
    int used_percent, inodes_used_percent; /* rounded up, as df does; -1 = of nothing */
};

struct fsusage_table {
    struct fsusage *items; /* as they were mounted, those in memory last; they point into the mount table */
    size_t count;
};

enum fsusage_choice {
    FSUSAGE_ALL, /* all but pseudo file systems and those without room */
    FSUSAGE_LOCAL_DISKS, /* of these, no network, no memory */
};

/* Each file system once, however often it is mounted. Waits for servers FSPROBE_PATIENCE_MS at most, all at
 * once. 0 and *ret_table, to be released; -ECANCELED; or another negative errno. */
int fsusage_read_all(const struct mount_table *mounts, enum fsusage_choice choice, const struct wait *wait,
    struct fsusage_table *ret_table);
void fsusage_table_done(struct fsusage_table *table);

/* The file system that holds `path`, pseudo or not; a block device stands for what is mounted from it.
 * 0 and *ret_usage (perhaps stalled or with its error, then ret_usage->mount is a guess by the path's text,
 * or NULL); -ENOENT and other errors of the path; -ECANCELED. */
int fsusage_read_path(
    const struct mount_table *mounts, const char *path, const struct wait *wait, struct fsusage *ret_usage);

/* Fills the figures from what statvfs(3) answered. */
void fsusage_compute(const struct statvfs *space, struct fsusage *usage);

#endif
