/* rtnetlink by libmnl: the socket, dumps, and safe steps through messages. */
#include "sys/netlink.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/buf.h"
#include "base/scope.h"
#include "base/wait.h"

/* The kernel fills datagrams of up to 32 kB when the reader's buffer takes them. */
#define RECEIVE_SIZE ((size_t)64 << 10)
#define MAX_ATTEMPTS 5

static size_t align(size_t len)
{
    return (len + 3) & ~(size_t)3;
}

int netlink_open(struct netlink *ret_netlink)
{
    struct mnl_socket *socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (!socket)
        return -errno;
    if (mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0) {
        int error = errno;
        mnl_socket_close(socket);
        return -error;
    }
    /* Lets the kernel filter by table; an old one ignores it, and we filter too. */
    int on = 1;
    (void)mnl_socket_setsockopt(socket, NETLINK_GET_STRICT_CHK, &on, sizeof(on));
    *ret_netlink = (struct netlink){ .socket = socket };
    return 0;
}

void netlink_close(struct netlink *netlink)
{
    if (netlink->socket)
        mnl_socket_close(netlink->socket);
    netlink->socket = NULL;
}

static int send_request(struct netlink *netlink, uint16_t type, uint8_t family)
{
    char bytes[256];
    struct nlmsghdr *request = mnl_nlmsg_put_header(bytes);
    request->nlmsg_type = type;
    request->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    request->nlmsg_seq = ++netlink->sequence;
    if (type == RTM_GETROUTE) {
        struct rtmsg *route = mnl_nlmsg_put_extra_header(request, sizeof(*route));
        route->rtm_family = family;
        route->rtm_table = RT_TABLE_MAIN;
    } else if (type == RTM_GETADDR) {
        struct ifaddrmsg *address = mnl_nlmsg_put_extra_header(request, sizeof(*address));
        address->ifa_family = family;
    } else {
        struct ifinfomsg *link = mnl_nlmsg_put_extra_header(request, sizeof(*link));
        link->ifi_family = family;
    }
    return mnl_socket_sendto(netlink->socket, request, request->nlmsg_len) < 0 ? -errno : 0;
}

/* One message of the answer. 1: the last; 0: more; or a negative errno. */
static int take_message(const struct nlmsghdr *message, struct buf *out, bool *is_consistent)
{
    if (message->nlmsg_flags & NLM_F_DUMP_INTR)
        *is_consistent = false;
    if (message->nlmsg_type == NLMSG_ERROR || message->nlmsg_type == NLMSG_DONE) {
        const int *error = netlink_payload(message, sizeof(*error));
        return error && *error < 0 ? *error : 1;
    }
    if (message->nlmsg_type >= NLMSG_MIN_TYPE && !out->failed)
        buf_add(out, message, align(message->nlmsg_len));
    return 0;
}

/* One dump up to its end. */
static int receive_all(
    struct netlink *netlink, const struct wait *wait, char *bytes, struct buf *out, bool *is_consistent)
{
    for (;;) {
        int ready = wait_fd(wait, mnl_socket_get_fd(netlink->socket), POLLIN, -1);
        if (ready < 0)
            return ready;
        ssize_t len = mnl_socket_recvfrom(netlink->socket, bytes, RECEIVE_SIZE);
        if (len < 0 && (errno == EAGAIN || errno == EINTR))
            continue;
        if (len < 0)
            return -errno;
        size_t offset = 0;
        const struct nlmsghdr *message;
        while ((message = netlink_next(bytes, (size_t)len, &offset))) {
            /* What an abandoned dump left behind. */
            if (message->nlmsg_seq != netlink->sequence)
                continue;
            int rc = take_message(message, out, is_consistent);
            if (rc != 0)
                return rc < 0 ? rc : 0;
        }
    }
}

int netlink_dump(struct netlink *netlink, const struct wait *wait, uint16_t type, uint8_t family,
    struct buf *out, bool *ret_is_consistent)
{
    CLEANUP(scope_free) char *bytes = malloc(RECEIVE_SIZE);
    if (!bytes)
        return -ENOMEM;
    size_t before = out->len;
    bool is_consistent = false;
    for (int i = 0; i < MAX_ATTEMPTS && !is_consistent; i++) {
        is_consistent = true;
        buf_cut(out, before);
        int rc = send_request(netlink, type, family);
        if (rc == 0)
            rc = receive_all(netlink, wait, bytes, out, &is_consistent);
        if (rc < 0)
            return rc;
    }
    *ret_is_consistent = is_consistent;
    return out->failed ? -EMSGSIZE : 0;
}

const struct nlmsghdr *netlink_next(const char *messages, size_t len, size_t *offset)
{
    if (*offset >= len || len - *offset < sizeof(struct nlmsghdr))
        return NULL;
    const struct nlmsghdr *message = (const void *)(messages + *offset);
    if (message->nlmsg_len < sizeof(*message) || message->nlmsg_len > len - *offset)
        return NULL;
    *offset += align(message->nlmsg_len);
    return message;
}

const void *netlink_payload(const struct nlmsghdr *message, size_t size)
{
    return message->nlmsg_len >= sizeof(*message) + size ? message + 1 : NULL;
}

const struct nlattr *netlink_among(const void *bytes, size_t len, const struct nlattr *previous)
{
    const char *end = (const char *)bytes + len;
    const char *at = previous ? (const char *)previous + align(previous->nla_len) : bytes;
    if (at >= end || (size_t)(end - at) < sizeof(struct nlattr))
        return NULL;
    const struct nlattr *attribute = (const void *)at;
    return attribute->nla_len >= sizeof(*attribute) && attribute->nla_len <= (size_t)(end - at) ? attribute
                                                                                                : NULL;
}

const struct nlattr *netlink_attribute(
    const struct nlmsghdr *message, size_t size, const struct nlattr *previous)
{
    size_t skipped = sizeof(*message) + align(size);
    if (message->nlmsg_len <= skipped)
        return NULL;
    return netlink_among((const char *)message + skipped, message->nlmsg_len - skipped, previous);
}

const struct nlattr *netlink_nested(const struct nlattr *outer, const struct nlattr *previous)
{
    return netlink_among(netlink_bytes(outer), netlink_length(outer), previous);
}

unsigned netlink_type(const struct nlattr *attribute)
{
    return attribute->nla_type & ~(unsigned)(NLA_F_NESTED | NLA_F_NET_BYTEORDER);
}

const void *netlink_bytes(const struct nlattr *attribute)
{
    return attribute + 1;
}

size_t netlink_length(const struct nlattr *attribute)
{
    return attribute->nla_len - sizeof(*attribute);
}

uint64_t netlink_number(const struct nlattr *attribute, size_t size)
{
    const void *bytes = netlink_bytes(attribute);
    uint64_t wide = 0;
    uint32_t word = 0;
    uint16_t half = 0;
    uint8_t byte = 0;
    if (netlink_length(attribute) < size)
        return 0;
    switch (size) {
    case sizeof(wide):
        memcpy(&wide, bytes, size);
        return wide;
    case sizeof(word):
        memcpy(&word, bytes, size);
        return word;
    case sizeof(half):
        memcpy(&half, bytes, size);
        return half;
    default:
        memcpy(&byte, bytes, sizeof(byte));
        return byte;
    }
}

void netlink_string(const struct nlattr *attribute, char *ret_text, size_t size)
{
    size_t len = strnlen(netlink_bytes(attribute), netlink_length(attribute));
    if (len >= size)
        len = size - 1;
    memcpy(ret_text, netlink_bytes(attribute), len);
    ret_text[len] = '\0';
}
