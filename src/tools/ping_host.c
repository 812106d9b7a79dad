/* ping_host: do these hosts answer, how fast, and how many requests get lost? The rounds are sys/ping's. */
#include <mcp/tool.h>

#include <errno.h>
#include <math.h>

#include "base/err.h"
#include "base/scope.h"
#include "base/wait.h"
#include "sys/guard.h"
#include "sys/ping.h"
#include "sys/resolve.h"

/* The default wait for a reply is longer than the three seconds after which the kernel says that nobody has
 * an address. */
enum { NAMES_MS = 10000 }; /* for all names together */

struct args {
    struct mcp_strings host;
    int64_t count, interval_ms, timeout_ms, port;
    int family, method;
};

static const char *const families[] = { "auto", "4", "6", NULL };
static const int family_of[] = { AF_UNSPEC, AF_INET, AF_INET6 };
static const char *const methods[] = {
    [PING_AUTO] = "auto", [PING_ICMP] = "icmp", [PING_TCP] = "tcp", [PING_TCP + 1] = NULL
};

static const struct mcp_param params[] = {
    MCP_ARG_STRINGS(struct args, host, .required = true, .format = MCP_HOST, .max = 255,
        .max_items = PING_TARGETS_MAX, .example = "192.168.1.1",
        .about = { "Nom ou adresse ; ou une liste", "Name or address; or a list" }),
    MCP_ARG_INT(struct args, count, .preset = "4", .min = 1, .max = PING_COUNT_MAX,
        .about = { "Requêtes par hôte", "Requests per host" }),
    MCP_ARG_INT(struct args, interval_ms, .preset = "200", .min = 10, .max = 10000, .unit = "ms",
        .about = { "Temps entre deux requêtes", "Time between requests" }),
    MCP_ARG_INT(struct args, timeout_ms, .preset = "3500", .min = 10, .max = 10000, .unit = "ms",
        .about = { "Attente de chaque réponse", "Wait for each reply" }),
    MCP_ARG_ENUM(struct args, family, .choices = families, .preset = "auto",
        .about = { "Version d'IP", "IP version" }),
    MCP_ARG_ENUM(struct args, method, .choices = methods, .preset = "auto",
        .about = { "auto : ICMP, ou TCP si ICMP n'est pas permis à ce serveur",
            "auto: ICMP, or TCP where this server may not use ICMP" }),
    MCP_ARG_INT(struct args, port, .preset = "80", .min = 1, .max = 65535,
        .about = { "Port des essais TCP", "Port for TCP" }),
    { 0 },
};

static const struct mcp_field reply_fields[] = {
    { .name = "seq", .kind = MCP_INT, .label = { "N°", "Seq" } },
    { .name = "rtt_ms", .kind = MCP_NUMBER, .label = { "Durée", "Time" }, .unit = "ms" },
    { .name = "ttl", .kind = MCP_INT, .label = { "TTL", "TTL" }, .optional = true },
    { 0 },
};

static const struct mcp_field target[] = {
    { .name = "host", .kind = MCP_STRING, .label = { "Hôte", "Host" } },
    { .name = "address", .kind = MCP_STRING, .label = { "Adresse", "Address" }, .optional = true },
    { .name = "status", .kind = MCP_STRING }, /* up, down, unresolved */
    { .name = "method", .kind = MCP_STRING, .label = { "Méthode", "Method" }, .optional = true },
    { .name = "port", .kind = MCP_INT, .label = { "Port", "Port" }, .optional = true },
    { .name = "reason", .kind = MCP_STRING, .optional = true },
    { .name = "detail", .kind = MCP_STRING, .label = { "Cause", "Reason" }, .optional = true },
    { .name = "reported_by",
        .kind = MCP_STRING,
        .label = { "Signalé par", "Reported by" },
        .optional = true },
    { .name = "sent", .kind = MCP_INT, .label = { "Envoyées", "Sent" } },
    { .name = "received", .kind = MCP_INT, .label = { "Reçues", "Received" } },
    { .name = "loss_percent",
        .kind = MCP_NUMBER,
        .label = { "Pertes", "Loss" },
        .unit = "%",
        .optional = true },
    { .name = "rtt_min_ms", .kind = MCP_NUMBER, .label = { "Min", "Min" }, .unit = "ms", .optional = true },
    { .name = "rtt_avg_ms", .kind = MCP_NUMBER, .label = { "Moy", "Avg" }, .unit = "ms", .optional = true },
    { .name = "rtt_max_ms", .kind = MCP_NUMBER, .label = { "Max", "Max" }, .unit = "ms", .optional = true },
    { .name = "rtt_mdev_ms",
        .kind = MCP_NUMBER,
        .label = { "Écart type", "Mdev" },
        .unit = "ms",
        .optional = true },
    { .name = "jitter_ms",
        .kind = MCP_NUMBER,
        .label = { "Gigue", "Jitter" },
        .unit = "ms",
        .optional = true },
    { .name = "replies", .kind = MCP_LIST, .label = { "Réponses", "Replies" }, .fields = reply_fields },
    { 0 },
};

static const struct mcp_field output[] = {
    { .name = "up", .kind = MCP_INT, .label = { "Hôtes qui répondent", "Hosts up" }, .optional = true },
    { .name = "down", .kind = MCP_INT, .label = { "Hôtes muets", "Hosts down" }, .optional = true },
    { .name = "unresolved",
        .kind = MCP_INT,
        .label = { "Noms sans adresse", "Names without address" },
        .optional = true },
    { .name = "total_sent",
        .kind = MCP_INT,
        .label = { "Envoyées en tout", "Sent in all" },
        .optional = true },
    { .name = "total_received",
        .kind = MCP_INT,
        .label = { "Reçues en tout", "Received in all" },
        .optional = true },
    { .name = "total_loss_percent",
        .kind = MCP_NUMBER,
        .label = { "Pertes en tout", "Loss in all" },
        .unit = "%",
        .optional = true },
    { 0 },
};

/* Why a host gave no reply: a word for programs, a phrase for people. */
struct cause {
    const char *code;
    struct mcp_text text;
};

static const struct cause causes[] = {
    [PING_NO_ANSWER] = { "no_answer", { "pas de réponse dans le délai", "no reply in time" } },
    [PING_HOST_UNREACHABLE] = { "host_unreachable", { "hôte injoignable", "host unreachable" } },
    [PING_NET_UNREACHABLE] = { "net_unreachable",
        { "réseau injoignable : pas de route", "network unreachable: no route" } },
    [PING_PORT_UNREACHABLE] = { "port_unreachable",
        { "rejeté par un pare-feu (port injoignable)", "rejected by a firewall (port unreachable)" } },
    [PING_PROHIBITED] = { "prohibited", { "interdit par un pare-feu", "prohibited by a firewall" } },
    [PING_TTL_EXCEEDED] = { "ttl_exceeded",
        { "TTL épuisé en route : boucle de routage ?", "TTL exceeded on the way: a routing loop?" } },
    [PING_TOO_BIG] = { "too_big", { "paquet trop grand en route", "packet too big on the way" } },
    [PING_LOCAL_POLICY] = { "local_firewall",
        { "le pare-feu de cette machine interdit l'envoi", "this machine's firewall forbids sending" } },
    [PING_OTHER] = { "other", { "erreur réseau", "network error" } },
};

static const struct cause no_name = { "no_such_name",
    { "ce nom n'a pas d'adresse", "this name has no address" } };
static const struct cause no_server = { "no_name_server",
    { "aucun serveur DNS n'a répondu", "no name server answered" } };

/* A host as asked for, and where its answers are. */
struct host {
    const char *name;
    const struct cause *unresolved; /* NULL: it has an address */
    size_t target;
};

struct session {
    struct mcp_call *call;
    const struct args *args;
    struct host hosts[PING_TARGETS_MAX];
    struct ping_target *targets;
    size_t target_count;
};

/* Names */

/* Connections can do what echo requests cannot: hand out credentials, speak to many. */
static int check_address(struct session *session, const struct sockaddr_storage *address)
{
    enum guard_class class = guard_classify((const struct sockaddr *)address);
    char text[RESOLVE_TEXT_SIZE];
    resolve_text((const struct sockaddr *)address, text);
    if (class == GUARD_MULTICAST)
        return mcp_reject(session->call, "host", "%s est une adresse de diffusion, pas celle d'un hôte",
            "%s is a multicast or broadcast address, not that of a host", text);
    if (class == GUARD_METADATA && session->args->method != PING_ICMP)
        return mcp_fail(session->call, MCP_DENIED,
            "%s est un service de métadonnées : seule la méthode icmp est permise",
            "%s is a cloud metadata service: only the method icmp is allowed", text);
    return 0;
}

static int resolve_one(
    struct session *session, const struct wait *names, size_t index, struct resolve_addresses *found)
{
    struct host *host = &session->hosts[index];
    host->name = session->args->host.items[index];
    struct err err = { .code = 0 };
    int status = resolve_host(names, host->name, family_of[session->args->family], found, &err);
    switch (status) {
    case 0:
        break;
    case -EINVAL:
        return mcp_reject(session->call, "host", "« %s » n'est ni une adresse ni un nom d'hôte valable",
            "\"%s\" is neither an address nor a valid host name", host->name);
    case -ECANCELED:
        return status;
    case -ENOENT:
        host->unresolved = &no_name;
        return 0;
    default:
        host->unresolved = &no_server;
        return 0;
    }
    host->target = session->target_count++;
    session->targets[host->target].address = found->at[0];
    return check_address(session, &found->at[0]);
}

static int resolve_all(struct session *session)
{
    struct wait names = wait_within(mcp_waiter(session->call), NAMES_MS);
    struct resolve_addresses *found = mcp_alloc(session->call, sizeof(*found));
    int worst = 0;
    for (size_t i = 0; i < session->args->host.count; i++) {
        int status = resolve_one(session, &names, i, found);
        if (status == -ECANCELED)
            return status;
        if (status != 0)
            worst = status; /* the others may be wrong too: all are told */
    }
    return worst;
}

/* The answer */

static const char *status_of(const struct session *session, const struct host *host)
{
    if (host->unresolved)
        return "unresolved";
    return session->targets[host->target].received > 0 ? "up" : "down";
}

static double loss_percent(size_t sent, size_t received)
{
    return 100.0 * (double)(sent - received) / (double)sent;
}

static void put_cause(struct mcp_call *call, const struct cause *cause)
{
    mcp_put_str(call, "reason", cause->code);
    mcp_put_str(call, "detail", mcp_pick(call, cause->text));
}

static void put_method(struct mcp_call *call, const struct args *args, const struct ping_target *found)
{
    mcp_put_str(call, "method", methods[found->method]);
    if (found->method == PING_TCP)
        mcp_put_int(call, "port", args->port);
}

static void put_reason(struct mcp_call *call, const struct ping_target *found)
{
    static const struct cause refused = { "refused",
        { "port fermé : l'hôte répond, rien n'y écoute", "port closed: the host is up, nothing listens" } };
    if (found->received == 0 && found->reason != PING_FINE)
        put_cause(call, &causes[found->reason]);
    else if (found->received > 0 && found->refused)
        put_cause(call, &refused);
    char text[RESOLVE_TEXT_SIZE];
    if (found->received < found->sent && found->reporter.ss_family != AF_UNSPEC)
        mcp_put_str(call, "reported_by", resolve_text((const struct sockaddr *)&found->reporter, text));
}

static void put_replies(struct mcp_call *call, const struct ping_target *found)
{
    mcp_open(call, "replies");
    for (unsigned i = 0; found && i < found->received; i++) {
        const struct ping_reply *reply = &found->replies[i];
        mcp_open(call, NULL);
        mcp_put_int(call, "seq", reply->seq);
        mcp_put_round(call, "rtt_ms", reply->rtt_ms, 3);
        if (reply->ttl >= 0)
            mcp_put_int(call, "ttl", reply->ttl);
        mcp_close(call);
    }
    mcp_close(call);
}

static void put_times(struct mcp_call *call, const struct ping_target *found)
{
    struct ping_times times;
    if (!ping_times(found, &times))
        return;
    mcp_put_round(call, "rtt_min_ms", times.min_ms, 3);
    mcp_put_round(call, "rtt_avg_ms", times.avg_ms, 3);
    mcp_put_round(call, "rtt_max_ms", times.max_ms, 3);
    mcp_put_round(call, "rtt_mdev_ms", times.mdev_ms, 3);
    if (found->received > 1)
        mcp_put_round(call, "jitter_ms", times.jitter_ms, 3);
}

static void put_host(struct session *session, const struct host *host)
{
    struct mcp_call *call = session->call;
    const struct ping_target *found = host->unresolved ? NULL : &session->targets[host->target];
    char text[RESOLVE_TEXT_SIZE];
    mcp_target(call);
    mcp_put_str(call, "host", host->name);
    if (found)
        mcp_put_str(call, "address", resolve_text((const struct sockaddr *)&found->address, text));
    mcp_put_str(call, "status", status_of(session, host));
    if (found) {
        put_method(call, session->args, found);
        put_reason(call, found);
    } else {
        put_cause(call, host->unresolved);
    }
    mcp_put_int(call, "sent", found ? found->sent : 0);
    mcp_put_int(call, "received", found ? found->received : 0);
    if (found && found->sent > 0)
        mcp_put_round(call, "loss_percent", loss_percent(found->sent, found->received), 2);
    if (found)
        put_times(call, found);
    put_replies(call, found);
    mcp_target_end(call);
}

static void put_totals(struct session *session)
{
    struct mcp_call *call = session->call;
    size_t up = 0, sent = 0, received = 0;
    for (size_t i = 0; i < session->target_count; i++) {
        up += session->targets[i].received > 0;
        sent += session->targets[i].sent;
        received += session->targets[i].received;
    }
    size_t hosts = session->args->host.count;
    mcp_put_int(call, "up", (int64_t)up);
    mcp_put_int(call, "down", (int64_t)(session->target_count - up));
    mcp_put_int(call, "unresolved", (int64_t)(hosts - session->target_count));
    mcp_put_int(call, "total_sent", (int64_t)sent);
    mcp_put_int(call, "total_received", (int64_t)received);
    if (sent > 0)
        mcp_put_round(call, "total_loss_percent", loss_percent(sent, received), 2);
    if (up == 0)
        mcp_say(call, "Aucun des %zu hôtes ne répond.", "None of %zu hosts answers.", hosts);
    else if (up == 1)
        mcp_say(call, "Un hôte sur %zu répond.", "One of %zu hosts answers.", hosts);
    else
        mcp_say(call, "%zu hôtes sur %zu répondent.", "%zu of %zu hosts answer.", up, hosts);
}

static void say_one(struct session *session, const struct host *host)
{
    struct mcp_call *call = session->call;
    if (host->unresolved) {
        mcp_say(call, "%s : %s.", "%s: %s.", host->name, mcp_pick(call, host->unresolved->text));
        return;
    }
    const struct ping_target *found = &session->targets[host->target];
    struct ping_times times;
    if (ping_times(found, &times))
        mcp_say(call, "%s répond %u fois sur %u, en %.10g ms en moyenne.",
            "%s is up: %u of %u replies, %.10g ms on average.", host->name, found->received, found->sent,
            round(times.avg_ms * 1000) / 1000); /* as rtt_avg_ms */
    else
        mcp_say(call, "%s ne répond pas : %s.", "%s does not answer: %s.", host->name,
            mcp_pick(call, causes[found->reason == PING_FINE ? PING_NO_ANSWER : found->reason].text));
}

static void say_fallback(struct session *session)
{
    for (size_t i = 0; session->args->method == PING_AUTO && i < session->target_count; i++) {
        if (session->targets[i].method != PING_TCP)
            continue;
        mcp_say(session->call,
            "ICMP n'est pas permis à ce serveur : durées de connexion TCP au port %d à la place.",
            "This server may not use ICMP: times are of TCP connections to port %d instead.",
            (int)session->args->port);
        return;
    }
}

static void report_progress(void *user, size_t settled, size_t total)
{
    mcp_progress(user, (double)settled, (double)total, NULL);
}

static void put_all(struct session *session)
{
    size_t hosts = session->args->host.count;
    say_fallback(session);
    if (hosts == 1)
        say_one(session, &session->hosts[0]);
    mcp_targets(session->call, hosts);
    for (size_t i = 0; i < hosts; i++)
        put_host(session, &session->hosts[i]);
    if (hosts > 1)
        put_totals(session);
}

static int run(struct mcp_call *call, const void *arguments)
{
    const struct args *args = arguments;
    struct session *session = mcp_alloc(call, sizeof(*session));
    session->call = call;
    session->args = args;
    session->targets = mcp_alloc(call, args->host.count * sizeof(*session->targets));
    int status = resolve_all(session);
    if (status != 0)
        return status;

    struct ping ping = {
        .wait = mcp_waiter(call),
        .targets = session->targets,
        .target_count = session->target_count,
        .count = (unsigned)args->count,
        .interval_ms = (int)args->interval_ms,
        .timeout_ms = (int)args->timeout_ms,
        .method = (enum ping_method)args->method,
        .port = (unsigned)args->port,
        .progress = report_progress,
        .user = call,
    };
    struct err err = { .code = 0 };
    status = ping_run(&ping, &err);
    if (status == -EACCES)
        return mcp_fail(call, MCP_UNSUPPORTED,
            "ICMP n'est pas permis à ce serveur (ping_group_range, CAP_NET_RAW) ; method=tcp est possible",
            "this server may not use ICMP (ping_group_range, CAP_NET_RAW); method=tcp is possible");
    if (status == -ETIMEDOUT)
        mcp_partial(call, "Le temps était écoulé avant la fin.", "Time was up before the end.");
    else if (status == -EMFILE || status == -ENFILE || status == -ENOMEM)
        return mcp_fail(call, MCP_BUSY, "trop de connexions sont ouvertes", "too many connections are open");
    else if (status < 0)
        return status;
    put_all(session);
    return 0;
}

const struct mcp_tool tool_ping_host = {
    .name = "ping_host",
    .path = "ping",
    .title = { "Ping", "Ping" },
    .about = { "Teste si un ou plusieurs hôtes répondent, avec les durées et les pertes.",
        "Tests whether one or more hosts answer, with round-trip times and loss." },
    .params = params,
    .args_size = sizeof(struct args),
    .output = output,
    .target = target,
    .cost = MCP_WORKER,
    .traits = MCP_READ_ONLY | MCP_OPEN_WORLD,
    .timeout_ms = 120000,
    .scope = "network",
    .run = run,
};
