/* One look at the machine: are the watched services up, how much processor, memory and disk is in use? */
#include "app/survey.h"

#include <errno.h>
#include <string.h>

#include "base/arena.h"
#include "base/scope.h"
#include "base/wait.h"
#include "sys/cpu.h"
#include "sys/fsusage.h"
#include "sys/memory.h"
#include "sys/mounts.h"
#include "sys/procfs.h"
#include "sys/units.h"

#define SAMPLE_MS 200 /* over which the processors are watched */

struct args {
    struct mcp_strings service;
};

static const struct mcp_param params[] = {
    MCP_ARG_STRINGS(struct args, service, .max = UNITS_NAME_MAX, .max_items = 64,
        .about = { "Services surveillés", "Watched services" }),
    { 0 },
};

static const struct mcp_field service_fields[] = {
    { .name = "name", .kind = MCP_STRING },
    { .name = "service_up", .kind = MCP_BOOL },
    { .name = "active_state", .kind = MCP_STRING, .optional = true },
    { 0 },
};

static const struct mcp_field filesystem_fields[] = {
    { .name = "mount", .kind = MCP_STRING },
    { .name = "total_bytes", .kind = MCP_INT },
    { .name = "available_bytes", .kind = MCP_INT },
    { .name = "used_percent", .kind = MCP_INT, .optional = true },
    { 0 },
};

static const struct mcp_field resource_fields[] = {
    { .name = "uptime_s", .kind = MCP_NUMBER, .optional = true },
    { .name = "cpus", .kind = MCP_INT, .optional = true },
    { .name = "cpu_percent", .kind = MCP_NUMBER, .optional = true },
    { .name = "load_1m", .kind = MCP_NUMBER, .optional = true },
    { .name = "load_5m", .kind = MCP_NUMBER, .optional = true },
    { .name = "load_15m", .kind = MCP_NUMBER, .optional = true },
    { .name = "memory_total_bytes", .kind = MCP_INT, .optional = true },
    { .name = "memory_available_bytes", .kind = MCP_INT, .optional = true },
    { .name = "memory_used_percent", .kind = MCP_NUMBER, .optional = true },
    { .name = "swap_total_bytes", .kind = MCP_INT, .optional = true },
    { .name = "swap_used_bytes", .kind = MCP_INT, .optional = true },
    { .name = "filesystems", .kind = MCP_LIST, .fields = filesystem_fields },
    { 0 },
};

static const struct mcp_field output[] = {
    { .name = "services", .kind = MCP_LIST, .fields = service_fields },
    { .name = "resources", .kind = MCP_OBJECT, .fields = resource_fields },
    { 0 },
};

static void close_units(struct units **units)
{
    units_close(*units);
}

/* A service of which nothing can be learned is not up. */
static void put_service(struct mcp_call *call, struct units *units, struct arena *arena, const char *name)
{
    struct unit_facts facts = { 0 };
    bool is_known =
        units && units_read(units, mcp_waiter(call), name, arena, &facts, NULL) == 0 && facts.found;
    mcp_open(call, NULL);
    mcp_put_str(call, "name", name);
    mcp_put_bool(
        call, "service_up", is_known && facts.active_state && strcmp(facts.active_state, "active") == 0);
    mcp_put_str(call, "active_state", is_known ? facts.active_state : NULL);
    mcp_close(call);
}

static void put_services(struct mcp_call *call, const struct mcp_strings *names)
{
    const struct units_options options = { .root = mcp_host_root(call) };
    CLEANUP(close_units) struct units *units = NULL;
    CLEANUP(arena_done) struct arena arena = { 0 };
    if (names->count && units_open(&options, &units, NULL) < 0)
        units = NULL;
    mcp_open(call, "services");
    for (size_t i = 0; i < names->count; i++)
        put_service(call, units, &arena, names->items[i]);
    mcp_close(call);
}

/* -ECANCELED or 0. */
static int put_processors(struct mcp_call *call, const struct procfs *fs)
{
    CLEANUP(cpu_sample_done) struct cpu_sample before = { 0 };
    CLEANUP(cpu_sample_done) struct cpu_sample after = { 0 };
    double load[3], uptime_s;
    if (cpu_sample_read(fs, &before) < 0)
        return 0;
    if (mcp_wait(call, NULL, 0, SAMPLE_MS) == -ECANCELED)
        return -ECANCELED;
    if (cpu_sample_read(fs, &after) == 0) {
        mcp_put_int(call, "cpus", after.count);
        mcp_put_round(call, "cpu_percent", cpu_between(&before.all, &after.all).busy, 1);
    }
    if (cpu_load_read(fs, load) == 0) {
        mcp_put_round(call, "load_1m", load[0], 2);
        mcp_put_round(call, "load_5m", load[1], 2);
        mcp_put_round(call, "load_15m", load[2], 2);
    }
    if (cpu_uptime_read(fs, &uptime_s) == 0)
        mcp_put_round(call, "uptime_s", uptime_s, 0);
    return 0;
}

static void put_memory(struct mcp_call *call, const struct procfs *fs)
{
    struct memory memory;
    if (memory_read(fs, &memory) < 0)
        return;
    mcp_put_int(call, "memory_total_bytes", (int64_t)memory.total_bytes);
    mcp_put_int(call, "memory_available_bytes", (int64_t)memory.available_bytes);
    if (memory.total_bytes)
        mcp_put_round(
            call, "memory_used_percent", 100 * (double)memory.used_bytes / (double)memory.total_bytes, 1);
    mcp_put_int(call, "swap_total_bytes", (int64_t)memory.swap_total_bytes);
    mcp_put_int(call, "swap_used_bytes", (int64_t)memory.swap_used_bytes);
}

/* -ECANCELED or 0. */
static int put_filesystems(struct mcp_call *call)
{
    CLEANUP(mount_table_done) struct mount_table mounts = { 0 };
    CLEANUP(fsusage_table_done) struct fsusage_table table = { 0 };
    int error = mount_table_read_host(mcp_host_root(call), &mounts);
    if (!error)
        error = fsusage_read_all(&mounts, FSUSAGE_LOCAL_DISKS, mcp_waiter(call), &table);
    if (error == -ECANCELED)
        return error;
    mcp_open(call, "filesystems");
    for (size_t i = 0; i < table.count; i++) {
        const struct fsusage *usage = &table.items[i];
        if (usage->is_stalled || usage->error)
            continue;
        mcp_open(call, NULL);
        mcp_put_str(call, "mount", usage->mount->point);
        mcp_put_int(call, "total_bytes", (int64_t)usage->total_bytes);
        mcp_put_int(call, "available_bytes", (int64_t)usage->available_bytes);
        if (usage->used_percent >= 0)
            mcp_put_int(call, "used_percent", usage->used_percent);
        mcp_close(call);
    }
    mcp_close(call);
    return 0;
}

static int run(struct mcp_call *call, const void *given)
{
    const struct args *args = given;
    CLEANUP(procfs_close) struct procfs fs = { .root_fd = -1 };
    if (procfs_open(mcp_host_root(call), &fs) < 0)
        return mcp_fail(call, MCP_UNSUPPORTED, "/proc est illisible", "/proc cannot be read");
    put_services(call, &args->service);
    mcp_open(call, "resources");
    int error = put_processors(call, &fs);
    if (error)
        return error;
    put_memory(call, &fs);
    error = put_filesystems(call);
    if (error)
        return error;
    mcp_close(call);
    return 0;
}

const struct mcp_tool survey_handler = {
    .name = "survey",
    .title = { "État de la machine", "State of the machine" },
    .about = { "Services surveillés et ressources.", "Watched services and resources." },
    .params = params,
    .args_size = sizeof(struct args),
    .output = output,
    .cost = MCP_WORKER,
    .traits = MCP_READ_ONLY,
    .timeout_ms = 5000,
    .scope = "system",
    .run = run,
};
