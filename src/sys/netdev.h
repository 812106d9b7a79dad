/* What network interfaces have received and sent: /proc/net/dev. */
#ifndef SYS_NETDEV_H
#define SYS_NETDEV_H

#include <stddef.h>
#include <stdint.h>

struct procfs;

struct netdev {
    char name[16];
    uint64_t rx_bytes, rx_packets, rx_errors, rx_dropped;
    uint64_t tx_bytes, tx_packets, tx_errors, tx_dropped;
};

struct netdev_table {
    struct netdev *items; /* sorted by name */
    size_t count;
};

/* 0 and *ret_table, to be released; or a negative errno. */
int netdev_table_read(const struct procfs *fs, struct netdev_table *ret_table);
void netdev_table_done(struct netdev_table *table);
/* The one of that name, or NULL. */
const struct netdev *netdev_table_find(const struct netdev_table *table, const char *name);

#endif
