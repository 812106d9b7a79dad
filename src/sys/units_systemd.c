/* What systemd says of a unit: the properties that `systemctl show` prints, asked for by D-Bus. */
#include "sys/units_systemd.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/scope.h"
#include "base/text.h"
#include "sys/units.h"
#include "sys/units_bus.h"

#define MANAGER_PATH "/org/freedesktop/systemd1"
#define MANAGER "org.freedesktop.systemd1.Manager"
#define UNIT_INTERFACE "org.freedesktop.systemd1.Unit"
#define PRIVATE_ADDRESS "unix:path=/run/systemd/private"
#define SYSTEM_ADDRESS "unix:path=/run/dbus/system_bus_socket"

/* Values as D-Bus has them; 0 or NULL where the unit has no such property. */
struct raw {
    const char *id, *description, *load_state, *active_state, *sub_state, *file_state, *fragment, *source;
    const char *result, *unit, *triggers;
    uint64_t active_enter_us, active_exit_us, inactive_enter_us, inactive_exit_us, exit_us;
    uint64_t memory, tasks, next_us, last_us;
    uint32_t main_pid, restarts;
    int32_t exit_status;
};

/* `type` as in a D-Bus signature; 'A' = the first of an array of strings. */
static const struct property {
    const char *name;
    char type;
    size_t at;
} properties[] = {
    { "Id", 's', offsetof(struct raw, id) },
    { "Description", 's', offsetof(struct raw, description) },
    { "LoadState", 's', offsetof(struct raw, load_state) },
    { "ActiveState", 's', offsetof(struct raw, active_state) },
    { "SubState", 's', offsetof(struct raw, sub_state) },
    { "UnitFileState", 's', offsetof(struct raw, file_state) },
    { "FragmentPath", 's', offsetof(struct raw, fragment) },
    { "SourcePath", 's', offsetof(struct raw, source) },
    { "Triggers", 'A', offsetof(struct raw, triggers) },
    { "ActiveEnterTimestamp", 't', offsetof(struct raw, active_enter_us) },
    { "ActiveExitTimestamp", 't', offsetof(struct raw, active_exit_us) },
    { "InactiveEnterTimestamp", 't', offsetof(struct raw, inactive_enter_us) },
    { "InactiveExitTimestamp", 't', offsetof(struct raw, inactive_exit_us) },
    { "Result", 's', offsetof(struct raw, result) },
    { "MainPID", 'u', offsetof(struct raw, main_pid) },
    { "NRestarts", 'u', offsetof(struct raw, restarts) },
    { "ExecMainStatus", 'i', offsetof(struct raw, exit_status) },
    { "ExecMainExitTimestamp", 't', offsetof(struct raw, exit_us) },
    { "MemoryCurrent", 't', offsetof(struct raw, memory) },
    { "TasksCurrent", 't', offsetof(struct raw, tasks) },
    { "Unit", 's', offsetof(struct raw, unit) },
    { "NextElapseUSecRealtime", 't', offsetof(struct raw, next_us) },
    { "LastTriggerUSec", 't', offsetof(struct raw, last_us) },
};

/* Suffix, the interface with more facts, and whether a name without suffix may mean it. */
static const struct kind {
    const char *suffix, *interface;
    bool is_guess;
} kinds[] = {
    { ".service", "org.freedesktop.systemd1.Service", true },
    { ".socket", "org.freedesktop.systemd1.Socket", true },
    { ".timer", "org.freedesktop.systemd1.Timer", true },
    { ".path", "org.freedesktop.systemd1.Path", true },
    { ".mount", "org.freedesktop.systemd1.Mount", true },
    { ".target", NULL, true },
    { ".automount", "org.freedesktop.systemd1.Automount", false },
    { ".swap", "org.freedesktop.systemd1.Swap", false },
    { ".slice", "org.freedesktop.systemd1.Slice", false },
    { ".scope", "org.freedesktop.systemd1.Scope", false },
    { ".device", NULL, false },
};

/* One question after the other over one connection. */
struct asker {
    struct units_bus *bus;
    const struct units_sd *sd;
    const struct wait *wait;
    struct arena *arena;
    struct err *err;
};

int units_systemd_open(const char *address, struct units_bus **ret_bus, struct err *err)
{
    const struct units_sd *sd = units_bus_load(err);
    if (!sd)
        return -ENOSYS;
    if (address && *address)
        return units_bus_open(sd, address, true, ret_bus, err);
    /* root's way in, which works while the message bus is down */
    if (geteuid() == 0 && units_bus_open(sd, PRIVATE_ADDRESS, false, ret_bus, NULL) == 0)
        return 0;
    return units_bus_open(sd, SYSTEM_ADDRESS, true, ret_bus, err);
}

void units_systemd_close(struct units_bus *bus)
{
    units_bus_close(bus);
}

/* Asking */

static int fail_reply(const struct asker *asker, const sd_bus_error *error)
{
    static const char *const absent[] = { "org.freedesktop.systemd1.NoSuchUnit",
        "org.freedesktop.DBus.Error.UnknownObject", "org.freedesktop.DBus.Error.InvalidArgs",
        "org.freedesktop.DBus.Error.FileNotFound", "org.freedesktop.DBus.Error.UnknownInterface" };
    for (size_t i = 0; i < ARRAY_LEN(absent); i++) {
        if (error->name && strcmp(error->name, absent[i]) == 0)
            return -ENOENT;
    }
    bool is_denied = error->name &&
        (strcmp(error->name, "org.freedesktop.DBus.Error.AccessDenied") == 0 ||
            strcmp(error->name, "org.freedesktop.DBus.Error.AuthFailed") == 0);
    return err_set(asker->err, is_denied ? -EACCES : -EPROTO, "systemd answered: %s",
        error->message    ? error->message
            : error->name ? error->name
                          : "an error without name");
}

/* Sends and waits: 0 and *ret_reply; -ENOENT: there is no such thing; or as units_read(). */
static int ask(const struct asker *asker, sd_bus_message *question, sd_bus_message **ret_reply)
{
    sd_bus_message *reply = NULL;
    int rc = units_bus_call(asker->bus, asker->wait, question, &reply);
    if (rc == -ECANCELED || rc == -ETIMEDOUT)
        return err_set(asker->err, rc, "systemd did not answer in time");
    if (rc < 0)
        return err_set(asker->err, -EPROTO, "the connection to systemd broke (error %d)", -rc);
    const sd_bus_error *error = asker->sd->message_get_error(reply);
    if (error) {
        rc = fail_reply(asker, error);
        asker->sd->message_unref(reply);
        return rc;
    }
    *ret_reply = reply;
    return 0;
}

static int finish_read(const struct asker *asker, int rc)
{
    return rc < 0 ? err_set(asker->err, -EPROTO, "systemd's answer cannot be read (error %d)", -rc) : 0;
}

static const struct property *find_property(const char *name, const char *signature)
{
    for (size_t i = 0; i < ARRAY_LEN(properties); i++) {
        const struct property *property = &properties[i];
        if (strcmp(property->name, name) != 0)
            continue;
        char wanted[] = { property->type, '\0' };
        return strcmp(property->type == 'A' ? "as" : wanted, signature) == 0 ? property : NULL;
    }
    return NULL;
}

static int read_value(
    const struct asker *asker, sd_bus_message *message, const struct property *property, struct raw *raw)
{
    char *at = (char *)raw + property->at;
    const char *text = NULL;
    if (property->type != 's' && property->type != 'A')
        return asker->sd->message_read_basic(message, property->type, at);
    int rc = property->type == 's' ? 1 : asker->sd->message_enter_container(message, 'a', "s");
    if (rc < 0)
        return rc;
    rc = asker->sd->message_read_basic(message, 's', &text);
    while (rc > 0 && property->type == 'A' && asker->sd->message_skip(message, "s") > 0)
        continue;
    if (rc >= 0 && property->type == 'A')
        rc = asker->sd->message_exit_container(message);
    if (rc >= 0 && text && *text)
        memcpy(at, &(char *){ arena_strdup(asker->arena, text) }, sizeof(char *));
    return rc;
}

/* One `{sv}` whose braces are open. */
static int read_pair(const struct asker *asker, sd_bus_message *message, struct raw *raw)
{
    const struct units_sd *sd = asker->sd;
    const char *name = NULL, *signature = NULL;
    char type = 0;
    int rc = sd->message_read_basic(message, 's', &name);
    if (rc >= 0)
        rc = sd->message_peek_type(message, &type, &signature);
    if (rc < 0)
        return rc;
    const struct property *property = signature ? find_property(name, signature) : NULL;
    if (!property)
        return sd->message_skip(message, "v");
    rc = sd->message_enter_container(message, 'v', signature);
    if (rc >= 0)
        rc = read_value(asker, message, property, raw);
    return rc < 0 ? rc : sd->message_exit_container(message);
}

static int read_pairs(const struct asker *asker, sd_bus_message *message, struct raw *raw)
{
    const struct units_sd *sd = asker->sd;
    int rc = sd->message_enter_container(message, 'a', "{sv}");
    if (rc < 0)
        return rc;
    while ((rc = sd->message_enter_container(message, 'e', "sv")) > 0) {
        rc = read_pair(asker, message, raw);
        if (rc >= 0)
            rc = sd->message_exit_container(message);
        if (rc < 0)
            return rc;
    }
    return rc;
}

static int get_all(const struct asker *asker, const char *path, const char *interface, struct raw *raw)
{
    sd_bus_message *question = NULL, *reply = NULL;
    int rc = units_bus_message(asker->bus, path, "org.freedesktop.DBus.Properties", "GetAll", &question);
    if (rc < 0)
        return finish_read(asker, rc);
    rc = asker->sd->message_append(question, "s", interface);
    if (rc < 0) {
        asker->sd->message_unref(question);
        return finish_read(asker, rc);
    }
    rc = ask(asker, question, &reply);
    if (rc < 0)
        return rc;
    rc = read_pairs(asker, reply, raw);
    asker->sd->message_unref(reply);
    return finish_read(asker, rc);
}

/* Units */

static const struct kind *kind_of(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        if (text_ends(name, kinds[i].suffix))
            return &kinds[i];
    }
    return NULL;
}

static int64_t known(uint64_t value)
{
    return value > INT64_MAX ? -1 : (int64_t)value;
}

static int64_t known_ms(uint64_t us)
{
    return us == 0 || us > INT64_MAX ? -1 : (int64_t)(us / 1000);
}

/* The time that `systemctl status` shows behind "since". */
static int64_t since_ms(const struct raw *raw)
{
    const char *state = raw->active_state ? raw->active_state : "";
    if (strcmp(state, "active") == 0 || strcmp(state, "reloading") == 0)
        return known_ms(raw->active_enter_us);
    if (strcmp(state, "activating") == 0)
        return known_ms(raw->inactive_exit_us);
    if (strcmp(state, "deactivating") == 0)
        return known_ms(raw->active_exit_us);
    return known_ms(raw->inactive_enter_us);
}

static void fill_facts(const struct raw *raw, const struct kind *kind, struct unit_facts *facts)
{
    bool is_service = strcmp(kind->suffix, ".service") == 0;
    bool is_timer = strcmp(kind->suffix, ".timer") == 0;
    facts->found = true;
    facts->name = raw->id ? raw->id : facts->name;
    facts->description = raw->description;
    facts->load_state = raw->load_state;
    facts->active_state = raw->active_state;
    facts->sub_state = raw->sub_state;
    facts->enabled = raw->file_state;
    facts->result = raw->result;
    facts->path = raw->fragment ? raw->fragment : raw->source;
    facts->activates = raw->unit ? raw->unit : raw->triggers;
    facts->main_pid = raw->main_pid > 0 ? (int64_t)raw->main_pid : -1;
    facts->since_ms = since_ms(raw);
    if (is_service)
        facts->restarts = raw->restarts;
    if (is_service && raw->exit_us > 0 && raw->main_pid == 0)
        facts->exit_status = raw->exit_status;
    if (kind->interface && raw->memory > 0)
        facts->memory_bytes = known(raw->memory);
    if (kind->interface && raw->tasks > 0)
        facts->tasks = known(raw->tasks);
    if (is_timer) {
        facts->next_ms = known_ms(raw->next_us);
        facts->last_ms = known_ms(raw->last_us);
    }
}

/* 1 when `name` is a unit, 0 when it is not, else as units_read(). */
static int read_unit(
    const struct asker *asker, const char *name, const struct kind *kind, struct unit_facts *facts)
{
    char *path = NULL;
    struct raw raw = { 0 };
    int rc = asker->sd->bus_path_encode(MANAGER_PATH "/unit", name, &path);
    if (rc < 0)
        return finish_read(asker, rc);
    CLEANUP(scope_free) char *owned = path;
    rc = get_all(asker, owned, UNIT_INTERFACE, &raw);
    if (rc == -ENOENT)
        return 0;
    if (rc < 0)
        return rc;
    /* A unit whose file is gone may still run. */
    bool is_absent = !raw.load_state || strcmp(raw.load_state, "not-found") == 0;
    if (is_absent && (!raw.active_state || strcmp(raw.active_state, "inactive") == 0))
        return 0;
    if (kind->interface) {
        rc = get_all(asker, owned, kind->interface, &raw);
        if (rc < 0 && rc != -ENOENT)
            return rc;
    }
    fill_facts(&raw, kind, facts);
    return 1;
}

/* The state of a unit file that is no unit by itself. 1, 0 or negative as read_unit(). */
static int read_template(const struct asker *asker, const char *name, struct unit_facts *facts)
{
    sd_bus_message *question = NULL, *reply = NULL;
    int rc = units_bus_message(asker->bus, MANAGER_PATH, MANAGER, "GetUnitFileState", &question);
    if (rc < 0)
        return finish_read(asker, rc);
    rc = asker->sd->message_append(question, "s", name);
    if (rc < 0) {
        asker->sd->message_unref(question);
        return finish_read(asker, rc);
    }
    rc = ask(asker, question, &reply);
    if (rc < 0)
        return rc == -ENOENT ? 0 : rc;
    const char *state = NULL;
    rc = asker->sd->message_read_basic(reply, 's', &state);
    if (rc > 0) {
        facts->found = true;
        facts->name = arena_strdup(asker->arena, name);
        facts->load_state = "template";
        facts->enabled = arena_strdup(asker->arena, state);
    }
    asker->sd->message_unref(reply);
    return rc < 0 ? finish_read(asker, rc) : 1;
}

/* The names in an answer of ListUnitsByPatterns, `max` at most. */
static int read_names(
    const struct asker *asker, sd_bus_message *reply, const char **names, size_t max, size_t *count)
{
    const struct units_sd *sd = asker->sd;
    int rc = sd->message_enter_container(reply, 'a', "(ssssssouso)");
    if (rc < 0)
        return rc;
    while (*count < max && (rc = sd->message_enter_container(reply, 'r', "ssssssouso")) > 0) {
        const char *id = NULL, *description = NULL, *load_state = NULL;
        rc = sd->message_read(reply, "sss", &id, &description, &load_state);
        if (rc >= 0 && id && strcmp(load_state, "not-found") != 0)
            names[(*count)++] = arena_strdup(asker->arena, id);
        if (rc >= 0)
            rc = sd->message_skip(reply, "sssouso");
        if (rc >= 0)
            rc = sd->message_exit_container(reply);
        if (rc < 0)
            return rc;
    }
    return rc;
}

static int list_names(
    const struct asker *asker, char **patterns, const char **names, size_t max, size_t *count)
{
    char *none[] = { NULL };
    sd_bus_message *question = NULL, *reply = NULL;
    int rc = units_bus_message(asker->bus, MANAGER_PATH, MANAGER, "ListUnitsByPatterns", &question);
    if (rc < 0)
        return finish_read(asker, rc);
    rc = asker->sd->message_append_strv(question, none);
    if (rc >= 0)
        rc = asker->sd->message_append_strv(question, patterns);
    if (rc < 0) {
        asker->sd->message_unref(question);
        return finish_read(asker, rc);
    }
    rc = ask(asker, question, &reply);
    if (rc < 0)
        return rc == -ENOENT ? 0 : rc;
    rc = read_names(asker, reply, names, max, count);
    asker->sd->message_unref(reply);
    return finish_read(asker, rc);
}

/* "foo@.service": its instances are "foo@*.service". NULL = not a template. */
static char *instances_of(struct arena *arena, const char *name)
{
    const char *at = strstr(name, "@.");
    return at ? arena_printf(arena, "%.*s@*%s", (int)(at - name), name, at + 1) : NULL;
}

int units_systemd_read(struct units_bus *bus, const struct wait *wait, const char *name, struct arena *arena,
    struct unit_facts *facts, struct err *err)
{
    struct asker asker = { .bus = bus, .sd = units_bus_sd(bus), .wait = wait, .arena = arena, .err = err };
    const struct kind *kind = kind_of(name);
    int rc = 0;
    size_t base_len = strlen(name) - (kind ? strlen(kind->suffix) : 0);
    char *instances = instances_of(arena, kind ? name : arena_printf(arena, "%s.service", name));
    if (instances)
        rc = read_template(&asker, kind ? name : arena_printf(arena, "%s.service", name), facts);
    else if (kind)
        rc = read_unit(&asker, name, kind, facts);
    for (size_t i = 0; !instances && !kind && rc == 0 && i < ARRAY_LEN(kinds) && kinds[i].is_guess; i++)
        rc = read_unit(&asker, arena_printf(arena, "%s%s", name, kinds[i].suffix), &kinds[i], facts);
    if (rc == 0)
        facts->load_state = "not-found";
    if (rc >= 0 && (instances || rc == 0)) {
        char *around = arena_printf(arena, "*%.*s*", (int)base_len, name);
        char *patterns[] = { instances ? instances : around, NULL };
        rc = list_names(&asker, patterns, facts->similar, UNITS_SIMILAR_MAX, &facts->similar_count);
    }
    return rc < 0 ? rc : 0;
}

int units_systemd_list(struct units_bus *bus, const struct wait *wait, const char *start, struct arena *arena,
    struct unit_names *names, struct err *err)
{
    struct asker asker = { .bus = bus, .sd = units_bus_sd(bus), .wait = wait, .arena = arena, .err = err };
    /* A name holds no wildcard, and to systemd a backslash in a pattern is itself (FNM_NOESCAPE). */
    char *patterns[] = { arena_printf(arena, "%s*.service", start), arena_printf(arena, "%s*.socket", start),
        arena_printf(arena, "%s*.timer", start), NULL };
    return list_names(&asker, patterns, names->items, UNITS_LISTED_MAX, &names->count);
}
