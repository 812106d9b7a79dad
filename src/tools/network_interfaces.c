/* network_interfaces: links, addresses, counters, routes, gateways and name servers of this machine, by
 * rtnetlink. */
#include <mcp/tool.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/scope.h"
#include "base/text.h"
#include "sys/links.h"
#include "sys/network.h"
#include "sys/resolvconf.h"
#include "sys/resolve.h"
#include "sys/routes.h"
#include "tools/host_root.h"

#define TIMEOUT_MS 10000
#define RATE_SIZE 24

struct args {
    const char *name;
    int64_t sample_ms, limit;
};

static const struct mcp_param params[] = {
    MCP_ARG_STRING(struct args, name, .max = 15, .example = "eth0",
        .about = { "Une seule interface ; sinon toutes", "One interface only; else all" }),
    MCP_ARG_INT(struct args, sample_ms, .preset = "0", .min = 0, .max = 5000, .unit = "ms",
        .about = { "Mesure les débits pendant cette durée ; 0 = pas de débits",
            "Measures rates for that long; 0 = no rates" }),
    MCP_ARG_INT(struct args, limit, .preset = "50", .min = 1, .max = 10000,
        .about = { "Nombre d'interfaces, et de routes, au plus", "At most so many interfaces, and routes" }),
    { 0 },
};

static const struct mcp_field address_fields[] = {
    { .name = "family", .kind = MCP_STRING },
    { .name = "address", .kind = MCP_STRING },
    { .name = "prefix", .kind = MCP_INT },
    { .name = "cidr", .kind = MCP_STRING, .label = { "Adresse", "Address" } },
    { .name = "scope", .kind = MCP_STRING },
    { .name = "peer", .kind = MCP_STRING, .optional = true },
    { .name = "flags", .kind = MCP_LIST, .of = MCP_STRING, .optional = true },
    { 0 },
};

static const struct mcp_field interface_fields[] = {
    { .name = "name", .kind = MCP_STRING, .label = { "Interface", "Interface" } },
    { .name = "index", .kind = MCP_INT },
    { .name = "type", .kind = MCP_STRING, .label = { "Type", "Type" } },
    { .name = "state", .kind = MCP_STRING, .label = { "État", "State" } },
    { .name = "flags", .kind = MCP_LIST, .of = MCP_STRING },
    { .name = "mac", .kind = MCP_STRING, .optional = true, .label = { "MAC", "MAC" } },
    { .name = "mtu", .kind = MCP_INT, .label = { "MTU", "MTU" } },
    { .name = "speed_mbps",
        .kind = MCP_INT,
        .optional = true,
        .label = { "Débit", "Speed" },
        .unit = "Mbit/s" },
    { .name = "duplex", .kind = MCP_STRING, .optional = true },
    { .name = "master", .kind = MCP_STRING, .optional = true, .label = { "Membre de", "Member of" } },
    { .name = "link", .kind = MCP_STRING, .optional = true },
    { .name = "vlan_id", .kind = MCP_INT, .optional = true },
    { .name = "alias", .kind = MCP_STRING, .optional = true },
    { .name = "addresses", .kind = MCP_LIST, .label = { "Adresses", "Addresses" }, .fields = address_fields },
    { .name = "rx_bytes", .kind = MCP_INT, .label = { "Reçu", "Received" }, .unit = "bytes" },
    { .name = "tx_bytes", .kind = MCP_INT, .label = { "Émis", "Sent" }, .unit = "bytes" },
    { .name = "rx_packets", .kind = MCP_INT },
    { .name = "tx_packets", .kind = MCP_INT },
    { .name = "rx_errors", .kind = MCP_INT, .label = { "Erreurs reçues", "Receive errors" } },
    { .name = "tx_errors", .kind = MCP_INT, .label = { "Erreurs émises", "Send errors" } },
    { .name = "rx_dropped", .kind = MCP_INT },
    { .name = "tx_dropped", .kind = MCP_INT },
    { .name = "rx_bytes_per_s", .kind = MCP_NUMBER, .optional = true },
    { .name = "tx_bytes_per_s", .kind = MCP_NUMBER, .optional = true },
    { .name = "rx_packets_per_s", .kind = MCP_NUMBER, .optional = true },
    { .name = "tx_packets_per_s", .kind = MCP_NUMBER, .optional = true },
    { 0 },
};

static const struct mcp_field hop_fields[] = {
    { .name = "gateway", .kind = MCP_STRING, .optional = true, .label = { "Passerelle", "Gateway" } },
    { .name = "interface", .kind = MCP_STRING, .optional = true, .label = { "Interface", "Interface" } },
    { .name = "weight", .kind = MCP_INT },
    { 0 },
};

static const struct mcp_field route_fields[] = {
    { .name = "family", .kind = MCP_STRING },
    { .name = "destination", .kind = MCP_STRING, .label = { "Destination", "Destination" } },
    { .name = "type", .kind = MCP_STRING },
    { .name = "gateway", .kind = MCP_STRING, .optional = true, .label = { "Passerelle", "Gateway" } },
    { .name = "interface", .kind = MCP_STRING, .optional = true, .label = { "Interface", "Interface" } },
    { .name = "nexthops",
        .kind = MCP_LIST,
        .optional = true,
        .label = { "Chemins", "Next hops" },
        .fields = hop_fields },
    { .name = "source", .kind = MCP_STRING, .optional = true, .label = { "Source", "Source" } },
    { .name = "metric", .kind = MCP_INT, .optional = true, .label = { "Métrique", "Metric" } },
    { .name = "mtu", .kind = MCP_INT, .optional = true },
    { .name = "protocol", .kind = MCP_STRING, .label = { "Origine", "Origin" } },
    { .name = "scope", .kind = MCP_STRING },
    { 0 },
};

static const struct mcp_field gateway_fields[] = {
    { .name = "family", .kind = MCP_STRING },
    { .name = "address", .kind = MCP_STRING, .optional = true, .label = { "Adresse", "Address" } },
    { .name = "interface", .kind = MCP_STRING, .optional = true, .label = { "Interface", "Interface" } },
    { .name = "metric", .kind = MCP_INT, .optional = true, .label = { "Métrique", "Metric" } },
    { 0 },
};

static const struct mcp_field output[] = {
    HOST_ROOT_FIELD,
    { .name = "found", .kind = MCP_BOOL },
    { .name = "total", .kind = MCP_INT },
    { .name = "interfaces",
        .kind = MCP_LIST,
        .label = { "Interfaces", "Interfaces" },
        .fields = interface_fields },
    { .name = "default_gateways",
        .kind = MCP_LIST,
        .label = { "Passerelles par défaut", "Default gateways" },
        .fields = gateway_fields },
    { .name = "routes_total", .kind = MCP_INT },
    { .name = "routes", .kind = MCP_LIST, .label = { "Routes", "Routes" }, .fields = route_fields },
    { .name = "dns_servers", .kind = MCP_LIST, .of = MCP_STRING, .label = { "Serveurs DNS", "DNS servers" } },
    { .name = "search_domains",
        .kind = MCP_LIST,
        .of = MCP_STRING,
        .optional = true,
        .label = { "Domaines de recherche", "Search domains" } },
    { .name = "truncated", .kind = MCP_BOOL },
    { 0 },
};

static const char *family_name(int family)
{
    return family == AF_INET ? "inet" : "inet6";
}

static void put_positive(struct mcp_call *call, const char *field, int64_t value)
{
    if (value > 0)
        mcp_put_int(call, field, value);
}

static void put_text(struct mcp_call *call, const char *field, const char *text)
{
    if (text && *text)
        mcp_put_str(call, field, text);
}

static void put_address(struct mcp_call *call, const struct link_address *address)
{
    mcp_open(call, NULL);
    mcp_put_str(call, "family", family_name(address->family));
    mcp_put_str(call, "address", address->address);
    mcp_put_int(call, "prefix", address->prefix);
    mcp_put_fmt(call, "cidr", "%s/%u", address->address, address->prefix);
    mcp_put_str(call, "scope", link_scope_name(address->scope));
    put_text(call, "peer", address->peer);
    if (link_address_flag_name(address, 0)) {
        mcp_open(call, "flags");
        for (size_t i = 0; link_address_flag_name(address, i); i++)
            mcp_put_str(call, NULL, link_address_flag_name(address, i));
        mcp_close(call);
    }
    mcp_close(call);
}

static void put_addresses(struct mcp_call *call, const struct network *network, int index)
{
    mcp_open(call, "addresses");
    for (size_t i = 0; i < network->addresses.count; i++) {
        if (network->addresses.items[i].index == index)
            put_address(call, &network->addresses.items[i]);
    }
    mcp_close(call);
}

/* Per second, or a negative number if the counter was set back meanwhile. */
static double rate(uint64_t before, uint64_t now, double seconds)
{
    return now >= before && seconds > 0 ? (double)(now - before) / seconds : -1;
}

static void put_rate(struct mcp_call *call, const char *field, double value)
{
    if (value >= 0)
        mcp_put_round(call, field, value, 1);
}

static void put_rates(struct mcp_call *call, const struct network *network, const struct link *link)
{
    const struct link *earlier = links_find(&network->earlier, link->index);
    if (!earlier || !earlier->has_counters || !link->has_counters)
        return;
    const struct link_counters *before = &earlier->counters, *now = &link->counters;
    double received = rate(before->rx_bytes, now->rx_bytes, network->seconds);
    double sent = rate(before->tx_bytes, now->tx_bytes, network->seconds);
    put_rate(call, "rx_bytes_per_s", received);
    put_rate(call, "tx_bytes_per_s", sent);
    put_rate(call, "rx_packets_per_s", rate(before->rx_packets, now->rx_packets, network->seconds));
    put_rate(call, "tx_packets_per_s", rate(before->tx_packets, now->tx_packets, network->seconds));
    if (received <= 0 && sent <= 0)
        return;
    char in[RATE_SIZE], out[RATE_SIZE];
    char byte = mcp_language(call) == MCP_FR ? 'o' : 'B';
    text_bytes((uint64_t)(received > 0 ? received : 0), byte, in, sizeof(in));
    text_bytes((uint64_t)(sent > 0 ? sent : 0), byte, out, sizeof(out));
    mcp_say(call, "%s : reçoit %s/s, émet %s/s.", "%s: receives %s/s, sends %s/s.", link->name, in, out);
}

static void put_counters(struct mcp_call *call, const struct link_counters *now)
{
    mcp_put_int(call, "rx_bytes", (int64_t)now->rx_bytes);
    mcp_put_int(call, "tx_bytes", (int64_t)now->tx_bytes);
    mcp_put_int(call, "rx_packets", (int64_t)now->rx_packets);
    mcp_put_int(call, "tx_packets", (int64_t)now->tx_packets);
    mcp_put_int(call, "rx_errors", (int64_t)now->rx_errors);
    mcp_put_int(call, "tx_errors", (int64_t)now->tx_errors);
    mcp_put_int(call, "rx_dropped", (int64_t)now->rx_dropped);
    mcp_put_int(call, "tx_dropped", (int64_t)now->tx_dropped);
}

static void put_interface(struct mcp_call *call, const struct network *network, const struct link *link)
{
    unsigned speed_mbps;
    const char *duplex;
    mcp_open(call, NULL);
    mcp_put_str(call, "name", link->name);
    mcp_put_int(call, "index", link->index);
    mcp_put_str(call, "type", link->kind[0] ? link->kind : link_hardware_name(link->hardware));
    mcp_put_str(call, "state", link_state_name(link->state));
    mcp_open(call, "flags");
    for (size_t i = 0; link_flag_name(link->flags, i); i++)
        mcp_put_str(call, NULL, link_flag_name(link->flags, i));
    if (links_parent_is_down(&network->links, link))
        mcp_put_str(call, NULL, "M-DOWN");
    mcp_close(call);
    put_text(call, "mac", link->mac);
    mcp_put_int(call, "mtu", link->mtu);
    if (link_read_speed(link, &speed_mbps, &duplex)) {
        mcp_put_int(call, "speed_mbps", speed_mbps);
        put_text(call, "duplex", duplex);
    }
    put_text(call, "master", network_link_name(network, link->master));
    put_text(call, "link", link->parent_is_elsewhere ? NULL : network_link_name(network, link->parent));
    if (link->vlan_id >= 0)
        mcp_put_int(call, "vlan_id", link->vlan_id);
    put_text(call, "alias", link->alias);
    put_addresses(call, network, link->index);
    put_counters(call, &link->counters);
    put_rates(call, network, link);
    mcp_close(call);
}

/* True for the interface asked for, and for every one if none was. */
static bool is_wanted(const struct args *args, const char *name)
{
    return !args->name || (name && !strcmp(name, args->name));
}

static bool passes_through(const struct args *args, const struct network *network, const struct route *route)
{
    for (size_t i = 0; i < route->hop_count; i++) {
        if (is_wanted(args, network_link_name(network, network->routes.hops[route->first_hop + i].index)))
            return true;
    }
    return !args->name;
}

static void put_hops(struct mcp_call *call, const struct network *network, const struct route *route)
{
    mcp_open(call, "nexthops");
    for (size_t i = 0; i < route->hop_count; i++) {
        const struct route_hop *hop = &network->routes.hops[route->first_hop + i];
        mcp_open(call, NULL);
        put_text(call, "gateway", hop->gateway);
        put_text(call, "interface", network_link_name(network, hop->index));
        mcp_put_int(call, "weight", hop->weight);
        mcp_close(call);
    }
    mcp_close(call);
}

static void put_route(struct mcp_call *call, const struct network *network, const struct route *route)
{
    mcp_open(call, NULL);
    mcp_put_str(call, "family", family_name(route->family));
    mcp_put_str(call, "destination", route->destination);
    mcp_put_str(call, "type", route->type);
    if (route->hop_count == 1) {
        const struct route_hop *hop = &network->routes.hops[route->first_hop];
        put_text(call, "gateway", hop->gateway);
        put_text(call, "interface", network_link_name(network, hop->index));
    } else if (route->hop_count > 1) {
        put_hops(call, network, route);
    }
    put_text(call, "source", route->source);
    put_positive(call, "metric", route->metric);
    put_positive(call, "mtu", route->mtu);
    mcp_put_str(call, "protocol", route->protocol);
    mcp_put_str(call, "scope", route->scope);
    mcp_close(call);
}

/* All of them, whichever interface was asked for: "none" would read as a machine without a way out. */
static void put_gateways(struct mcp_call *call, const struct network *network)
{
    mcp_open(call, "default_gateways");
    for (size_t i = 0; i < network->routes.count; i++) {
        const struct route *route = &network->routes.items[i];
        if (strcmp(route->destination, "default") != 0 || strcmp(route->type, "unicast") != 0)
            continue;
        for (size_t h = 0; h < route->hop_count; h++) {
            const struct route_hop *hop = &network->routes.hops[route->first_hop + h];
            const char *name = network_link_name(network, hop->index);
            mcp_open(call, NULL);
            mcp_put_str(call, "family", family_name(route->family));
            put_text(call, "address", hop->gateway);
            put_text(call, "interface", name);
            put_positive(call, "metric", route->metric);
            mcp_close(call);
        }
    }
    mcp_close(call);
}

/* Returns how many there are beyond the limit. */
static int64_t put_routes(struct mcp_call *call, const struct args *args, const struct network *network)
{
    int64_t total = 0, shown = 0;
    for (size_t i = 0; i < network->routes.count; i++)
        total += passes_through(args, network, &network->routes.items[i]);
    mcp_put_int(call, "routes_total", total);
    mcp_open(call, "routes");
    for (size_t i = 0; i < network->routes.count && shown < args->limit; i++) {
        if (passes_through(args, network, &network->routes.items[i])) {
            put_route(call, network, &network->routes.items[i]);
            shown++;
        }
    }
    mcp_close(call);
    return total - shown;
}

/* Returns how many there are beyond the limit. */
static int64_t put_interfaces(struct mcp_call *call, const struct args *args, const struct network *network)
{
    int64_t total = 0, shown = 0;
    for (size_t i = 0; i < network->links.count; i++)
        total += is_wanted(args, network->links.items[i].name);
    mcp_put_bool(call, "found", total > 0);
    if (total == 0 && args->name)
        mcp_say(call, "Aucune interface %s.", "There is no interface %s.", args->name);
    mcp_put_int(call, "total", total);
    mcp_open(call, "interfaces");
    for (size_t i = 0; i < network->links.count && shown < args->limit; i++) {
        if (is_wanted(args, network->links.items[i].name)) {
            put_interface(call, network, &network->links.items[i]);
            shown++;
        }
    }
    mcp_close(call);
    return total - shown;
}

static void put_dns(struct mcp_call *call)
{
    struct resolvconf *conf = mcp_alloc(call, sizeof(*conf));
    bool is_read = resolvconf_read(RESOLVCONF_PATH, conf) == 0;
    char text[RESOLVE_TEXT_SIZE];
    mcp_open(call, "dns_servers");
    for (size_t i = 0; is_read && i < conf->server_count; i++)
        mcp_put_str(call, NULL, resolve_text((const struct sockaddr *)&conf->servers[i], text));
    mcp_close(call);
    if (!is_read || conf->search_count == 0)
        return;
    mcp_open(call, "search_domains");
    for (size_t i = 0; i < conf->search_count; i++)
        mcp_put_str(call, NULL, conf->search[i]);
    mcp_close(call);
}

/* The kernel answers of the network that this process is in, whatever is mounted. */
static void put_root(struct mcp_call *call)
{
    if (host_root_shares_network(call)) {
        host_root_put(call);
        return;
    }
    mcp_put_str(call, "root", "/");
    mcp_say(call, "Réseau du conteneur, et non de son hôte (il faudrait network_mode: host).",
        "The network of the container, not of its host (that takes network_mode: host).");
}

static int run(struct mcp_call *call, const void *arguments)
{
    const struct args *args = arguments;
    CLEANUP(network_done) struct network network = { 0 };
    int rc = network_read(mcp_waiter(call), (int)args->sample_ms, &network);
    if (rc == -EPERM || rc == -EACCES || rc == -EPROTONOSUPPORT || rc == -EAFNOSUPPORT) {
        return mcp_fail(call, MCP_UNSUPPORTED,
            "ce système ne laisse pas interroger le noyau par netlink (errno %d)",
            "this system does not let the kernel be asked by netlink (errno %d)", -rc);
    }
    if (rc < 0)
        return rc;
    put_root(call);
    int64_t more_links = put_interfaces(call, args, &network);
    put_gateways(call, &network);
    int64_t more_routes = put_routes(call, args, &network);
    put_dns(call);
    mcp_put_bool(call, "truncated", more_links > 0 || more_routes > 0);
    if (more_links > 0 || more_routes > 0) {
        mcp_say(call,
            "Liste limitée ; interfaces de plus : %lld, routes de plus : %lld ; voir limit ou name.",
            "Limited list; more interfaces: %lld, more routes: %lld; see limit or name.",
            (long long)more_links, (long long)more_routes);
    }
    if (!network.is_consistent || !network.is_complete) {
        mcp_partial(call, "Le réseau changeait, ou dépasse ce qui peut être lu : liste peut-être incomplète.",
            "The network was changing, or is more than can be read: the list may be incomplete.");
    }
    return 0;
}

const struct mcp_tool tool_network_interfaces = {
    .name = "network_interfaces",
    .path = "network-interfaces",
    .title = { "Interfaces réseau", "Network interfaces" },
    .about = { "Interfaces de cette machine : état, adresses, compteurs, débits, avec routes, passerelles et "
               "serveurs DNS.",
        "This machine's interfaces: state, addresses, counters, rates, with routes, gateways and DNS "
        "servers." },
    .params = params,
    .args_size = sizeof(struct args),
    .output = output,
    .cost = MCP_WORKER,
    .traits = MCP_READ_ONLY,
    .timeout_ms = TIMEOUT_MS,
    .scope = "network",
    .run = run,
};
