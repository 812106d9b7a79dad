/* system_info, section general: which machine and which system this is. */
#include <sys/utsname.h>

#include "base/clock.h"
#include "sys/machine.h"
#include "sys/osrelease.h"
#include "tools/system_sections.h"

const struct mcp_field system_general_fields[] = {
    { .name = "hostname", .kind = MCP_STRING, .label = { "Nom de machine", "Host name" } },
    { .name = "os", .kind = MCP_STRING, .label = { "Système", "System" } },
    { .name = "os_id", .kind = MCP_STRING, .optional = true },
    { .name = "os_version", .kind = MCP_STRING, .optional = true },
    { .name = "kernel", .kind = MCP_STRING, .label = { "Noyau", "Kernel" } },
    { .name = "architecture", .kind = MCP_STRING, .label = { "Architecture", "Architecture" } },
    { .name = "uptime_s",
        .kind = MCP_INT,
        .label = { "En marche depuis", "Up for" },
        .unit = "s",
        .optional = true },
    { .name = "booted_at", .kind = MCP_STRING, .label = { "Démarré le", "Booted at" }, .optional = true },
    { .name = "timezone", .kind = MCP_STRING, .label = { "Fuseau horaire", "Time zone" }, .optional = true },
    { .name = "virtualization",
        .kind = MCP_STRING,
        .label = { "Virtualisation", "Virtualization" },
        .optional = true },
    { .name = "container", .kind = MCP_STRING, .label = { "Conteneur", "Container" }, .optional = true },
    { 0 },
};

static void put_unless_empty(struct mcp_call *call, const char *field, const char *text)
{
    if (text && text[0])
        mcp_put_str(call, field, text);
}

int system_general_put(struct system_view *view)
{
    struct mcp_call *call = view->call;
    struct utsname kernel = { 0 };
    struct osrelease release;
    char name[256], stamp[CLOCK_STAMP_SIZE];
    double uptime_s;
    uname(&kernel);
    osrelease_read(&view->fs, &release);
    mcp_put_str(call, "hostname", machine_hostname(&view->fs, name, sizeof(name)));
    mcp_put_str(call, "os", release.name);
    put_unless_empty(call, "os_id", release.id);
    put_unless_empty(call, "os_version", release.version);
    mcp_put_str(call, "kernel", kernel.release);
    mcp_put_str(call, "architecture", kernel.machine);
    if (cpu_uptime_read(&view->fs, &uptime_s) == 0)
        mcp_put_int(call, "uptime_s", (int64_t)uptime_s);
    if (view->now.cpu.booted_at_s > 0) {
        clock_stamp((int64_t)view->now.cpu.booted_at_s * 1000, stamp);
        mcp_put_fmt(call, "booted_at", "%.19sZ", stamp); /* the kernel tells whole seconds */
    }
    put_unless_empty(call, "timezone", machine_timezone(&view->fs, name, sizeof(name)));
    put_unless_empty(call, "virtualization", machine_virtualization(&view->fs));
    put_unless_empty(call, "container", machine_container(&view->fs, name, sizeof(name)));
    return 0;
}
