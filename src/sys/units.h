/* Services as the machine's service manager knows them: systemd over D-Bus, OpenRC and SysV by their state
 * files.
 *
 * Only reads: nothing is started, stopped or enabled. */
#ifndef SYS_UNITS_H
#define SYS_UNITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct err;
struct units;
struct wait;

enum units_manager { UNITS_NONE, UNITS_SYSTEMD, UNITS_OPENRC, UNITS_SYSV };

#define UNITS_NAME_MAX 255
#define UNITS_SIMILAR_MAX 5
#define UNITS_LISTED_MAX 256

struct units_options {
    const char
        *bus_address; /* D-Bus address of systemd; NULL or "": systemd's own socket, then the system bus */
    const char *root; /* the tree whose files are read; NULL or "": "/" */
};

/* Strings live in the arena given to units_read(). What a manager does not know is NULL or < 0. */
struct unit_facts {
    bool found;
    const char *name; /* in full: "nginx.service"; as asked when not found */
    const char *description;
    const char *load_state; /* "loaded", "masked", "not-found", "error", ... */
    const char *active_state; /* "active", "inactive", "failed", "activating", ... */
    const char *sub_state; /* "running", "listening", "dead", ... */
    const char *enabled; /* "enabled", "disabled", "static", "masked", ... */
    const char *result; /* why it is not running: "success", "exit-code", "signal", "timeout", ... */
    const char *path; /* its unit file or script */
    const char *activates; /* of a socket, timer or path unit */
    int64_t main_pid; /* < 0 = none */
    int64_t exit_status; /* of the main process, once it ended */
    int64_t since_ms; /* in this active_state since, wall clock */
    int64_t restarts; /* automatic ones */
    int64_t memory_bytes, tasks;
    int64_t next_ms, last_ms; /* of a timer, wall clock */
    const char
        *similar[UNITS_SIMILAR_MAX]; /* not found: names that contain it; of a template: its instances */
    size_t similar_count;
};

struct unit_names {
    size_t count;
    const char *items[UNITS_LISTED_MAX];
};

/* Letters, digits and ":-_.\@", 1..UNITS_NAME_MAX of them. */
bool units_is_name(const char *name);

/* Finds out who manages services here and connects. 0 and *ret_units, also when there is nobody; -ENOSYS:
 * there is systemd but libsystemd is missing; -EACCES, -ECONNREFUSED, ...: systemd does not talk to us. Never
 * waits. */
int units_open(const struct units_options *options, struct units **ret_units, struct err *err);
/* NULL is fine. Never waits. */
void units_close(struct units *units);

enum units_manager units_manager(const struct units *units);
/* "systemd", "openrc", "sysv", "none". */
const char *units_manager_name(enum units_manager manager);

/* Reads one unit: with systemd a name without suffix is tried as service, socket, timer... in this order. 0
 * and *ret_facts
 * (`found` may be false); -ECANCELED, -ETIMEDOUT, -EACCES, -EPROTO with *err filled. */
int units_read(struct units *units, const struct wait *wait, const char *name, struct arena *arena,
    struct unit_facts *ret_facts, struct err *err);

/* Names that begin with `start` ("" = all), in no order: with systemd the services, sockets and timers that
 * it has loaded. The names live in `arena`. Errors as units_read(). */
int units_list(struct units *units, const struct wait *wait, const char *start, struct arena *arena,
    struct unit_names *ret_names, struct err *err);

#endif
