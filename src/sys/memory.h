/* How much memory there is and what it is used for: /proc/meminfo. */
#ifndef SYS_MEMORY_H
#define SYS_MEMORY_H

#include <stdint.h>

struct procfs;

struct memory {
    uint64_t total_bytes, free_bytes;
    uint64_t available_bytes; /* the kernel's estimate; free + buffers + cached where it gives none */
    uint64_t used_bytes; /* total - available, as free(1) has it */
    uint64_t buffers_bytes;
    uint64_t cached_bytes; /* page cache and reclaimable slabs */
    uint64_t swap_total_bytes, swap_used_bytes;
};

/* 0, -EBADMSG without a total, or another negative errno. */
int memory_read(const struct procfs *fs, struct memory *ret_memory);

#endif
