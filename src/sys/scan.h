/* Many TCP connection attempts at once: which ports of which hosts answer. Knows nothing of JSON or of
 * policy. */
#ifndef SYS_SCAN_H
#define SYS_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "sys/tcp.h"

struct err;
struct wait;

struct scan_host {
    /* Filled by the caller. */
    struct sockaddr_storage address;
    uint8_t *states; /* port_count bytes, see below */
    /* Filled by scan_run(). states[i]: the enum tcp_outcome of ports[i]; TCP_OUTCOMES or more when it has
     * none. */
    size_t settled; /* ports with an outcome; all of them unless the time was up */
    size_t outcomes[TCP_OUTCOMES]; /* how many ports had which */
    bool alive; /* something came back from the host itself */
    int64_t begun_ns, ended_ns; /* on clock_ns(); 0 = not */
    /* Its own. */
    size_t cursor;
    unsigned in_flight;
    bool known, second_round, dead;
    enum tcp_outcome verdict; /* when dead: of all ports that did not answer */
};

struct scan {
    const struct wait *wait;
    struct scan_host *hosts;
    size_t host_count;
    const uint16_t *ports;
    size_t port_count;
    int timeout_ms; /* for each attempt */
    void (*progress)(void *user, size_t settled, size_t total); /* may be NULL */
    void *user;
};

/* Tries every port of every host. An attempt without answer is repeated once when the host is alive (or when
 * there are few ports). When this machine says that nobody has an address, the host's other ports are not
 * tried. 0; -ETIMEDOUT: the deadline, the hosts hold what is known so far; -ECANCELED; -EMFILE: no descriptor
 * can be had. All sockets are closed when it returns. */
int scan_run(const struct scan *scan, struct err *err);

#endif
