/* One TCP connection attempt: begun, and what came of it. Knows nothing of ports' meaning or of scans. */
#ifndef SYS_TCP_H
#define SYS_TCP_H

#include <stdbool.h>
#include <sys/socket.h>

enum tcp_outcome {
    TCP_OPEN,
    TCP_CLOSED, /* refused by a RST: the host is up */
    TCP_NO_ANSWER, /* the time was up */
    TCP_HOST_UNREACHABLE, /* said by a router, or by the host's firewall */
    TCP_NO_NEIGHBOUR, /* said by this machine: nobody has that address on the link */
    TCP_NET_UNREACHABLE, /* no route, here or at a router */
    TCP_PORT_UNREACHABLE, /* refused by an ICMP message, not by a RST: a firewall */
    TCP_PROHIBITED, /* ICMP: administratively prohibited */
    TCP_LOCAL_POLICY, /* this machine's own firewall forbids to send */
    TCP_OTHER, /* another error */
    TCP_SELF, /* the connection met itself: source and destination port were the same */
    TCP_NO_RESOURCES, /* nothing was tried: descriptors, ports or memory are short; later perhaps */
    TCP_OUTCOMES, /* how many there are */
};

/* Begins to connect. The socket does not block, reports who sent an ICMP error, and leaves no TIME_WAIT when
 * closed. A descriptor that becomes writable when the outcome is known (the caller closes it), or -1 with
 * *ret_outcome. */
int tcp_begin(const struct sockaddr_storage *to, enum tcp_outcome *ret_outcome);

/* What came of a descriptor that became writable or has an error. */
enum tcp_outcome tcp_outcome(int fd);

/* True if both ends of a connection have the same address: it stays on this machine. */
bool tcp_is_looped(int fd);

#endif
