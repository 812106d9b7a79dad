/* Names to addresses: numbers first, then the hosts file, then DNS. Knows nothing of what the address is for:
 * whether it may be connected to is for guard.c and its caller. */
#include "sys/resolve.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ldns/ldns.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/scope.h"
#include "base/text.h"
#include "base/wait.h"
#include "sys/dns.h"
#include "sys/hosts.h"
#include "sys/nsswitch.h"
#include "sys/resolvconf.h"

enum {
    TEXT_MAX = 1024,
    CHAIN_MAX = 16,
    PATIENCE_MS = 10000, /* for one name, whatever the options of resolv.conf multiply to */
};

const struct resolve_files resolve_system = { HOSTS_PATH, RESOLVCONF_PATH, NSSWITCH_PATH };

socklen_t resolve_length(const struct sockaddr_storage *address)
{
    return address->ss_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
}

void resolve_set_port(struct sockaddr_storage *address, unsigned port)
{
    if (address->ss_family == AF_INET6)
        ((struct sockaddr_in6 *)address)->sin6_port = htons((uint16_t)port);
    else
        ((struct sockaddr_in *)address)->sin_port = htons((uint16_t)port);
}

char *resolve_text(const struct sockaddr *address, char ret_text[RESOLVE_TEXT_SIZE])
{
    ret_text[0] = '\0';
    if (address->sa_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, address, sizeof(in));
        (void)inet_ntop(AF_INET, &in.sin_addr, ret_text, RESOLVE_TEXT_SIZE);
    } else if (address->sa_family == AF_INET6) {
        struct sockaddr_in6 in6;
        memcpy(&in6, address, sizeof(in6));
        (void)inet_ntop(AF_INET6, &in6.sin6_addr, ret_text, RESOLVE_TEXT_SIZE);
        char link[IF_NAMESIZE];
        size_t len = strlen(ret_text);
        if (in6.sin6_scope_id == 0)
            return ret_text;
        if (if_indextoname(in6.sin6_scope_id, link))
            (void)snprintf(ret_text + len, RESOLVE_TEXT_SIZE - len, "%%%s", link);
        else
            (void)snprintf(ret_text + len, RESOLVE_TEXT_SIZE - len, "%%%u", in6.sin6_scope_id);
    }
    return ret_text;
}

static const char *family_name(int family)
{
    return family == AF_INET6 ? "IPv6" : "IPv4";
}

/* Numbers */

/* The last label decides whether it was meant as an IPv4 address: no top level domain is a number. */
static bool looks_numeric(const char *host)
{
    size_t len = strlen(host);
    if (len > 0 && host[len - 1] == '.')
        len--;
    size_t start = len;
    while (start > 0 && host[start - 1] != '.')
        start--;
    const char *label = host + start;
    size_t rest = len - start;
    if (rest > 2 && label[0] == '0' && (label[1] | 0x20) == 'x')
        return strspn(label + 2, "0123456789abcdefABCDEF") >= rest - 2;
    return rest > 0 && strspn(label, "0123456789") >= rest;
}

/* 1 with the address, 0 when `host` is a name, else -EINVAL or -ENOENT. */
static int resolve_number(
    const char *host, int family, struct resolve_addresses *ret_addresses, struct err *err)
{
    struct addrinfo hints = { .ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_DGRAM };
    struct addrinfo *found = NULL;
    if (getaddrinfo(host, NULL, &hints, &found) != 0) {
        if (strchr(host, '%'))
            return err_say(err, -EINVAL, "« %.80s » : interface inconnue, ou pas une adresse IPv6",
                "\"%.80s\": no such interface, or not an IPv6 address", host);
        if (strchr(host, ':'))
            return err_say(err, -EINVAL, "« %.80s » n'est ni un nom d'hôte ni une adresse IPv6",
                "\"%.80s\" is not a host name nor an IPv6 address", host);
        if (looks_numeric(host))
            return err_say(err, -EINVAL, "« %.80s » n'est pas une adresse IPv4",
                "\"%.80s\" is not an IPv4 address", host);
        return 0;
    }
    bool fits = family == AF_UNSPEC || family == found->ai_family;
    if (fits) {
        memset(ret_addresses, 0, sizeof(*ret_addresses));
        ret_addresses->count = 1;
        memcpy(&ret_addresses->at[0], found->ai_addr, found->ai_addrlen);
    }
    freeaddrinfo(found);
    return fits ? 1 : err_set(err, -ENOENT, "%.80s is not an %s address", host, family_name(family));
}

/* Spelling */

static const struct {
    const char *fr, *en;
} name_faults[] = {
    [DNS_NAME_EMPTY] = { "il est vide", "it is empty" },
    [DNS_NAME_EMPTY_LABEL] = { "il a une partie vide", "it has an empty label" },
    [DNS_NAME_LABEL_TOO_LONG] = { "une partie dépasse 63 octets", "a label is over 63 bytes" },
    [DNS_NAME_TOO_LONG] = { "il dépasse 253 octets", "it is over 253 bytes" },
    [DNS_NAME_BAD_CHARACTER] = { "un caractère n'est pas permis", "a character is not allowed" },
    [DNS_NAME_BAD_IDN] = { "ce n'est pas un nom international", "not valid as an international name" },
};

/* A host name in ASCII, without brackets and final dot. */
static int spell(const char *host, char ret_ascii[DNS_NAME_SIZE], struct err *err)
{
    enum dns_name_fault fault = dns_name_check(host, ret_ascii);
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
    if (fault == DNS_NAME_OK && strcmp(ret_ascii, ".") == 0)
        fault = DNS_NAME_EMPTY;
    if (fault == DNS_NAME_OK && ret_ascii[strspn(ret_ascii, allowed)] != '\0')
        fault = DNS_NAME_BAD_CHARACTER;
    if (fault == DNS_NAME_OK)
        return 0;
    /* Each sentence takes its own reason: "%.0s" leaves the other one out. */
    return err_say(err, -EINVAL, "« %.80s » n'est pas un nom d'hôte : %s%.0s",
        "\"%.80s\" is not a host name: %.0s%s", host, name_faults[fault].fr, name_faults[fault].en);
}

/* Order */

/* Whether this machine has a route and a source address for it. Connecting a datagram socket sends nothing.
 */
static bool is_reachable(const struct sockaddr_storage *address)
{
    struct sockaddr_storage to = *address;
    resolve_set_port(&to, 9);
    CLEANUP(scope_close) int fd = socket(to.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    return fd >= 0 && connect(fd, (const struct sockaddr *)&to, resolve_length(&to)) == 0;
}

static bool is_known(const struct resolve_addresses *addresses, const struct sockaddr_storage *address)
{
    for (size_t i = 0; i < addresses->count; i++)
        if (memcmp(&addresses->at[i], address, sizeof(*address)) == 0)
            return true;
    return false;
}

/* RFC 6724, the part that matters to a client: what can be reached first, then IPv6 first; else as they came.
 */
static void put_in_order(const struct resolve_addresses *found, struct resolve_addresses *ret_addresses)
{
    bool reachable[RESOLVE_MAX] = { false };
    for (size_t i = 0; i < found->count; i++)
        reachable[i] = found->count == 1 || is_reachable(&found->at[i]);
    ret_addresses->count = 0;
    for (int rank = 0; rank < 4; rank++)
        for (size_t i = 0; i < found->count; i++) {
            int own = (reachable[i] ? 0 : 2) + (found->at[i].ss_family == AF_INET6 ? 0 : 1);
            if (own == rank && !is_known(ret_addresses, &found->at[i]))
                ret_addresses->at[ret_addresses->count++] = found->at[i];
        }
}

/* DNS */

static void add_address(struct resolve_addresses *found, const ldns_rr *rr, int family)
{
    const ldns_rdf *data = ldns_rr_rdf(rr, 0);
    size_t want = family == AF_INET6 ? sizeof(struct in6_addr) : sizeof(struct in_addr);
    if (found->count == RESOLVE_MAX || !data || ldns_rdf_size(data) != want)
        return;
    struct sockaddr_storage *to = &found->at[found->count++];
    memset(to, 0, sizeof(*to));
    to->ss_family = (sa_family_t)family;
    if (family == AF_INET6)
        memcpy(&((struct sockaddr_in6 *)to)->sin6_addr, ldns_rdf_data(data), want);
    else
        memcpy(&((struct sockaddr_in *)to)->sin_addr, ldns_rdf_data(data), want);
}

/* Only what the question leads to counts, aliases followed: an answer may hold anything. */
static void read_answer(const ldns_pkt *packet, int family, struct resolve_addresses *found)
{
    const ldns_rr_list *answer = ldns_pkt_answer(packet);
    const ldns_rr_list *question = ldns_pkt_question(packet);
    if (!answer || ldns_rr_list_rr_count(question) != 1)
        return;
    ldns_rr_type type = family == AF_INET6 ? LDNS_RR_TYPE_AAAA : LDNS_RR_TYPE_A;
    const ldns_rdf *name = ldns_rr_owner(ldns_rr_list_rr(question, 0));
    for (int step = 0; name && step < CHAIN_MAX; step++) {
        const ldns_rdf *alias = NULL;
        for (size_t i = 0; i < ldns_rr_list_rr_count(answer); i++) {
            const ldns_rr *rr = ldns_rr_list_rr(answer, i);
            if (ldns_dname_compare(ldns_rr_owner(rr), name) != 0)
                continue;
            if (ldns_rr_get_type(rr) == type)
                add_address(found, rr, family);
            else if (ldns_rr_get_type(rr) == LDNS_RR_TYPE_CNAME)
                alias = ldns_rr_rdf(rr, 0);
        }
        name = alias;
    }
}

/* Adds the addresses of one family. 0 (also when there are none), -ENOENT: no such name, or why nobody
 * answered. */
static int ask(const struct wait *wait, const struct resolvconf *conf, const char *name, int family,
    struct resolve_addresses *found, struct err *err)
{
    struct dns_server servers[RESOLVCONF_MAX_SERVERS];
    for (size_t i = 0; i < conf->server_count; i++)
        servers[i].address = conf->servers[i];
    unsigned type = family == AF_INET6 ? LDNS_RR_TYPE_AAAA : LDNS_RR_TYPE_A;
    CLEANUP(dns_reply_done) struct dns_reply reply = { .packet = NULL };
    int status = dns_query(
        wait, servers, conf->server_count, name, type, conf->use_tcp ? DNS_TCP_ONLY : 0, &reply, err);
    if (status < 0)
        return status;
    unsigned rcode = dns_reply_rcode(reply.packet);
    if (rcode == LDNS_RCODE_NXDOMAIN)
        return -ENOENT;
    if (rcode != LDNS_RCODE_NOERROR)
        return err_set(err, -EAGAIN, "the name server refuses to answer for %.80s (rcode %u)", name, rcode);
    read_answer(reply.packet, family, found);
    return 0;
}

/* One complete name, both families. 0 with at least one address; -ENOENT; or why nobody answered. */
static int ask_families(const struct wait *wait, const struct resolvconf *conf, const char *name, int family,
    struct resolve_addresses *found, struct err *err)
{
    int worst = -ENOENT;
    static const int families[] = { AF_INET6, AF_INET };
    for (size_t i = 0; i < ARRAY_LEN(families); i++) {
        if (family != AF_UNSPEC && family != families[i])
            continue;
        int status = ask(wait, conf, name, families[i], found, err);
        if (status == -ECANCELED || status == -ENOENT)
            return status; /* no such name: that holds for every type */
        if (status < 0)
            worst = status;
    }
    return found->count > 0 ? 0 : worst;
}

/* The name with the search list applied: 0, -ENOENT, or why nobody answered. */
static int ask_search(const struct wait *wait, const struct resolvconf *conf, const char *name, bool complete,
    int family, struct resolve_addresses *found, struct err *err)
{
    unsigned dots = 0;
    for (const char *c = name; *c; c++)
        dots += *c == '.';
    size_t tries = complete ? 0 : conf->search_count;
    bool first = complete || dots >= conf->ndots;
    int worst = -ENOENT;
    for (size_t i = 0; i <= tries; i++) {
        char full[TEXT_MAX + RESOLVCONF_NAME_SIZE + 2];
        bool as_is = first ? i == 0 : i == tries;
        const char *domain = as_is ? NULL : conf->search[first ? i - 1 : i];
        (void)snprintf(full, sizeof(full), "%s%s%s", name, domain ? "." : "", domain ? domain : "");
        char ascii[DNS_NAME_SIZE];
        if (dns_name_check(full, ascii) != DNS_NAME_OK)
            continue;
        int status = ask_families(wait, conf, ascii, family, found, err);
        if (status == 0 || status == -ECANCELED)
            return status;
        if (status != -ENOENT)
            worst = status;
    }
    return worst;
}

/* How long the options of resolv.conf allow for one name. */
static int patience_ms(const struct resolvconf *conf)
{
    uint64_t asked = (uint64_t)conf->timeout_ms * conf->attempts * conf->server_count;
    return asked < PATIENCE_MS ? (int)asked : PATIENCE_MS;
}

static int resolve_dns(const struct wait *wait, const char *path, const char *name, bool complete, int family,
    struct resolve_addresses *found, struct err *err)
{
    struct resolvconf conf;
    int status = resolvconf_read(path, &conf);
    if (status < 0)
        return err_set(err, -EAGAIN, "cannot read %s", path);
    struct wait within = wait_within(wait, patience_ms(&conf));
    struct err reason = { .code = 0 };
    status = ask_search(&within, &conf, name, complete, family, found, &reason);
    if (status == 0)
        return 0;
    if (status == -ECANCELED)
        return err_set(err, status, "cancelled");
    if (status == -ENOENT && family != AF_UNSPEC)
        return err_set(err, status, "no %s address for %.100s", family_name(family), name);
    if (status == -ENOENT)
        return err_set(err, status, "no address for %.100s", name);
    if (wait_left_ms(wait) == 0)
        return err_set(err, -ETIMEDOUT, "no name server answered for %.100s in time", name);
    if (reason.text[0])
        return err_set(err, -EAGAIN, "%s", reason.text);
    return err_set(err, -EAGAIN, "no name server answered for %.100s", name);
}

/* Other sources */

/* Cannot be cancelled: the module decides how long it takes. */
static int resolve_system_library(
    const char *name, int family, struct resolve_addresses *found, struct err *err)
{
    struct addrinfo hints = { .ai_family = family, .ai_socktype = SOCK_STREAM };
    struct addrinfo *list = NULL;
    int status = getaddrinfo(name, NULL, &hints, &list);
    if (status == EAI_AGAIN || status == EAI_SYSTEM || status == EAI_FAIL)
        return err_set(err, -EAGAIN, "%.100s: %s", name, gai_strerror(status));
    if (status != 0)
        return err_set(err, -ENOENT, "%.100s: %s", name, gai_strerror(status));
    for (const struct addrinfo *at = list; at && found->count < RESOLVE_MAX; at = at->ai_next) {
        if (at->ai_family != AF_INET && at->ai_family != AF_INET6)
            continue;
        struct sockaddr_storage *to = &found->at[found->count++];
        memset(to, 0, sizeof(*to));
        memcpy(to, at->ai_addr, at->ai_addrlen);
    }
    freeaddrinfo(list);
    return found->count > 0 ? 0 : err_set(err, -ENOENT, "no address for %.100s", name);
}

/* RFC 6761, section 6.3: never asked of a server. */
static bool is_localhost(const char *name)
{
    size_t len = strlen(name), own = strlen("localhost");
    return len >= own && text_same(name + len - own, "localhost") &&
        (len == own || name[len - own - 1] == '.');
}

static int resolve_localhost(int family, struct resolve_addresses *found)
{
    if (family != AF_INET) {
        struct sockaddr_in6 *to = (struct sockaddr_in6 *)&found->at[found->count++];
        to->sin6_family = AF_INET6;
        to->sin6_addr = in6addr_loopback;
    }
    if (family != AF_INET6) {
        struct sockaddr_in *to = (struct sockaddr_in *)&found->at[found->count++];
        to->sin_family = AF_INET;
        to->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    }
    return 0;
}

/* All together */

static int resolve_name(const struct wait *wait, const struct resolve_files *files, const char *name,
    bool complete, int family, struct resolve_addresses *found, struct err *err)
{
    int status = hosts_lookup(files->hosts, name, family, found);
    if (status == 0)
        return 0;
    if (is_localhost(name))
        return resolve_localhost(family, found);
    if (nsswitch_needs_library(files->nsswitch, name))
        return resolve_system_library(name, family, found, err);
    return resolve_dns(wait, files->resolvconf, name, complete, family, found, err);
}

int resolve_host_by(const struct wait *wait, const struct resolve_files *files, const char *host, int family,
    struct resolve_addresses *ret_addresses, struct err *err)
{
    char text[TEXT_MAX];
    size_t len = strlen(host);
    bool bracketed = len > 2 && host[0] == '[' && host[len - 1] == ']';
    if (len >= sizeof(text))
        return err_say(err, -EINVAL, "un nom d'hôte de %zu octets ; 253 au plus sont permis",
            "a host name of %zu bytes; at most 253 are allowed", len);
    (void)snprintf(text, sizeof(text), "%.*s", (int)(bracketed ? len - 2 : len), bracketed ? host + 1 : host);
    if (bracketed && !strchr(text, ':'))
        return err_say(err, -EINVAL, "« %.80s » n'est pas une adresse IPv6 entre crochets",
            "\"%.80s\" is not an IPv6 address in brackets", host);

    int status = resolve_number(text, family, ret_addresses, err);
    if (status != 0)
        return status < 0 ? status : 0;
    char name[DNS_NAME_SIZE];
    status = spell(text, name, err);
    if (status < 0)
        return status;
    status = resolve_number(name, family, ret_addresses, err); /* digits of other scripts */
    if (status != 0)
        return status < 0 ? status : 0;

    struct resolve_addresses found = { .count = 0 };
    bool complete = len > 0 && text[strlen(text) - 1] == '.';
    status = resolve_name(wait, files, name, complete, family, &found, err);
    if (status < 0)
        return status;
    put_in_order(&found, ret_addresses);
    return 0;
}

int resolve_host(const struct wait *wait, const char *host, int family,
    struct resolve_addresses *ret_addresses, struct err *err)
{
    return resolve_host_by(wait, &resolve_system, host, family, ret_addresses, err);
}
