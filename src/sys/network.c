/* Puts together what rtnetlink says of links, addresses and routes. Knows no messages. */
#include "sys/network.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/scope.h"
#include "base/wait.h"
#include "sys/netlink.h"

#define DUMP_MAX_BYTES ((size_t)64 << 20)

/* One look at the kernel under way. */
struct reader {
    const struct wait *wait;
    struct netlink netlink;
    struct buf messages; /* of the dump at hand */
    struct network *network;
};

static void reader_done(struct reader *reader)
{
    netlink_close(&reader->netlink);
    buf_done(&reader->messages);
}

void network_done(struct network *network)
{
    links_done(&network->links);
    links_done(&network->earlier);
    link_addresses_done(&network->addresses);
    routes_done(&network->routes);
}

/* More than the buffer holds is no failure: the network is marked. */
static int dump(struct reader *reader, uint16_t type, uint8_t family)
{
    bool is_consistent = true;
    buf_clear(&reader->messages);
    int rc = netlink_dump(&reader->netlink, reader->wait, type, family, &reader->messages, &is_consistent);
    if (rc == -EMSGSIZE)
        reader->network->is_complete = false;
    else if (rc < 0)
        return rc;
    reader->network->is_consistent &= is_consistent;
    return 0;
}

static int read_links(struct reader *reader, struct links *ret_links)
{
    int rc = dump(reader, RTM_GETLINK, AF_UNSPEC);
    return rc < 0 ? rc : links_parse(buf_str(&reader->messages), reader->messages.len, ret_links);
}

static int read_routes(struct reader *reader)
{
    static const uint8_t families[] = { AF_INET, AF_INET6 };
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < ARRAY_LEN(families); i++) {
        rc = dump(reader, RTM_GETROUTE, families[i]);
        /* A kernel without IPv6 has no such routes. */
        if (rc == -EOPNOTSUPP || rc == -EAFNOSUPPORT)
            return 0;
        /* Nor has a namespace whose interfaces were never up a table to keep any in. */
        if (rc == -ENOENT)
            rc = 0;
        else if (rc == 0)
            rc = routes_parse(buf_str(&reader->messages), reader->messages.len, &reader->network->routes);
    }
    return rc;
}

static int read_sample(struct reader *reader, int sample_ms, int64_t *ret_begin_ns)
{
    *ret_begin_ns = clock_ns();
    int rc = read_links(reader, &reader->network->earlier);
    return rc < 0 ? rc : wait_sleep(reader->wait, sample_ms);
}

static int read_all(struct reader *reader, int sample_ms)
{
    int64_t begin_ns = 0;
    int rc = netlink_open(&reader->netlink);
    if (rc == 0 && sample_ms > 0)
        rc = read_sample(reader, sample_ms, &begin_ns);
    if (rc == 0 && sample_ms > 0)
        reader->network->seconds = (double)(clock_ns() - begin_ns) / 1e9;
    if (rc == 0)
        rc = read_links(reader, &reader->network->links);
    if (rc == 0)
        rc = dump(reader, RTM_GETADDR, AF_UNSPEC);
    if (rc == 0)
        rc = link_addresses_parse(
            buf_str(&reader->messages), reader->messages.len, &reader->network->addresses);
    return rc == 0 ? read_routes(reader) : rc;
}

int network_read(const struct wait *wait, int sample_ms, struct network *ret_network)
{
    struct network network = { .is_consistent = true, .is_complete = true };
    CLEANUP(reader_done) struct reader reader = { .wait = wait, .network = &network };
    buf_init(&reader.messages, DUMP_MAX_BYTES);
    int rc = read_all(&reader, sample_ms);
    if (rc < 0)
        network_done(&network);
    else
        *ret_network = network;
    return rc;
}

const char *network_link_name(const struct network *network, int index)
{
    const struct link *link = index ? links_find(&network->links, index) : NULL;
    return link ? link->name : NULL;
}
