/* What an address is, seen through every disguise, and whether it may be connected to. */
#ifndef SYS_GUARD_H
#define SYS_GUARD_H

#include <stdbool.h>
#include <sys/socket.h>

enum guard_class {
    GUARD_PUBLIC,
    GUARD_LOOPBACK, /* 127.0.0.0/8, ::1 */
    GUARD_PRIVATE, /* RFC 1918, RFC 6598, fc00::/7, this machine's own addresses count as what they are */
    GUARD_LINK_LOCAL, /* 169.254.0.0/16, fe80::/10 */
    GUARD_METADATA, /* cloud metadata: 169.254.169.254, 169.254.170.2, fd00:ec2::254, 100.100.100.200, ... */
    GUARD_UNSPECIFIED, /* 0.0.0.0/8, :: (Linux connects these to itself) */
    GUARD_MULTICAST, /* and broadcast */
    GUARD_RESERVED,
};

/* Looks through IPv4-mapped, IPv4-compatible, NAT64 (64:ff9b::/96 and 64:ff9b:1::/48), 6to4 and Teredo forms.
 */
enum guard_class guard_classify(const struct sockaddr *address);

/* "loopback", "private", ... */
const char *guard_class_name(enum guard_class class);

#endif
