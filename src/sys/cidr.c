/* Ranges of addresses. At most 256 of them: only the last byte of an address ever varies. */
#include "sys/cidr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/text.h"

enum { VARYING_BITS = 8 };

static uint8_t *last_byte(struct sockaddr_storage *address)
{
    if (address->ss_family == AF_INET6)
        return (uint8_t *)&((struct sockaddr_in6 *)address)->sin6_addr + sizeof(struct in6_addr) - 1;
    return (uint8_t *)&((struct sockaddr_in *)address)->sin_addr + sizeof(struct in_addr) - 1;
}

static bool read_address(const char *text, struct sockaddr_storage *ret_address)
{
    memset(ret_address, 0, sizeof(*ret_address));
    ret_address->ss_family = AF_INET;
    if (inet_pton(AF_INET, text, &((struct sockaddr_in *)ret_address)->sin_addr) == 1)
        return true;
    ret_address->ss_family = AF_INET6;
    return inet_pton(AF_INET6, text, &((struct sockaddr_in6 *)ret_address)->sin6_addr) == 1;
}

int cidr_parse(const char *text, struct cidr *ret_range)
{
    char address[INET6_ADDRSTRLEN];
    const char *slash = strchr(text, '/');
    struct cidr range;
    int64_t prefix;
    if (!slash || (size_t)(slash - text) >= sizeof(address) || !text_int(slash + 1, &prefix))
        return -EINVAL;
    memcpy(address, text, (size_t)(slash - text));
    address[slash - text] = '\0';
    if (!read_address(address, &range.first))
        return -EINVAL;
    int64_t bits = range.first.ss_family == AF_INET6 ? 128 : 32;
    if (prefix < 0 || prefix > bits)
        return -EINVAL;
    if (bits - prefix > VARYING_BITS)
        return -E2BIG;
    range.count = (size_t)1 << (bits - prefix);
    uint8_t *last = last_byte(&range.first);
    *last = (uint8_t)(*last & ~(range.count - 1));
    if (range.first.ss_family == AF_INET && range.count > 2) { /* RFC 3021: a /31 has neither */
        *last = (uint8_t)(*last + 1);
        range.count -= 2;
    }
    *ret_range = range;
    return 0;
}

struct sockaddr_storage cidr_at(const struct cidr *range, size_t index)
{
    struct sockaddr_storage address = range->first;
    uint8_t *last = last_byte(&address);
    *last = (uint8_t)(*last + index);
    return address;
}
