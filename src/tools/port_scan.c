/* port_scan: which TCP ports of these hosts are open? The connections are sys/scan's, what a port is called
 * sys/ports'. */
#include <mcp/tool.h>

#include <errno.h>
#include <string.h>

#include "base/err.h"
#include "base/scope.h"
#include "base/wait.h"
#include "sys/cidr.h"
#include "sys/guard.h"
#include "sys/ports.h"
#include "sys/resolve.h"
#include "sys/scan.h"

enum {
    HOSTS_MAX = 256,
    ATTEMPTS_MAX = 1000000,
    NAMES_MS = 10000, /* for all names together */
    SHOWN_FILTERED = 20,
    ROOM_LEAST = 400, /* of the answer, kept for what follows a list */
};

struct args {
    struct mcp_strings host, ports;
    int64_t timeout_ms;
    int family;
};

struct settings {
    int targets;
};

static const char *const families[] = { "auto", "4", "6", NULL };
static const int family_of[] = { AF_UNSPEC, AF_INET, AF_INET6 };

enum { TARGETS_LOCAL, TARGETS_ANY };
static const char *const scopes[] = { "local", "any", NULL };

static const struct mcp_param params[] = {
    MCP_ARG_STRINGS(struct args, host, .required = true, .min = 1, .max = 255, .max_items = HOSTS_MAX,
        .example = "192.168.1.10",
        .about = { "Nom, adresse ou réseau (192.168.1.0/24) ; ou une liste",
            "Name, address or network (192.168.1.0/24); or a list" }),
    MCP_ARG_STRINGS(struct args, ports, .preset = "top100", .min = 1, .max = 1000, .max_items = 100,
        .example = "22,80,443",
        .about = { "Ports : 22,80, 1-1024, ssh, top100, all", "Ports: 22,80, 1-1024, ssh, top100, all" }),
    MCP_ARG_INT(struct args, timeout_ms, .preset = "1500", .min = 50, .max = 10000, .unit = "ms",
        .about = { "Attente de chaque connexion", "Wait for each connection" }),
    MCP_ARG_ENUM(struct args, family, .choices = families, .preset = "auto",
        .about = { "Version d'IP", "IP version" }),
    { 0 },
};

static const struct mcp_param settings_rows[] = {
    MCP_ARG_ENUM(struct settings, targets, .choices = scopes, .preset = "local",
        .about = { "Adresses permises : local = cette machine et les réseaux privés",
            "Allowed addresses: local = this machine and private networks" }),
    { 0 },
};

static const struct mcp_field open_fields[] = {
    { .name = "port", .kind = MCP_INT, .label = { "Port", "Port" } },
    { .name = "service", .kind = MCP_STRING, .label = { "Service", "Service" }, .optional = true },
    { 0 },
};

static const struct mcp_field filtered_fields[] = {
    { .name = "port", .kind = MCP_INT, .label = { "Port", "Port" } },
    { .name = "reason", .kind = MCP_STRING, .label = { "Cause", "Reason" } },
    { 0 },
};

static const struct mcp_field reason_fields[] = {
    { .name = "no_answer", .kind = MCP_INT, .label = { "sans réponse", "no answer" }, .optional = true },
    { .name = "no_neighbour",
        .kind = MCP_INT,
        .label = { "adresse absente du réseau", "nobody has the address" },
        .optional = true },
    { .name = "host_unreachable",
        .kind = MCP_INT,
        .label = { "hôte injoignable", "host unreachable" },
        .optional = true },
    { .name = "net_unreachable",
        .kind = MCP_INT,
        .label = { "réseau injoignable", "network unreachable" },
        .optional = true },
    { .name = "port_unreachable",
        .kind = MCP_INT,
        .label = { "rejetés (ICMP)", "rejected (ICMP)" },
        .optional = true },
    { .name = "prohibited", .kind = MCP_INT, .label = { "interdits", "prohibited" }, .optional = true },
    { .name = "local_firewall",
        .kind = MCP_INT,
        .label = { "pare-feu d'ici", "this machine's firewall" },
        .optional = true },
    { .name = "other", .kind = MCP_INT, .label = { "autre erreur", "other error" }, .optional = true },
    { 0 },
};

/* The name of each row above by outcome; the outcomes without one are not "filtered". */
static const char *const reasons[TCP_OUTCOMES] = {
    [TCP_NO_ANSWER] = "no_answer",
    [TCP_NO_NEIGHBOUR] = "no_neighbour",
    [TCP_HOST_UNREACHABLE] = "host_unreachable",
    [TCP_NET_UNREACHABLE] = "net_unreachable",
    [TCP_PORT_UNREACHABLE] = "port_unreachable",
    [TCP_PROHIBITED] = "prohibited",
    [TCP_LOCAL_POLICY] = "local_firewall",
    [TCP_OTHER] = "other",
};

static const struct mcp_field target[] = {
    { .name = "host", .kind = MCP_STRING, .label = { "Hôte", "Host" } },
    { .name = "address", .kind = MCP_STRING, .label = { "Adresse", "Address" }, .optional = true },
    { .name = "status", .kind = MCP_STRING }, /* up, silent, unresolved */
    { .name = "detail", .kind = MCP_STRING, .label = { "Cause", "Reason" }, .optional = true },
    { .name = "scanned", .kind = MCP_INT, .label = { "Essayés", "Tried" } },
    { .name = "open", .kind = MCP_LIST, .label = { "Ouverts", "Open" }, .fields = open_fields },
    { .name = "closed", .kind = MCP_INT, .label = { "Fermés", "Closed" } },
    { .name = "filtered", .kind = MCP_INT, .label = { "Filtrés", "Filtered" } },
    { .name = "reasons",
        .kind = MCP_OBJECT,
        .label = { "Filtrés, pourquoi", "Filtered, why" },
        .optional = true,
        .fields = reason_fields },
    { .name = "filtered_ports", .kind = MCP_LIST, .optional = true, .fields = filtered_fields },
    { .name = "duration_ms", .kind = MCP_NUMBER, .label = { "Durée", "Duration" }, .unit = "ms" },
    { 0 },
};

static const struct mcp_field output[] = {
    { .name = "hosts", .kind = MCP_INT, .label = { "Hôtes", "Hosts" }, .optional = true },
    { .name = "up", .kind = MCP_INT, .label = { "Hôtes qui répondent", "Hosts up" }, .optional = true },
    { .name = "total_open",
        .kind = MCP_INT,
        .label = { "Ports ouverts en tout", "Open ports in all" },
        .optional = true },
    { 0 },
};

/* An address as asked for, and what was found there. */
struct host {
    const char *name;
    bool unresolved, in_range;
    struct scan_host *found; /* NULL when unresolved */
};

struct session {
    struct mcp_call *call;
    const struct args *args;
    struct host hosts[HOSTS_MAX];
    struct scan_host found[HOSTS_MAX];
    size_t host_count, found_count;
    struct ports wanted;
    uint16_t *ports;
    bool too_many;
};

/* The arguments */

static int reject_port(struct mcp_call *call, const char *item, size_t len)
{
    int shown = len < 40 ? (int)len : 40;
    return mcp_reject(call, "ports",
        "« %.*s » n'est pas un port : un numéro de 1 à 65535, une plage (1-1024), un service (ssh), top100 "
        "ou all",
        "\"%.*s\" is not a port: a number from 1 to 65535, a range (1-1024), a service (ssh), top100 or all",
        shown, item);
}

static int read_ports(struct session *session)
{
    int worst = 0;
    const struct mcp_strings *lists = &session->args->ports;
    for (size_t i = 0; i < lists->count; i++) {
        const char *at = lists->items[i];
        for (bool more = true; more;) {
            at += strspn(at, " ");
            size_t len = strcspn(at, ","), used = len;
            more = at[len] == ',';
            while (used > 0 && at[used - 1] == ' ')
                used--;
            if (!ports_add(&session->wanted, at, used))
                worst = reject_port(session->call, at, used);
            at += len + 1;
        }
    }
    return worst;
}

static bool is_allowed(const struct session *session, enum guard_class class)
{
    const struct settings *settings = mcp_settings(session->call);
    if (class == GUARD_LOOPBACK || class == GUARD_PRIVATE)
        return true;
    return settings->targets == TARGETS_ANY && (class == GUARD_PUBLIC || class == GUARD_RESERVED);
}

static int deny(struct session *session, const struct sockaddr_storage *address, enum guard_class class)
{
    char text[RESOLVE_TEXT_SIZE];
    resolve_text((const struct sockaddr *)address, text);
    if (class == GUARD_PUBLIC || class == GUARD_RESERVED)
        return mcp_fail(session->call, MCP_DENIED,
            "%s (%s) n'est ni cette machine ni un réseau privé : le réglage [port_scan] targets = any le "
            "permettrait",
            "%s (%s) is neither this machine nor a private network: the setting [port_scan] targets = any "
            "would allow it",
            text, guard_class_name(class));
    return mcp_fail(session->call, MCP_DENIED, "%s (%s) ne peut pas être balayée",
        "%s (%s) may not be scanned", text, guard_class_name(class));
}

/* One more address to scan. The guard looks at the address, whatever its name was. */
static int add_address(
    struct session *session, const char *name, const struct sockaddr_storage *address, bool in_range)
{
    enum guard_class class = guard_classify((const struct sockaddr *)address);
    if (!is_allowed(session, class))
        return deny(session, address, class);
    if (session->host_count == HOSTS_MAX) {
        session->too_many = true;
        return 0;
    }
    struct scan_host *found = &session->found[session->found_count++];
    found->address = *address;
    session->hosts[session->host_count++] =
        (struct host){ .name = name, .found = found, .in_range = in_range };
    return 0;
}

static int add_range(struct session *session, const char *text)
{
    struct cidr range;
    int status = cidr_parse(text, &range);
    if (status == -E2BIG)
        return mcp_reject(session->call, "host",
            "« %s » est trop grand : /24 au plus pour IPv4, /120 pour IPv6",
            "\"%s\" is too large: at most a /24 of IPv4, a /120 of IPv6", text);
    if (status < 0)
        return mcp_reject(session->call, "host", "« %s » n'est pas un réseau : par exemple 192.168.1.0/24",
            "\"%s\" is not a network: as in 192.168.1.0/24", text);
    for (size_t i = 0; i < range.count && status == 0; i++) {
        struct sockaddr_storage address = cidr_at(&range, i);
        char name[RESOLVE_TEXT_SIZE];
        resolve_text((const struct sockaddr *)&address, name);
        status = add_address(session, mcp_strdup(session->call, name), &address, true);
    }
    return status;
}

/* Of a name with both, the IPv4 address: that is where services of names such as localhost listen. */
static const struct sockaddr_storage *choose(const struct resolve_addresses *found)
{
    for (size_t i = 0; i < found->count; i++)
        if (found->at[i].ss_family == AF_INET)
            return &found->at[i];
    return &found->at[0];
}

static int add_name(struct session *session, const struct wait *names, const char *name)
{
    struct resolve_addresses found;
    struct err err = { .code = 0 };
    int status = resolve_host(names, name, family_of[session->args->family], &found, &err);
    if (status == 0)
        return add_address(session, name, choose(&found), false);
    if (status == -ECANCELED)
        return status;
    if (status == -EINVAL)
        return mcp_reject(session->call, "host",
            "« %s » n'est ni une adresse, ni un réseau, ni un nom d'hôte valable",
            "\"%s\" is neither an address, a network nor a valid host name", name);
    if (session->host_count == HOSTS_MAX)
        session->too_many = true;
    else
        session->hosts[session->host_count++] = (struct host){ .name = name, .unresolved = true };
    return 0;
}

static int read_hosts(struct session *session)
{
    struct wait names = wait_within(mcp_waiter(session->call), NAMES_MS);
    int worst = 0;
    for (size_t i = 0; i < session->args->host.count; i++) {
        const char *item = session->args->host.items[i];
        int status = strchr(item, '/') ? add_range(session, item) : add_name(session, &names, item);
        if (status == -ECANCELED)
            return status;
        if (status != 0)
            worst = status; /* the others may be wrong too: all are told */
    }
    if (session->too_many)
        return mcp_reject(session->call, "host", "plus de %d adresses en tout ; %d au plus",
            "more than %d addresses in all; at most %d", HOSTS_MAX, HOSTS_MAX);
    return worst;
}

static int prepare(struct session *session)
{
    int bad_ports = read_ports(session);
    int bad_hosts = read_hosts(session);
    if (bad_hosts != 0 || bad_ports != 0)
        return bad_hosts != 0 ? bad_hosts : bad_ports;
    size_t ports = session->wanted.count, hosts = session->found_count;
    if (ports * hosts > ATTEMPTS_MAX)
        return mcp_reject(session->call, "ports", "%zu ports sur %zu hôtes : %d connexions au plus par appel",
            "%zu ports on %zu hosts: at most %d connections in a call", ports, hosts, ATTEMPTS_MAX);
    session->ports = mcp_alloc_try(session->call, ports * sizeof(*session->ports));
    uint8_t *states = mcp_alloc_try(session->call, ports * hosts);
    if (!session->ports || (!states && hosts > 0))
        return mcp_fail(session->call, MCP_TOO_LARGE, "trop de ports et d'hôtes pour la mémoire",
            "too many ports and hosts for the memory");
    ports_list(&session->wanted, session->ports);
    for (size_t i = 0; i < hosts; i++)
        session->found[i].states = states + i * ports;
    return 0;
}

/* The answer */

static const char *status_of(const struct host *host)
{
    if (host->unresolved)
        return "unresolved";
    return host->found->alive ? "up" : "silent";
}

/* How many of the list did not fit. */
static size_t put_open(struct session *session, const struct scan_host *found)
{
    struct mcp_call *call = session->call;
    size_t left = 0;
    mcp_open(call, "open");
    for (size_t i = 0; found && i < session->wanted.count; i++) {
        if (found->states[i] != TCP_OPEN)
            continue;
        if (mcp_room(call) < ROOM_LEAST) {
            left++;
            continue;
        }
        mcp_open(call, NULL);
        mcp_put_int(call, "port", session->ports[i]);
        mcp_put_str(call, "service", ports_service(session->ports[i]));
        mcp_close(call);
    }
    mcp_close(call);
    return left;
}

static size_t count_filtered(const struct scan_host *found)
{
    size_t filtered = 0;
    for (size_t i = 0; found && i < ARRAY_LEN(reasons); i++)
        filtered += reasons[i] ? found->outcomes[i] : 0;
    return filtered;
}

static void put_filtered(struct session *session, const struct scan_host *found, size_t filtered)
{
    struct mcp_call *call = session->call;
    mcp_put_int(call, "filtered", (int64_t)filtered);
    if (filtered == 0)
        return;
    mcp_open(call, "reasons");
    for (size_t i = 0; i < ARRAY_LEN(reasons); i++)
        if (reasons[i] && found->outcomes[i] > 0)
            mcp_put_int(call, reasons[i], (int64_t)found->outcomes[i]);
    mcp_close(call);
    if (filtered > SHOWN_FILTERED || session->host_count > 1)
        return;
    mcp_open(call, "filtered_ports");
    for (size_t i = 0; i < session->wanted.count; i++) {
        uint8_t state = found->states[i];
        if (state >= TCP_OUTCOMES || !reasons[state])
            continue;
        mcp_open(call, NULL);
        mcp_put_int(call, "port", session->ports[i]);
        mcp_put_str(call, "reason", reasons[state]);
        mcp_close(call);
    }
    mcp_close(call);
}

static double duration_ms(const struct scan_host *found)
{
    if (!found || found->begun_ns == 0 || found->ended_ns == 0)
        return 0;
    return (double)(found->ended_ns - found->begun_ns) / 1e6;
}

static const char *explain_unresolved(struct mcp_call *call)
{
    static const struct mcp_text text = { "ce nom n'a pas d'adresse, ou aucun serveur DNS ne répond",
        "this name has no address, or no name server answers" };
    return mcp_pick(call, text);
}

/* How many open ports did not fit into the answer. */
static size_t put_host(struct session *session, const struct host *host)
{
    struct mcp_call *call = session->call;
    const struct scan_host *found = host->found;
    char text[RESOLVE_TEXT_SIZE];
    mcp_target(call);
    mcp_put_str(call, "host", host->name);
    if (found)
        mcp_put_str(call, "address", resolve_text((const struct sockaddr *)&found->address, text));
    mcp_put_str(call, "status", status_of(host));
    if (host->unresolved)
        mcp_put_str(call, "detail", explain_unresolved(call));
    mcp_put_int(call, "scanned", found ? (int64_t)found->settled : 0);
    size_t left = put_open(session, found);
    mcp_put_int(call, "closed", found ? (int64_t)found->outcomes[TCP_CLOSED] : 0);
    put_filtered(session, found, count_filtered(found));
    mcp_put_round(call, "duration_ms", duration_ms(found), 1);
    mcp_target_end(call);
    return left;
}

static const struct mcp_text open_port = { "port ouvert", "open port" },
                             open_ports = { "ports ouverts", "open ports" };

/* What stands behind the number: French has the singular for none, English the plural. */
static const char *counted(
    const struct session *session, size_t count, struct mcp_text one, struct mcp_text many)
{
    bool is_one = count == 1 || (count == 0 && mcp_language(session->call) == MCP_FR);
    return mcp_pick(session->call, is_one ? one : many);
}

static void put_totals(struct session *session)
{
    size_t up = 0, open = 0;
    for (size_t i = 0; i < session->found_count; i++) {
        up += session->found[i].alive;
        open += session->found[i].outcomes[TCP_OPEN];
    }
    mcp_put_int(session->call, "hosts", (int64_t)session->host_count);
    mcp_put_int(session->call, "up", (int64_t)up);
    mcp_put_int(session->call, "total_open", (int64_t)open);
    mcp_say(session->call, "%zu %s sur %zu, %zu %s en tout.", "%zu %s of %zu, %zu %s in all.", up,
        counted(session, up, (struct mcp_text){ "hôte répond", "host answers" },
            (struct mcp_text){ "hôtes répondent", "hosts answer" }),
        session->host_count, open, counted(session, open, open_port, open_ports));
}

static void say_one(struct session *session, const struct host *host)
{
    if (host->unresolved) {
        mcp_say(session->call, "%s : %s.", "%s: %s.", host->name, explain_unresolved(session->call));
        return;
    }
    const struct scan_host *found = host->found;
    size_t open = found->outcomes[TCP_OPEN], closed = found->outcomes[TCP_CLOSED];
    size_t filtered = count_filtered(found);
    mcp_say(session->call, "%s : %zu %s, %zu %s, %zu %s, sur %zu.", "%s: %zu %s, %zu %s, %zu %s, of %zu.",
        host->name, open, counted(session, open, open_port, open_ports), closed,
        counted(
            session, closed, (struct mcp_text){ "fermé", "closed" }, (struct mcp_text){ "fermés", "closed" }),
        filtered,
        counted(session, filtered, (struct mcp_text){ "filtré", "filtered" },
            (struct mcp_text){ "filtrés", "filtered" }),
        session->wanted.count);
}

static void put_all(struct session *session)
{
    size_t left = 0;
    if (session->host_count == 1)
        say_one(session, &session->hosts[0]);
    mcp_targets(session->call, session->host_count);
    for (size_t i = 0; i < session->host_count; i++) {
        const struct host *host = &session->hosts[i];
        if (host->in_range && !host->found->alive && session->host_count > 1)
            continue; /* the silent ones of a network are counted, not listed */
        left += put_host(session, host);
    }
    if (session->host_count > 1)
        put_totals(session);
    if (left > 0)
        mcp_partial(session->call, "%zu ports ouverts ne tiennent pas dans la réponse.",
            "%zu open ports do not fit into the answer.", left);
}

static void report_progress(void *user, size_t settled, size_t total)
{
    mcp_progress(user, (double)settled, (double)total, NULL);
}

static int run(struct mcp_call *call, const void *arguments)
{
    struct session *session = mcp_alloc(call, sizeof(*session));
    session->call = call;
    session->args = arguments;
    int status = prepare(session);
    if (status != 0)
        return status;

    struct scan scan = {
        .wait = mcp_waiter(call),
        .hosts = session->found,
        .host_count = session->found_count,
        .ports = session->ports,
        .port_count = session->wanted.count,
        .timeout_ms = (int)session->args->timeout_ms,
        .progress = report_progress,
        .user = call,
    };
    struct err err = { .code = 0 };
    status = session->found_count > 0 ? scan_run(&scan, &err) : 0;
    if (status == -ETIMEDOUT)
        mcp_partial(call, "Le temps était écoulé avant la fin du balayage.",
            "Time was up before the end of the scan.");
    else if (status == -EMFILE)
        return mcp_fail(call, MCP_BUSY, "trop de connexions sont ouvertes", "too many connections are open");
    else if (status < 0)
        return status;
    put_all(session);
    return 0;
}

const struct mcp_tool tool_port_scan = {
    .name = "port_scan",
    .path = "port-scan",
    .title = { "Balayage de ports", "Port scan" },
    .about = { "Cherche les ports TCP ouverts d'hôtes ou d'un réseau ; distingue fermés et filtrés.",
        "Finds open TCP ports of hosts or of a network; tells closed from filtered." },
    .params = params,
    .args_size = sizeof(struct args),
    .settings = settings_rows,
    .settings_size = sizeof(struct settings),
    .output = output,
    .target = target,
    .cost = MCP_WORKER,
    .traits = MCP_READ_ONLY | MCP_OPEN_WORLD,
    .timeout_ms = 300000,
    .scope = "network",
    .run = run,
};
