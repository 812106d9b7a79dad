/* What block devices have read and written: /proc/diskstats. */
#ifndef SYS_DISKSTATS_H
#define SYS_DISKSTATS_H

#include <stddef.h>
#include <stdint.h>

struct procfs;

struct disk {
    char name[32]; /* "sda", "nvme0n1", "dm-0" */
    uint64_t reads, read_bytes, writes, written_bytes;
    uint64_t busy_ms; /* time with at least one request in flight */
};

struct disk_table {
    struct disk *items; /* in the kernel's order */
    size_t count;
};

/* Whole devices only (partitions are part of theirs), and only those that ever did something.
 * 0 and *ret_table, to be released; or a negative errno. */
int disk_table_read(const struct procfs *fs, struct disk_table *ret_table);
void disk_table_done(struct disk_table *table);
/* The one of that name, or NULL. */
const struct disk *disk_table_find(const struct disk_table *table, const char *name);

#endif
