/* DNS exchange: sockets, deadlines and retries are ours, messages are read and written by ldns.
 * Knows nothing of resolv.conf, hosts files or tools. */
#include "sys/dns.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include <ldns/ldns.h>

#include "base/err.h"
#include "base/scope.h"
#include "base/wait.h"

#define HEADER_SIZE 12
#define MESSAGE_MAX 65535
#define QUERY_MAX 4096
#define EDNS_SIZE 1232 /* fits every path without fragments (DNS flag day 2020) */
#define ROUNDS 3
#define TRY_MAX_MS 5000

/* One round trip */

static socklen_t address_length(const struct sockaddr_storage *address)
{
    return address->ss_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
}

/* "192.0.2.1 port 53" for messages. */
static const char *server_text(const struct dns_server *server, char text[NI_MAXHOST + 16])
{
    char host[NI_MAXHOST] = "?", port[8] = "?";
    getnameinfo((const struct sockaddr *)&server->address, address_length(&server->address), host,
        sizeof(host), port, sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV);
    snprintf(text, NI_MAXHOST + 16, "%s port %s", host, port);
    return text;
}

static int exchange_error(struct err *err, int code, const struct dns_server *server, const char *what)
{
    char who[NI_MAXHOST + 16], why[80];
    if (what)
        return err_set(err, code, "%s: %s", server_text(server, who), what);
    return err_set(err, code, "%s: %s", server_text(server, who), strerror_r(-code, why, sizeof(why)));
}

/* Bytes of the first question behind the header; 0 when it does not fit in the message. */
static size_t question_length(const uint8_t *message, size_t len)
{
    size_t at = HEADER_SIZE;
    while (at < len && message[at] != 0 && message[at] <= LDNS_MAX_LABELLEN)
        at += message[at] + 1u;
    if (at >= len || message[at] != 0 || len - at < 5)
        return 0;
    return at + 5 - HEADER_SIZE;
}

static uint8_t fold(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
}

/* Servers may change the case of the name, never anything else. A server that did not understand may leave
 * the question out (RFC 1035 says it should not). */
static bool reply_matches(const uint8_t *query, size_t query_len, const uint8_t *reply, size_t reply_len)
{
    if (reply_len < HEADER_SIZE || memcmp(query, reply, 2) != 0 || (reply[2] & 0x80) == 0)
        return false;
    unsigned questions = (unsigned)reply[4] << 8 | reply[5];
    if (questions == 0)
        return (reply[3] & 0x0f) != LDNS_RCODE_NOERROR && (reply[3] & 0x0f) != LDNS_RCODE_NXDOMAIN;
    size_t len = question_length(query, query_len);
    if (questions != 1 || len == 0 || question_length(reply, reply_len) != len)
        return false;
    const uint8_t *asked = query + HEADER_SIZE, *answered = reply + HEADER_SIZE;
    for (size_t i = 0; i < len - 4; i++)
        if (fold(asked[i]) != fold(answered[i]))
            return false;
    return memcmp(asked + len - 4, answered + len - 4, 4) == 0;
}

/* A non-blocking connected socket; a connection under way is fine. */
static int open_socket(const struct dns_server *server, int type, int *ret_fd)
{
    CLEANUP(scope_close) int fd = socket(server->address.ss_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    if (connect(fd, (const struct sockaddr *)&server->address, address_length(&server->address)) < 0 &&
        errno != EINPROGRESS)
        return -errno;
    *ret_fd = fd;
    fd = -1;
    return 0;
}

static int wait_until_deadline(const struct wait *wait, int fd, short events)
{
    if (wait_left_ms(wait) == 0)
        return -ETIMEDOUT;
    int ready = wait_fd(wait, fd, events, -1);
    if (ready < 0)
        return ready;
    return ready == 0 ? -ETIMEDOUT : 0;
}

static int exchange_udp(
    const struct wait *wait, int fd, const uint8_t *query, size_t query_len, struct dns_wire *reply)
{
    if (send(fd, query, query_len, MSG_NOSIGNAL) < 0)
        return -errno;
    for (;;) {
        int r = wait_until_deadline(wait, fd, POLLIN);
        if (r < 0)
            return r;
        ssize_t got = recv(fd, reply->data, reply->size, MSG_TRUNC);
        if (got < 0 && errno == EAGAIN)
            continue;
        if (got < 0)
            return -errno;
        bool whole = (size_t)got <= reply->size;
        if (!reply_matches(query, query_len, reply->data, whole ? (size_t)got : reply->size))
            continue;
        if (!whole)
            return -EMSGSIZE;
        reply->len = (size_t)got;
        return 0;
    }
}

static int send_whole(const struct wait *wait, int fd, const uint8_t *data, size_t len)
{
    while (len > 0) {
        int r = wait_until_deadline(wait, fd, POLLOUT);
        if (r < 0)
            return r;
        ssize_t sent = send(fd, data, len, MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN)
            return -errno;
        if (sent > 0) {
            data += sent;
            len -= (size_t)sent;
        }
    }
    return 0;
}

static int receive_whole(const struct wait *wait, int fd, uint8_t *data, size_t len)
{
    while (len > 0) {
        int r = wait_until_deadline(wait, fd, POLLIN);
        if (r < 0)
            return r;
        ssize_t got = recv(fd, data, len, 0);
        if (got == 0)
            return -ECONNRESET;
        if (got < 0 && errno != EAGAIN)
            return -errno;
        if (got > 0) {
            data += got;
            len -= (size_t)got;
        }
    }
    return 0;
}

static int exchange_tcp(
    const struct wait *wait, int fd, const uint8_t *query, size_t query_len, struct dns_wire *reply)
{
    uint8_t framed[2 + QUERY_MAX];
    framed[0] = (uint8_t)(query_len >> 8);
    framed[1] = (uint8_t)query_len;
    memcpy(framed + 2, query, query_len);
    int r = send_whole(wait, fd, framed, query_len + 2);
    if (r < 0)
        return r;

    uint8_t prefix[2];
    r = receive_whole(wait, fd, prefix, sizeof(prefix));
    if (r < 0)
        return r;
    size_t len = (size_t)prefix[0] << 8 | prefix[1];
    if (len > reply->size)
        return -EMSGSIZE;
    r = receive_whole(wait, fd, reply->data, len);
    if (r < 0)
        return r;
    if (!reply_matches(query, query_len, reply->data, len))
        return -EBADMSG;
    reply->len = len;
    return 0;
}

int dns_exchange(const struct wait *wait, const struct dns_server *server, bool tcp, const uint8_t *query,
    size_t query_len, struct dns_wire *reply, struct err *err)
{
    if (query_len < HEADER_SIZE || query_len > QUERY_MAX)
        return err_set(err, -EINVAL, "a query of %zu bytes", query_len);
    CLEANUP(scope_close) int fd = -1;
    int r = open_socket(server, tcp ? SOCK_STREAM : SOCK_DGRAM, &fd);
    if (r == 0 && tcp)
        r = exchange_tcp(wait, fd, query, query_len, reply);
    else if (r == 0)
        r = exchange_udp(wait, fd, query, query_len, reply);
    if (r == -ETIMEDOUT)
        return exchange_error(err, r, server, "no answer in time");
    if (r == -EBADMSG)
        return exchange_error(err, r, server, "an answer to another question");
    return r < 0 ? exchange_error(err, r, server, NULL) : 0;
}

/* A whole question */

void dns_reply_done(struct dns_reply *reply)
{
    if (!reply)
        return;
    ldns_pkt_free(reply->packet);
    *reply = (struct dns_reply){ 0 };
}

unsigned dns_reply_rcode(const struct ldns_struct_pkt *packet)
{
    return (unsigned)ldns_pkt_edns_extended_rcode(packet) << 4 | (unsigned)ldns_pkt_get_rcode(packet);
}

/* What stays the same over all tries of one question. */
struct question {
    const char *name;
    unsigned type, flags;
    bool edns; /* false once a server did not understand it */
    struct dns_wire *reply; /* MESSAGE_MAX bytes */
};

/* The message for one try, with an id nobody can guess; malloc'ed by ldns. */
static int build_query(const struct question *question, uint8_t **ret_wire, size_t *ret_len)
{
    ldns_rdf *name = NULL;
    if (ldns_str2rdf_dname(&name, question->name) != LDNS_STATUS_OK)
        return -EINVAL;
    uint16_t id;
    if (getrandom(&id, sizeof(id), 0) != (ssize_t)sizeof(id)) {
        ldns_rdf_deep_free(name);
        return -EIO;
    }
    uint16_t flags = question->flags & DNS_NO_RECURSION ? 0 : LDNS_RD;
    if (question->flags & DNS_WANT_DNSSEC)
        flags |= LDNS_AD;
    ldns_pkt *packet = ldns_pkt_query_new(name, (ldns_rr_type)question->type, LDNS_RR_CLASS_IN, flags);
    if (!packet) {
        ldns_rdf_deep_free(name);
        return -ENOMEM;
    }
    ldns_pkt_set_id(packet, id);
    if (question->edns) {
        ldns_pkt_set_edns_udp_size(packet, EDNS_SIZE);
        ldns_pkt_set_edns_do(packet, (question->flags & DNS_WANT_DNSSEC) != 0);
    }
    ldns_status status = ldns_pkt2wire(ret_wire, packet, ret_len);
    ldns_pkt_free(packet);
    return status == LDNS_STATUS_OK ? 0 : -EINVAL;
}

static int ask_over(const struct wait *wait, const struct dns_server *server, const struct question *question,
    bool tcp, ldns_pkt **ret_packet, struct err *err)
{
    CLEANUP(scope_free) uint8_t *query = NULL;
    size_t query_len;
    int r = build_query(question, &query, &query_len);
    if (r < 0)
        return err_set(err, r, "cannot ask for '%s'", question->name);
    r = dns_exchange(wait, server, tcp, query, query_len, question->reply, err);
    if (r < 0)
        return r;
    ldns_pkt *packet = NULL;
    ldns_status status = ldns_wire2pkt(&packet, question->reply->data, question->reply->len);
    if (status != LDNS_STATUS_OK)
        return exchange_error(err, -EBADMSG, server, ldns_get_errorstr_by_id(status));
    *ret_packet = packet;
    return 0;
}

/* A server that does not know EDNS says FORMERR or NOTIMP (RFC 6891 7), BADVERS one that knows another
 * version. */
static bool dislikes_edns(const ldns_pkt *packet)
{
    unsigned rcode = dns_reply_rcode(packet);
    return rcode == LDNS_RCODE_FORMERR || rcode == LDNS_RCODE_NOTIMPL || rcode == 16;
}

/* One try with one server: over UDP, then without EDNS or over TCP if it must be. */
static int ask_server(const struct wait *wait, const struct dns_server *server, struct question question,
    struct dns_reply *ret_reply, struct err *err)
{
    bool tcp = (question.flags & DNS_TCP_ONLY) != 0;
    ldns_pkt *packet = NULL;
    int r = ask_over(wait, server, &question, tcp, &packet, err);
    if (r == 0 && dislikes_edns(packet)) {
        ldns_pkt_free(TAKE(packet));
        question.edns = false;
        r = ask_over(wait, server, &question, tcp, &packet, err);
    }
    if (r == 0 && !tcp && ldns_pkt_tc(packet)) {
        ldns_pkt *whole = NULL;
        /* Without TCP the piece that came is still better than nothing. */
        int over_tcp = ask_over(wait, server, &question, true, &whole, err);
        if (over_tcp == -ECANCELED)
            r = over_tcp;
        if (over_tcp == 0) {
            ldns_pkt_free(packet);
            packet = whole;
            tcp = true;
        }
    }
    if (r < 0) {
        ldns_pkt_free(packet);
        return r;
    }
    *ret_reply = (struct dns_reply){ .packet = packet, .tcp = tcp };
    return 0;
}

/* Another server may know better. */
static bool is_refusal(const ldns_pkt *packet)
{
    unsigned rcode = dns_reply_rcode(packet);
    return rcode != LDNS_RCODE_NOERROR && rcode != LDNS_RCODE_NXDOMAIN;
}

/* One round over all servers. 0 with a good answer or a refusal in *reply (the first is kept), else the last
 * failure. */
static int ask_round(const struct wait *wait, const struct dns_server *servers, size_t count,
    size_t tries_left, const struct question *question, struct dns_reply *reply, struct err *err)
{
    int r = -EDESTADDRREQ;
    for (size_t i = 0; i < count; i++, tries_left--) {
        int share_ms = wait_left_ms(wait) / (int)tries_left;
        struct wait try = wait_within(wait, share_ms < TRY_MAX_MS ? share_ms : TRY_MAX_MS);
        struct dns_reply got = { 0 };
        r = ask_server(&try, &servers[i], *question, &got, err);
        if (r == -ECANCELED || r == -EINVAL)
            return r;
        if (r < 0)
            continue;
        got.server = i;
        if (!is_refusal(got.packet)) {
            dns_reply_done(reply);
            *reply = got;
            return 0;
        }
        if (reply->packet)
            dns_reply_done(&got);
        else
            *reply = got;
    }
    return reply->packet ? 0 : r;
}

int dns_query(const struct wait *wait, const struct dns_server *servers, size_t count, const char *name,
    unsigned type, unsigned flags, struct dns_reply *ret_reply, struct err *err)
{
    CLEANUP(scope_free) uint8_t *buffer = malloc(MESSAGE_MAX);
    if (!buffer)
        return err_set(err, -ENOMEM, "no memory for an answer");
    struct dns_wire room = { .data = buffer, .size = MESSAGE_MAX };
    struct question question = { .name = name, .type = type, .flags = flags, .edns = true, .reply = &room };
    struct dns_reply reply = { 0 };
    int r = err_set(err, -EDESTADDRREQ, "no name server is configured");
    for (size_t round = 0; round < ROUNDS && count > 0 && !reply.packet; round++) {
        r = ask_round(wait, servers, count, (ROUNDS - round) * count, &question, &reply, err);
        if (r == -ECANCELED || r == -EINVAL)
            break;
    }
    if (r < 0) {
        dns_reply_done(&reply);
        return r;
    }
    *ret_reply = reply;
    return 0;
}
