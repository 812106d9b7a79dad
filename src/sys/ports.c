/* Sets of ports and the grammar people write them in. Knows nothing of connections. */
#include "sys/ports.h"

#include <string.h>

#include "base/text.h"

enum { ITEM_MAX = 32 };

static bool has(const struct ports *ports, unsigned port)
{
    return (ports->bits[port / 8] >> (port % 8) & 1) != 0;
}

static void add_range(struct ports *ports, unsigned first, unsigned last)
{
    for (unsigned port = first; port <= last; port++) {
        ports->count += !has(ports, port);
        ports->bits[port / 8] = (uint8_t)(ports->bits[port / 8] | 1u << (port % 8));
    }
}

static bool read_port(const char *text, unsigned *ret_port)
{
    int64_t value;
    if (!text_int(text, &value) || value < 1 || value > PORTS_MAX)
        return false;
    *ret_port = (unsigned)value;
    return true;
}

static bool add_range_text(struct ports *ports, char *item, char *dash)
{
    unsigned first, last;
    *dash = '\0';
    if (!read_port(item, &first) || !read_port(dash + 1, &last) || first > last)
        return false;
    add_range(ports, first, last);
    return true;
}

static void add_top(struct ports *ports)
{
    for (size_t i = 0; i < port_names_count; i++)
        if (port_names[i].top)
            add_range(ports, port_names[i].port, port_names[i].port);
}

/* A name may belong to several ports. */
static bool add_service(struct ports *ports, const char *name)
{
    bool known = false;
    for (size_t i = 0; i < port_names_count; i++) {
        if (!text_same(port_names[i].name, name))
            continue;
        add_range(ports, port_names[i].port, port_names[i].port);
        known = true;
    }
    return known;
}

bool ports_add(struct ports *ports, const char *item, size_t len)
{
    char text[ITEM_MAX];
    if (len == 0 || len >= sizeof(text) || memchr(item, '\0', len))
        return false;
    memcpy(text, item, len);
    text[len] = '\0';
    unsigned port;
    if (read_port(text, &port)) {
        add_range(ports, port, port);
        return true;
    }
    if (text_same(text, "all")) {
        add_range(ports, 1, PORTS_MAX);
        return true;
    }
    if (text_same(text, "top100")) {
        add_top(ports);
        return true;
    }
    char *dash = strchr(text, '-');
    if (dash && text[0] >= '0' && text[0] <= '9')
        return add_range_text(ports, text, dash);
    return add_service(ports, text);
}

void ports_list(const struct ports *ports, uint16_t *ret_list)
{
    size_t at = 0;
    for (unsigned port = 1; port <= PORTS_MAX; port++)
        if (has(ports, port))
            ret_list[at++] = (uint16_t)port;
}

const char *ports_service(uint16_t port)
{
    size_t low = 0, high = port_names_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (port_names[middle].port < port)
            low = middle + 1;
        else
            high = middle;
    }
    return low < port_names_count && port_names[low].port == port ? port_names[low].name : NULL;
}
