/* Asks a file system how full it is, without ever being held by one that does not answer.
 *
 * A question to a dead server cannot be taken back: the thread that asks stays in the kernel. So it is a
 * thread of its own, one at a time for each mount, and a bounded number of them in the process. */
#ifndef SYS_FSPROBE_H
#define SYS_FSPROBE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/statvfs.h>
#include <sys/types.h>

/* Older probes in flight are taken for stalled. */
#define FSPROBE_PATIENCE_MS 1500
/* Probes in flight at the same time, stalled ones included. */
#define FSPROBE_MAX 32

struct fsprobe_result {
    int error; /* 0 or a negative errno: then the rest is not filled */
    uint64_t mount_id; /* of the mount the path is on; 0 when the kernel does not tell */
    dev_t device; /* of the file system */
    dev_t special; /* the block device that the path itself is; else 0 */
    struct statvfs space;
};

/* A probe in flight or answered, shared by whoever asked the same. */
struct fsprobe;

/* Asks in this thread: only for file systems that answer by themselves. `path` and its links are those of the
 * tree at `root` ("" = of ours). */
void fsprobe_now(const char *root, const char *path, struct fsprobe_result *ret_result);

/* Asks in a thread of its own, or joins the probe in flight for the same `root`, `path` and
 * `mount_id` (0 = not known). 0 and *ret_probe, to be released; -EINPROGRESS: one is in flight and stalled;
 * -EBUSY: too many are in flight; another negative errno when no thread can be had. */
int fsprobe_start(const char *root, const char *path, uint64_t mount_id, struct fsprobe **ret_probe);
/* A descriptor that is readable once the answer is there. Not to be read or closed. */
int fsprobe_fd(const struct fsprobe *probe);
/* True and *ret_result filled once the answer is there. */
bool fsprobe_is_done(struct fsprobe *probe, struct fsprobe_result *ret_result);
/* The probe goes on without us. NULL is fine. */
void fsprobe_release(struct fsprobe *probe);

#endif
