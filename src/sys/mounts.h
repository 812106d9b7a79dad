/* What is mounted where: /proc/self/mountinfo. Touches no file system, so a dead server cannot hold it. */
#ifndef SYS_MOUNTS_H
#define SYS_MOUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct procfs;

struct mount {
    uint64_t id;
    dev_t device; /* as in st_dev (btrfs subvolumes excepted) */
    const char *root; /* which directory of the file system is mounted */
    const char *point; /* where */
    const char *type; /* "ext4", "nfs4", "fuse.sshfs" */
    const char *source; /* "/dev/sda1", "server:/export"; "" when none is named */
    bool is_read_only; /* the mount, or the file system */
    bool is_remote; /* needs a server or a program to answer: network and FUSE types */
    bool may_stall; /* is remote, or beneath a remote one */
    bool is_pseudo; /* holds no files of anybody's: proc, sysfs, cgroup2... */
    bool is_volatile; /* lives in memory: tmpfs, ramfs, devtmpfs */
};

struct mount_table {
    struct mount *items; /* in the order they were mounted */
    size_t count;
    char *text; /* owns the strings of the items */
    const char *root; /* "", or beneath which directory `point` stands in this process's tree; borrowed */
};

/* Mounts that others hide entirely (same mount point, mounted later) are left out.
 * 0 and *ret_table, to be released; or a negative errno. */
int mount_table_read(const struct procfs *fs, struct mount_table *ret_table);
/* The mounts of this system ("/"), or of the host whose root directory is seen at `root` ("/host"): as far as
 * they are mounted there, named as the host names them. Read-only is what the file system itself is: the
 * mount beneath `root` is ours. `root` must live as long as the table. */
int mount_table_read_host(const char *root, struct mount_table *ret_table);
void mount_table_done(struct mount_table *table);

/* The mount with this id; NULL if none. */
const struct mount *mount_table_by_id(const struct mount_table *table, uint64_t id);
/* The best mount of this device: see mount_is_better(); NULL if none. */
const struct mount *mount_table_by_device(const struct mount_table *table, dev_t device);
/* The mount whose mount point is the longest beginning of `path`, by its text alone; NULL if none. */
const struct mount *mount_table_by_path(const struct mount_table *table, const char *path);

/* Of two mounts of one file system, is `a` the one to show? The root first, then whole file systems before
 * pieces of them, then the shorter mount point. */
bool mount_is_better(const struct mount *a, const struct mount *b);

#endif
