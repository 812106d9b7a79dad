/* Wiring: the only place that knows everyone. */
#include "app/assist.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/data_dir.h"
#include "app/network.h"
#include "app/observe.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/scope.h"
#include "base/text.h"
#include "store/metrics.h"
#include "store/store.h"
#include "sys/units.h"
#include "toolkit/call.h"
#include "tools/registry.h"

#define SERVICE_DATA_DIR "/var/lib/mcp-assist"
/* For what is still to be written at the end. */
#define STORE_PATIENCE_MS 5000

extern char **environ;

/* The row that a flag's name (dashes are underscores) means; NULL: none. */
static const struct mcp_param *row_of(const struct mcp_param *rows, const char *name, size_t len)
{
    char plain[64];
    if (!rows || len >= sizeof plain)
        return NULL;
    memcpy(plain, name, len);
    plain[len] = '\0';
    for (char *c = plain; *c; c++)
        if (*c == '-')
            *c = '_';
    return params_find(rows, plain);
}

int assist_take_flags(
    struct assist *assist, const struct mcp_tool *tool, int *argc, char **argv, struct err *err)
{
    int kept = 0;
    for (int i = 0; i < *argc; i++) {
        const char *name = text_starts(argv[i], "--") ? argv[i] + 2 : "";
        size_t len = strcspn(name, "=");
        const struct mcp_param *setting = len ? row_of(settings_rows, name, len) : NULL;
        if (!setting || (tool && row_of(tool->params, name, len))) {
            argv[kept++] = argv[i];
            continue;
        }
        char *plain = arena_strndup(&assist->settings.arena, name, len);
        const char *value = name[len] ? name + len + 1 : NULL;
        if (!value && i + 1 < *argc && !text_starts(argv[i + 1], "--"))
            value = argv[++i];
        else if (!value && setting->kind == MCP_BOOL)
            value = "true";
        if (!value)
            return err_say(
                err, -EINVAL, "l'option --%s demande une valeur", "flag --%s needs a value", plain);
        int error = settings_flag(&assist->settings, plain, value, err);
        if (error)
            return error;
    }
    *argc = kept;
    return 0;
}

/* The home of root is closed to the account that root's server becomes. */
static const char *default_data_dir(struct arena *arena, bool is_service)
{
    const char *base = getenv("XDG_DATA_HOME");
    if (base && base[0] == '/')
        return arena_printf(arena, "%s/mcp-assist", base);
    if (is_service && geteuid() == 0)
        return SERVICE_DATA_DIR;
    const char *home = getenv("HOME");
    if (home && home[0] == '/')
        return arena_printf(arena, "%s/.local/share/mcp-assist", home);
    return "";
}

static int refuse_disabled(const struct assist *assist, const char *name, struct err *err)
{
    CLEANUP(buf_done) struct buf names = { 0 };
    for (size_t i = 0; i < assist->catalog.count; i++)
        buf_addf(&names, "%s%s", i ? ", " : "", assist->catalog.tools[i]->name);
    const struct mcp_text accepted = { .fr = buf_str(&names), .en = buf_str(&names) };
    return settings_refuse(&assist->settings, "disabled_tools", name, accepted, err);
}

/* An unknown name in disabled_tools would leave a tool on that somebody wanted off. */
static int read_disabled(struct assist *assist, struct err *err)
{
    const struct mcp_strings *names = &assist->settings.values.disabled_tools;
    assist->disabled = arena_alloc(&assist->settings.arena, (names->count + 1) * sizeof *assist->disabled);
    for (size_t i = 0; i < names->count; i++) {
        int tool = catalog_by_word(&assist->catalog, names->items[i]);
        if (tool < 0)
            return refuse_disabled(assist, names->items[i], err);
        assist->disabled[i] = assist->catalog.tools[tool]->name;
    }
    return 0;
}

static int check_watched(const struct settings *settings, struct err *err)
{
    static const struct mcp_text accepted = {
        "des noms de service : lettres, chiffres et :-_.\\@, séparés par des virgules",
        "names of services: letters, digits and :-_.\\@, with commas between them",
    };
    const struct mcp_strings *names = &settings->values.watch_services;
    for (size_t i = 0; i < names->count; i++)
        if (!units_is_name(names->items[i]))
            return settings_refuse(settings, "watch_services", names->items[i], accepted, err);
    return 0;
}

/* Without links, "." and "..": what is found in the tree is held against its name. A host that is not mounted
 * is a slip that should not show in each call. */
static int read_host_root(struct assist *assist, struct err *err)
{
    const char *given = assist->settings.values.host_root;
    struct stat status, seen;
    if (given[0] != '/' || stat(given, &status) < 0 || !S_ISDIR(status.st_mode))
        return settings_refuse(&assist->settings, "host_root", given,
            (struct mcp_text){ "le chemin absolu d'un répertoire", "the absolute path of a directory" }, err);
    CLEANUP(scope_free) char *root = realpath(given, NULL);
    /* /proc/PID/root leads where no name does: what it seems to say is another directory. */
    bool is_same =
        root && stat(root, &seen) == 0 && seen.st_dev == status.st_dev && seen.st_ino == status.st_ino;
    assist->host_root = arena_strdup(&assist->settings.arena, is_same ? root : given);
    return 0;
}

int assist_init(struct assist *assist, struct err *err)
{
    struct settings *settings = &assist->settings;
    health_init(&assist->health);
    assist->started_ms = clock_ms();
    int error = settings_load(settings, tools_registry, environ, err);
    if (!error)
        error = catalog_init(&assist->catalog,
            network_raise(&settings->arena, tools_registry, settings->values.network_timeout_max_ms), err);
    if (!error)
        error = read_disabled(assist, err);
    if (!error)
        error = check_watched(settings, err);
    if (!error)
        error = read_host_root(assist, err);
    if (error)
        return error;
    const struct settings_values *values = &settings->values;
    log_set_level(values->debug ? LOG_LEVEL_DEBUG : (enum log_level)values->log_level);
    log_set_format((enum log_format)values->log_format);
    log_find_journal();
    if (settings->foreign_debug)
        log_event(LOG_LEVEL_WARNING, "setting_ignored",
            (const struct log_field[]){ log_str("name", "DEBUG"), log_str("value", settings->foreign_debug),
                log_str("accepted", "true or false"), { 0 } });
    assist->data_dir =
        values->data_dir ? values->data_dir : default_data_dir(&settings->arena, assist->is_service);
    error = store_url_parse(&settings->arena, values->database_url, assist->data_dir, &assist->database, err);
    if (!error)
        error = store_verify(&assist->database, err);
    if (!error && values->database_fallback && assist->database.kind == STORE_POSTGRES)
        error = store_url_parse(&settings->arena, NULL, assist->data_dir, &assist->spare, err);
    if (error)
        return error;
    const struct engine_options options = {
        .catalog = &assist->catalog,
        .threads_max = (unsigned)values->threads,
        .data_dir = assist->data_dir,
        .host_root = assist->host_root,
        .read_only = values->read_only,
        .disabled = assist->disabled,
        .keep_arguments = assist->database.kind != STORE_NONE,
        .observe = observe_call,
        .user = assist,
    };
    assist->engine = engine_new(&options, err);
    return assist->engine ? settings_apply(settings, assist->engine, err) : err->code;
}

int assist_open_store(struct assist *assist, enum log_level complaint, struct err *err)
{
    const struct settings_values *values = &assist->settings.values;
    if (assist->database.kind == STORE_NONE)
        return 0;
    data_dir_make(assist->data_dir, (uid_t)-1, (gid_t)-1, NULL); /* where it fails, the store will say so */
    const struct store_options options = {
        .url = &assist->database,
        .spare = assist->spare.kind == STORE_NONE ? NULL : &assist->spare,
        .health = &assist->health,
        .complaint = complaint,
        .keep_days = values->store_keep_days,
        .keep_calls = values->store_keep_calls,
    };
    assist->store = store_open(&options, err);
    return assist->store ? 0 : err->code;
}

void assist_done(struct assist *assist)
{
    engine_free(assist->engine);
    store_close(assist->store, STORE_PATIENCE_MS);
    log_close();
    metrics_free(assist->metrics);
    health_done(&assist->health);
    settings_done(&assist->settings);
}

void assist_complain(const struct assist *assist, const struct err *err)
{
    bool fr = assist->settings.lang == MCP_FR;
    fprintf(stderr, fr ? "mcp-assist : %s\n" : "mcp-assist: %s\n", fr ? err_french(err) : err->text);
}
