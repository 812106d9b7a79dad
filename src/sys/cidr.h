/* Ranges of addresses as people write them: 192.168.1.0/24, 2001:db8::/120. */
#ifndef SYS_CIDR_H
#define SYS_CIDR_H

#include <stddef.h>
#include <sys/socket.h>

#define CIDR_MAX 256 /* addresses of a range: a /24, a /120 */

struct cidr {
    struct sockaddr_storage first; /* port 0 */
    size_t count; /* 1..CIDR_MAX; network and broadcast addresses of IPv4 are left out */
};

/* Reads "ADDRESS/PREFIX"; host bits may be set (192.168.1.7/24 is the network it lies in).
 * 0; -EINVAL: not that; -E2BIG: more than CIDR_MAX addresses. */
int cidr_parse(const char *text, struct cidr *ret_range);

/* The address at `index` (below range->count). */
struct sockaddr_storage cidr_at(const struct cidr *range, size_t index);

#endif
