/* The listening socket of this process, and which addresses lead to it. Knows no HTTP. */
#include "sys/own.h"

#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include "base/scope.h"
#include "sys/guard.h"
#include "sys/resolve.h"

static struct sockaddr_storage own; /* AF_UNSPEC: nobody listens */

/* An IPv4 address in an IPv6 one is that IPv4 address. */
static struct sockaddr_storage plain(const struct sockaddr *address)
{
    struct sockaddr_storage result = { 0 };
    struct sockaddr_in6 in6;
    if (address->sa_family == AF_INET) {
        memcpy(&result, address, sizeof(struct sockaddr_in));
    } else if (address->sa_family == AF_INET6) {
        memcpy(&in6, address, sizeof in6);
        struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = in6.sin6_port };
        memcpy(&in.sin_addr, &in6.sin6_addr.s6_addr[12], sizeof in.sin_addr);
        if (IN6_IS_ADDR_V4MAPPED(&in6.sin6_addr))
            memcpy(&result, &in, sizeof in);
        else
            memcpy(&result, &in6, sizeof in6);
    }
    return result;
}

static bool is_same_address(const struct sockaddr_storage *one, const struct sockaddr_storage *other)
{
    if (one->ss_family != other->ss_family)
        return false;
    if (one->ss_family == AF_INET)
        return ((const struct sockaddr_in *)one)->sin_addr.s_addr ==
            ((const struct sockaddr_in *)other)->sin_addr.s_addr;
    return IN6_ARE_ADDR_EQUAL(
        &((const struct sockaddr_in6 *)one)->sin6_addr, &((const struct sockaddr_in6 *)other)->sin6_addr);
}

static in_port_t port_of(const struct sockaddr_storage *address)
{
    /* At the same place in both families. */
    return ((const struct sockaddr_in *)address)->sin_port;
}

/* The kernel answers: to an address of this machine it goes from that very address. */
static bool is_of_this_machine(const struct sockaddr_storage *address)
{
    if (guard_classify((const struct sockaddr *)address) == GUARD_LOOPBACK)
        return true;
    CLEANUP(scope_close) int fd = socket(address->ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct sockaddr_storage source = { 0 };
    socklen_t len = sizeof source;
    return fd >= 0 && connect(fd, (const struct sockaddr *)address, resolve_length(address)) == 0 &&
        getsockname(fd, (struct sockaddr *)&source, &len) == 0 && is_same_address(&source, address);
}

void own_listens(const struct sockaddr *listener)
{
    own = plain(listener);
}

bool own_is_at(const struct sockaddr *address)
{
    const struct sockaddr_storage asked = plain(address);
    if (own.ss_family == AF_UNSPEC || asked.ss_family == AF_UNSPEC || port_of(&asked) != port_of(&own))
        return false;
    if (is_same_address(&asked, &own))
        return true;
    bool is_everywhere = own.ss_family == AF_INET6
        ? IN6_IS_ADDR_UNSPECIFIED(&((const struct sockaddr_in6 *)&own)->sin6_addr)
        : asked.ss_family == AF_INET && ((const struct sockaddr_in *)&own)->sin_addr.s_addr == INADDR_ANY;
    return is_everywhere && is_of_this_machine(&asked);
}
