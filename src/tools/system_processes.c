/* system_info, section processes: how many there are and what they do. process_list has each of them. */
#include "base/scope.h"
#include "sys/cgroup.h"
#include "sys/procfs_process.h"
#include "tools/system_sections.h"

static const struct mcp_field limit_fields[] = {
    { .name = "source", .kind = MCP_STRING, .label = { "fixée par", "set by" } },
    { .name = "limit", .kind = MCP_INT, .label = { "Limite", "Limit" } },
    { .name = "used", .kind = MCP_INT, .label = { "Utilisé", "Used" } },
    { 0 },
};

const struct mcp_field system_processes_fields[] = {
    { .name = "total", .kind = MCP_INT, .label = { "Total", "Total" } },
    { .name = "running", .kind = MCP_INT, .label = { "En cours", "Running" } },
    { .name = "sleeping", .kind = MCP_INT, .label = { "En sommeil", "Sleeping" } },
    { .name = "disk_sleep", .kind = MCP_INT, .label = { "Bloqués sur un disque", "Blocked on a disk" } },
    { .name = "stopped", .kind = MCP_INT, .label = { "Arrêtés", "Stopped" } },
    { .name = "zombie", .kind = MCP_INT, .label = { "Zombies", "Zombies" } },
    { .name = "threads", .kind = MCP_INT, .label = { "Fils d'exécution", "Threads" } },
    { .name = "limit",
        .kind = MCP_OBJECT,
        .label = { "Limite du groupe de contrôle, fils compris", "Control group limit, threads included" },
        .optional = true,
        .fields = limit_fields },
    { 0 },
};

int system_processes_put(struct system_view *view)
{
    struct mcp_call *call = view->call;
    CLEANUP(process_table_done) struct process_table table = { 0 };
    int64_t states[256] = { 0 }, threads = 0;
    int rc = process_table_read(&view->fs, &table);
    if (rc < 0)
        return rc;
    for (size_t i = 0; i < table.count; i++) {
        states[(unsigned char)table.items[i].state]++;
        threads += table.items[i].threads;
    }
    mcp_put_int(call, "total", (int64_t)table.count);
    mcp_put_int(call, "running", states['R']);
    mcp_put_int(call, "sleeping", states['S'] + states['I']);
    mcp_put_int(call, "disk_sleep", states['D']);
    mcp_put_int(call, "stopped", states['T'] + states['t']);
    mcp_put_int(call, "zombie", states['Z'] + states['X']);
    mcp_put_int(call, "threads", threads);
    struct cgroup_limit limit;
    if (cgroup_tasks_read(&view->own, &limit) == 0) {
        mcp_open(call, "limit");
        mcp_put_fmt(call, "source", "cgroup v%d", limit.version);
        mcp_put_int(call, "limit", (int64_t)limit.limit);
        mcp_put_int(call, "used", (int64_t)limit.used);
        mcp_close(call);
    }
    return 0;
}
