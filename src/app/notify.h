/* What the service manager hears of us while we serve: the datagrams of sd_notify(3), which every manager
 * that sets NOTIFY_SOCKET understands. */
#ifndef APP_NOTIFY_H
#define APP_NOTIFY_H

#include <mcp/tool.h>

struct err;
struct health;
struct http_server;

/* Embedded by value; what it points to outlives the server's run. */
struct notify {
    const char *url; /* where we listen, for the status line */
    struct health *health; /* a part that is not well is in the status line */
    enum mcp_lang lang;
    bool is_watched; /* $WATCHDOG_USEC: a ping from the I/O loop is due in time, or the manager restarts us */
    char status[512]; /* told last */
};

/* Tells the manager that the server listens ("READY=1"), from then on its status when that changes, that it
 * is alive when asked to ("WATCHDOG=1"), and that it stops ("STOPPING=1"). 0 also when no manager listens. A
 * negative errno with *err if NOTIFY_SOCKET or WATCHDOG_USEC cannot be what a manager sets. */
int notify_start(struct notify *notify, struct http_server *http, struct err *err);

#endif
