/* RTM_NEWLINK and RTM_NEWADDR messages to tables; what iproute2 calls what stands in them. */
#include "sys/links.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/scope.h"
#include "sys/netlink.h"

#define MAX_MAC_BYTES 32
#define MAX_MODE_WORDS 127

struct name {
    unsigned value;
    const char *text;
};

static const char *find_name(const struct name *names, size_t count, unsigned value, const char *otherwise)
{
    for (size_t i = 0; i < count; i++) {
        if (names[i].value == value)
            return names[i].text;
    }
    return otherwise;
}

/* The n-th of `names` whose bits are in `flags`. */
static const char *nth_flag(const struct name *names, size_t count, unsigned flags, size_t n)
{
    for (size_t i = 0; i < count; i++) {
        if ((flags & names[i].value) && n-- == 0)
            return names[i].text;
    }
    return NULL;
}

/* The payload's bytes of an attribute that iproute2 would print as an address of the link layer. */
static void read_mac(const struct nlattr *attribute, char ret_text[LINK_MAC_SIZE])
{
    const unsigned char *bytes = netlink_bytes(attribute);
    size_t count = netlink_length(attribute), len = 0;
    ret_text[0] = '\0';
    if (count > MAX_MAC_BYTES)
        return;
    for (size_t i = 0; i < count; i++)
        len += (size_t)snprintf(ret_text + len, LINK_MAC_SIZE - len, "%s%02x", i ? ":" : "", bytes[i]);
}

static void read_counters(const struct nlattr *attribute, struct link *link)
{
    struct rtnl_link_stats64 stats = { 0 };
    size_t len = netlink_length(attribute);
    /* The structure grows with the kernel; the first eight are as old as it is. */
    if (len < 8 * sizeof(uint64_t))
        return;
    memcpy(&stats, netlink_bytes(attribute), len < sizeof(stats) ? len : sizeof(stats));
    link->has_counters = true;
    link->counters = (struct link_counters){
        .rx_bytes = stats.rx_bytes,
        .rx_packets = stats.rx_packets,
        .rx_errors = stats.rx_errors,
        .rx_dropped = stats.rx_dropped,
        .tx_bytes = stats.tx_bytes,
        .tx_packets = stats.tx_packets,
        .tx_errors = stats.tx_errors,
        .tx_dropped = stats.tx_dropped,
    };
}

static void read_kind(const struct nlattr *info, struct link *link)
{
    const struct nlattr *data = NULL;
    for (const struct nlattr *a = NULL; (a = netlink_nested(info, a));) {
        if (netlink_type(a) == IFLA_INFO_KIND)
            netlink_string(a, link->kind, sizeof(link->kind));
        else if (netlink_type(a) == IFLA_INFO_DATA)
            data = a;
    }
    if (!data || strcmp(link->kind, "vlan") != 0)
        return;
    for (const struct nlattr *a = NULL; (a = netlink_nested(data, a));) {
        if (netlink_type(a) == IFLA_VLAN_ID)
            link->vlan_id = (int)netlink_number(a, sizeof(uint16_t));
    }
}

static void read_link_attribute(const struct nlattr *attribute, struct link *link)
{
    switch (netlink_type(attribute)) {
    case IFLA_IFNAME:
        netlink_string(attribute, link->name, sizeof(link->name));
        break;
    case IFLA_ADDRESS:
        read_mac(attribute, link->mac);
        break;
    case IFLA_IFALIAS:
        netlink_string(attribute, link->alias, sizeof(link->alias));
        break;
    case IFLA_MTU:
        link->mtu = (uint32_t)netlink_number(attribute, sizeof(uint32_t));
        break;
    case IFLA_OPERSTATE:
        link->state = (unsigned)netlink_number(attribute, sizeof(uint8_t));
        break;
    case IFLA_MASTER:
        link->master = (int)netlink_number(attribute, sizeof(uint32_t));
        break;
    case IFLA_LINK:
        link->parent = (int)netlink_number(attribute, sizeof(uint32_t));
        break;
    case IFLA_LINK_NETNSID:
        link->parent_is_elsewhere = true;
        break;
    case IFLA_STATS64:
        read_counters(attribute, link);
        break;
    case IFLA_LINKINFO:
        read_kind(attribute, link);
        break;
    default:
        break;
    }
}

static bool read_link(const struct nlmsghdr *message, struct link *ret_link)
{
    const struct ifinfomsg *info = netlink_payload(message, sizeof(*info));
    if (message->nlmsg_type != RTM_NEWLINK || !info)
        return false;
    struct link link = {
        .index = info->ifi_index,
        .hardware = info->ifi_type,
        .flags = info->ifi_flags,
        .vlan_id = -1,
    };
    for (const struct nlattr *a = NULL; (a = netlink_attribute(message, sizeof(*info), a));)
        read_link_attribute(a, &link);
    *ret_link = link;
    return link.name[0] != '\0';
}

int links_parse(const char *messages, size_t len, struct links *ret_links)
{
    struct links links = { 0 };
    size_t offset = 0, room = 0;
    const struct nlmsghdr *message;
    while ((message = netlink_next(messages, len, &offset))) {
        if (links.count == room) {
            room = room ? room * 2 : 16;
            struct link *items = reallocarray(links.items, room, sizeof(*items));
            if (!items) {
                links_done(&links);
                return -ENOMEM;
            }
            links.items = items;
        }
        links.count += read_link(message, &links.items[links.count]);
    }
    *ret_links = links;
    return 0;
}

void links_done(struct links *links)
{
    free(links->items);
    *links = (struct links){ 0 };
}

const struct link *links_find(const struct links *links, int index)
{
    for (size_t i = 0; i < links->count; i++) {
        if (links->items[i].index == index)
            return &links->items[i];
    }
    return NULL;
}

bool links_parent_is_down(const struct links *links, const struct link *link)
{
    bool is_here = link->parent != 0 && !link->parent_is_elsewhere;
    const struct link *parent = is_here ? links_find(links, link->parent) : NULL;
    return parent && !(parent->flags & IFF_UP);
}

/* "" if the attribute has not the length of an address of that family. */
static void read_ip(const struct nlattr *attribute, int family, char ret_text[LINK_ADDRESS_SIZE])
{
    size_t needed = family == AF_INET ? sizeof(struct in_addr) : sizeof(struct in6_addr);
    ret_text[0] = '\0';
    if (netlink_length(attribute) == needed)
        inet_ntop(family, netlink_bytes(attribute), ret_text, LINK_ADDRESS_SIZE);
}

static bool read_address(const struct nlmsghdr *message, struct link_address *ret_address)
{
    const struct ifaddrmsg *info = netlink_payload(message, sizeof(*info));
    if (message->nlmsg_type != RTM_NEWADDR || !info ||
        (info->ifa_family != AF_INET && info->ifa_family != AF_INET6))
        return false;
    struct link_address address = {
        .index = (int)info->ifa_index,
        .family = info->ifa_family,
        .prefix = info->ifa_prefixlen,
        .scope = info->ifa_scope,
        .flags = info->ifa_flags,
    };
    char local[LINK_ADDRESS_SIZE] = "", other[LINK_ADDRESS_SIZE] = "";
    for (const struct nlattr *a = NULL; (a = netlink_attribute(message, sizeof(*info), a));) {
        unsigned type = netlink_type(a);
        if (type == IFA_LOCAL)
            read_ip(a, address.family, local);
        else if (type == IFA_ADDRESS)
            read_ip(a, address.family, other);
        else if (type == IFA_FLAGS)
            address.flags = (unsigned)netlink_number(a, sizeof(uint32_t));
    }
    /* Without a peer, IFA_ADDRESS is the address itself, and IPv6 has no IFA_LOCAL. */
    memcpy(address.address, local[0] ? local : other, sizeof(local));
    if (local[0] && other[0] && strcmp(local, other) != 0)
        memcpy(address.peer, other, sizeof(other));
    *ret_address = address;
    return address.address[0] != '\0';
}

int link_addresses_parse(const char *messages, size_t len, struct link_addresses *ret_addresses)
{
    struct link_addresses addresses = { 0 };
    size_t offset = 0, room = 0;
    const struct nlmsghdr *message;
    while ((message = netlink_next(messages, len, &offset))) {
        if (addresses.count == room) {
            room = room ? room * 2 : 16;
            struct link_address *items = reallocarray(addresses.items, room, sizeof(*items));
            if (!items) {
                link_addresses_done(&addresses);
                return -ENOMEM;
            }
            addresses.items = items;
        }
        addresses.count += read_address(message, &addresses.items[addresses.count]);
    }
    *ret_addresses = addresses;
    return 0;
}

void link_addresses_done(struct link_addresses *addresses)
{
    free(addresses->items);
    *addresses = (struct link_addresses){ 0 };
}

const char *link_state_name(unsigned state)
{
    static const char *const names[] = { "UNKNOWN", "NOTPRESENT", "DOWN", "LOWERLAYERDOWN", "TESTING",
        "DORMANT", "UP" };
    return state < ARRAY_LEN(names) ? names[state] : "UNKNOWN";
}

const char *link_hardware_name(unsigned hardware)
{
    static const struct name names[] = {
        { ARPHRD_ETHER, "ether" },
        { ARPHRD_LOOPBACK, "loopback" },
        { ARPHRD_NONE, "none" },
        { ARPHRD_PPP, "ppp" },
        { ARPHRD_INFINIBAND, "infiniband" },
        { ARPHRD_TUNNEL, "ipip" },
        { ARPHRD_TUNNEL6, "tunnel6" },
        { ARPHRD_SIT, "sit" },
        { ARPHRD_IPGRE, "gre" },
        { ARPHRD_IP6GRE, "gre6" },
        { ARPHRD_IEEE80211, "ieee802.11" },
        { ARPHRD_CAN, "can" },
        { ARPHRD_RAWIP, "rawip" },
        { ARPHRD_SLIP, "slip" },
    };
    return find_name(names, ARRAY_LEN(names), hardware, "other");
}

const char *link_scope_name(unsigned scope)
{
    static const struct name names[] = {
        { RT_SCOPE_UNIVERSE, "global" },
        { RT_SCOPE_SITE, "site" },
        { RT_SCOPE_LINK, "link" },
        { RT_SCOPE_HOST, "host" },
        { RT_SCOPE_NOWHERE, "nowhere" },
    };
    return find_name(names, ARRAY_LEN(names), scope, "other");
}

const char *link_flag_name(unsigned flags, size_t n)
{
    static const struct name names[] = {
        { IFF_LOOPBACK, "LOOPBACK" },
        { IFF_BROADCAST, "BROADCAST" },
        { IFF_POINTOPOINT, "POINTOPOINT" },
        { IFF_MULTICAST, "MULTICAST" },
        { IFF_NOARP, "NOARP" },
        { IFF_ALLMULTI, "ALLMULTI" },
        { IFF_PROMISC, "PROMISC" },
        { IFF_MASTER, "MASTER" },
        { IFF_SLAVE, "SLAVE" },
        { IFF_DEBUG, "DEBUG" },
        { IFF_DYNAMIC, "DYNAMIC" },
        { IFF_AUTOMEDIA, "AUTOMEDIA" },
        { IFF_PORTSEL, "PORTSEL" },
        { IFF_NOTRAILERS, "NOTRAILERS" },
        { IFF_UP, "UP" },
        { IFF_LOWER_UP, "LOWER_UP" },
        { IFF_DORMANT, "DORMANT" },
        { IFF_ECHO, "ECHO" },
    };
    bool lacks_carrier = (flags & IFF_UP) && !(flags & IFF_RUNNING);
    if (lacks_carrier && n-- == 0)
        return "NO-CARRIER";
    return nth_flag(names, ARRAY_LEN(names), flags, n);
}

const char *link_address_flag_name(const struct link_address *address, size_t n)
{
    static const struct name names[] = {
        { IFA_F_DEPRECATED, "deprecated" },
        { IFA_F_TENTATIVE, "tentative" },
        { IFA_F_DADFAILED, "dadfailed" },
        { IFA_F_NODAD, "nodad" },
        { IFA_F_HOMEADDRESS, "home" },
        { IFA_F_MANAGETEMPADDR, "mngtmpaddr" },
        { IFA_F_NOPREFIXROUTE, "noprefixroute" },
        { IFA_F_MCAUTOJOIN, "autojoin" },
        { IFA_F_STABLE_PRIVACY, "stable-privacy" },
    };
    if (!(address->flags & IFA_F_PERMANENT) && n-- == 0)
        return "dynamic";
    if ((address->flags & IFA_F_SECONDARY) && n-- == 0)
        return address->family == AF_INET6 ? "temporary" : "secondary";
    return nth_flag(names, ARRAY_LEN(names), address->flags, n);
}

bool link_read_speed(const struct link *link, unsigned *ret_mbps, const char **ret_duplex)
{
    CLEANUP(scope_close) int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    /* The settings, and behind them the sets of modes that nobody asked for but the kernel writes. */
    CLEANUP(scope_free)
    struct ethtool_link_settings *settings =
        calloc(1, sizeof(*settings) + 3 * MAX_MODE_WORDS * sizeof(uint32_t));
    struct ifreq ifreq = { 0 };
    if (!(link->flags & IFF_UP) || fd < 0 || !settings)
        return false;
    memcpy(ifreq.ifr_name, link->name, sizeof(ifreq.ifr_name));
    ifreq.ifr_data = (void *)settings;
    settings->cmd = ETHTOOL_GLINKSETTINGS;
    /* The first answer is how many words a set of modes takes, negated. */
    if (ioctl(fd, SIOCETHTOOL, &ifreq) < 0 || settings->link_mode_masks_nwords >= 0)
        return false;
    settings->link_mode_masks_nwords = (__s8)-settings->link_mode_masks_nwords;
    settings->cmd = ETHTOOL_GLINKSETTINGS;
    if (ioctl(fd, SIOCETHTOOL, &ifreq) < 0 || settings->speed == 0 ||
        settings->speed == (uint32_t)SPEED_UNKNOWN)
        return false;
    *ret_mbps = settings->speed;
    *ret_duplex = settings->duplex == DUPLEX_FULL ? "full" : settings->duplex == DUPLEX_HALF ? "half" : NULL;
    return true;
}
