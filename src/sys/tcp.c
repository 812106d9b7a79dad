/* One TCP connection attempt. The kernel folds many causes into few errors; its error queue tells them apart.
 */
#include "sys/tcp.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "sys/resolve.h"

static enum tcp_outcome outcome_of_errno(int error)
{
    switch (error) {
    case 0:
        return TCP_OPEN;
    case ECONNREFUSED:
    case ECONNRESET:
        return TCP_CLOSED;
    case ETIMEDOUT:
        return TCP_NO_ANSWER;
    case EHOSTUNREACH:
    case EHOSTDOWN:
        return TCP_HOST_UNREACHABLE;
    case ENETUNREACH:
    case ENONET:
    case ENETDOWN:
        return TCP_NET_UNREACHABLE;
    case EACCES:
    case EPERM:
        return TCP_LOCAL_POLICY;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
    case EAGAIN:
    case EADDRNOTAVAIL:
        return TCP_NO_RESOURCES;
    default:
        return TCP_OTHER;
    }
}

static enum tcp_outcome outcome_of_icmp4(const struct sock_extended_err *cause)
{
    switch (cause->ee_code) {
    case ICMP_PORT_UNREACH:
        return TCP_PORT_UNREACHABLE;
    case ICMP_NET_ANO:
    case ICMP_HOST_ANO:
    case ICMP_PKT_FILTERED:
    case ICMP_PREC_VIOLATION:
    case ICMP_PREC_CUTOFF:
        return TCP_PROHIBITED;
    case ICMP_NET_UNREACH:
    case ICMP_NET_UNKNOWN:
    case ICMP_NET_UNR_TOS:
        return TCP_NET_UNREACHABLE;
    default:
        return TCP_HOST_UNREACHABLE;
    }
}

static enum tcp_outcome outcome_of_icmp6(const struct sock_extended_err *cause)
{
    switch (cause->ee_code) {
    case ICMP6_DST_UNREACH_NOPORT:
        return TCP_PORT_UNREACHABLE;
    case ICMP6_DST_UNREACH_ADMIN:
    case 5: /* RFC 4443: source address failed policy */
    case 6: /* RFC 4443: reject route */
        return TCP_PROHIBITED;
    case ICMP6_DST_UNREACH_NOROUTE:
        return TCP_NET_UNREACHABLE;
    default:
        return TCP_HOST_UNREACHABLE;
    }
}

/* True if both are the same host, ports aside. */
static bool same_host(const struct sockaddr *a, const struct sockaddr_storage *b)
{
    if (a->sa_family != b->ss_family)
        return false;
    if (a->sa_family == AF_INET) {
        struct sockaddr_in one, two;
        memcpy(&one, a, sizeof(one));
        memcpy(&two, b, sizeof(two));
        return one.sin_addr.s_addr == two.sin_addr.s_addr;
    }
    struct sockaddr_in6 one, two;
    memcpy(&one, a, sizeof(one));
    memcpy(&two, b, sizeof(two));
    return memcmp(&one.sin6_addr, &two.sin6_addr, sizeof(one.sin6_addr)) == 0;
}

static enum tcp_outcome outcome_of_cause(
    int fd, const struct sock_extended_err *cause, const struct sockaddr_storage *to)
{
    bool icmp4 = cause->ee_origin == SO_EE_ORIGIN_ICMP, icmp6 = cause->ee_origin == SO_EE_ORIGIN_ICMP6;
    if (icmp4 && cause->ee_type != ICMP_DEST_UNREACH)
        return TCP_OTHER;
    if (icmp6 && cause->ee_type != ICMP6_DST_UNREACH)
        return TCP_OTHER;
    if (!icmp4 && !icmp6)
        return outcome_of_errno((int)cause->ee_errno);
    enum tcp_outcome outcome = icmp4 ? outcome_of_icmp4(cause) : outcome_of_icmp6(cause);
    struct sockaddr_storage own = { .ss_family = AF_UNSPEC };
    socklen_t own_size = sizeof(own);
    struct sockaddr_storage offender = { .ss_family = AF_UNSPEC };
    memcpy(&offender, cause + 1, icmp4 ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6));
    if (outcome == TCP_HOST_UNREACHABLE && getsockname(fd, (struct sockaddr *)&own, &own_size) == 0 &&
        same_host((const struct sockaddr *)&offender, &own) &&
        !same_host((const struct sockaddr *)&offender, to))
        return TCP_NO_NEIGHBOUR;
    return outcome;
}

/* What the error queue holds: TCP_OPEN when it is empty. Kernels before 5.8 leave it empty for TCP. */
static enum tcp_outcome read_cause(int fd)
{
    _Alignas(struct cmsghdr) char control[512];
    struct sockaddr_storage to = { .ss_family = AF_UNSPEC };
    struct msghdr message = {
        .msg_name = &to, .msg_namelen = sizeof(to), .msg_control = control, .msg_controllen = sizeof(control)
    };
    enum tcp_outcome outcome = TCP_OPEN;
    if (recvmsg(fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0)
        return outcome;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c)) {
        bool ours4 = c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVERR;
        bool ours6 = c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_RECVERR;
        /* The offender's address follows the error itself. */
        size_t offender = ours6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
        if ((ours4 || ours6) && c->cmsg_len >= CMSG_LEN(sizeof(struct sock_extended_err) + offender))
            outcome = outcome_of_cause(fd, (const struct sock_extended_err *)(const void *)CMSG_DATA(c), &to);
    }
    return outcome;
}

struct ends {
    struct sockaddr_storage own, peer;
};

static bool read_ends(int fd, struct ends *ret_ends)
{
    memset(ret_ends, 0, sizeof(*ret_ends));
    socklen_t own_size = sizeof(ret_ends->own), peer_size = sizeof(ret_ends->peer);
    return getsockname(fd, (struct sockaddr *)&ret_ends->own, &own_size) == 0 &&
        getpeername(fd, (struct sockaddr *)&ret_ends->peer, &peer_size) == 0;
}

static in_port_t port_of(const struct sockaddr_storage *address)
{
    return address->ss_family == AF_INET6 ? ((const struct sockaddr_in6 *)address)->sin6_port
                                          : ((const struct sockaddr_in *)address)->sin_port;
}

bool tcp_is_looped(int fd)
{
    struct ends ends;
    return read_ends(fd, &ends) && same_host((const struct sockaddr *)&ends.own, &ends.peer);
}

static bool met_itself(int fd)
{
    struct ends ends;
    return read_ends(fd, &ends) && port_of(&ends.own) == port_of(&ends.peer) &&
        same_host((const struct sockaddr *)&ends.own, &ends.peer);
}

static enum tcp_outcome judge(int fd, int error)
{
    if (error == 0)
        return met_itself(fd) ? TCP_SELF : TCP_OPEN;
    enum tcp_outcome cause = read_cause(fd);
    return cause != TCP_OPEN ? cause : outcome_of_errno(error);
}

int tcp_begin(const struct sockaddr_storage *to, enum tcp_outcome *ret_outcome)
{
    int fd = socket(to->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
    if (fd < 0) {
        *ret_outcome = errno == EAFNOSUPPORT ? TCP_NET_UNREACHABLE : outcome_of_errno(errno);
        return -1;
    }
    const struct linger leave_at_once = { .l_onoff = 1, .l_linger = 0 };
    (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &leave_at_once, sizeof(leave_at_once));
    const int on = 1;
    if (to->ss_family == AF_INET6)
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof(on));
    else
        (void)setsockopt(fd, IPPROTO_IP, IP_RECVERR, &on, sizeof(on));
    if (connect(fd, (const struct sockaddr *)to, resolve_length(to)) == 0 || errno == EINPROGRESS)
        return fd;
    *ret_outcome = judge(fd, errno);
    (void)close(fd);
    return -1;
}

enum tcp_outcome tcp_outcome(int fd)
{
    int error = 0;
    socklen_t size = sizeof(error);
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
        error = errno;
    return judge(fd, error);
}
