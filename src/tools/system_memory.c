/* system_info, section memory: how much there is, what it is used for, and what this process's group may have
 * of it. */
#include "sys/cgroup.h"
#include "sys/memory.h"
#include "tools/system_sections.h"

static const struct mcp_field limit_fields[] = {
    { .name = "source", .kind = MCP_STRING, .label = { "fixée par", "set by" } },
    { .name = "limit_bytes", .kind = MCP_INT, .label = { "Limite", "Limit" }, .unit = "bytes" },
    { .name = "used_bytes", .kind = MCP_INT, .label = { "Utilisé", "Used" }, .unit = "bytes" },
    { .name = "used_percent", .kind = MCP_NUMBER, .label = { "Utilisation", "Usage" }, .unit = "%" },
    { 0 },
};

const struct mcp_field system_memory_fields[] = {
    { .name = "total_bytes",
        .kind = MCP_INT,
        .label = { "Total", "Total" },
        .unit = "bytes",
        .optional = true },
    { .name = "used_bytes",
        .kind = MCP_INT,
        .label = { "Utilisé", "Used" },
        .unit = "bytes",
        .optional = true },
    { .name = "used_percent",
        .kind = MCP_NUMBER,
        .label = { "Utilisation", "Usage" },
        .unit = "%",
        .optional = true },
    { .name = "available_bytes",
        .kind = MCP_INT,
        .label = { "Disponible", "Available" },
        .unit = "bytes",
        .optional = true },
    { .name = "free_bytes",
        .kind = MCP_INT,
        .label = { "Inutilisé", "Unused" },
        .unit = "bytes",
        .optional = true },
    { .name = "buffers_bytes",
        .kind = MCP_INT,
        .label = { "Tampons", "Buffers" },
        .unit = "bytes",
        .optional = true },
    { .name = "cached_bytes",
        .kind = MCP_INT,
        .label = { "Cache", "Cached" },
        .unit = "bytes",
        .optional = true },
    { .name = "swap_total_bytes",
        .kind = MCP_INT,
        .label = { "Espace d'échange (swap)", "Swap" },
        .unit = "bytes",
        .optional = true },
    { .name = "swap_used_bytes",
        .kind = MCP_INT,
        .label = { "Swap utilisé", "Swap used" },
        .unit = "bytes",
        .optional = true },
    { .name = "pressure",
        .kind = MCP_OBJECT,
        .label = { "Temps passé à attendre la mémoire", "Time spent waiting for memory" },
        .optional = true,
        .fields = system_pressure_fields },
    { .name = "limit",
        .kind = MCP_OBJECT,
        .label = { "Limite de ce processus", "Limit of this process" },
        .optional = true,
        .fields = limit_fields },
    { 0 },
};

static double percent(uint64_t part, uint64_t whole)
{
    return whole ? 100 * (double)part / (double)whole : 0;
}

static void put_memory(struct mcp_call *call, const struct memory *memory)
{
    mcp_put_int(call, "total_bytes", (int64_t)memory->total_bytes);
    mcp_put_int(call, "used_bytes", (int64_t)memory->used_bytes);
    mcp_put_round(call, "used_percent", percent(memory->used_bytes, memory->total_bytes), 1);
    mcp_put_int(call, "available_bytes", (int64_t)memory->available_bytes);
    mcp_put_int(call, "free_bytes", (int64_t)memory->free_bytes);
    mcp_put_int(call, "buffers_bytes", (int64_t)memory->buffers_bytes);
    mcp_put_int(call, "cached_bytes", (int64_t)memory->cached_bytes);
    mcp_put_int(call, "swap_total_bytes", (int64_t)memory->swap_total_bytes);
    mcp_put_int(call, "swap_used_bytes", (int64_t)memory->swap_used_bytes);
}

int system_memory_put(struct system_view *view)
{
    struct mcp_call *call = view->call;
    struct memory memory;
    struct cgroup_limit limit;
    if (memory_read(&view->fs, &memory) == 0)
        put_memory(call, &memory);
    system_pressure_put(view, "memory");
    if (cgroup_memory_read(&view->own, &limit) == 0) {
        mcp_open(call, "limit");
        mcp_put_fmt(call, "source", "cgroup v%d", limit.version);
        mcp_put_int(call, "limit_bytes", (int64_t)limit.limit);
        mcp_put_int(call, "used_bytes", (int64_t)limit.used);
        mcp_put_round(call, "used_percent", percent(limit.used, limit.limit), 1);
        mcp_close(call);
    }
    return 0;
}
