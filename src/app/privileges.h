/* What this process may do: less than whoever started it. */
#ifndef APP_PRIVILEGES_H
#define APP_PRIVILEGES_H

#include <stdbool.h>
#include <sys/types.h>

struct err;

/* Whom to serve as. */
struct privileges_account {
    char name[33]; /* "65534" for one without a name */
    uid_t uid;
    gid_t gid;
    bool is_other; /* than who we are: there is something to give up */
};

/* First of all, in every mode: nothing this process might execute gains rights by it, and of the capabilities
 * of an ordinary account only CAP_NET_RAW (ping) is left. 0 or a negative errno with *err. */
int privileges_bound(struct err *err);

/* The account of that name; NULL as root: mcp-assist if there is one, else nobody (65534); NULL as anybody
 * else: ourselves. -ENOENT: there is no such account, -EPERM: only root can be somebody else. */
int privileges_choose(const char *user, struct privileges_account *ret_account, struct err *err);

/* Becomes the account for good, with its groups and adm and systemd-journal where they exist (they read
 * logs), CAP_NET_RAW the one capability kept. Before any thread is started. Nothing if it is who we are. */
int privileges_give_up(const struct privileges_account *account, struct err *err);

/* No core dump, no debugger, /proc/PID closed to other processes of this account: for whoever holds secrets.
 */
int privileges_hide(struct err *err);

#endif
