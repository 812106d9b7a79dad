/* What the control group of this process allows it. A limit holds for all groups below, so each is looked for
 * from our own group up to the root. Inside a container the root of the mount is our own group. */
#include "sys/cgroup.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/scope.h"
#include "sys/procfs.h"

enum { PATH_SIZE = 1024 };

/* Where groups of a controller may be mounted, and the files that tell its limit and use. */
struct hierarchy {
    int version;
    const char *mount;
    const char *limit_file, *used_file;
};

static const struct hierarchy memory_hierarchies[] = {
    { 2, "sys/fs/cgroup", "memory.max", "memory.current" },
    { 2, "sys/fs/cgroup/unified", "memory.max", "memory.current" },
    { 1, "sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.usage_in_bytes" },
};

static const struct hierarchy task_hierarchies[] = {
    { 2, "sys/fs/cgroup", "pids.max", "pids.current" },
    { 2, "sys/fs/cgroup/unified", "pids.max", "pids.current" },
    { 1, "sys/fs/cgroup/pids", "pids.max", "pids.current" },
};

/* True if `name` is one of the comma-separated `controllers`, `len` bytes. */
static bool has_controller(const char *controllers, size_t len, const char *name)
{
    const char *end = controllers + len;
    while (controllers < end) {
        const char *comma = memchr(controllers, ',', (size_t)(end - controllers));
        const char *stop = comma ? comma : end;
        if ((size_t)(stop - controllers) == strlen(name) && memcmp(controllers, name, strlen(name)) == 0)
            return true;
        controllers = stop + 1;
    }
    return false;
}

/* Our group from /proc/self/cgroup: "ID:controllers:/path"; version 2 is the line without controllers. */
static bool find_group(const char *text, int version, const char *controller, char ret_path[PATH_SIZE])
{
    for (const char *line = text; line; line = procfs_next_line(line)) {
        const char *first = strchr(line, ':');
        const char *second = first ? strchr(first + 1, ':') : NULL;
        if (!second)
            return false;
        size_t len = (size_t)(second - first) - 1;
        if (version == 2 ? len == 0 : has_controller(first + 1, len, controller)) {
            procfs_copy_line(second + 1, ret_path, PATH_SIZE);
            return ret_path[0] == '/' && !strstr(ret_path, "/..");
        }
    }
    return false;
}

static bool read_file(const struct procfs *fs, const char *mount, const char *group, const char *file,
    char *ret_text, size_t size)
{
    char path[PATH_SIZE + 64];
    int len = snprintf(path, sizeof(path), "%s%s/%s", mount, strcmp(group, "/") == 0 ? "" : group, file);
    return len > 0 && (size_t)len < sizeof(path) && procfs_read_line(fs, path, ret_text, size) > 0;
}

/* Cuts "/a/b" to "/a", "/a" to "/"; false when it was the root. */
static bool go_up(char *group)
{
    char *slash = strrchr(group, '/');
    if (!slash || strcmp(group, "/") == 0)
        return false;
    slash[slash == group] = '\0';
    return true;
}

/* A limit of `most` and more is none. */
static void look_for_limit(const struct procfs *fs, const struct hierarchy *in, char *group, uint64_t most,
    struct cgroup_limit *tightest)
{
    do {
        char text[64];
        uint64_t limit;
        const char *at = text;
        if (!read_file(fs, in->mount, group, in->limit_file, text, sizeof(text)))
            continue;
        /* "max", or in version 1 a number beyond any machine: no limit */
        if (!procfs_next_number(&at, &limit) || limit >= most || limit >= tightest->limit)
            continue;
        struct cgroup_limit found = { .version = in->version, .limit = limit };
        at = text;
        if (read_file(fs, in->mount, group, in->used_file, text, sizeof(text)))
            procfs_next_number(&at, &found.used);
        *tightest = found;
    } while (go_up(group));
}

static uint64_t machine_memory_bytes(const struct procfs *fs)
{
    char text[256];
    uint64_t kib;
    if (procfs_read(fs->root_fd, "proc/meminfo", text, sizeof(text)) <= 0)
        return UINT64_MAX;
    const char *at = procfs_find(text, "MemTotal:");
    return at && procfs_next_number(&at, &kib) && kib < UINT64_MAX / 1024 ? kib * 1024 : UINT64_MAX;
}

static int read_limit(const struct procfs *fs, const struct hierarchy *hierarchies, size_t count,
    const char *controller, uint64_t most, struct cgroup_limit *ret_limit)
{
    char groups[8192], group[PATH_SIZE];
    struct cgroup_limit tightest = { .limit = UINT64_MAX };
    if (procfs_read(fs->root_fd, "proc/self/cgroup", groups, sizeof(groups)) <= 0)
        return -ENOENT;
    for (size_t i = 0; i < count; i++) {
        if (find_group(groups, hierarchies[i].version, controller, group))
            look_for_limit(fs, &hierarchies[i], group, most, &tightest);
    }
    if (tightest.version == 0)
        return -ENOENT;
    *ret_limit = tightest;
    return 0;
}

int cgroup_memory_read(const struct procfs *fs, struct cgroup_limit *ret_memory)
{
    return read_limit(fs, memory_hierarchies, ARRAY_LEN(memory_hierarchies), "memory",
        machine_memory_bytes(fs), ret_memory);
}

int cgroup_tasks_read(const struct procfs *fs, struct cgroup_limit *ret_tasks)
{
    return read_limit(fs, task_hierarchies, ARRAY_LEN(task_hierarchies), "pids", UINT64_MAX, ret_tasks);
}

static double cpus_of_v2(const struct procfs *fs, const char *mount, const char *group)
{
    char text[64];
    double quota_us, period_us;
    const char *at = text;
    if (!read_file(fs, mount, group, "cpu.max", text, sizeof(text)))
        return 0;
    if (!procfs_next_decimal(&at, &quota_us) || !procfs_next_decimal(&at, &period_us) || period_us <= 0)
        return 0;
    return quota_us / period_us;
}

static double cpus_of_v1(const struct procfs *fs, const char *mount, const char *group)
{
    char quota[64], period[64];
    double quota_us, period_us;
    const char *at_quota = quota, *at_period = period; /* a quota of -1 is no number here: no limit */
    if (!read_file(fs, mount, group, "cpu.cfs_quota_us", quota, sizeof(quota)) ||
        !read_file(fs, mount, group, "cpu.cfs_period_us", period, sizeof(period)))
        return 0;
    if (!procfs_next_decimal(&at_quota, &quota_us) || !procfs_next_decimal(&at_period, &period_us) ||
        period_us <= 0)
        return 0;
    return quota_us / period_us;
}

int cgroup_cpu_read(const struct procfs *fs, double *ret_cpus)
{
    static const char *const mounts[] = { "sys/fs/cgroup", "sys/fs/cgroup/unified", "sys/fs/cgroup/cpu",
        "sys/fs/cgroup/cpu,cpuacct" };
    char groups[8192], group[PATH_SIZE];
    double tightest = 0;
    if (procfs_read(fs->root_fd, "proc/self/cgroup", groups, sizeof(groups)) <= 0)
        return -ENOENT;
    for (size_t i = 0; i < ARRAY_LEN(mounts); i++) {
        bool is_v2 = i < 2;
        if (!find_group(groups, is_v2 ? 2 : 1, "cpu", group))
            continue;
        do {
            double cpus = is_v2 ? cpus_of_v2(fs, mounts[i], group) : cpus_of_v1(fs, mounts[i], group);
            if (cpus > 0 && (tightest <= 0 || cpus < tightest))
                tightest = cpus;
        } while (go_up(group));
    }
    if (tightest <= 0)
        return -ENOENT;
    *ret_cpus = tightest;
    return 0;
}
