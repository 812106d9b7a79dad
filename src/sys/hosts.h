/* The hosts file: names of addresses that need no server (hosts(5)). */
#ifndef SYS_HOSTS_H
#define SYS_HOSTS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

struct resolve_addresses;

#define HOSTS_PATH "/etc/hosts"
#define HOSTS_MAX_NAMES 64 /* of one line; further ones are ignored */

/* One line: its address (port 0) and its names, the canonical one first. Everything dies when `each` returns.
 */
struct hosts_line {
    struct sockaddr_storage address;
    size_t count;
    const char *names[HOSTS_MAX_NAMES];
};

/* Calls `each` for the lines that have an address and a name, until it returns false. 0, or a negative errno
 * when `path` cannot be read; a missing file has no lines. */
int hosts_each(const char *path, bool (*each)(const struct hosts_line *line, void *user), void *user);

/* All addresses of `name` (any case) of `family` (AF_UNSPEC: both), in the file's order. 0, or -ENOENT, or as
 * above. */
int hosts_lookup(const char *path, const char *name, int family, struct resolve_addresses *ret_addresses);

#endif
