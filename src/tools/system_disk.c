/* system_info, section disk: how full the local disks are and how busy. disk_usage has more on the former. */
#include <stdlib.h>

#include "base/scope.h"
#include "sys/fsusage.h"
#include "sys/mounts.h"
#include "tools/system_sections.h"

static const struct mcp_field filesystem_fields[] = {
    { .name = "mount", .kind = MCP_STRING, .label = { "Monté sur", "Mounted on" } },
    { .name = "source", .kind = MCP_STRING },
    { .name = "type", .kind = MCP_STRING, .label = { "Type", "Type" } },
    { .name = "total_bytes", .kind = MCP_INT, .label = { "Taille", "Size" }, .unit = "bytes" },
    { .name = "available_bytes", .kind = MCP_INT, .label = { "Disponible", "Available" }, .unit = "bytes" },
    { .name = "used_percent", .kind = MCP_INT, .label = { "Rempli", "Full" }, .unit = "%", .optional = true },
    { 0 },
};

static const struct mcp_field device_fields[] = {
    { .name = "device", .kind = MCP_STRING, .label = { "Périphérique", "Device" } },
    { .name = "read_bytes_per_s", .kind = MCP_INT, .label = { "Lecture", "Read" }, .unit = "bytes/s" },
    { .name = "write_bytes_per_s", .kind = MCP_INT, .label = { "Écriture", "Write" }, .unit = "bytes/s" },
    { .name = "reads_per_s", .kind = MCP_NUMBER, .label = { "Lectures/s", "Reads/s" } },
    { .name = "writes_per_s", .kind = MCP_NUMBER, .label = { "Écritures/s", "Writes/s" } },
    { .name = "busy_percent", .kind = MCP_NUMBER, .label = { "Occupé", "Busy" }, .unit = "%" },
    { 0 },
};

const struct mcp_field system_disk_fields[] = {
    { .name = "filesystems_total", .kind = MCP_INT, .optional = true },
    { .name = "filesystems",
        .kind = MCP_LIST,
        .label = { "Systèmes de fichiers", "File systems" },
        .optional = true,
        .fields = filesystem_fields },
    { .name = "devices_total", .kind = MCP_INT },
    { .name = "devices", .kind = MCP_LIST, .label = { "Périphériques", "Devices" }, .fields = device_fields },
    { .name = "pressure",
        .kind = MCP_OBJECT,
        .label = { "Temps passé à attendre les disques", "Time spent waiting for disks" },
        .optional = true,
        .fields = system_pressure_fields },
    { 0 },
};

static int compare_fullness(const void *a, const void *b)
{
    const struct fsusage *left = a, *right = b;
    int order = right->used_percent - left->used_percent;
    return order ? order : (left->mount > right->mount) - (left->mount < right->mount);
}

static int put_filesystems(struct system_view *view)
{
    struct mcp_call *call = view->call;
    CLEANUP(mount_table_done) struct mount_table mounts = { 0 };
    CLEANUP(fsusage_table_done) struct fsusage_table table = { 0 };
    if (mount_table_read_host(mcp_host_root(call), &mounts) < 0)
        return 0;
    int rc = fsusage_read_all(&mounts, FSUSAGE_LOCAL_DISKS, mcp_waiter(call), &table);
    if (rc < 0)
        return rc;
    if (table.count > view->max_rows)
        qsort(table.items, table.count, sizeof(*table.items), compare_fullness);
    mcp_put_int(call, "filesystems_total", (int64_t)table.count);
    mcp_open(call, "filesystems");
    for (size_t i = 0; i < table.count && i < view->max_rows; i++) {
        const struct fsusage *usage = &table.items[i];
        if (usage->is_stalled || usage->error)
            continue;
        mcp_open(call, NULL);
        mcp_put_str(call, "mount", usage->mount->point);
        mcp_put_str(call, "source", usage->mount->source);
        mcp_put_str(call, "type", usage->mount->type);
        mcp_put_int(call, "total_bytes", (int64_t)usage->total_bytes);
        mcp_put_int(call, "available_bytes", (int64_t)usage->available_bytes);
        if (usage->used_percent >= 0)
            mcp_put_int(call, "used_percent", usage->used_percent);
        mcp_close(call);
    }
    mcp_close(call);
    return 0;
}

/* A device with what it did in the sample. */
struct activity {
    const struct disk *disk;
    double read_bytes, written_bytes, reads, writes, busy_percent;
};

static struct activity measure(const struct system_view *view, const struct disk *disk)
{
    static const struct disk none;
    const struct disk *before = disk_table_find(&view->before.disks, disk->name);
    if (!before)
        before = &none;
    double busy_ms_per_s = system_rate(view, before->busy_ms, disk->busy_ms);
    return (struct activity){
        .disk = disk,
        .read_bytes = system_rate(view, before->read_bytes, disk->read_bytes),
        .written_bytes = system_rate(view, before->written_bytes, disk->written_bytes),
        .reads = system_rate(view, before->reads, disk->reads),
        .writes = system_rate(view, before->writes, disk->writes),
        .busy_percent = busy_ms_per_s < 1000 ? busy_ms_per_s / 10 : 100,
    };
}

/* The busiest first, then those that did most since boot. */
static int compare_activities(const void *a, const void *b)
{
    const struct activity *left = a, *right = b;
    double left_bytes = left->read_bytes + left->written_bytes,
           right_bytes = right->read_bytes + right->written_bytes;
    if (left_bytes < right_bytes || left_bytes > right_bytes)
        return left_bytes < right_bytes ? 1 : -1;
    uint64_t left_ever = left->disk->read_bytes + left->disk->written_bytes;
    uint64_t right_ever = right->disk->read_bytes + right->disk->written_bytes;
    return (left_ever < right_ever) - (left_ever > right_ever);
}

static void put_devices(const struct system_view *view)
{
    struct mcp_call *call = view->call;
    size_t count = view->now.disks.count;
    struct activity *activities = mcp_alloc(call, (count + 1) * sizeof(*activities));
    for (size_t i = 0; i < count; i++)
        activities[i] = measure(view, &view->now.disks.items[i]);
    qsort(activities, count, sizeof(*activities), compare_activities);
    mcp_put_int(call, "devices_total", (int64_t)count);
    mcp_open(call, "devices");
    for (size_t i = 0; i < count && i < view->max_rows; i++) {
        mcp_open(call, NULL);
        mcp_put_str(call, "device", activities[i].disk->name);
        mcp_put_int(call, "read_bytes_per_s", (int64_t)activities[i].read_bytes);
        mcp_put_int(call, "write_bytes_per_s", (int64_t)activities[i].written_bytes);
        mcp_put_round(call, "reads_per_s", activities[i].reads, 1);
        mcp_put_round(call, "writes_per_s", activities[i].writes, 1);
        mcp_put_round(call, "busy_percent", activities[i].busy_percent, 1);
        mcp_close(call);
    }
    mcp_close(call);
}

int system_disk_put(struct system_view *view)
{
    int rc = put_filesystems(view);
    if (rc < 0)
        return rc;
    put_devices(view);
    system_pressure_put(view, "io");
    return 0;
}
