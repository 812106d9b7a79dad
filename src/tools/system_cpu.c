/* system_info, section cpu: the processors, how busy they are and what waits for them. */
#include "sys/cgroup.h"
#include "tools/system_sections.h"

const struct mcp_field system_cpu_fields[] = {
    { .name = "model", .kind = MCP_STRING, .label = { "Modèle", "Model" }, .optional = true },
    { .name = "sockets", .kind = MCP_INT, .label = { "Sockets", "Sockets" }, .optional = true },
    { .name = "cores", .kind = MCP_INT, .label = { "Cœurs", "Cores" }, .optional = true },
    { .name = "logical",
        .kind = MCP_INT,
        .label = { "Processeurs logiques", "Logical CPUs" },
        .optional = true },
    { .name = "frequency_mhz",
        .kind = MCP_INT,
        .label = { "Fréquence", "Frequency" },
        .unit = "MHz",
        .optional = true },
    { .name = "limit_cpus",
        .kind = MCP_NUMBER,
        .label = { "Limite du groupe de contrôle (processeurs)", "Control group limit (CPUs)" },
        .optional = true },
    { .name = "usage_percent",
        .kind = MCP_NUMBER,
        .label = { "Utilisation", "Usage" },
        .unit = "%",
        .optional = true },
    { .name = "user_percent",
        .kind = MCP_NUMBER,
        .label = { "dont programmes", "of which programs" },
        .unit = "%",
        .optional = true },
    { .name = "system_percent",
        .kind = MCP_NUMBER,
        .label = { "dont noyau", "of which kernel" },
        .unit = "%",
        .optional = true },
    { .name = "iowait_percent",
        .kind = MCP_NUMBER,
        .label = { "Attente de disque", "Waiting for disks" },
        .unit = "%",
        .optional = true },
    { .name = "steal_percent",
        .kind = MCP_NUMBER,
        .label = { "Pris par l'hyperviseur", "Taken by the hypervisor" },
        .unit = "%",
        .optional = true },
    { .name = "per_cpu_percent",
        .kind = MCP_LIST,
        .of = MCP_NUMBER,
        .label = { "Par processeur", "Per CPU" },
        .unit = "%",
        .optional = true },
    { .name = "load1",
        .kind = MCP_NUMBER,
        .label = { "Charge sur 1 min", "Load over 1 min" },
        .optional = true },
    { .name = "load5",
        .kind = MCP_NUMBER,
        .label = { "Charge sur 5 min", "Load over 5 min" },
        .optional = true },
    { .name = "load15",
        .kind = MCP_NUMBER,
        .label = { "Charge sur 15 min", "Load over 15 min" },
        .optional = true },
    { .name = "pressure",
        .kind = MCP_OBJECT,
        .label = { "Temps passé à attendre un processeur", "Time spent waiting for a CPU" },
        .optional = true,
        .fields = system_pressure_fields },
    { 0 },
};

/* As many as a list of all sections has room for; four of these are as long as one row of another list. */
static bool is_too_many(const struct system_view *view)
{
    return view->now.cpu.count > view->max_rows * 4;
}

static void put_each(const struct system_view *view)
{
    const struct cpu_sample *before = &view->before.cpu, *now = &view->now.cpu;
    static const struct cpu_times none;
    mcp_open(view->call, "per_cpu_percent");
    for (unsigned i = 0; i < now->highest; i++) {
        const struct cpu_times *since = i < before->highest ? &before->each[i] : &none;
        bool is_offline = now->each[i].idle == 0 && now->each[i].user == 0;
        if (!is_offline)
            mcp_put_round(view->call, NULL, cpu_between(since, &now->each[i]).busy, 1);
    }
    mcp_close(view->call);
}

static void put_model(const struct system_view *view)
{
    struct mcp_call *call = view->call;
    struct cpu_model model;
    double limit_cpus;
    cpu_model_read(&view->fs, &view->now.cpu, &model);
    if (model.name[0])
        mcp_put_str(call, "model", model.name);
    if (model.sockets && model.cores) {
        mcp_put_int(call, "sockets", model.sockets);
        mcp_put_int(call, "cores", model.cores);
    }
    if (view->now.cpu.count)
        mcp_put_int(call, "logical", view->now.cpu.count);
    if (model.mhz > 0)
        mcp_put_int(call, "frequency_mhz", (int64_t)(model.mhz + 0.5));
    if (cgroup_cpu_read(&view->own, &limit_cpus) == 0)
        mcp_put_round(call, "limit_cpus", limit_cpus, 2);
}

static void put_usage(const struct system_view *view)
{
    struct mcp_call *call = view->call;
    const struct cpu_percents percents = cpu_between(&view->before.cpu.all, &view->now.cpu.all);
    mcp_put_round(call, "usage_percent", percents.busy, 1);
    mcp_put_round(call, "user_percent", percents.user, 1);
    mcp_put_round(call, "system_percent", percents.system, 1);
    mcp_put_round(call, "iowait_percent", percents.iowait, 1);
    mcp_put_round(call, "steal_percent", percents.steal, 1);
    if (!is_too_many(view))
        put_each(view);
}

int system_cpu_put(struct system_view *view)
{
    struct mcp_call *call = view->call;
    double load[3];
    put_model(view);
    if (view->now.cpu.count)
        put_usage(view);
    if (cpu_load_read(&view->fs, load) == 0) {
        mcp_put_round(call, "load1", load[0], 2);
        mcp_put_round(call, "load5", load[1], 2);
        mcp_put_round(call, "load15", load[2], 2);
    }
    system_pressure_put(view, "cpu");
    return 0;
}
