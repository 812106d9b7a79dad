/* Address classes, as data: what each network is for, and where IPv6 addresses carry an IPv4 one.
 * Knows nothing of policy: whoever connects decides what each class may do. */
#include "sys/guard.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/scope.h"

/* The first row that matches decides, so a host stands before the network that holds it. */
struct network4 {
    uint32_t address; /* host byte order */
    uint8_t prefix;
    enum guard_class class;
};

static const struct network4 networks4[] = {
    { 0xa9fea9fe, 32, GUARD_METADATA }, /* 169.254.169.254: most clouds */
    { 0xa9fea9fd, 32, GUARD_METADATA }, /* 169.254.169.253: AWS resolver */
    { 0xa9feaa02, 32, GUARD_METADATA }, /* 169.254.170.2: AWS ECS credentials */
    { 0xa9feaa17, 32, GUARD_METADATA }, /* 169.254.170.23: AWS EKS credentials */
    { 0x646464c8, 32, GUARD_METADATA }, /* 100.100.100.200: Alibaba */
    { 0xa83f8110, 32, GUARD_METADATA }, /* 168.63.129.16: Azure */
    { 0xc00000c0, 32, GUARD_METADATA }, /* 192.0.0.192: Oracle */
    { 0xffffffff, 32, GUARD_MULTICAST }, /* limited broadcast */
    { 0x00000000, 8, GUARD_UNSPECIFIED }, /* RFC 1122 */
    { 0x7f000000, 8, GUARD_LOOPBACK }, /* RFC 1122 */
    { 0x0a000000, 8, GUARD_PRIVATE }, /* RFC 1918 */
    { 0xac100000, 12, GUARD_PRIVATE }, /* RFC 1918 */
    { 0xc0a80000, 16, GUARD_PRIVATE }, /* RFC 1918 */
    { 0x64400000, 10, GUARD_PRIVATE }, /* RFC 6598 */
    { 0xa9fe0000, 16, GUARD_LINK_LOCAL }, /* RFC 3927 */
    { 0xe0000000, 4, GUARD_MULTICAST }, /* RFC 5771 */
    { 0xc0000000, 24, GUARD_RESERVED }, /* RFC 6890, protocol assignments */
    { 0xc0000200, 24, GUARD_RESERVED }, /* RFC 5737, documentation */
    { 0xc6336400, 24, GUARD_RESERVED }, /* RFC 5737 */
    { 0xcb007100, 24, GUARD_RESERVED }, /* RFC 5737 */
    { 0xc0586300, 24, GUARD_RESERVED }, /* RFC 7526, 6to4 relays */
    { 0xc6120000, 15, GUARD_RESERVED }, /* RFC 2544, benchmarks */
    { 0xf0000000, 4, GUARD_RESERVED }, /* RFC 1112 */
};

struct network6 {
    uint8_t address[16];
    uint8_t prefix;
    enum guard_class class;
};

static const struct network6 networks6[] = {
    { { 0xfd, 0x00, 0x0e, 0xc2, [14] = 0x02, 0x54 }, 128, GUARD_METADATA }, /* fd00:ec2::254: AWS */
    { { 0xfd, 0x00, 0x0e, 0xc2, [14] = 0x02, 0x53 }, 128, GUARD_METADATA }, /* fd00:ec2::253: AWS resolver */
    { { 0xfd, 0x00, 0x0e, 0xc2, [14] = 0x00, 0x23 }, 128, GUARD_METADATA }, /* fd00:ec2::23: AWS EKS */
    { { 0xfd, 0x20, 0x00, 0xce, [14] = 0x02, 0x54 }, 128, GUARD_METADATA }, /* fd20:ce::254: Google */
    { { 0xfd, 0x00, 0x00, 0x42, [15] = 0x42 }, 128, GUARD_METADATA }, /* fd00:42::42: Scaleway */
    { { 0 }, 128, GUARD_UNSPECIFIED }, { { [15] = 1 }, 128, GUARD_LOOPBACK },
    { { 0xfc }, 7, GUARD_PRIVATE }, /* RFC 4193 */
    { { 0xfe, 0x80 }, 10, GUARD_LINK_LOCAL }, /* RFC 4291 */
    { { 0xfe, 0xc0 }, 10, GUARD_PRIVATE }, /* RFC 3879, old site-local */
    { { 0xff }, 8, GUARD_MULTICAST }, /* RFC 4291 */
    { { 0x01 }, 64, GUARD_RESERVED }, /* RFC 6666, discard */
    { { 0x20, 0x01, 0x0d, 0xb8 }, 32, GUARD_RESERVED }, /* RFC 3849, documentation */
    { { 0x20, 0x01, 0x00, 0x02 }, 48, GUARD_RESERVED }, /* RFC 5180, benchmarks */
    { { 0x3f, 0xff }, 20, GUARD_RESERVED }, /* RFC 9637, documentation */
    { { 0x5f }, 16, GUARD_RESERVED }, /* RFC 9602, segment routing */
};

enum reading {
    PLAIN,
    INVERTED, /* all bits flipped */
    GUESS, /* one of several readings of the same network */
};

/* Where an IPv6 network carries an IPv4 address: four byte offsets into it. */
struct carrier {
    uint8_t address[16];
    uint8_t prefix;
    uint8_t at[4];
    enum reading reading;
};

static const struct carrier carriers[] = {
    { { [10] = 0xff, 0xff }, 96, { 12, 13, 14, 15 }, PLAIN }, /* RFC 4291, mapped */
    { { 0 }, 96, { 12, 13, 14, 15 }, PLAIN }, /* RFC 4291, compatible */
    { { [8] = 0xff, 0xff }, 96, { 12, 13, 14, 15 }, PLAIN }, /* RFC 2765, translated */
    { { 0x00, 0x64, 0xff, 0x9b }, 96, { 12, 13, 14, 15 }, PLAIN }, /* RFC 6052, NAT64 */
    { { 0x00, 0x64, 0xff, 0x9b, 0x00, 0x01 }, 48, { 6, 7, 9, 10 }, GUESS }, /* RFC 8215, NAT64: a /48 */
    { { 0x00, 0x64, 0xff, 0x9b, 0x00, 0x01 }, 48, { 7, 9, 10, 11 }, GUESS }, /* ... or /56s within it */
    { { 0x00, 0x64, 0xff, 0x9b, 0x00, 0x01 }, 48, { 9, 10, 11, 12 }, GUESS }, /* ... or /64s */
    { { 0x00, 0x64, 0xff, 0x9b, 0x00, 0x01 }, 48, { 12, 13, 14, 15 }, GUESS }, /* ... or /96s */
    { { 0x20, 0x02 }, 16, { 2, 3, 4, 5 }, PLAIN }, /* RFC 3056, 6to4 */
    { { 0x20, 0x01, 0x00, 0x00 }, 32, { 4, 5, 6, 7 }, PLAIN }, /* RFC 4380, Teredo server */
    { { 0x20, 0x01, 0x00, 0x00 }, 32, { 12, 13, 14, 15 }, INVERTED }, /* RFC 4380, Teredo client */
};

static bool is_within(const uint8_t *address, const uint8_t *network, unsigned prefix)
{
    unsigned whole = prefix / 8, rest = prefix % 8;
    if (memcmp(address, network, whole) != 0)
        return false;
    return rest == 0 || ((address[whole] ^ network[whole]) >> (8 - rest)) == 0;
}

static enum guard_class classify4(uint32_t address)
{
    for (size_t i = 0; i < ARRAY_LEN(networks4); i++)
        if (((address ^ networks4[i].address) >> (32 - networks4[i].prefix)) == 0)
            return networks4[i].class;
    return GUARD_PUBLIC;
}

static uint32_t carried4(const uint8_t *bytes, const struct carrier *carrier)
{
    uint32_t address = 0;
    for (size_t i = 0; i < ARRAY_LEN(carrier->at); i++)
        address = address << 8 | bytes[carrier->at[i]];
    return carrier->reading == INVERTED ? ~address : address;
}

/* How little an address may be trusted. The same bytes may be read as several IPv4 addresses; the worst one
 * counts. */
static int severity(enum guard_class class)
{
    static const enum guard_class order[] = {
        GUARD_PUBLIC,
        GUARD_RESERVED,
        GUARD_PRIVATE,
        GUARD_LOOPBACK,
        GUARD_MULTICAST,
        GUARD_UNSPECIFIED,
        GUARD_LINK_LOCAL,
        GUARD_METADATA,
    };
    for (size_t i = 0; i < ARRAY_LEN(order); i++)
        if (order[i] == class)
            return (int)i;
    return 0;
}

static enum guard_class classify6(const uint8_t bytes[16])
{
    for (size_t i = 0; i < ARRAY_LEN(networks6); i++)
        if (is_within(bytes, networks6[i].address, networks6[i].prefix))
            return networks6[i].class;
    enum guard_class worst = GUARD_PUBLIC;
    for (size_t i = 0; i < ARRAY_LEN(carriers); i++) {
        if (!is_within(bytes, carriers[i].address, carriers[i].prefix))
            continue;
        enum guard_class class = classify4(carried4(bytes, &carriers[i]));
        if (carriers[i].reading == GUESS && class == GUARD_UNSPECIFIED)
            class = GUARD_RESERVED; /* zeros are the padding of another reading, and lead nowhere */
        if (severity(class) > severity(worst))
            worst = class;
    }
    return worst;
}

enum guard_class guard_classify(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, address, sizeof(in));
        return classify4(ntohl(in.sin_addr.s_addr));
    }
    if (address->sa_family == AF_INET6) {
        struct sockaddr_in6 in6;
        memcpy(&in6, address, sizeof(in6));
        return classify6(in6.sin6_addr.s6_addr);
    }
    return GUARD_RESERVED;
}

const char *guard_class_name(enum guard_class class)
{
    static const char *const names[] = {
        [GUARD_PUBLIC] = "public",
        [GUARD_LOOPBACK] = "loopback",
        [GUARD_PRIVATE] = "private",
        [GUARD_LINK_LOCAL] = "link-local",
        [GUARD_METADATA] = "cloud metadata",
        [GUARD_UNSPECIFIED] = "unspecified",
        [GUARD_MULTICAST] = "multicast or broadcast",
        [GUARD_RESERVED] = "reserved",
    };
    return (size_t) class < ARRAY_LEN(names) ? names[class] : "unknown";
}
