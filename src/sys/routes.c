/* RTM_NEWROUTE messages to a table of routes and their next hops. */
#include "sys/routes.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/scope.h"
#include "sys/netlink.h"

static const char *type_name(unsigned type)
{
    static const char *const names[] = {
        [RTN_UNSPEC] = "none",
        [RTN_UNICAST] = "unicast",
        [RTN_LOCAL] = "local",
        [RTN_BROADCAST] = "broadcast",
        [RTN_ANYCAST] = "anycast",
        [RTN_MULTICAST] = "multicast",
        [RTN_BLACKHOLE] = "blackhole",
        [RTN_UNREACHABLE] = "unreachable",
        [RTN_PROHIBIT] = "prohibit",
        [RTN_THROW] = "throw",
        [RTN_NAT] = "nat",
    };
    return type < ARRAY_LEN(names) ? names[type] : "other";
}

/* As /etc/iproute2/rt_protos ships them. */
static const char *protocol_name(unsigned protocol)
{
    switch (protocol) {
    case RTPROT_REDIRECT:
        return "redirect";
    case RTPROT_KERNEL:
        return "kernel";
    case RTPROT_BOOT:
        return "boot";
    case RTPROT_STATIC:
        return "static";
    case RTPROT_RA:
        return "ra";
    case RTPROT_DHCP:
        return "dhcp";
    case RTPROT_ZEBRA:
        return "zebra";
    case RTPROT_BIRD:
        return "bird";
    case RTPROT_BABEL:
        return "babel";
    case RTPROT_KEEPALIVED:
        return "keepalived";
    case RTPROT_BGP:
        return "bgp";
    case RTPROT_ISIS:
        return "isis";
    case RTPROT_OSPF:
        return "ospf";
    case RTPROT_RIP:
        return "rip";
    case RTPROT_EIGRP:
        return "eigrp";
    default:
        return "other";
    }
}

static size_t address_length(int family)
{
    return family == AF_INET ? sizeof(struct in_addr) : sizeof(struct in6_addr);
}

static bool read_ip(const struct nlattr *attribute, int family, char ret_text[LINK_ADDRESS_SIZE])
{
    return netlink_length(attribute) == address_length(family) &&
        inet_ntop(family, netlink_bytes(attribute), ret_text, LINK_ADDRESS_SIZE);
}

/* RTA_VIA: a gateway of another family than the route's. */
static void read_via(const struct nlattr *attribute, char ret_text[LINK_ADDRESS_SIZE])
{
    const struct rtvia *via = netlink_bytes(attribute);
    size_t len = netlink_length(attribute);
    if (len < sizeof(*via) || (via->rtvia_family != AF_INET && via->rtvia_family != AF_INET6))
        return;
    if (len == sizeof(*via) + address_length(via->rtvia_family))
        inet_ntop(via->rtvia_family, via->rtvia_addr, ret_text, LINK_ADDRESS_SIZE);
}

static struct route_hop *add_hop(struct routes *routes)
{
    struct route_hop *hops = reallocarray(routes->hops, routes->hop_count + 1, sizeof(*hops));
    if (!hops)
        return NULL;
    routes->hops = hops;
    hops[routes->hop_count] = (struct route_hop){ .weight = 1 };
    return &hops[routes->hop_count++];
}

/* RTA_MULTIPATH: hops with attributes of their own. */
static int read_multipath(const struct nlattr *attribute, int family, struct routes *routes)
{
    const char *at = netlink_bytes(attribute), *end = at + netlink_length(attribute);
    while (at < end && (size_t)(end - at) >= sizeof(struct rtnexthop)) {
        const struct rtnexthop *next = (const void *)at;
        if (next->rtnh_len < sizeof(*next) || next->rtnh_len > (size_t)(end - at))
            return 0;
        struct route_hop *hop = add_hop(routes);
        if (!hop)
            return -ENOMEM;
        hop->index = next->rtnh_ifindex;
        hop->weight = next->rtnh_hops + 1U;
        for (const struct nlattr *a = NULL;
             (a = netlink_among(next + 1, next->rtnh_len - sizeof(*next), a));) {
            if (netlink_type(a) == RTA_GATEWAY)
                read_ip(a, family, hop->gateway);
            else if (netlink_type(a) == RTA_VIA)
                read_via(a, hop->gateway);
        }
        at += (next->rtnh_len + 3U) & ~3U;
    }
    return 0;
}

/* What of a message is not yet in its place. */
struct raw_route {
    char destination[LINK_ADDRESS_SIZE];
    unsigned table;
    struct route_hop hop; /* the only one, unless there is a RTA_MULTIPATH */
    const struct nlattr *multipath;
};

static void read_metrics(const struct nlattr *metrics, struct route *route)
{
    for (const struct nlattr *a = NULL; (a = netlink_nested(metrics, a));) {
        if (netlink_type(a) == RTAX_MTU)
            route->mtu = (uint32_t)netlink_number(a, sizeof(uint32_t));
    }
}

static void read_attribute(const struct nlattr *attribute, struct route *route, struct raw_route *raw)
{
    switch (netlink_type(attribute)) {
    case RTA_DST:
        read_ip(attribute, route->family, raw->destination);
        break;
    case RTA_TABLE:
        raw->table = (unsigned)netlink_number(attribute, sizeof(uint32_t));
        break;
    case RTA_OIF:
        raw->hop.index = (int)netlink_number(attribute, sizeof(uint32_t));
        break;
    case RTA_GATEWAY:
        read_ip(attribute, route->family, raw->hop.gateway);
        break;
    case RTA_VIA:
        read_via(attribute, raw->hop.gateway);
        break;
    case RTA_PREFSRC:
        read_ip(attribute, route->family, route->source);
        break;
    case RTA_PRIORITY:
        route->metric = (uint32_t)netlink_number(attribute, sizeof(uint32_t));
        break;
    case RTA_METRICS:
        read_metrics(attribute, route);
        break;
    case RTA_MULTIPATH:
        raw->multipath = attribute;
        break;
    default:
        break;
    }
}

/* As iproute2 writes it: a host without its length, the whole world as "default". */
static void name_destination(struct route *route, const struct raw_route *raw, unsigned prefix)
{
    if (prefix == 0)
        snprintf(route->destination, sizeof(route->destination), "default");
    else if (prefix == address_length(route->family) * 8)
        snprintf(route->destination, sizeof(route->destination), "%s", raw->destination);
    else
        snprintf(route->destination, sizeof(route->destination), "%s/%u", raw->destination, prefix);
}

/* 1 and *ret_route; 0 if it is none of ours; or -ENOMEM. */
static int read_route(const struct nlmsghdr *message, struct routes *routes, struct route *ret_route)
{
    const struct rtmsg *info = netlink_payload(message, sizeof(*info));
    if (message->nlmsg_type != RTM_NEWROUTE || !info || (info->rtm_flags & RTM_F_CLONED) ||
        (info->rtm_family != AF_INET && info->rtm_family != AF_INET6)) {
        return 0;
    }
    struct route route = {
        .family = info->rtm_family,
        .type = type_name(info->rtm_type),
        .protocol = protocol_name(info->rtm_protocol),
        .scope = link_scope_name(info->rtm_scope),
        .first_hop = routes->hop_count,
    };
    struct raw_route raw = { .table = info->rtm_table, .hop.weight = 1 };
    for (const struct nlattr *a = NULL; (a = netlink_attribute(message, sizeof(*info), a));)
        read_attribute(a, &route, &raw);
    bool lacks_address = info->rtm_dst_len > 0 && !raw.destination[0];
    if (raw.table != RT_TABLE_MAIN || lacks_address || info->rtm_dst_len > address_length(route.family) * 8)
        return 0;
    name_destination(&route, &raw, info->rtm_dst_len);
    if (raw.multipath) {
        if (read_multipath(raw.multipath, route.family, routes) < 0)
            return -ENOMEM;
    } else if (raw.hop.index || raw.hop.gateway[0]) {
        struct route_hop *hop = add_hop(routes);
        if (!hop)
            return -ENOMEM;
        *hop = raw.hop;
    }
    route.hop_count = routes->hop_count - route.first_hop;
    *ret_route = route;
    return 1;
}

int routes_parse(const char *messages, size_t len, struct routes *routes)
{
    size_t offset = 0;
    const struct nlmsghdr *message;
    while ((message = netlink_next(messages, len, &offset))) {
        struct route route;
        int rc = read_route(message, routes, &route);
        if (rc < 0)
            return rc;
        if (rc == 0)
            continue;
        struct route *items = reallocarray(routes->items, routes->count + 1, sizeof(*items));
        if (!items)
            return -ENOMEM;
        routes->items = items;
        items[routes->count++] = route;
    }
    return 0;
}

void routes_done(struct routes *routes)
{
    free(routes->items);
    free(routes->hops);
    *routes = (struct routes){ 0 };
}
