/* Who manages services here? Everything else is units_systemd.c and units_files.c. */
#include "sys/units.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/err.h"
#include "sys/units_bus.h"
#include "sys/units_files.h"
#include "sys/units_systemd.h"

struct units {
    enum units_manager manager;
    struct units_bus *bus;
    char root[PATH_MAX];
};

bool units_is_name(const char *name)
{
    size_t len = strlen(name);
    return len > 0 && len <= UNITS_NAME_MAX && name[0] != '.' &&
        strspn(name, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ:-_.\\@") == len;
}

/* What sd_booted(3) asks. */
static bool has_systemd(const char *root)
{
    char path[PATH_MAX];
    struct stat st;
    int len = snprintf(path, sizeof(path), "%s/run/systemd/system", root);
    return len > 0 && (size_t)len < sizeof(path) && lstat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static enum units_manager find_manager(const char *root, const char *bus_address)
{
    if (*bus_address || (!*root && has_systemd(root)))
        return UNITS_SYSTEMD;
    if (units_has_openrc(root))
        return UNITS_OPENRC;
    return units_has_sysv(root) ? UNITS_SYSV : UNITS_NONE;
}

int units_open(const struct units_options *options, struct units **ret_units, struct err *err)
{
    const char *root = options->root && strcmp(options->root, "/") != 0 ? options->root : "";
    const char *bus_address = options->bus_address ? options->bus_address : "";
    struct units *made = calloc(1, sizeof(*made));
    if (!made)
        return err_set(err, -ENOMEM, "out of memory");
    snprintf(made->root, sizeof(made->root), "%s", root);
    made->manager = find_manager(made->root, bus_address);
    if (made->manager == UNITS_SYSTEMD) {
        int rc = units_systemd_open(bus_address, &made->bus, err);
        if (rc < 0) {
            units_close(made);
            return rc;
        }
    }
    *ret_units = made;
    return 0;
}

void units_close(struct units *units)
{
    if (!units)
        return;
    units_systemd_close(units->bus);
    free(units);
}

enum units_manager units_manager(const struct units *units)
{
    return units->manager;
}

const char *units_manager_name(enum units_manager manager)
{
    static const char *const names[] = {
        [UNITS_NONE] = "none",
        [UNITS_SYSTEMD] = "systemd",
        [UNITS_OPENRC] = "openrc",
        [UNITS_SYSV] = "sysv",
    };
    return names[manager];
}

/* Where suffixes mean nothing, "nginx.service" is "nginx". */
static void strip_suffix(const char *name, char ret_name[UNITS_NAME_MAX + 1])
{
    size_t len = strlen(name), suffix_len = strlen(".service");
    if (len > suffix_len && strcmp(name + len - suffix_len, ".service") == 0)
        len -= suffix_len;
    snprintf(ret_name, UNITS_NAME_MAX + 1, "%.*s", (int)len, name);
}

int units_read(struct units *units, const struct wait *wait, const char *name, struct arena *arena,
    struct unit_facts *ret_facts, struct err *err)
{
    struct unit_facts facts = {
        .name = name,
        .main_pid = -1,
        .exit_status = -1,
        .since_ms = -1,
        .restarts = -1,
        .memory_bytes = -1,
        .tasks = -1,
        .next_ms = -1,
        .last_ms = -1,
    };
    char script[UNITS_NAME_MAX + 1];
    int rc = 0;
    if (!units_is_name(name))
        return err_set(err, -EINVAL, "'%.80s' is not the name of a unit", name);
    strip_suffix(name, script);
    switch (units->manager) {
    case UNITS_SYSTEMD:
        rc = units_systemd_read(units->bus, wait, name, arena, &facts, err);
        break;
    case UNITS_OPENRC:
        units_openrc_read(units->root, script, arena, &facts);
        break;
    case UNITS_SYSV:
        units_sysv_read(units->root, script, arena, &facts);
        break;
    case UNITS_NONE:
        break;
    }
    if (rc < 0)
        return rc;
    *ret_facts = facts;
    return 0;
}

int units_list(struct units *units, const struct wait *wait, const char *start, struct arena *arena,
    struct unit_names *ret_names, struct err *err)
{
    struct unit_names names = { 0 };
    int rc = 0;
    if (*start && !units_is_name(start))
        return err_set(err, -EINVAL, "no unit's name begins with '%.80s'", start);
    if (units->manager == UNITS_SYSTEMD)
        rc = units_systemd_list(units->bus, wait, start, arena, &names, err);
    else if (units->manager != UNITS_NONE)
        units_scripts_list(units->root, start, arena, &names);
    if (rc < 0)
        return rc;
    *ret_names = names;
    return 0;
}
