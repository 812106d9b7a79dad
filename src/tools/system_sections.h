/* The sections of system_info, one file each: the rows of its result and the function that puts them. */
#ifndef TOOLS_SYSTEM_SECTIONS_H
#define TOOLS_SYSTEM_SECTIONS_H

#include <mcp/tool.h>

#include "sys/cpu.h"
#include "sys/diskstats.h"
#include "sys/netdev.h"
#include "sys/procfs.h"

/* Counters at one moment; a zeroed one is "at boot". */
struct system_reading {
    struct cpu_sample cpu;
    struct disk_table disks;
    struct netdev_table networks;
};

/* What the sections work with. */
struct system_view {
    struct mcp_call *call;
    struct procfs fs; /* of the machine looked at */
    struct procfs own; /* of this process: whose limits there are */
    struct system_reading before, now;
    double elapsed_s; /* between both */
    size_t max_rows; /* of any list: fewer in an answer with all sections */
};

/* Each puts the fields of its section, which is open. What cannot be read is left out. 0 or a negative errno.
 */
int system_general_put(struct system_view *view);
int system_cpu_put(struct system_view *view);
int system_memory_put(struct system_view *view);
int system_disk_put(struct system_view *view);
int system_network_put(struct system_view *view);
int system_processes_put(struct system_view *view);

extern const struct mcp_field system_general_fields[];
extern const struct mcp_field system_cpu_fields[];
extern const struct mcp_field system_memory_fields[];
extern const struct mcp_field system_disk_fields[];
extern const struct mcp_field system_network_fields[];
extern const struct mcp_field system_processes_fields[];

/* Puts the OBJECT `pressure`, whose fields are these; nothing where the kernel does not measure it. */
extern const struct mcp_field system_pressure_fields[];
void system_pressure_put(const struct system_view *view, const char *resource);

/* How much a counter grew in a second. */
double system_rate(const struct system_view *view, uint64_t before, uint64_t now);

#endif
