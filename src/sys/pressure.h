/* Pressure stall information: the share of time in which work waited for a resource (/proc/pressure). */
#ifndef SYS_PRESSURE_H
#define SYS_PRESSURE_H

#include <stdbool.h>

struct procfs;

struct pressure {
    double some_avg10, some_avg60, some_avg300; /* percent of time in which at least one task waited */
    bool has_full;
    double full_avg10, full_avg60, full_avg300; /* ... in which all did */
};

/* `resource` is "cpu", "memory" or "io". 0; -ENOENT or -EOPNOTSUPP where the kernel does not measure it;
 * -EBADMSG. */
int pressure_read(const struct procfs *fs, const char *resource, struct pressure *ret_pressure);

#endif
