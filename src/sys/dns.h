/* DNS: one round trip with one server on our own sockets, and a whole question with its retries.
 * Messages are ldns packets; nothing here knows resolv.conf, the hosts file or what an answer is for. */
#ifndef SYS_DNS_H
#define SYS_DNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "sys/dns_name.h"

struct err;
struct ldns_struct_pkt;
struct wait;

/* Where a name server listens: address and port. */
struct dns_server {
    struct sockaddr_storage address;
};

/* Room for a message. */
struct dns_wire {
    uint8_t *data;
    size_t size; /* of the room */
    size_t len; /* of the message in it */
};

/* One round trip: sends `query` (a whole message of at least 12 bytes), waits for the reply until the
 * deadline of `wait`. UDP: a connected socket on a random port; datagrams of another id or question are
 * ignored. TCP: the length in front is handled here, another id or question is -EBADMSG. Nothing else of it
 * is checked.
 *
 * 0 with the message in *reply; -ETIMEDOUT; -ECANCELED; -EMSGSIZE: longer than its room; -EBADMSG;
 * -ECONNREFUSED, -ENETUNREACH, ... from the socket. On failure reply->len is untouched. */
int dns_exchange(const struct wait *wait, const struct dns_server *server, bool tcp, const uint8_t *query,
    size_t query_len, struct dns_wire *reply, struct err *err);

enum dns_query_flag {
    DNS_NO_RECURSION = 1 << 0, /* RD clear */
    DNS_WANT_DNSSEC = 1 << 1, /* DO and AD set: signatures come along, a validating server says so */
    DNS_TCP_ONLY = 1 << 2,
};

struct dns_reply {
    struct ldns_struct_pkt *packet;
    size_t server; /* index of the one that answered */
    bool tcp; /* came over TCP (truncated over UDP, or asked so) */
};

/* Releases the packet. NULL and zeroed are fine. */
void dns_reply_done(struct dns_reply *reply);

/* The whole RCODE, its extended bits of EDNS included. */
unsigned dns_reply_rcode(const struct ldns_struct_pkt *packet);

/* Asks `servers` in turn, three rounds, the time left shared among the tries: EDNS with 1232 bytes (without
 * when a server does not understand it), TCP when truncated. SERVFAIL, REFUSED, NOTIMP and FORMERR make it
 * try the next server and are returned when nobody says better. Messages that do not parse count as no
 * answer. `name` is as dns_name_check() returns it.
 *
 * 0 with *ret_reply to be released; -EINVAL: `name`; -ECANCELED; else the reason of the last failed try:
 * -ETIMEDOUT, -ECONNREFUSED, -EBADMSG, ... */
int dns_query(const struct wait *wait, const struct dns_server *servers, size_t count, const char *name,
    unsigned type, unsigned flags, struct dns_reply *ret_reply, struct err *err);

#endif
