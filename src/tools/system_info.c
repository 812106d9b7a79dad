/* system_info: what this machine is and how it fares. Reads the counters twice and has each section put
 * itself. */
#include <mcp/tool.h>

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/scope.h"
#include "sys/pressure.h"
#include "tools/host_root.h"
#include "tools/system_sections.h"

enum { ROWS_OF_ALL = 8, ROWS_OF_ONE = 64 };

struct args {
    int section;
    int64_t sample_ms;
};

enum { SECTION_ALL, GENERAL, CPU, MEMORY, DISK, NETWORK, PROCESSES };

static const char *const section_names[] = { "all", "general", "cpu", "memory", "disk", "network",
    "processes", NULL };

static const struct mcp_param params[] = {
    MCP_ARG_ENUM(struct args, section, .alias = "info_type", .preset = "all", .choices = section_names,
        .about = { "Ce qu'il faut montrer", "What to show" }),
    MCP_ARG_INT(struct args, sample_ms, .preset = "200", .min = 0, .max = 5000, .unit = "ms",
        .about = { "Durée de mesure des débits et pourcentages ; 0 = moyennes depuis le démarrage",
            "How long rates and percentages are measured; 0 = averages since boot" }),
    { 0 },
};

static const struct mcp_field output[] = {
    HOST_ROOT_FIELD,
    { .name = "general",
        .kind = MCP_OBJECT,
        .label = { "Général", "General" },
        .optional = true,
        .fields = system_general_fields },
    { .name = "cpu",
        .kind = MCP_OBJECT,
        .label = { "Processeur", "CPU" },
        .optional = true,
        .fields = system_cpu_fields },
    { .name = "memory",
        .kind = MCP_OBJECT,
        .label = { "Mémoire", "Memory" },
        .optional = true,
        .fields = system_memory_fields },
    { .name = "disk",
        .kind = MCP_OBJECT,
        .label = { "Disques", "Disks" },
        .optional = true,
        .fields = system_disk_fields },
    { .name = "network",
        .kind = MCP_OBJECT,
        .label = { "Réseau", "Network" },
        .optional = true,
        .fields = system_network_fields },
    { .name = "processes",
        .kind = MCP_OBJECT,
        .label = { "Processus", "Processes" },
        .optional = true,
        .fields = system_processes_fields },
    { 0 },
};

const struct mcp_field system_pressure_fields[] = {
    { .name = "some_avg10", .kind = MCP_NUMBER, .label = { "sur 10 s", "over 10 s" }, .unit = "%" },
    { .name = "some_avg60", .kind = MCP_NUMBER, .label = { "sur 60 s", "over 60 s" }, .unit = "%" },
    { .name = "some_avg300", .kind = MCP_NUMBER, .label = { "sur 5 min", "over 5 min" }, .unit = "%" },
    { .name = "full_avg10", .kind = MCP_NUMBER, .unit = "%", .optional = true },
    { .name = "full_avg60", .kind = MCP_NUMBER, .unit = "%", .optional = true },
    { .name = "full_avg300", .kind = MCP_NUMBER, .unit = "%", .optional = true },
    { 0 },
};

void system_pressure_put(const struct system_view *view, const char *resource)
{
    struct pressure pressure;
    struct mcp_call *call = view->call;
    if (pressure_read(&view->fs, resource, &pressure) < 0)
        return;
    mcp_open(call, "pressure");
    mcp_put_round(call, "some_avg10", pressure.some_avg10, 2);
    mcp_put_round(call, "some_avg60", pressure.some_avg60, 2);
    mcp_put_round(call, "some_avg300", pressure.some_avg300, 2);
    /* The kernel fills "full" in for processors too, where it means nothing
     * (Documentation/accounting/psi.rst). */
    if (pressure.has_full && strcmp(resource, "cpu") != 0) {
        mcp_put_round(call, "full_avg10", pressure.full_avg10, 2);
        mcp_put_round(call, "full_avg60", pressure.full_avg60, 2);
        mcp_put_round(call, "full_avg300", pressure.full_avg300, 2);
    }
    mcp_close(call);
}

double system_rate(const struct system_view *view, uint64_t before, uint64_t now)
{
    return now > before && view->elapsed_s > 0 ? (double)(now - before) / view->elapsed_s : 0;
}

static void reading_done(struct system_reading *reading)
{
    cpu_sample_done(&reading->cpu);
    disk_table_done(&reading->disks);
    netdev_table_done(&reading->networks);
}

static void view_done(struct system_view *view)
{
    reading_done(&view->before);
    reading_done(&view->now);
    procfs_close(&view->fs);
    procfs_close(&view->own);
}

/* Fails only if a section that was asked for by its name has nothing to show. */
static int read_counters(struct system_view *view, int section, struct system_reading *ret_reading)
{
    int cpu = cpu_sample_read(&view->fs, &ret_reading->cpu);
    int disks =
        section == DISK || section == SECTION_ALL ? disk_table_read(&view->fs, &ret_reading->disks) : 0;
    int networks = section == NETWORK || section == SECTION_ALL
        ? netdev_table_read(&view->fs, &ret_reading->networks)
        : 0;
    if (section == CPU && cpu < 0)
        return mcp_fail(view->call, MCP_UNSUPPORTED, "/proc/stat est illisible", "cannot read /proc/stat");
    if (section == DISK && disks < 0)
        return mcp_fail(
            view->call, MCP_UNSUPPORTED, "/proc/diskstats est illisible", "cannot read /proc/diskstats");
    if (section == NETWORK && networks < 0)
        return mcp_fail(
            view->call, MCP_UNSUPPORTED, "/proc/net/dev est illisible", "cannot read /proc/net/dev");
    return 0;
}

static bool has_rates(int section)
{
    return section == SECTION_ALL || section == CPU || section == DISK || section == NETWORK;
}

/* Both readings, or the one when the other is "at boot". */
static int sample(struct system_view *view, const struct args *args)
{
    int64_t begun_ns = clock_ns();
    if (args->sample_ms > 0 && has_rates(args->section)) {
        int rc = read_counters(view, args->section, &view->before);
        if (rc)
            return rc;
        rc = mcp_wait(view->call, NULL, 0, (int)args->sample_ms);
        if (rc < 0 && rc != -ETIMEDOUT)
            return rc;
        view->elapsed_s = (double)(clock_ns() - begun_ns) / 1e9;
    } else {
        cpu_uptime_read(&view->fs, &view->elapsed_s);
    }
    return read_counters(view, args->section, &view->now);
}

static int put_sections(struct system_view *view, int section)
{
    static int (*const put[])(struct system_view *) = {
        [GENERAL] = system_general_put,
        [CPU] = system_cpu_put,
        [MEMORY] = system_memory_put,
        [DISK] = system_disk_put,
        [NETWORK] = system_network_put,
        [PROCESSES] = system_processes_put,
    };
    for (int i = GENERAL; i <= PROCESSES; i++) {
        if (section != SECTION_ALL && section != i)
            continue;
        mcp_open(view->call, section_names[i]);
        int rc = put[i](view);
        if (rc < 0)
            return rc;
        mcp_close(view->call);
    }
    return 0;
}

static int run(struct mcp_call *call, const void *arguments)
{
    const struct args *args = arguments;
    CLEANUP(view_done)
    struct system_view view = { .call = call, .fs = { .root_fd = -1 }, .own = { .root_fd = -1 } };
    view.max_rows = args->section == SECTION_ALL ? ROWS_OF_ALL : ROWS_OF_ONE;
    int rc = host_root_open(call, &view.fs);
    if (!rc && procfs_open("/", &view.own) < 0)
        rc = mcp_fail(call, MCP_UNSUPPORTED, "/ est illisible", "cannot read /");
    if (!rc)
        rc = sample(&view, args);
    if (rc)
        return rc;
    host_root_put(call);
    return put_sections(&view, args->section);
}

const struct mcp_tool tool_system_info = {
    .name = "system_info",
    .path = "system-info",
    .title = { "Informations système", "System information" },
    .about = { "État de cette machine : système, processeur, mémoire, disques, réseau, processus.",
        "How this machine fares: system, CPU, memory, disks, network, processes." },
    .params = params,
    .args_size = sizeof(struct args),
    .output = output,
    .cost = MCP_WORKER,
    .traits = MCP_READ_ONLY,
    .timeout_ms = 10000,
    .scope = "system",
    .run = run,
};
