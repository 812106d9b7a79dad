/* Which name servers this machine asks, and how (resolv.conf(5)). */
#ifndef SYS_RESOLVCONF_H
#define SYS_RESOLVCONF_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#define RESOLVCONF_PATH "/etc/resolv.conf"
#define RESOLVCONF_MAX_SERVERS 8
#define RESOLVCONF_MAX_SEARCH 16
#define RESOLVCONF_NAME_SIZE 256

struct resolvconf {
    size_t server_count; /* at least 1: 127.0.0.1 when the file names none */
    struct sockaddr_storage servers[RESOLVCONF_MAX_SERVERS]; /* port 53 */
    size_t search_count;
    char search[RESOLVCONF_MAX_SEARCH][RESOLVCONF_NAME_SIZE]; /* domains without a final dot */
    unsigned ndots; /* a name with so many dots is tried as it is first */
    unsigned timeout_ms, attempts; /* per server and round */
    bool use_tcp; /* `options use-vc` */
};

/* Reads `path`; a missing file gives the defaults. What is not understood is ignored, as everywhere. 0, or a
 * negative errno when the file exists but cannot be read. */
int resolvconf_read(const char *path, struct resolvconf *ret_conf);

#endif
