/* What the processors are and what they did: /proc/stat, /proc/cpuinfo, /proc/loadavg,
 * /sys/devices/system/cpu. */
#ifndef SYS_CPU_H
#define SYS_CPU_H

#include <stddef.h>
#include <stdint.h>

struct procfs;

#define CPU_MAX 4096

/* Time spent, in clock ticks since boot. `user` includes nice and guests, `system` includes interrupts. */
struct cpu_times {
    uint64_t user, system, idle, iowait, steal;
};

struct cpu_sample {
    struct cpu_times all;
    unsigned count; /* processors online */
    struct cpu_times *each; /* by processor number, 0 to highest; offline ones are zero */
    unsigned highest; /* entries of `each` */
    uint64_t booted_at_s; /* since 1970 */
};

/* A zeroed sample is "at boot". 0 and *ret_sample, to be released; -EBADMSG or another negative errno. */
int cpu_sample_read(const struct procfs *fs, struct cpu_sample *ret_sample);
void cpu_sample_done(struct cpu_sample *sample);

struct cpu_percents {
    double busy, user, system, iowait, steal;
};

/* How the time between two readings was spent; all zero when no time passed. Counters that ran backwards
 * count as still. */
struct cpu_percents cpu_between(const struct cpu_times *before, const struct cpu_times *after);

struct cpu_model {
    char name[128]; /* "" when the machine does not say */
    unsigned sockets, cores; /* 0 = unknown */
    double mhz; /* now; 0 = unknown */
};

/* `sample` says which processors there are. What cannot be read stays unknown. */
void cpu_model_read(const struct procfs *fs, const struct cpu_sample *sample, struct cpu_model *ret_model);

/* Load averages over 1, 5 and 15 minutes. 0 or a negative errno. */
int cpu_load_read(const struct procfs *fs, double ret_load[3]);

/* Seconds since boot. 0 or a negative errno. */
int cpu_uptime_read(const struct procfs *fs, double *ret_uptime_s);

#endif
