/* Writes what the kernel answers to one rtnetlink dump to standard output: links, addresses, routes4 or
 * routes6. How the files of tests/data/netlink-* were recorded; the mutations and comparisons of the unit
 * tests start from them. */
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/scope.h"
#include "base/wait.h"
#include "sys/netlink.h"

struct question {
    const char *name;
    uint16_t type;
    uint8_t family;
};

static const struct question questions[] = {
    { "links", RTM_GETLINK, AF_UNSPEC },
    { "addresses", RTM_GETADDR, AF_UNSPEC },
    { "routes4", RTM_GETROUTE, AF_INET },
    { "routes6", RTM_GETROUTE, AF_INET6 },
};

static int record(const struct question *question)
{
    CLEANUP(netlink_close) struct netlink netlink = { 0 };
    CLEANUP(buf_done) struct buf messages = { 0 };
    struct wait wait = { .cancel_fd = -1, .deadline_ms = clock_ms() + 5000 };
    bool is_consistent = false;
    int rc = netlink_open(&netlink);
    if (rc == 0)
        rc = netlink_dump(&netlink, &wait, question->type, question->family, &messages, &is_consistent);
    if (rc < 0 || !is_consistent) {
        fprintf(stderr, "%s: error %d, consistent %d\n", question->name, rc, is_consistent);
        return 1;
    }
    return fwrite(buf_str(&messages), 1, messages.len, stdout) == messages.len ? 0 : 1;
}

int main(int argc, char **argv)
{
    for (size_t i = 0; argc == 2 && i < ARRAY_LEN(questions); i++) {
        if (!strcmp(argv[1], questions[i].name))
            return record(&questions[i]);
    }
    fprintf(stderr, "usage: netlink_record links|addresses|routes4|routes6\n");
    return 2;
}
