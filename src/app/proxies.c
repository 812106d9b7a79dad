/* Networks that are trusted, and the walk along X-Forwarded-For. */
#include "app/proxies.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "http/server.h"

static struct in6_addr mapped(const struct in_addr *four)
{
    struct in6_addr six = { .s6_addr = { [10] = 0xff, [11] = 0xff } };
    memcpy(&six.s6_addr[12], four, sizeof *four);
    return six;
}

static bool read_address(const char *text, struct in6_addr *ret_address)
{
    struct in_addr four;
    if (inet_pton(AF_INET6, text, ret_address) == 1)
        return true;
    if (inet_pton(AF_INET, text, &four) != 1)
        return false;
    *ret_address = mapped(&four);
    return true;
}

/* Networks */

void proxies_done(struct proxies *proxies)
{
    free(proxies->networks);
    *proxies = (struct proxies){ 0 };
}

static bool read_network(const char *text, struct proxies_network *ret_network)
{
    char address[INET6_ADDRSTRLEN];
    size_t len = strcspn(text, "/");
    int64_t prefix = -1;
    if (len >= sizeof address)
        return false;
    memcpy(address, text, len);
    address[len] = '\0';
    if (!read_address(address, &ret_network->first))
        return false;
    int64_t most = strchr(address, ':') ? 128 : 32;
    if (!text[len])
        prefix = most;
    else if (!text_int(text + len + 1, &prefix))
        return false;
    ret_network->prefix = (unsigned)(prefix + 128 - most);
    return prefix >= 0 && prefix <= most;
}

int proxies_read(struct proxies *proxies, struct mcp_strings texts, struct err *err)
{
    proxies->networks = calloc(texts.count + 1, sizeof *proxies->networks);
    if (!proxies->networks)
        abort(); /* a few hundred bytes at start */
    for (size_t i = 0; i < texts.count; i++)
        if (!read_network(texts.items[i], &proxies->networks[proxies->count++]))
            return err_say(err, -EINVAL,
                "trusted_proxies : « %.80s » n'est pas un réseau ; accepté : une adresse, ou ADRESSE/PRÉFIXE",
                "trusted_proxies: \"%.80s\" is no network; accepted: an address, or ADDRESS/PREFIX",
                texts.items[i]);
    return 0;
}

static bool is_within(const struct in6_addr *address, const struct proxies_network *network)
{
    unsigned bytes = network->prefix / 8, bits = network->prefix % 8;
    if (memcmp(address->s6_addr, network->first.s6_addr, bytes) != 0)
        return false;
    return bits == 0 || (address->s6_addr[bytes] ^ network->first.s6_addr[bytes]) >> (8 - bits) == 0;
}

static bool is_trusted(const struct proxies *proxies, const struct in6_addr *address)
{
    for (size_t i = 0; i < proxies->count; i++)
        if (is_within(address, &proxies->networks[i]))
            return true;
    return false;
}

/* The client */

static struct in6_addr peer_address(const struct sockaddr_storage *peer)
{
    if (peer->ss_family == AF_INET6)
        return ((const struct sockaddr_in6 *)peer)->sin6_addr;
    return mapped(&((const struct sockaddr_in *)peer)->sin_addr);
}

/* One entry, `len` bytes: an address, perhaps with a port. */
static bool read_hop(const char *entry, size_t len, struct in6_addr *ret_address)
{
    char text[INET6_ADDRSTRLEN + 10];
    if (len >= sizeof text)
        return false;
    memcpy(text, entry, len);
    text[len] = '\0';
    char *bracket = text[0] == '[' ? strchr(text, ']') : NULL;
    char *colon = strchr(text, ':');
    if (bracket)
        *bracket = '\0';
    else if (colon && !strchr(colon + 1, ':'))
        *colon = '\0';
    return read_address(text + (bracket != NULL), ret_address);
}

static bool is_loopback(const struct in6_addr *address)
{
    return IN6_IS_ADDR_LOOPBACK(address) || (IN6_IS_ADDR_V4MAPPED(address) && address->s6_addr[12] == 127);
}

/* Each of the way must be loopback: another machine's proxy that says 127.0.0.1 means its own, and what is no
 * address ("unknown", "unix:") may be anybody. */
struct in6_addr proxies_client(
    const struct proxies *proxies, const struct http_request *request, bool *ret_is_local)
{
    struct in6_addr client = peer_address(&request->peer);
    *ret_is_local = is_loopback(&client);
    if (!is_trusted(proxies, &client))
        return client;
    const char *hops = http_header(request, "X-Forwarded-For");
    size_t end = hops ? strlen(hops) : 0;
    *ret_is_local &= !hops || end > 0;
    while (end > 0) {
        size_t start = end;
        while (start > 0 && hops[start - 1] != ',')
            start--;
        size_t from = start + strspn(hops + start, " \t");
        size_t to = end;
        while (to > from && (hops[to - 1] == ' ' || hops[to - 1] == '\t'))
            to--;
        /* What is no address ends the chain: nobody can be held to what stands left of it. */
        bool is_address = read_hop(hops + from, to - from, &client);
        *ret_is_local &= is_address && is_loopback(&client);
        if (!is_address || !is_trusted(proxies, &client))
            return client;
        end = start > 0 ? start - 1 : 0;
    }
    return client;
}

const char *proxies_text(const struct in6_addr *address, char ret_text[INET6_ADDRSTRLEN])
{
    bool is_four = IN6_IS_ADDR_V4MAPPED(address);
    return inet_ntop(is_four ? AF_INET : AF_INET6, is_four ? &address->s6_addr[12] : address->s6_addr,
        ret_text, INET6_ADDRSTRLEN);
}
