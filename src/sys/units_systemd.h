/* systemd over D-Bus without ever blocking: sd-bus is loaded at first use and driven on our own waiting. */
#ifndef SYS_UNITS_SYSTEMD_H
#define SYS_UNITS_SYSTEMD_H

struct arena;
struct err;
struct unit_facts;
struct unit_names;
struct wait;
struct units_bus;

/* `address` NULL or "": systemd's own socket where that is allowed, then the system bus. Errors as
 * units_open(). */
int units_systemd_open(const char *address, struct units_bus **ret_bus, struct err *err);
void units_systemd_close(struct units_bus *bus);
/* As units_read(); *facts is zeroed but for `name` and numbers of -1. */
int units_systemd_read(struct units_bus *bus, const struct wait *wait, const char *name, struct arena *arena,
    struct unit_facts *facts, struct err *err);
/* As units_list(); adds to *names. */
int units_systemd_list(struct units_bus *bus, const struct wait *wait, const char *start, struct arena *arena,
    struct unit_names *names, struct err *err);

#endif
