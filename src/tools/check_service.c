/* check_service: is it running, since when, does it start at boot, why did it stop? */
#include <errno.h>
#include <string.h>

#include <mcp/tool.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/scope.h"
#include "base/text.h"
#include "sys/units.h"
#include "tools/check_service.h"
#include "tools/host_root.h"

enum { NAMES_MAX = 32 };

struct args {
    struct mcp_strings name;
};

static const struct mcp_param params[] = {
    MCP_ARG_STRINGS(struct args, name, .required = true, .max_items = NAMES_MAX, .min = 1,
        .max = UNITS_NAME_MAX, .example = "ssh",
        .about = { "Service, ou unité systemd avec son suffixe (nginx, cron.service, apt-daily.timer) ; ou "
                   "une liste",
            "Service, or systemd unit with its suffix (nginx, cron.service, apt-daily.timer); or a list" }),
    { 0 },
};

static const struct mcp_param settings[] = {
    MCP_ARG_STRING(struct check_service_settings, bus_address,
        .about = { "Adresse D-Bus de systemd au lieu de celle du système",
            "D-Bus address of systemd instead of the system's" }),
    MCP_ARG_STRING(struct check_service_settings, root, .format = MCP_PATH,
        .about = { "Arborescence où lire les états d'OpenRC et SysV au lieu de /",
            "Tree to read the states of OpenRC and SysV from instead of /" }),
    { 0 },
};

static const struct mcp_field target[] = {
    { .name = "name", .kind = MCP_STRING, .label = { "Service", "Service" } },
    { .name = "found", .kind = MCP_BOOL, .label = { "Existe", "Found" } },
    { .name = "unit", .kind = MCP_STRING, .label = { "Unité", "Unit" }, .optional = true },
    { .name = "description",
        .kind = MCP_STRING,
        .label = { "Description", "Description" },
        .optional = true },
    { .name = "active_state", .kind = MCP_STRING, .label = { "État", "State" }, .optional = true },
    { .name = "sub_state", .kind = MCP_STRING, .label = { "Détail", "Detail" }, .optional = true },
    { .name = "since", .kind = MCP_STRING, .label = { "Depuis", "Since" }, .optional = true },
    { .name = "enabled", .kind = MCP_STRING, .label = { "Au démarrage", "At boot" }, .optional = true },
    { .name = "load_state", .kind = MCP_STRING, .label = { "Chargement", "Load state" }, .optional = true },
    { .name = "main_pid", .kind = MCP_INT, .label = { "PID principal", "Main PID" }, .optional = true },
    { .name = "result", .kind = MCP_STRING, .label = { "Résultat", "Result" }, .optional = true },
    { .name = "exit_status",
        .kind = MCP_INT,
        .label = { "Code de sortie", "Exit status" },
        .optional = true },
    { .name = "restarts",
        .kind = MCP_INT,
        .label = { "Redémarrages automatiques", "Automatic restarts" },
        .optional = true },
    { .name = "memory_bytes",
        .kind = MCP_INT,
        .label = { "Mémoire", "Memory" },
        .unit = "bytes",
        .optional = true },
    { .name = "tasks", .kind = MCP_INT, .optional = true },
    { .name = "activates", .kind = MCP_STRING, .label = { "Active", "Activates" }, .optional = true },
    { .name = "next_run", .kind = MCP_STRING, .label = { "Prochain passage", "Next run" }, .optional = true },
    { .name = "last_run", .kind = MCP_STRING, .label = { "Dernier passage", "Last run" }, .optional = true },
    { .name = "path", .kind = MCP_STRING, .optional = true },
    { .name = "similar",
        .kind = MCP_LIST,
        .of = MCP_STRING,
        .label = { "Noms voisins", "Similar names" },
        .optional = true },
    { 0 },
};

static const struct mcp_field output[] = {
    HOST_ROOT_FIELD,
    { .name = "manager", .kind = MCP_STRING, .label = { "Gestionnaire de services", "Service manager" } },
    { 0 },
};

static void close_units(struct units **units)
{
    units_close(*units);
}

static int check_names(struct mcp_call *call, const struct mcp_strings *names)
{
    int rc = 0;
    for (size_t i = 0; i < names->count; i++) {
        if (!units_is_name(names->items[i]))
            rc = mcp_reject(call, "name",
                "« %.80s » n'est pas un nom de service : lettres, chiffres et « :-_.\\@ », 255 caractères au "
                "plus",
                "'%.80s' is not a service name: letters, digits and ':-_.\\@', at most 255 of them",
                names->items[i]);
    }
    return rc;
}

static void put_time(struct mcp_call *call, const char *field, int64_t wall_ms)
{
    char text[CLOCK_STAMP_SIZE];
    if (wall_ms > 0)
        mcp_put_str(call, field, clock_stamp(wall_ms, text));
}

static void put_known(struct mcp_call *call, const char *field, int64_t value)
{
    if (value >= 0)
        mcp_put_int(call, field, value);
}

static void say_state(
    struct mcp_call *call, const char *asked, enum units_manager manager, const struct unit_facts *facts)
{
    if (manager == UNITS_NONE)
        mcp_say(call,
            "%s : aucun gestionnaire de services sur cette machine (ni systemd, ni OpenRC, ni SysV)",
            "%s: no service manager on this machine (neither systemd, nor OpenRC, nor SysV)", asked);
    else if (!facts->found)
        mcp_say(call, "%s : aucun service de ce nom", "%s: no service of that name", asked);
    else if (facts->active_state)
        mcp_say(call, "%s : %s (%s)", "%s: %s (%s)", facts->name, facts->active_state,
            facts->sub_state ? facts->sub_state : "?");
    else
        mcp_say(call, "%s : modèle d'unités", "%s: a template of units", facts->name);
}

static void put_unit(
    struct mcp_call *call, const char *asked, enum units_manager manager, const struct unit_facts *facts)
{
    say_state(call, asked, manager, facts);
    mcp_put_str(call, "name", asked);
    mcp_put_bool(call, "found", facts->found);
    if (facts->found)
        mcp_put_str(call, "unit", facts->name);
    mcp_put_str(call, "description", facts->description);
    mcp_put_str(call, "load_state", facts->load_state);
    mcp_put_str(call, "active_state", facts->active_state);
    mcp_put_str(call, "sub_state", facts->sub_state);
    mcp_put_str(call, "enabled", facts->enabled);
    put_known(call, "main_pid", facts->main_pid);
    put_time(call, "since", facts->since_ms);
    mcp_put_str(call, "result", facts->result);
    put_known(call, "exit_status", facts->exit_status);
    put_known(call, "restarts", facts->restarts);
    put_known(call, "memory_bytes", facts->memory_bytes);
    put_known(call, "tasks", facts->tasks);
    mcp_put_str(call, "activates", facts->activates);
    put_time(call, "next_run", facts->next_ms);
    put_time(call, "last_run", facts->last_ms);
    mcp_put_str(call, "path", facts->path);
    if (facts->similar_count == 0)
        return;
    mcp_open(call, "similar");
    for (size_t i = 0; i < facts->similar_count; i++)
        mcp_put_str(call, NULL, facts->similar[i]);
    mcp_close(call);
}

static int fail_manager(struct mcp_call *call, int rc, const struct err *err)
{
    switch (rc) {
    case -ECANCELED:
        return rc;
    case -ETIMEDOUT:
        return mcp_fail(
            call, MCP_TIMED_OUT, "systemd n'a pas répondu à temps", "systemd did not answer in time");
    case -EACCES:
    case -EPERM:
        return mcp_fail(
            call, MCP_DENIED, "systemd refuse de répondre : %s", "systemd refuses to answer: %s", err->text);
    case -ENOSYS:
        return mcp_fail(call, MCP_UNSUPPORTED, "impossible d'interroger systemd : %s",
            "cannot ask systemd: %s", err->text);
    default:
        return mcp_fail(call, MCP_UNSUPPORTED, "systemd ne peut pas être interrogé : %s",
            "systemd cannot be asked: %s", err->text);
    }
}

static int run(struct mcp_call *call, const void *given)
{
    const struct args *args = given;
    const struct check_service_settings *set = mcp_settings(call);
    struct units_options options = { .bus_address = set->bus_address, .root = set->root };
    host_root_units(call, &options);
    int rc = check_names(call, &args->name);
    if (rc != 0)
        return rc;
    struct err err = { 0 };
    CLEANUP(close_units) struct units *units = NULL;
    rc = units_open(&options, &units, &err);
    if (rc < 0)
        return fail_manager(call, rc, &err);
    enum units_manager manager = units_manager(units);
    CLEANUP(arena_done) struct arena arena = { 0 };
    mcp_targets(call, args->name.count);
    for (size_t i = 0; i < args->name.count; i++) {
        struct unit_facts facts;
        rc = units_read(units, mcp_waiter(call), args->name.items[i], &arena, &facts, &err);
        if (rc < 0)
            return fail_manager(call, rc, &err);
        mcp_target(call);
        put_unit(call, args->name.items[i], manager, &facts);
        mcp_target_end(call);
    }
    host_root_put(call);
    mcp_put_str(call, "manager", units_manager_name(manager));
    return 0;
}

const struct mcp_tool tool_check_service = {
    .name = "check_service",
    .path = "service",
    .title = { "État d'un service", "Service status" },
    .about = { "Dit si un service tourne, depuis quand, s'il démarre avec la machine, ou pourquoi il s'est "
               "arrêté (systemd, OpenRC, SysV).",
        "Tells whether a service runs, since when, whether it starts at boot, or why it stopped (systemd, "
        "OpenRC, SysV)." },
    .params = params,
    .args_size = sizeof(struct args),
    .settings = settings,
    .settings_size = sizeof(struct check_service_settings),
    .output = output,
    .target = target,
    .cost = MCP_WORKER,
    .traits = MCP_READ_ONLY | MCP_IDEMPOTENT,
    .timeout_ms = 10000,
    .scope = "system",
    .run = run,
};
