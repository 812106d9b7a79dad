/* Routes of the main table, as rtnetlink tells them. */
#ifndef SYS_ROUTES_H
#define SYS_ROUTES_H

#include <stddef.h>
#include <stdint.h>

#include "sys/links.h"

struct route_hop {
    char gateway[LINK_ADDRESS_SIZE]; /* "" = directly on the link; may be IPv6 for an IPv4 route */
    int index; /* of the link; 0 = none */
    unsigned weight; /* 1 to 256 among several hops */
};

struct route {
    int family; /* AF_INET or AF_INET6 */
    char destination[LINK_ADDRESS_SIZE + 12]; /* "default", "10.0.0.0/8", "192.0.2.1" */
    const char *type; /* "unicast", "blackhole", "unreachable"... */
    const char *protocol; /* "kernel", "boot", "static", "dhcp", "ra"...; "other" */
    const char *scope; /* "global", "link"... */
    char source[LINK_ADDRESS_SIZE]; /* preferred source address; "" = none */
    uint32_t metric; /* 0 = none */
    uint32_t mtu; /* 0 = the link's */
    size_t first_hop, hop_count; /* in routes.hops; a blackhole has none */
};

struct routes {
    struct route *items;
    size_t count;
    struct route_hop *hops;
    size_t hop_count;
};

/* Reads `len` bytes of RTM_NEWROUTE messages: the main table's, without clones; what is malformed is left
 * out. Appends to *routes (zeroed at first). 0, or -ENOMEM. */
int routes_parse(const char *messages, size_t len, struct routes *routes);
void routes_done(struct routes *routes);

#endif
