/* Questions to the kernel over rtnetlink: one request, all its answers as bytes. What they say is read
 * elsewhere. */
#ifndef SYS_NETLINK_H
#define SYS_NETLINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct nlattr;
struct nlmsghdr;
struct wait;

struct mnl_socket;

/* Embedded by value between netlink_open() and netlink_close(). */
struct netlink {
    struct mnl_socket *socket;
    unsigned sequence;
};

int netlink_open(struct netlink *ret_netlink);
void netlink_close(struct netlink *netlink);

/* Everything of one kind: `type` is RTM_GETLINK, RTM_GETADDR or RTM_GETROUTE; `family` AF_UNSPEC, AF_INET or
 * AF_INET6; routes of the main table only. Appends the answering messages to `out`, one behind the other, as
 * they came. A dump that changed under way is begun again, a few times: *ret_is_consistent tells whether one
 * was whole in the end. 0; -ECANCELED; -ETIMEDOUT; -EMSGSIZE: more than `out` holds, what fits is there; or
 * another negative errno. */
int netlink_dump(struct netlink *netlink, const struct wait *wait, uint16_t type, uint8_t family,
    struct buf *out, bool *ret_is_consistent);

/* Reading messages, from the kernel or from a file; nothing in them is trusted */

/* The message at `*offset` of `len` bytes (aligned to 4), and *offset behind it; NULL at the end or where it
 * is broken. */
const struct nlmsghdr *netlink_next(const char *messages, size_t len, size_t *offset);
/* The payload of a message if it is at least `size` bytes, else NULL. */
const void *netlink_payload(const struct nlmsghdr *message, size_t size);
/* The attribute behind `previous` (NULL: the first) of a message whose payload begins with `size` bytes of
 * something else; NULL at the end. The others go through the attributes within an attribute, or within any
 * `len` bytes. */
const struct nlattr *netlink_attribute(
    const struct nlmsghdr *message, size_t size, const struct nlattr *previous);
const struct nlattr *netlink_nested(const struct nlattr *outer, const struct nlattr *previous);
const struct nlattr *netlink_among(const void *bytes, size_t len, const struct nlattr *previous);
/* Without the flags that mark nesting and byte order. */
unsigned netlink_type(const struct nlattr *attribute);
const void *netlink_bytes(const struct nlattr *attribute);
size_t netlink_length(const struct nlattr *attribute);
/* An unsigned number of `size` bytes in the machine's order; 0 if the attribute is shorter. */
uint64_t netlink_number(const struct nlattr *attribute, size_t size);
/* The attribute as a string of at most `size` - 1 bytes; "" if it is none. */
void netlink_string(const struct nlattr *attribute, char *ret_text, size_t size);

#endif
