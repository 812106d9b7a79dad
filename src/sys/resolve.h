/* Names to addresses, within a deadline and cancellable: hosts file, then the servers of resolv.conf on our
 * own sockets. Only an nsswitch.conf `hosts:` line that names something else (mdns, ldap, ...) goes to
 * getaddrinfo. */
#ifndef SYS_RESOLVE_H
#define SYS_RESOLVE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

struct err;
struct wait;

#define RESOLVE_MAX 16

struct resolve_addresses {
    size_t count; /* at least 1 on success */
    struct sockaddr_storage at[RESOLVE_MAX]; /* port 0; IPv6 first where the system prefers it (RFC 6724) */
};

/* An address in any spelling (or [v6], or fe80::1%eth0) or a name. `family` is AF_UNSPEC, AF_INET or
 * AF_INET6. International names are converted (IDNA 2008). 0; -ENOENT: no such name or no address of that
 * family; -EINVAL: not a host name (label over 63, ...); -EAGAIN: no name server answered; -ECANCELED;
 * -ETIMEDOUT. *err says which, in English. */
int resolve_host(const struct wait *wait, const char *host, int family,
    struct resolve_addresses *ret_addresses, struct err *err);

/* The same, reading other files than the system's. */
struct resolve_files {
    const char *hosts, *resolvconf, *nsswitch; /* paths; a missing file is as good as an empty one */
};

extern const struct resolve_files resolve_system;

int resolve_host_by(const struct wait *wait, const struct resolve_files *files, const char *host, int family,
    struct resolve_addresses *ret_addresses, struct err *err);

/* Numeric text of an address, without port: "192.0.2.1", "fe80::1%eth0". `ret_text` of RESOLVE_TEXT_SIZE
 * bytes. */
#define RESOLVE_TEXT_SIZE 80
char *resolve_text(const struct sockaddr *address, char ret_text[RESOLVE_TEXT_SIZE]);

socklen_t resolve_length(const struct sockaddr_storage *address);
void resolve_set_port(struct sockaddr_storage *address, unsigned port);

#endif
