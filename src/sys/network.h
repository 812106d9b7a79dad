/* The network of this machine at one moment: links, addresses, routes, and counters twice for rates. */
#ifndef SYS_NETWORK_H
#define SYS_NETWORK_H

#include <stdbool.h>

#include "sys/links.h"
#include "sys/routes.h"

struct wait;

struct network {
    struct links links;
    struct links earlier; /* as the links were before the sample; empty without one */
    double seconds; /* between both; 0 = no sample */
    struct link_addresses addresses;
    struct routes routes; /* of the main table, IPv4 first */
    bool is_consistent; /* false: it changed while it was read, again and again */
    bool is_complete; /* false: there is more than can be held */
};

/* Asks the kernel; with sample_ms > 0 looks at the links first and waits that long. 0 and *ret_network, to be
 * released; -ECANCELED, -ETIMEDOUT or another negative errno. */
int network_read(const struct wait *wait, int sample_ms, struct network *ret_network);
void network_done(struct network *network);

/* The name of the link of that index, or NULL. */
const char *network_link_name(const struct network *network, int index);

#endif
