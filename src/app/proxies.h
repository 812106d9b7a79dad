/* Proxies in front of the server: whom to believe about who is behind them.
 *
 * X-Forwarded-For is read only from a peer in one of the trusted networks, and from its right end: what
 * stands left of the first address that is nobody trusted was written by that somebody. The header Forwarded
 * is not read: of two headers nobody could tell which one the proxy wrote and which it let pass. */
#ifndef APP_PROXIES_H
#define APP_PROXIES_H

#include <mcp/tool.h>

#include <arpa/inet.h>
#include <netinet/in.h>

struct err;
struct http_request;

struct proxies_network {
    struct in6_addr first; /* IPv4 as ::ffff:a.b.c.d */
    unsigned prefix;
};

/* Embedded by value; zeroed trusts nobody. */
struct proxies {
    struct proxies_network *networks;
    size_t count;
};

void proxies_done(struct proxies *proxies);
/* Addresses and networks, "10.0.0.0/8", "fd00::1". -EINVAL with *err. */
int proxies_read(struct proxies *proxies, struct mcp_strings texts, struct err *err);
/* The address of the client: of the peer, or of whoever trusted peers say is behind them. *ret_is_local: the
 * request never left this machine, as far as anybody can be believed. */
struct in6_addr proxies_client(
    const struct proxies *proxies, const struct http_request *request, bool *ret_is_local);
/* As people write it: IPv4 without ::ffff:. Returns `ret_text`. */
const char *proxies_text(const struct in6_addr *address, char ret_text[INET6_ADDRSTRLEN]);

#endif
