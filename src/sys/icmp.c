/* ICMP echo on the wire: messages, checksums, the kernel's error queue and time stamps. */
#include "sys/icmp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/errqueue.h>
#include <linux/icmp.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "sys/resolve.h"

enum {
    MESSAGE_MAX = 2048,
    PADDING = 40, /* 56 bytes of data, as everybody's ping */
    DEFAULT_TTL = 64,
    TURN_MAX = 64, /* messages looked at in one turn: a flood of them must not hold us */
};

/* The same layout for both versions of IP. */
struct echo {
    uint8_t type, code;
    uint16_t checksum;
    uint16_t id, seq;
    uint64_t token;
    uint64_t number;
    uint8_t padding[PADDING];
};

static int64_t wall_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static uint16_t checksum(const struct echo *echo)
{
    uint16_t words[sizeof(*echo) / 2];
    memcpy(words, echo, sizeof(words));
    uint32_t sum = 0;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        sum += words[i];
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

static void set_option(int fd, int level, int option, int value)
{
    (void)setsockopt(fd, level, option, &value, sizeof(value));
}

static void set_options(const struct icmp_socket *socket)
{
    int fd = socket->fd;
    set_option(fd, SOL_SOCKET, SO_TIMESTAMPNS, 1);
    if (socket->family == AF_INET6) {
        set_option(fd, IPPROTO_IPV6, IPV6_RECVERR, 1);
        set_option(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1);
        set_option(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, DEFAULT_TTL);
    } else {
        set_option(fd, IPPROTO_IP, IP_RECVERR, 1);
        set_option(fd, IPPROTO_IP, IP_RECVTTL, 1);
    }
    if (!socket->raw)
        return;
    if (socket->family == AF_INET6) {
        struct icmp6_filter filter;
        ICMP6_FILTER_SETBLOCKALL(&filter);
        ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &filter);
        (void)setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &filter, sizeof(filter));
    } else {
        struct icmp_filter filter = { .data = ~(1u << ICMP_ECHOREPLY) };
        (void)setsockopt(fd, SOL_RAW, ICMP_FILTER, &filter, sizeof(filter));
    }
}

static int open_socket(int family, bool *ret_raw)
{
    int protocol = family == AF_INET6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP;
    int flags = SOCK_NONBLOCK | SOCK_CLOEXEC;
    int fd = socket(family, SOCK_DGRAM | flags, protocol);
    *ret_raw = false;
    if (fd >= 0 || errno == EMFILE || errno == ENFILE || errno == EAFNOSUPPORT)
        return fd >= 0 ? fd : -errno;
    fd = socket(family, SOCK_RAW | flags, protocol);
    *ret_raw = true;
    if (fd >= 0)
        return fd;
    return errno == EPERM ? -EACCES : -errno;
}

/* The kernel tells datagram sockets apart by the id, which it shows as their port. */
static void read_own_id(struct icmp_socket *socket)
{
    struct sockaddr_storage own = { .ss_family = AF_UNSPEC };
    socklen_t size = sizeof(own);
    if (socket->raw || getsockname(socket->fd, (struct sockaddr *)&own, &size) < 0)
        return;
    socket->id = own.ss_family == AF_INET6 ? ((const struct sockaddr_in6 *)&own)->sin6_port
                                           : ((const struct sockaddr_in *)&own)->sin_port;
}

int icmp_open(const struct sockaddr_storage *peer, struct icmp_socket *ret_socket)
{
    struct icmp_socket opened = { .family = peer->ss_family, .peer = *peer };
    uint64_t noise[2];
    if (getrandom(noise, sizeof(noise), 0) != (ssize_t)sizeof(noise))
        return -EAGAIN;
    opened.token = noise[0];
    opened.id = (uint16_t)noise[1];
    resolve_set_port(&opened.peer, 0);
    opened.fd = open_socket(opened.family, &opened.raw);
    if (opened.fd < 0)
        return opened.fd;
    set_options(&opened);
    /* Connected: the kernel drops what others send, and knows whom errors are about. */
    if (connect(opened.fd, (const struct sockaddr *)&opened.peer, resolve_length(&opened.peer)) < 0) {
        int code = errno == EACCES ? -EINVAL : -errno; /* a broadcast address, not a missing permission */
        (void)close(opened.fd);
        return code;
    }
    read_own_id(&opened);
    *ret_socket = opened;
    return 0;
}

void icmp_close(struct icmp_socket *socket)
{
    if (!socket || socket->fd < 0)
        return;
    (void)close(socket->fd);
    socket->fd = -1;
}

int icmp_send(struct icmp_socket *socket, uint16_t seq, int64_t *ret_wall_ns)
{
    struct echo echo = {
        .type = socket->family == AF_INET6 ? ICMP6_ECHO_REQUEST : ICMP_ECHO,
        .id = socket->id,
        .seq = htons(seq),
        .token = socket->token,
        .number = seq,
    };
    if (socket->family == AF_INET)
        echo.checksum = checksum(&echo);
    int64_t sent_ns = wall_ns();
    if (send(socket->fd, &echo, sizeof(echo), MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
        return -errno;
    *ret_wall_ns = sent_ns;
    return 0;
}

/* What comes back */

struct arrival {
    uint8_t bytes[MESSAGE_MAX];
    size_t len;
    _Alignas(struct cmsghdr) char control[512];
    struct iovec piece;
    struct msghdr header;
};

static bool receive(int fd, int flags, struct arrival *arrival)
{
    arrival->piece = (struct iovec){ .iov_base = arrival->bytes, .iov_len = sizeof(arrival->bytes) };
    arrival->header = (struct msghdr){
        .msg_iov = &arrival->piece,
        .msg_iovlen = 1,
        .msg_control = arrival->control,
        .msg_controllen = sizeof(arrival->control),
    };
    ssize_t got = recvmsg(fd, &arrival->header, flags | MSG_DONTWAIT);
    if (got < 0)
        return false;
    arrival->len = (size_t)got;
    return true;
}

static const void *find_control(struct arrival *arrival, int level, int type, size_t least)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&arrival->header); c; c = CMSG_NXTHDR(&arrival->header, c))
        if (c->cmsg_level == level && c->cmsg_type == type && c->cmsg_len >= CMSG_LEN(least))
            return CMSG_DATA(c);
    return NULL;
}

static int64_t read_stamp(struct arrival *arrival)
{
    struct timespec stamp;
    const void *data = find_control(arrival, SOL_SOCKET, SCM_TIMESTAMPNS, sizeof(stamp));
    if (!data)
        return 0;
    memcpy(&stamp, data, sizeof(stamp));
    return (int64_t)stamp.tv_sec * 1000000000 + stamp.tv_nsec;
}

static int read_ttl(struct arrival *arrival, int family)
{
    int ttl = -1;
    const void *data = family == AF_INET6 ? find_control(arrival, IPPROTO_IPV6, IPV6_HOPLIMIT, sizeof(ttl))
                                          : find_control(arrival, IPPROTO_IP, IP_TTL, sizeof(ttl));
    if (data)
        memcpy(&ttl, data, sizeof(ttl));
    return ttl;
}

/* Where the ICMP message begins: raw IPv4 sockets show the IP header. */
static size_t skip_header(const struct icmp_socket *socket, const struct arrival *arrival)
{
    if (!socket->raw || socket->family != AF_INET || arrival->len < sizeof(struct iphdr))
        return 0;
    return (size_t)(arrival->bytes[0] & 0x0f) * 4;
}

static bool read_reply(struct icmp_socket *socket, struct arrival *arrival, struct icmp_event *ret_event)
{
    struct echo echo;
    size_t skip = skip_header(socket, arrival);
    if (arrival->len < skip + sizeof(echo))
        return false;
    memcpy(&echo, arrival->bytes + skip, sizeof(echo));
    uint8_t type = socket->family == AF_INET6 ? ICMP6_ECHO_REPLY : ICMP_ECHOREPLY;
    uint16_t seq = ntohs(echo.seq);
    if (echo.type != type || echo.id != socket->id || echo.token != socket->token || echo.number != seq)
        return false;
    *ret_event = (struct icmp_event){ .answer = ICMP_ANSWER_REPLY,
        .seq = seq,
        .ttl = read_ttl(arrival, socket->family),
        .wall_ns = read_stamp(arrival) };
    return true;
}

static enum icmp_answer answer_of_icmp4(const struct sock_extended_err *cause)
{
    if (cause->ee_type == ICMP_TIME_EXCEEDED)
        return ICMP_ANSWER_TTL_EXCEEDED;
    if (cause->ee_type != ICMP_DEST_UNREACH)
        return ICMP_ANSWER_OTHER;
    switch (cause->ee_code) {
    case ICMP_NET_UNREACH:
    case ICMP_NET_UNKNOWN:
    case ICMP_NET_UNR_TOS:
        return ICMP_ANSWER_NET_UNREACHABLE;
    case ICMP_PROT_UNREACH:
    case ICMP_PORT_UNREACH:
        return ICMP_ANSWER_PORT_UNREACHABLE;
    case ICMP_FRAG_NEEDED:
        return ICMP_ANSWER_TOO_BIG;
    case ICMP_NET_ANO:
    case ICMP_HOST_ANO:
    case ICMP_PKT_FILTERED:
    case ICMP_PREC_VIOLATION:
    case ICMP_PREC_CUTOFF:
        return ICMP_ANSWER_PROHIBITED;
    default:
        return ICMP_ANSWER_HOST_UNREACHABLE;
    }
}

static enum icmp_answer answer_of_icmp6(const struct sock_extended_err *cause)
{
    if (cause->ee_type == ICMP6_TIME_EXCEEDED)
        return ICMP_ANSWER_TTL_EXCEEDED;
    if (cause->ee_type == ICMP6_PACKET_TOO_BIG)
        return ICMP_ANSWER_TOO_BIG;
    if (cause->ee_type != ICMP6_DST_UNREACH)
        return ICMP_ANSWER_OTHER;
    switch (cause->ee_code) {
    case ICMP6_DST_UNREACH_NOROUTE:
        return ICMP_ANSWER_NET_UNREACHABLE;
    case ICMP6_DST_UNREACH_NOPORT:
        return ICMP_ANSWER_PORT_UNREACHABLE;
    case ICMP6_DST_UNREACH_ADMIN:
    case 5: /* RFC 4443: source address failed policy */
    case 6: /* RFC 4443: reject route */
        return ICMP_ANSWER_PROHIBITED;
    default:
        return ICMP_ANSWER_HOST_UNREACHABLE;
    }
}

/* An error comes with the beginning of our request: its header at least. */
static bool read_error(struct icmp_socket *socket, struct arrival *arrival, struct icmp_event *ret_event)
{
    bool is6 = socket->family == AF_INET6;
    size_t offender = is6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
    struct sock_extended_err cause;
    const void *data = is6 ? find_control(arrival, IPPROTO_IPV6, IPV6_RECVERR, sizeof(cause) + offender)
                           : find_control(arrival, IPPROTO_IP, IP_RECVERR, sizeof(cause) + offender);
    struct icmphdr request;
    if (!data || arrival->len < sizeof(request))
        return false;
    memcpy(&cause, data, sizeof(cause));
    memcpy(&request, arrival->bytes, sizeof(request));
    uint8_t type = is6 ? ICMP6_ECHO_REQUEST : ICMP_ECHO;
    bool by_icmp = cause.ee_origin == SO_EE_ORIGIN_ICMP || cause.ee_origin == SO_EE_ORIGIN_ICMP6;
    if (!by_icmp || request.type != type || request.un.echo.id != socket->id)
        return false;
    *ret_event = (struct icmp_event){ .answer = is6 ? answer_of_icmp6(&cause) : answer_of_icmp4(&cause),
        .seq = ntohs(request.un.echo.sequence),
        .ttl = -1,
        .wall_ns = read_stamp(arrival) };
    memcpy(&ret_event->from, (const char *)data + sizeof(cause), offender);
    return true;
}

bool icmp_receive(struct icmp_socket *socket, struct icmp_event *ret_event)
{
    struct arrival arrival;
    for (int i = 0; i < TURN_MAX && receive(socket->fd, MSG_ERRQUEUE, &arrival); i++)
        if (read_error(socket, &arrival, ret_event))
            return true;
    /* A pending error is reported once in place of a message, and is in the queue above too. */
    for (int i = 0, failures = 0; i < TURN_MAX && failures < 2; i++) {
        if (!receive(socket->fd, 0, &arrival))
            failures++;
        else if (read_reply(socket, &arrival, ret_event))
            return true;
    }
    return false;
}
