/* Network interfaces and their addresses, as rtnetlink tells them. */
#ifndef SYS_LINKS_H
#define SYS_LINKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LINK_NAME_SIZE 16
#define LINK_KIND_SIZE 32
#define LINK_MAC_SIZE 96 /* "xx:" for each of up to 32 bytes */
#define LINK_ALIAS_SIZE 256
#define LINK_ADDRESS_SIZE 48

struct link_counters {
    uint64_t rx_bytes, rx_packets, rx_errors, rx_dropped;
    uint64_t tx_bytes, tx_packets, tx_errors, tx_dropped;
};

struct link {
    int index;
    char name[LINK_NAME_SIZE];
    char kind[LINK_KIND_SIZE]; /* "bridge", "veth", "vlan", "wireguard"...; "" for hardware */
    unsigned hardware; /* ARPHRD_... */
    unsigned flags; /* IFF_... */
    unsigned state; /* IF_OPER_... */
    char mac[LINK_MAC_SIZE]; /* or an address of another kind; "" if there is none */
    char alias[LINK_ALIAS_SIZE];
    uint32_t mtu;
    int master; /* index of the bridge or bond it belongs to; 0 = none */
    int parent; /* index of the link it stands on (vlan) or its peer (veth); 0 = none */
    bool parent_is_elsewhere; /* in another network namespace: the index means nothing here */
    int vlan_id; /* -1 = no VLAN */
    bool has_counters;
    struct link_counters counters;
};

struct link_address {
    int index; /* of the link */
    int family; /* AF_INET or AF_INET6 */
    char address[LINK_ADDRESS_SIZE];
    char peer[LINK_ADDRESS_SIZE]; /* the other end of a point-to-point link; else "" */
    unsigned prefix, scope, flags; /* RT_SCOPE_..., IFA_F_... */
};

struct links {
    struct link *items; /* in the kernel's order: by index */
    size_t count;
};

struct link_addresses {
    struct link_address *items;
    size_t count;
};

/* Read `len` bytes of RTM_NEWLINK or RTM_NEWADDR messages; what is malformed is left out. 0, or -ENOMEM. */
int links_parse(const char *messages, size_t len, struct links *ret_links);
int link_addresses_parse(const char *messages, size_t len, struct link_addresses *ret_addresses);
void links_done(struct links *links);
void link_addresses_done(struct link_addresses *addresses);

const struct link *links_find(const struct links *links, int index);
/* True if the link it stands on, or its peer, is not up: iproute2's flag M-DOWN. */
bool links_parent_is_down(const struct links *links, const struct link *link);
/* As iproute2 names them: "UP", "DOWN", "LOWERLAYERDOWN"...; "ether", "loopback", "none"...; "global",
 * "link", "host"... */
const char *link_state_name(unsigned state);
const char *link_hardware_name(unsigned hardware);
const char *link_scope_name(unsigned scope);
/* The n-th name of the flags that are set, in iproute2's order; NULL behind the last. */
const char *link_flag_name(unsigned flags, size_t n);
const char *link_address_flag_name(const struct link_address *address, size_t n);

/* Speed and duplex (NULL = unknown) as the driver says (ethtool). False if it does not, or the link is not
 * up. */
bool link_read_speed(const struct link *link, unsigned *ret_mbps, const char **ret_duplex);

#endif
