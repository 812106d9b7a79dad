/* How much memory there is and what it is used for. */
#include "sys/memory.h"

#include <errno.h>
#include <stdbool.h>

#include "sys/procfs.h"

static bool find_bytes(const char *text, const char *key, uint64_t *ret_bytes)
{
    uint64_t kib;
    const char *at = procfs_find(text, key);
    return at && procfs_next_number(&at, &kib) && !__builtin_mul_overflow(kib, 1024U, ret_bytes);
}

static uint64_t minus(uint64_t a, uint64_t b)
{
    return a > b ? a - b : 0;
}

int memory_read(const struct procfs *fs, struct memory *ret_memory)
{
    char text[8192];
    struct memory memory = { 0 };
    ssize_t len = procfs_read(fs->root_fd, "proc/meminfo", text, sizeof(text));
    if (len < 0)
        return (int)len;
    if (!find_bytes(text, "MemTotal:", &memory.total_bytes) ||
        !find_bytes(text, "MemFree:", &memory.free_bytes))
        return -EBADMSG;

    uint64_t slab = 0, swap_free = 0;
    find_bytes(text, "Buffers:", &memory.buffers_bytes);
    find_bytes(text, "Cached:", &memory.cached_bytes);
    find_bytes(text, "SReclaimable:", &slab);
    memory.cached_bytes += slab;
    if (!find_bytes(text, "MemAvailable:", &memory.available_bytes))
        memory.available_bytes = memory.free_bytes + memory.buffers_bytes + memory.cached_bytes;
    if (memory.available_bytes > memory.total_bytes)
        memory.available_bytes = memory.free_bytes;
    memory.used_bytes = minus(memory.total_bytes, memory.available_bytes);
    find_bytes(text, "SwapTotal:", &memory.swap_total_bytes);
    find_bytes(text, "SwapFree:", &swap_free);
    memory.swap_used_bytes = minus(memory.swap_total_bytes, swap_free);
    *ret_memory = memory;
    return 0;
}
