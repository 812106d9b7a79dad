/* What network interfaces have received and sent since they exist. */
#include "sys/netdev.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/scope.h"
#include "sys/procfs.h"

/* "  eth0: rx_bytes packets errs drop fifo frame compressed multicast tx_bytes packets errs drop ..." */
static bool parse_line(const char *line, struct netdev *ret_device)
{
    const char *name = line + strspn(line, " ");
    size_t line_len = strcspn(name, "\n");
    const char *colon = memrchr(name, ':', line_len); /* an alias of old, "eth0:1", has a colon itself */
    struct netdev device = { 0 };
    if (!colon || (size_t)(colon - name) >= sizeof(device.name))
        return false;
    memcpy(device.name, name, (size_t)(colon - name));

    uint64_t column[12];
    const char *at = colon + 1;
    for (size_t i = 0; i < ARRAY_LEN(column); i++) {
        if (!procfs_next_number(&at, &column[i]))
            return false;
    }
    device.rx_bytes = column[0];
    device.rx_packets = column[1];
    device.rx_errors = column[2];
    device.rx_dropped = column[3];
    device.tx_bytes = column[8];
    device.tx_packets = column[9];
    device.tx_errors = column[10];
    device.tx_dropped = column[11];
    *ret_device = device;
    return true;
}

static int compare_names(const void *a, const void *b)
{
    const struct netdev *left = a, *right = b;
    return strcmp(left->name, right->name);
}

static int append(struct netdev_table *table, size_t *room, const struct netdev *device)
{
    if (table->count == *room) {
        size_t more = *room ? *room * 2 : 32;
        struct netdev *items = reallocarray(table->items, more, sizeof(*items));
        if (!items)
            return -ENOMEM;
        table->items = items;
        *room = more;
    }
    table->items[table->count++] = *device;
    return 0;
}

int netdev_table_read(const struct procfs *fs, struct netdev_table *ret_table)
{
    CLEANUP(buf_done) struct buf text = { .max = (size_t)16 << 20 };
    int rc = procfs_load(fs, fs->is_host ? "proc/1/net/dev" : "proc/net/dev", &text);
    if (rc < 0)
        return rc;
    CLEANUP(netdev_table_done) struct netdev_table table = { 0 };
    size_t room = 0;
    for (const char *line = buf_str(&text); line; line = procfs_next_line(line)) {
        struct netdev device;
        if (parse_line(line, &device) && append(&table, &room, &device) < 0)
            return -ENOMEM;
    }
    if (table.count > 0)
        qsort(table.items, table.count, sizeof(*table.items), compare_names);
    *ret_table = table;
    table.items = NULL;
    return 0;
}

void netdev_table_done(struct netdev_table *table)
{
    free(table->items);
    *table = (struct netdev_table){ 0 };
}

const struct netdev *netdev_table_find(const struct netdev_table *table, const char *name)
{
    struct netdev key = { 0 };
    snprintf(key.name, sizeof(key.name), "%s", name);
    if (table->count == 0)
        return NULL;
    return bsearch(&key, table->items, table->count, sizeof(key), compare_names);
}
