/* TCP ports by number and by name: the services people know, the hundred worth a look, and sets of ports. */
#ifndef SYS_PORTS_H
#define SYS_PORTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct port_name {
    uint16_t port;
    bool top; /* one of the hundred of "top100" */
    const char *name;
};

/* Ordered by port, a port at most once. */
extern const struct port_name port_names[];
extern const size_t port_names_count;

/* "ssh" for 22; NULL when nothing is known to live there. */
const char *ports_service(uint16_t port);

#define PORTS_MAX 65535

/* A set of ports; a zeroed one is empty. */
struct ports {
    size_t count;
    uint8_t bits[(PORTS_MAX + 1) / 8];
};

/* Adds what `item` (`len` bytes) names: "22", "1-1024", "ssh", "top100", "all". False when it is none of
 * these; the set is then as before. */
bool ports_add(struct ports *ports, const char *item, size_t len);

/* Writes the ports in ascending order; `ret_list` has room for ports->count. */
void ports_list(const struct ports *ports, uint16_t *ret_list);

#endif
