/* Asks a file system how full it is. The list of probes in flight is shared by all threads and guarded by one
 * lock, which is never held across a question. */
#include "sys/fsprobe.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/scope.h"

enum { STACK_BYTES = 128 * 1024 };

struct fsprobe {
    struct fsprobe *next; /* in flight */
    char *root, *path;
    uint64_t mount_id;
    int64_t started_ms;
    int done_fd; /* eventfd, raised once */
    unsigned holders; /* the thread and those who wait */
    bool is_done;
    struct fsprobe_result result;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct fsprobe *in_flight;
static unsigned in_flight_count;

/* An absolute link of another tree must lead to where it leads there. 0 or a negative errno. */
static int find(const char *root, const char *path, int *ret_fd)
{
    struct open_how how = { .flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT };
    if (!root[0]) {
        *ret_fd = open(path, O_PATH | O_CLOEXEC);
        return *ret_fd < 0 ? -errno : 0;
    }
    CLEANUP(scope_close) int tree = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (tree < 0)
        return -errno;
    *ret_fd = (int)syscall(SYS_openat2, tree, path, &how, sizeof(how));
    return *ret_fd < 0 ? -errno : 0;
}

static int ask(const char *root, const char *path, struct fsprobe_result *result)
{
    CLEANUP(scope_close) int fd = -1;
    struct statx seen;
    int rc = find(root, path, &fd);
    if (rc < 0)
        return rc;
    if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_TYPE | STATX_MNT_ID, &seen) < 0)
        return -errno;
    if (fstatvfs(fd, &result->space) < 0)
        return -errno;
    result->mount_id = (seen.stx_mask & STATX_MNT_ID) ? seen.stx_mnt_id : 0;
    result->device = makedev(seen.stx_dev_major, seen.stx_dev_minor);
    if (S_ISBLK(seen.stx_mode))
        result->special = makedev(seen.stx_rdev_major, seen.stx_rdev_minor);
    return 0;
}

void fsprobe_now(const char *root, const char *path, struct fsprobe_result *ret_result)
{
    struct fsprobe_result result = { 0 };
    result.error = ask(root, path, &result);
    *ret_result = result;
}

static void free_probe(struct fsprobe *probe)
{
    if (!probe)
        return;
    scope_close(&probe->done_fd);
    free(probe->root);
    free(probe->path);
    free(probe);
}

/* Called with the lock held. */
static void unlink_probe(struct fsprobe *probe)
{
    for (struct fsprobe **at = &in_flight; *at; at = &(*at)->next) {
        if (*at == probe) {
            *at = probe->next;
            in_flight_count--;
            return;
        }
    }
}

void fsprobe_release(struct fsprobe *probe)
{
    if (!probe)
        return;
    pthread_mutex_lock(&lock);
    bool is_last = --probe->holders == 0;
    pthread_mutex_unlock(&lock);
    if (is_last)
        free_probe(probe);
}

static void *run(void *user)
{
    struct fsprobe *probe = user;
    struct fsprobe_result result;
    fsprobe_now(probe->root, probe->path, &result);
    pthread_mutex_lock(&lock);
    probe->result = result;
    probe->is_done = true;
    unlink_probe(probe);
    pthread_mutex_unlock(&lock);
    eventfd_write(probe->done_fd, 1);
    fsprobe_release(probe);
    return NULL;
}

/* A detached thread that no signal is delivered to. */
static int start_thread(struct fsprobe *probe)
{
    pthread_attr_t attributes;
    pthread_t thread;
    sigset_t all, before;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int rc = pthread_create(&thread, &attributes, run, probe);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return -rc;
}

static struct fsprobe *new_probe(const char *root, const char *path, uint64_t mount_id)
{
    struct fsprobe *probe = calloc(1, sizeof(*probe));
    if (!probe)
        return NULL;
    probe->root = strdup(root);
    probe->path = strdup(path);
    probe->mount_id = mount_id;
    probe->started_ms = clock_ms();
    probe->holders = 2;
    probe->done_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (!probe->root || !probe->path || probe->done_fd < 0) {
        free_probe(probe);
        return NULL;
    }
    return probe;
}

/* Called with the lock held. */
static int join_or_start(const char *root, const char *path, uint64_t mount_id, struct fsprobe **ret_probe)
{
    for (struct fsprobe *probe = in_flight; probe; probe = probe->next) {
        if (probe->mount_id != mount_id || strcmp(probe->path, path) != 0 || strcmp(probe->root, root) != 0)
            continue;
        if (clock_ms() - probe->started_ms >= FSPROBE_PATIENCE_MS)
            return -EINPROGRESS;
        probe->holders++;
        *ret_probe = probe;
        return 0;
    }
    if (in_flight_count >= FSPROBE_MAX)
        return -EBUSY;
    struct fsprobe *probe = new_probe(root, path, mount_id);
    if (!probe)
        return -ENOMEM;
    int rc = start_thread(probe);
    if (rc < 0) {
        free_probe(probe);
        return rc;
    }
    probe->next = in_flight;
    in_flight = probe;
    in_flight_count++;
    *ret_probe = probe;
    return 0;
}

int fsprobe_start(const char *root, const char *path, uint64_t mount_id, struct fsprobe **ret_probe)
{
    pthread_mutex_lock(&lock);
    int rc = join_or_start(root, path, mount_id, ret_probe);
    pthread_mutex_unlock(&lock);
    return rc;
}

int fsprobe_fd(const struct fsprobe *probe)
{
    return probe->done_fd;
}

bool fsprobe_is_done(struct fsprobe *probe, struct fsprobe_result *ret_result)
{
    pthread_mutex_lock(&lock);
    bool is_done = probe->is_done;
    if (is_done)
        *ret_result = probe->result;
    pthread_mutex_unlock(&lock);
    return is_done;
}
