/* Echo requests and what comes back, over a datagram or a raw ICMP socket. Knows nothing of rounds and
 * statistics. */
#ifndef SYS_ICMP_H
#define SYS_ICMP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

struct icmp_socket {
    int fd; /* -1 = none */
    bool raw;
    int family;
    uint16_t id; /* network byte order is hidden here; the kernel chooses it for datagram sockets */
    uint64_t token; /* random; in every request, so that nobody else's reply is taken for ours */
    struct sockaddr_storage peer;
};

enum icmp_answer {
    ICMP_ANSWER_NONE,
    ICMP_ANSWER_REPLY,
    ICMP_ANSWER_HOST_UNREACHABLE,
    ICMP_ANSWER_NET_UNREACHABLE,
    ICMP_ANSWER_PORT_UNREACHABLE,
    ICMP_ANSWER_PROHIBITED,
    ICMP_ANSWER_TTL_EXCEEDED,
    ICMP_ANSWER_TOO_BIG,
    ICMP_ANSWER_OTHER,
};

struct icmp_event {
    enum icmp_answer answer;
    uint16_t seq;
    int ttl; /* of a reply; -1 = unknown */
    int64_t wall_ns; /* when the kernel received it, on CLOCK_REALTIME; 0 = unknown */
    struct sockaddr_storage from; /* of an error: who reported it */
};

/* Opens a socket for one peer: a datagram socket if this user may (ping_group_range), else a raw one
 * (CAP_NET_RAW). 0; -EACCES: neither is allowed; -ENETUNREACH: no route; or another negative errno. */
int icmp_open(const struct sockaddr_storage *peer, struct icmp_socket *ret_socket);

/* Closes it. NULL and already closed are fine. */
void icmp_close(struct icmp_socket *socket);

/* Sends one echo request; *ret_wall_ns is when, on CLOCK_REALTIME. 0, or a negative errno of this machine:
 * -ENETUNREACH, -EPERM (its own firewall), -EAGAIN or -ENOBUFS (queue full). */
int icmp_send(struct icmp_socket *socket, uint16_t seq, int64_t *ret_wall_ns);

/* Takes the next answer to one of our requests. True with *ret_event; false when there is none now. */
bool icmp_receive(struct icmp_socket *socket, struct icmp_event *ret_event);

#endif
