/* dns_lookup: what does a name server say of a name, and what does this machine's hosts file say? */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include <mcp/tool.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/scope.h"
#include "base/text.h"
#include "base/wait.h"
#include "sys/dns.h"
#include "sys/dns_record.h"
#include "sys/guard.h"
#include "sys/hosts.h"
#include "sys/resolvconf.h"
#include "sys/resolve.h"

struct args {
    const char *name, *server;
    int type;
    int64_t port, timeout_ms;
};

static const char *const types[] = { "A", "AAAA", "CNAME", "MX", "TXT", "NS", "SOA", "SRV", "CAA", "PTR",
    "DS", "DNSKEY", "TLSA", "SVCB", "HTTPS", "ANY", NULL };

static const struct mcp_param params[] = {
    MCP_ARG_STRING(struct args, name, .required = true, .min = 1, .max = 1000, .example = "example.org",
        .about = { "Nom à chercher ; pour une adresse IP, son nom inverse",
            "Name to look up; an IP address: its reverse name" }),
    MCP_ARG_ENUM(struct args, type, .choices = types, .preset = "A",
        .about = { "Type d'enregistrement (PTR d'office pour une adresse)",
            "Record type (PTR by itself for an address)" }),
    MCP_ARG_STRING(struct args, server, .format = MCP_HOST, .example = "9.9.9.9",
        .about = { "Serveur à interroger, adresse ou nom ; sinon ceux du système",
            "Server to ask, address or name; else the system's" }),
    MCP_ARG_INT(struct args, port, .preset = "53", .min = 1, .max = 65535,
        .about = { "Port du serveur", "Port of the server" }),
    MCP_ARG_INT(struct args, timeout_ms, .preset = "5000", .min = 100, .max = 10000, .unit = "ms",
        .about = { "Durée maximale, tous essais compris", "Longest time, all tries together" }),
    { 0 },
};

static const struct mcp_field record_fields[] = {
    { .name = "name", .kind = MCP_STRING, .label = { "Nom", "Name" } },
    { .name = "type", .kind = MCP_STRING, .label = { "Type", "Type" } },
    { .name = "ttl", .kind = MCP_INT, .label = { "TTL", "TTL" }, .unit = "s" },
    { .name = "data", .kind = MCP_STRING, .label = { "Valeur", "Data" } },
    { 0 },
};

static const struct mcp_field extended_fields[] = {
    { .name = "code", .kind = MCP_INT, .label = { "Code", "Code" } },
    { .name = "name", .kind = MCP_STRING, .label = { "Sens", "Meaning" } },
    { .name = "text",
        .kind = MCP_STRING,
        .label = { "Texte du serveur", "Server's text" },
        .optional = true },
    { 0 },
};

static const struct mcp_field output[] = {
    { .name = "name", .kind = MCP_STRING, .label = { "Nom demandé", "Name asked for" } },
    { .name = "unicode", .kind = MCP_STRING, .label = { "En clair", "In Unicode" }, .optional = true },
    { .name = "type", .kind = MCP_STRING, .label = { "Type", "Type" } },
    { .name = "server", .kind = MCP_STRING, .label = { "Serveur", "Server" } },
    { .name = "port", .kind = MCP_INT, .label = { "Port", "Port" } },
    { .name = "transport", .kind = MCP_STRING, .label = { "Transport", "Transport" }, .optional = true },
    { .name = "rcode",
        .kind = MCP_STRING,
        .label = { "Code de réponse", "Response code" },
        .optional = true },
    { .name = "flags",
        .kind = MCP_LIST,
        .of = MCP_STRING,
        .label = { "Drapeaux", "Flags" },
        .optional = true },
    { .name = "answers", .kind = MCP_LIST, .label = { "Réponses", "Answers" }, .fields = record_fields },
    { .name = "authority",
        .kind = MCP_LIST,
        .label = { "Autorité", "Authority" },
        .optional = true,
        .fields = record_fields },
    { .name = "authenticated",
        .kind = MCP_BOOL,
        .label = { "Authentifié (DNSSEC)", "Authenticated (DNSSEC)" } },
    { .name = "signed", .kind = MCP_BOOL, .optional = true },
    { .name = "truncated",
        .kind = MCP_BOOL,
        .label = { "Réponse tronquée", "Answer truncated" },
        .optional = true },
    { .name = "extended_errors",
        .kind = MCP_LIST,
        .label = { "Erreurs étendues", "Extended errors" },
        .optional = true,
        .fields = extended_fields },
    { .name = "error", .kind = MCP_STRING, .label = { "Erreur", "Error" }, .optional = true },
    { .name = "hosts_file", .kind = MCP_LIST, .of = MCP_STRING, .label = { "Fichier hosts", "Hosts file" } },
    { .name = "duration_ms", .kind = MCP_NUMBER, .label = { "Durée", "Duration" }, .unit = "ms" },
    { 0 },
};

/* What is asked, of whom. */
struct lookup {
    char name[DNS_NAME_SIZE];
    struct sockaddr_storage address; /* what `name` argument was, if it was one; else AF_UNSPEC */
    const char *type;
    struct dns_server servers[RESOLVCONF_MAX_SERVERS];
    size_t server_count;
    unsigned flags; /* enum dns_query_flag, or-ed */
    const char *server_text; /* as asked; NULL = the system's */
    struct err err; /* why nobody can be asked, or nobody answered */
};

/* Reading the arguments */

static int reject_name(struct mcp_call *call, const char *name, enum dns_name_fault fault)
{
    switch (fault) {
    case DNS_NAME_EMPTY_LABEL:
        return mcp_reject(call, "name",
            "« %s » a une étiquette vide : pas de point au début ni de points qui se suivent",
            "'%s' has an empty label: no leading dot, no two dots in a row", name);
    case DNS_NAME_LABEL_TOO_LONG:
        return mcp_reject(call, "name",
            "une étiquette de « %s » est trop longue : 63 octets au plus entre deux points",
            "a label of '%s' is too long: at most 63 bytes between two dots", name);
    case DNS_NAME_TOO_LONG:
        return mcp_reject(call, "name", "le nom « %.80s... » est trop long : 253 octets au plus en tout",
            "the name '%.80s...' is too long: at most 253 bytes in all", name);
    case DNS_NAME_BAD_IDN:
        return mcp_reject(call, "name", "« %s » n'est pas un nom international valable (IDNA 2008)",
            "'%s' is not a valid international name (IDNA 2008)", name);
    case DNS_NAME_EMPTY:
        return mcp_reject(call, "name", "le nom est vide : un nom de domaine ou une adresse IP est attendu",
            "the name is empty: a domain name or an IP address is expected");
    case DNS_NAME_OK:
    case DNS_NAME_BAD_CHARACTER:
        break;
    }
    return mcp_reject(call, "name", "« %s » n'est pas un nom de domaine : ni espace ni caractère de contrôle",
        "'%s' is not a domain name: no white space, no control characters", name);
}

static bool read_address(const char *text, struct sockaddr_storage *ret_address)
{
    struct sockaddr_storage address = { 0 };
    struct sockaddr_in *v4 = (struct sockaddr_in *)&address;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&address;
    if (inet_pton(AF_INET, text, &v4->sin_addr) == 1)
        address.ss_family = AF_INET;
    else if (inet_pton(AF_INET6, text, &v6->sin6_addr) == 1)
        address.ss_family = AF_INET6;
    else
        return false;
    *ret_address = address;
    return true;
}

static int read_name(struct mcp_call *call, const struct args *args, struct lookup *lookup)
{
    lookup->type = types[args->type];
    if (read_address(args->name, &lookup->address)) {
        dns_reverse_name((const struct sockaddr *)&lookup->address, lookup->name);
        if (strcmp(lookup->type, "A") == 0)
            lookup->type = "PTR";
        return 0;
    }
    enum dns_name_fault fault = dns_name_check(args->name, lookup->name);
    return fault == DNS_NAME_OK ? 0 : reject_name(call, args->name, fault);
}

static bool may_be_asked(enum guard_class class)
{
    return class == GUARD_PUBLIC || class == GUARD_PRIVATE || class == GUARD_LOOPBACK;
}

static void add_server(struct lookup *lookup, const struct sockaddr_storage *address, unsigned port)
{
    if (lookup->server_count == ARRAY_LEN(lookup->servers))
        return;
    struct dns_server *server = &lookup->servers[lookup->server_count++];
    server->address = *address;
    resolve_set_port(&server->address, port);
}

/* 0 also when the server's name leads nowhere: that is a finding, told in lookup->err. */
static int find_given_server(
    struct mcp_call *call, const struct wait *wait, const struct args *args, struct lookup *lookup)
{
    struct resolve_addresses found;
    lookup->server_text = args->server;
    int r = resolve_host(wait, args->server, AF_UNSPEC, &found, &lookup->err);
    if (r == -EINVAL)
        return mcp_reject(call, "server", "« %s » n'est ni une adresse ni un nom de serveur",
            "'%s' is neither an address nor a name of a server", args->server);
    if (r == -ECANCELED)
        return r;
    if (r < 0)
        return 0;
    const struct sockaddr *refused = NULL;
    for (size_t i = 0; i < found.count; i++) {
        const struct sockaddr *address = (const struct sockaddr *)&found.at[i];
        if (may_be_asked(guard_classify(address)))
            add_server(lookup, &found.at[i], (unsigned)args->port);
        else
            refused = address;
    }
    if (lookup->server_count > 0 || !refused)
        return 0;
    char text[RESOLVE_TEXT_SIZE];
    const char *class = guard_class_name(guard_classify(refused));
    return mcp_fail(call, MCP_DENIED, "le serveur %s n'est pas permis : adresse de classe %s",
        "the server %s is not allowed: its address is %s", resolve_text(refused, text), class);
}

static void find_system_servers(const struct args *args, struct lookup *lookup)
{
    struct resolvconf conf;
    int r = resolvconf_read(RESOLVCONF_PATH, &conf);
    if (r < 0) {
        err_set(&lookup->err, r, "%s cannot be read", RESOLVCONF_PATH);
        return;
    }
    if (conf.use_tcp)
        lookup->flags |= DNS_TCP_ONLY;
    for (size_t i = 0; i < conf.server_count; i++)
        add_server(lookup, &conf.servers[i], (unsigned)args->port);
}

/* Telling the answer */

struct hosts_search {
    struct mcp_call *call;
    const struct lookup *lookup;
    size_t left;
};

static bool same_address(const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
    if (a->ss_family != b->ss_family)
        return false;
    if (a->ss_family == AF_INET)
        return ((const struct sockaddr_in *)a)->sin_addr.s_addr ==
            ((const struct sockaddr_in *)b)->sin_addr.s_addr;
    return memcmp(&((const struct sockaddr_in6 *)a)->sin6_addr, &((const struct sockaddr_in6 *)b)->sin6_addr,
               sizeof(struct in6_addr)) == 0;
}

/* Addresses of the name, or the names of an address. */
static bool put_hosts_line(const struct hosts_line *line, void *user)
{
    struct hosts_search *search = user;
    bool reverse = search->lookup->address.ss_family != AF_UNSPEC;
    if (reverse && !same_address(&line->address, &search->lookup->address))
        return true;
    for (size_t i = 0; i < line->count && search->left > 0; i++) {
        char text[RESOLVE_TEXT_SIZE];
        if (reverse)
            mcp_put_str(search->call, NULL, line->names[i]);
        else if (text_same(line->names[i], search->lookup->name))
            mcp_put_str(search->call, NULL, resolve_text((const struct sockaddr *)&line->address, text));
        else
            continue;
        search->left--;
        if (!reverse)
            break;
    }
    return search->left > 0;
}

static void put_hosts_file(struct mcp_call *call, const struct lookup *lookup)
{
    struct hosts_search search = { .call = call, .lookup = lookup, .left = RESOLVE_MAX };
    mcp_open(call, "hosts_file");
    /* A file that cannot be read says nothing of the name. */
    (void)hosts_each(HOSTS_PATH, put_hosts_line, &search);
    mcp_close(call);
}

struct tally {
    size_t shown;
    bool is_signed, cut;
};

/* Proofs stay out (dig shows them with +dnssec only) unless everything was asked for. */
static struct tally put_records(struct mcp_call *call, const char *field, const struct dns_reply *reply,
    enum dns_section section, bool proofs)
{
    struct tally tally = { 0 };
    mcp_open(call, field);
    for (size_t i = 0; !tally.cut; i++) {
        CLEANUP(dns_record_done) struct dns_record record = { 0 };
        if (dns_record_read(reply->packet, section, i, &record) < 0)
            break;
        bool proof = dns_record_is_proof(&record);
        tally.is_signed |= strcmp(record.type, "RRSIG") == 0;
        tally.cut = mcp_room(call) < strlen(record.name) + strlen(record.data) + 1000;
        if ((proof && !proofs) || tally.cut)
            continue;
        tally.shown++;
        mcp_open(call, NULL);
        mcp_put_str(call, "name", record.name);
        mcp_put_str(call, "type", record.type);
        mcp_put_int(call, "ttl", record.ttl);
        mcp_put_str(call, "data", record.data);
        mcp_close(call);
    }
    mcp_close(call);
    if (tally.cut)
        mcp_partial(call, "la réponse est trop longue pour être montrée en entier",
            "the answer is too long to be shown in full");
    return tally;
}

static void put_extended_errors(struct mcp_call *call, const struct dns_reply *reply)
{
    struct dns_extended_error error;
    if (!dns_extended_error_read(reply->packet, 0, &error))
        return;
    mcp_open(call, "extended_errors");
    for (size_t i = 0; dns_extended_error_read(reply->packet, i, &error); i++) {
        mcp_open(call, NULL);
        mcp_put_int(call, "code", error.code);
        mcp_put_str(call, "name", error.name);
        mcp_put_str(call, "text", *error.text ? error.text : NULL);
        mcp_close(call);
    }
    mcp_close(call);
}

static void say_outcome(
    struct mcp_call *call, const struct lookup *lookup, const char *server, const char *rcode, size_t shown)
{
    const char *name = lookup->name, *type = lookup->type;
    if (strcmp(rcode, "NXDOMAIN") == 0)
        mcp_say(call, "Le nom %s n'existe pas (NXDOMAIN), selon %s.",
            "The name %s does not exist (NXDOMAIN), says %s.", name, server);
    else if (strcmp(rcode, "NOERROR") != 0)
        mcp_say(call, "Le serveur %s a répondu %s pour %s (%s).", "The server %s answered %s for %s (%s).",
            server, rcode, name, type);
    else if (shown == 0)
        mcp_say(call, "Aucun enregistrement %s pour %s, selon %s.", "No %s record for %s, says %s.", type,
            name, server);
    else if (shown == 1)
        mcp_say(call, "%s (%s), selon %s : un enregistrement.", "%s (%s), says %s: one record.", name, type,
            server);
    else
        mcp_say(call, "%s (%s), selon %s : %zu enregistrements.", "%s (%s), says %s: %zu records.", name,
            type, server, shown);
}

static void put_flags(
    struct mcp_call *call, const struct dns_reply *reply, bool *ret_authenticated, bool *ret_truncated)
{
    const char *names[DNS_FLAGS_MAX];
    size_t count = dns_flag_names(reply->packet, names);
    mcp_open(call, "flags");
    for (size_t i = 0; i < count; i++) {
        mcp_put_str(call, NULL, names[i]);
        *ret_authenticated |= strcmp(names[i], "ad") == 0;
        *ret_truncated |= strcmp(names[i], "tc") == 0;
    }
    mcp_close(call);
}

static void put_reply(struct mcp_call *call, const struct lookup *lookup, const struct dns_reply *reply)
{
    char rcode[DNS_RCODE_SIZE], server[RESOLVE_TEXT_SIZE];
    bool everything = strcmp(lookup->type, "ANY") == 0, authenticated = false, truncated = false;
    resolve_text((const struct sockaddr *)&lookup->servers[reply->server].address, server);
    dns_rcode_name(dns_reply_rcode(reply->packet), rcode);
    mcp_put_str(call, "server", server);
    mcp_put_str(call, "transport", reply->tcp ? "tcp" : "udp");
    mcp_put_str(call, "rcode", rcode);
    put_flags(call, reply, &authenticated, &truncated);
    struct tally answers = put_records(call, "answers", reply, DNS_ANSWER, everything);
    if (answers.shown == 0 && !answers.cut)
        put_records(call, "authority", reply, DNS_AUTHORITY, false);
    mcp_put_bool(call, "authenticated", authenticated);
    if (answers.shown > 0)
        mcp_put_bool(call, "signed", answers.is_signed);
    if (truncated)
        mcp_put_bool(call, "truncated", true);
    put_extended_errors(call, reply);
    say_outcome(call, lookup, server, rcode, answers.shown);
}

static struct mcp_text silence_reason(int code)
{
    switch (code) {
    case -ETIMEDOUT:
        return (struct mcp_text){ "pas de réponse à temps", "no answer in time" };
    case -ECONNREFUSED:
        return (struct mcp_text){ "rien n'écoute sur ce port", "nothing listens on that port" };
    case -ENOENT:
        return (struct mcp_text){ "le nom du serveur n'a pas d'adresse", "the server's name has no address" };
    case -EAGAIN:
        return (struct mcp_text){ "le nom du serveur n'a pas pu être résolu",
            "the server's name could not be resolved" };
    case -EBADMSG:
        return (struct mcp_text){ "réponse illisible", "the answer cannot be read" };
    default:
        return (struct mcp_text){ "réseau injoignable ou en erreur", "network unreachable or failing" };
    }
}

/* Nobody answered: the reason is the result. */
static void put_silence(struct mcp_call *call, const struct lookup *lookup)
{
    char text[RESOLVE_TEXT_SIZE];
    const char *server = lookup->server_text ? lookup->server_text : "";
    if (lookup->server_count > 0)
        server = resolve_text((const struct sockaddr *)&lookup->servers[0].address, text);
    mcp_put_str(call, "server", server);
    mcp_open(call, "answers");
    mcp_close(call);
    mcp_put_bool(call, "authenticated", false);
    mcp_put_str(call, "error", lookup->err.text);
    const char *reason = mcp_pick(call, silence_reason(lookup->err.code));
    mcp_say(call, "Aucun serveur DNS n'a répondu pour %s (%s) : %s.",
        "No name server answered for %s (%s): %s.", lookup->name, lookup->type, reason);
}

static int run(struct mcp_call *call, const void *arguments)
{
    const struct args *args = arguments;
    struct lookup *lookup = mcp_alloc(call, sizeof(*lookup));
    int r = read_name(call, args, lookup);
    if (r != 0)
        return r;
    struct wait wait = wait_within(mcp_waiter(call), (int)args->timeout_ms);
    int64_t started_ns = clock_ns();
    if (args->server)
        r = find_given_server(call, &wait, args, lookup);
    else
        find_system_servers(args, lookup);
    if (r != 0)
        return r;

    CLEANUP(dns_reply_done) struct dns_reply reply = { 0 };
    if (lookup->server_count > 0) {
        r = dns_query(&wait, lookup->servers, lookup->server_count, lookup->name, dns_type_code(lookup->type),
            DNS_WANT_DNSSEC | lookup->flags, &reply, &lookup->err);
        if (r == -ECANCELED || r == -ENOMEM || r == -EINVAL)
            return r;
    }
    double duration_ms = (double)(clock_ns() - started_ns) / 1e6;

    char unicode[DNS_NAME_SIZE];
    mcp_put_str(call, "name", lookup->name);
    if (dns_name_to_unicode(lookup->name, unicode))
        mcp_put_str(call, "unicode", unicode);
    mcp_put_str(call, "type", lookup->type);
    mcp_put_int(call, "port", args->port);
    if (reply.packet)
        put_reply(call, lookup, &reply);
    else
        put_silence(call, lookup);
    put_hosts_file(call, lookup);
    mcp_put_round(call, "duration_ms", duration_ms, 1);
    return 0;
}

const struct mcp_tool tool_dns_lookup = {
    .name = "dns_lookup",
    .path = "dns",
    .title = { "Requête DNS", "DNS lookup" },
    .about = { "Interroge un serveur DNS (tout type d'enregistrement, DNSSEC) et le fichier hosts.",
        "Asks a name server for records of a name (any usual type, DNSSEC) and looks into the hosts file." },
    .params = params,
    .args_size = sizeof(struct args),
    .output = output,
    .cost = MCP_WORKER,
    .traits = MCP_READ_ONLY | MCP_OPEN_WORLD | MCP_IDEMPOTENT,
    .timeout_ms = 11000,
    .scope = "network",
    .run = run,
};
