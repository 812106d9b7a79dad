/* What block devices have read and written since boot. */
#include "sys/diskstats.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/scope.h"
#include "sys/procfs.h"

enum { DISK_MAX = 8192, SECTOR_BYTES = 512 }; /* diskstats counts in 512 bytes whatever the device does */

/* "major minor name reads merged sectors ms writes merged sectors ms in_flight busy_ms ..." */
static bool parse_line(const char *at, struct disk *ret_disk)
{
    uint64_t number, column[10];
    struct disk disk = { 0 };
    if (!procfs_next_number(&at, &number) || !procfs_next_number(&at, &number) ||
        !procfs_next_word(&at, disk.name, sizeof(disk.name)))
        return false;
    for (size_t i = 0; i < ARRAY_LEN(column); i++) {
        if (!procfs_next_number(&at, &column[i]))
            return false;
    }
    disk.reads = column[0];
    disk.read_bytes = column[2] * SECTOR_BYTES;
    disk.writes = column[4];
    disk.written_bytes = column[6] * SECTOR_BYTES;
    disk.busy_ms = column[9];
    *ret_disk = disk;
    return true;
}

/* Partitions have no directory of their own in /sys/block. A '/' in a name is written '!' there. */
static bool is_whole(const struct procfs *fs, const char *name)
{
    char path[64];
    snprintf(path, sizeof(path), "sys/block/%s", name);
    for (char *c = path + strlen("sys/block/"); *c; c++) {
        if (*c == '/')
            *c = '!';
    }
    return faccessat(fs->root_fd, path, F_OK, 0) == 0;
}

int disk_table_read(const struct procfs *fs, struct disk_table *ret_table)
{
    CLEANUP(buf_done) struct buf text = { .max = (size_t)4 << 20 };
    int rc = procfs_load(fs, "proc/diskstats", &text);
    if (rc < 0)
        return rc;
    CLEANUP(disk_table_done) struct disk_table table = { 0 };
    for (const char *line = buf_str(&text); line && table.count < DISK_MAX; line = procfs_next_line(line)) {
        struct disk disk;
        if (!parse_line(line, &disk) || disk.reads + disk.writes == 0 || !is_whole(fs, disk.name))
            continue;
        struct disk *items = reallocarray(table.items, table.count + 1, sizeof(*items));
        if (!items)
            return -ENOMEM;
        items[table.count++] = disk;
        table.items = items;
    }
    *ret_table = table;
    table.items = NULL;
    return 0;
}

void disk_table_done(struct disk_table *table)
{
    free(table->items);
    *table = (struct disk_table){ 0 };
}

const struct disk *disk_table_find(const struct disk_table *table, const char *name)
{
    for (size_t i = 0; i < table->count; i++) {
        if (strcmp(table->items[i].name, name) == 0)
            return &table->items[i];
    }
    return NULL;
}
