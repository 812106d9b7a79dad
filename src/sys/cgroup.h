/* What the control group of this process allows it: less than the machine has, in a container. Versions 1
 * and 2. */
#ifndef SYS_CGROUP_H
#define SYS_CGROUP_H

#include <stdbool.h>
#include <stdint.h>

struct procfs;

struct cgroup_limit {
    int version; /* 1 or 2 */
    uint64_t limit; /* the tightest on the way up to the root */
    uint64_t used; /* of the group that has this limit */
};

/* Memory in bytes. 0; -ENOENT when it is not limited, or control groups are not to be read here. */
int cgroup_memory_read(const struct procfs *fs, struct cgroup_limit *ret_memory);

/* Processes and their threads. 0; -ENOENT when their number is not limited. */
int cgroup_tasks_read(const struct procfs *fs, struct cgroup_limit *ret_tasks);

/* How many processors' worth of time the group may use. 0; -ENOENT when it is not limited. */
int cgroup_cpu_read(const struct procfs *fs, double *ret_cpus);

#endif
