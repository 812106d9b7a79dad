/* system_info, section network: traffic of each interface. network_interfaces has addresses, routes and the
 * rest. */
#include <stdlib.h>
#include <string.h>

#include "tools/system_sections.h"

static const struct mcp_field interface_fields[] = {
    { .name = "name", .kind = MCP_STRING, .label = { "Interface", "Interface" } },
    { .name = "rx_bytes", .kind = MCP_INT, .label = { "Reçu", "Received" }, .unit = "bytes" },
    { .name = "tx_bytes", .kind = MCP_INT, .label = { "Envoyé", "Sent" }, .unit = "bytes" },
    { .name = "rx_bytes_per_s", .kind = MCP_INT, .label = { "Réception", "Receiving" }, .unit = "bytes/s" },
    { .name = "tx_bytes_per_s", .kind = MCP_INT, .label = { "Envoi", "Sending" }, .unit = "bytes/s" },
    { .name = "errors", .kind = MCP_INT, .label = { "Erreurs", "Errors" } },
    { .name = "dropped", .kind = MCP_INT, .label = { "Perdus", "Dropped" } },
    { 0 },
};

const struct mcp_field system_network_fields[] = {
    { .name = "interfaces_total", .kind = MCP_INT },
    { .name = "interfaces",
        .kind = MCP_LIST,
        .label = { "Interfaces", "Interfaces" },
        .fields = interface_fields },
    { 0 },
};

/* The most used first. */
static int compare_traffic(const void *a, const void *b)
{
    const struct netdev *const *left = a, *const *right = b;
    uint64_t left_bytes = (*left)->rx_bytes + (*left)->tx_bytes,
             right_bytes = (*right)->rx_bytes + (*right)->tx_bytes;
    if (left_bytes != right_bytes)
        return left_bytes < right_bytes ? 1 : -1;
    return strcmp((*left)->name, (*right)->name);
}

static void put_interface(const struct system_view *view, const struct netdev *device)
{
    static const struct netdev none;
    struct mcp_call *call = view->call;
    const struct netdev *before = netdev_table_find(&view->before.networks, device->name);
    if (!before)
        before = &none;
    mcp_open(call, NULL);
    mcp_put_str(call, "name", device->name);
    mcp_put_int(call, "rx_bytes", (int64_t)device->rx_bytes);
    mcp_put_int(call, "tx_bytes", (int64_t)device->tx_bytes);
    mcp_put_int(call, "rx_bytes_per_s", (int64_t)system_rate(view, before->rx_bytes, device->rx_bytes));
    mcp_put_int(call, "tx_bytes_per_s", (int64_t)system_rate(view, before->tx_bytes, device->tx_bytes));
    mcp_put_int(call, "errors", (int64_t)(device->rx_errors + device->tx_errors));
    mcp_put_int(call, "dropped", (int64_t)(device->rx_dropped + device->tx_dropped));
    mcp_close(call);
}

int system_network_put(struct system_view *view)
{
    struct mcp_call *call = view->call;
    const struct netdev_table *table = &view->now.networks;
    const struct netdev **sorted = mcp_alloc(call, (table->count + 1) * sizeof(*sorted));
    for (size_t i = 0; i < table->count; i++)
        sorted[i] = &table->items[i];
    qsort(sorted, table->count, sizeof(*sorted), compare_traffic);
    mcp_put_int(call, "interfaces_total", (int64_t)table->count);
    mcp_open(call, "interfaces");
    for (size_t i = 0; i < table->count && i < view->max_rows; i++)
        put_interface(view, sorted[i]);
    mcp_close(call);
    return 0;
}
