/* Settings from file, environment and flags: gathered as texts with their origin, checked by one table. */
#include "app/settings.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "app/ini.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/json_read.h"
#include "base/scope.h"
#include "base/text.h"
#include "toolkit/call.h"
#include "toolkit/catalog.h"

#define PREFIX "MCP_ASSIST_"
#define NETWORK "network"

/* Known without the prefix too, as other servers have them. */
static const char *const plain_variables[] = { "host", "port", "log_level", "debug", "database_url" };

void settings_done(struct settings *settings)
{
    free(settings->texts);
    arena_done(&settings->arena);
    *settings = (struct settings){ 0 };
}

static struct settings_text *find_text(const struct settings *settings, const char *section, const char *name)
{
    for (size_t i = 0; i < settings->count; i++)
        if (strcmp(settings->texts[i].section, section) == 0 && strcmp(settings->texts[i].name, name) == 0)
            return &settings->texts[i];
    return NULL;
}

bool settings_given(const struct settings *settings, const char *name)
{
    return find_text(settings, "", name) != NULL;
}

/* Sets a value unless a stronger origin did: callers come strongest first, files in reverse. */
static void set_text(struct settings *settings, const char *section, const char *name, const char *value,
    struct mcp_text origin)
{
    if (find_text(settings, section, name))
        return;
    if (settings->count == settings->capacity) {
        size_t capacity = settings->capacity ? settings->capacity * 2 : 16;
        struct settings_text *texts = realloc(settings->texts, capacity * sizeof *texts);
        if (!texts)
            abort(); /* a few hundred bytes at start */
        settings->texts = texts;
        settings->capacity = capacity;
    }
    struct arena *arena = &settings->arena;
    settings->texts[settings->count++] = (struct settings_text){
        .section = arena_strdup(arena, section),
        .name = arena_strdup(arena, name),
        .value = arena_strdup(arena, value),
        .origin = origin,
    };
}

static const char *pick(const struct settings *settings, struct mcp_text text)
{
    return settings->lang == MCP_FR ? text.fr : text.en;
}

/* Strings live as long as the settings. */
static struct mcp_text origin_of(struct settings *settings, const char *fr, const char *en, const char *name)
{
    return (struct mcp_text){ .fr = arena_printf(&settings->arena, "%s%s", fr, name),
        .en = arena_printf(&settings->arena, "%s%s", en, name) };
}

/* "--log-level" of "log_level". */
static void add_flag(struct buf *out, const char *name)
{
    buf_adds(out, "--");
    for (const char *c = name; *c; c++)
        buf_addc(out, *c == '_' ? '-' : *c);
}

enum place { IN_FLAGS, IN_ENVIRONMENT, IN_FILE };

/* Settings of the server that a file may not hold: where the files are, and what is secret. */
static bool is_kept_out_of_files(const struct mcp_param *rows, const char *name)
{
    return rows == settings_rows && (strcmp(name, "config") == 0 || strcmp(name, "keys") == 0);
}

static int unknown(const struct settings *settings, struct mcp_text origin, const char *name,
    const struct mcp_param *rows, enum place place, struct err *err)
{
    struct buf names = { 0 };
    for (const struct mcp_param *row = rows; row && row->name; row++) {
        if (place == IN_FILE && is_kept_out_of_files(rows, row->name))
            continue;
        buf_adds(&names, names.len ? ", " : "");
        if (place == IN_FLAGS)
            add_flag(&names, row->name);
        else
            buf_adds(&names, row->name);
    }
    err_say(err, -EINVAL, "%s : réglage inconnu %.40s ; accepté : %s",
        "%s: unknown setting %.40s; accepted: %s", pick(settings, origin), name, buf_str(&names));
    buf_done(&names);
    return -EINVAL;
}

static enum mcp_lang lang_of_locale(void)
{
    const char *names[] = { "LC_ALL", "LC_MESSAGES", "LANG" };
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        const char *value = getenv(names[i]);
        if (value && value[0])
            return text_starts(value, "fr") ? MCP_FR : MCP_EN;
    }
    return MCP_EN;
}

/* True if `word` names one of the languages, and not "auto" or nonsense. */
static bool read_lang(const char *word, enum mcp_lang *ret_lang)
{
    if (!word || (!text_same(word, "fr") && !text_same(word, "en")))
        return false;
    *ret_lang = text_same(word, "fr") ? MCP_FR : MCP_EN;
    return true;
}

enum mcp_lang settings_lang(void)
{
    enum mcp_lang lang = lang_of_locale();
    read_lang(getenv(PREFIX "LANG"), &lang);
    return lang;
}

/* What is known of the language now: errors to come are told in it. */
static void apply_lang(struct settings *settings)
{
    const struct settings_text *text = find_text(settings, "", "lang");
    settings->lang = settings_lang();
    if (text && !read_lang(text->value, &settings->lang))
        settings->lang = lang_of_locale();
}

int settings_flag(struct settings *settings, const char *name, const char *value, struct err *err)
{
    char *plain = arena_strdup(&settings->arena, name);
    for (char *c = plain; *c; c++)
        if (*c == '-')
            *c = '_';
    struct mcp_text origin = origin_of(settings, "option --", "flag --", name);
    if (!params_find(settings_rows, plain))
        return unknown(settings, origin, name, settings_rows, IN_FLAGS, err);
    if (strcmp(plain, "keys") == 0)
        return err_say(err, -EINVAL,
            "%s : tous sur cette machine peuvent lire une ligne de commande ; donner %s ou --keys-file",
            "%s: everybody on this machine can read a command line; set %s or --keys-file",
            pick(settings, origin), PREFIX "KEYS");
    if (find_text(settings, "", plain))
        return err_say(err, -EINVAL, "%s : donné deux fois", "%s is given twice", pick(settings, origin));
    set_text(settings, "", plain, value, origin);
    apply_lang(settings);
    return 0;
}

char *settings_variable(const char *section, const char *name, char *ret_name, size_t size)
{
    bool is_plain = false;
    for (size_t i = 0; !section[0] && i < ARRAY_LEN(plain_variables); i++)
        is_plain |= strcmp(plain_variables[i], name) == 0;
    snprintf(ret_name, size, "%s%s%s%s", is_plain ? "" : PREFIX, section, section[0] ? "_" : "", name);
    for (char *c = ret_name; *c; c++)
        *c = (char)toupper((unsigned char)*c);
    return ret_name;
}

/* Sets `row` if the environment names it; true if `variable` (NAME=value) is its variable. */
static bool take_variable(
    struct settings *settings, const char *section, const struct mcp_param *row, const char *variable)
{
    char names[2][176] = { { 0 }, PREFIX };
    settings_variable(section, row->name, names[0], 150);
    memcpy(names[1] + strlen(PREFIX), names[0], 150);
    for (int i = 0; i < 2; i++) {
        size_t len = strlen(names[i]);
        if (strncmp(variable, names[i], len) != 0 || variable[len] != '=')
            continue;
        if (i == 1 && text_starts(names[0], PREFIX))
            continue;
        const char *value = variable + len + 1;
        bool truth,
            is_ours = text_starts(names[i], PREFIX) || row->kind != MCP_BOOL || text_bool(value, &truth);
        if (!is_ours && value[0])
            settings->foreign_debug = value; /* DEBUG=app:* is common in shells */
        else if (value[0]) /* an empty variable is as good as none: compose files write them */
            set_text(settings, section, row->name, value,
                origin_of(settings, "environnement ", "environment ", names[i]));
        return true;
    }
    return false;
}

static int take_environment(
    struct settings *settings, const struct mcp_tool *const *tools, char *const *environment, struct err *err)
{
    for (; *environment; environment++) {
        bool known = !text_starts(*environment, PREFIX);
        for (const struct mcp_param *row = settings_rows; row->name; row++)
            known |= take_variable(settings, "", row, *environment);
        for (const struct mcp_tool *const *tool = tools; *tool; tool++)
            for (const struct mcp_param *row = (*tool)->settings; row && row->name; row++)
                known |= take_variable(settings, (*tool)->name, row, *environment);
        if (!known) {
            size_t len = strcspn(*environment, "=");
            char name[80];
            snprintf(name, sizeof name, "%.*s", (int)len, *environment);
            return unknown(settings, origin_of(settings, "environnement", "environment", ""), name,
                settings_rows, IN_ENVIRONMENT, err);
        }
    }
    return 0;
}

/* What is read from one file, in order. */
struct file_reader {
    struct settings *settings;
    const struct mcp_tool *const *tools;
    const char *path, *prefix; /* prefix: how origins of this file begin */
};

static const struct mcp_param *section_rows(
    const struct file_reader *reader, const char *section, bool *ret_known)
{
    *ret_known = true;
    if (section[0] == '\0' || strcmp(section, "server") == 0 || strcmp(section, NETWORK) == 0)
        return settings_rows;
    for (const struct mcp_tool *const *tool = reader->tools; *tool; tool++)
        if (strcmp((*tool)->name, section) == 0)
            return (*tool)->settings;
    *ret_known = false;
    return NULL;
}

/* Where it may stand instead. */
static int refuse_in_file(
    const struct settings *settings, struct mcp_text origin, const char *name, struct err *err)
{
    if (strcmp(name, "keys") == 0)
        return err_say(err, -EINVAL,
            "%s : keys ne se donne pas dans un fichier de configuration ; accepté : l'environnement " PREFIX
            "KEYS, ou keys_file",
            "%s: keys is not for a configuration file; accepted: the environment " PREFIX
            "KEYS, or keys_file",
            pick(settings, origin));
    return err_say(err, -EINVAL,
        "%s : config ne se donne pas dans un fichier de configuration ; accepté : l'option --config, ou "
        "l'environnement " PREFIX "CONFIG",
        "%s: config is not for a configuration file; accepted: the flag --config, or the environment " PREFIX
        "CONFIG",
        pick(settings, origin));
}

static int take_line(
    void *user, const char *section, const char *name, const char *value, int line, struct err *err)
{
    struct file_reader *reader = user;
    struct arena *arena = &reader->settings->arena;
    bool known = false;
    const struct mcp_param *rows = section_rows(reader, section, &known);
    struct mcp_text origin = { .fr = arena_printf(arena, "fichier %s, ligne %d", reader->path, line),
        .en = arena_printf(arena, "file %s, line %d", reader->path, line) };
    if (!known)
        return err_say(err, -EINVAL,
            "%s : section inconnue [%s] ; accepté : server, network, et les noms des outils",
            "%s: unknown section [%s]; accepted: server, network, and the names of the tools",
            pick(reader->settings, origin), section);
    /* What concerns the network may stand in a section of its own: [network] x is network_x. */
    if (rows == settings_rows && strcmp(section, NETWORK) == 0)
        name = arena_printf(arena, NETWORK "_%s", name);
    if (!rows)
        return err_say(err, -EINVAL, "%s : %.40s : l'outil %s n'a pas de réglages",
            "%s: %.40s: the tool %s has no settings", pick(reader->settings, origin), name, section);
    if (is_kept_out_of_files(rows, name))
        return refuse_in_file(reader->settings, origin, name, err);
    if (!params_find(rows, name))
        return unknown(reader->settings, origin, name, rows, IN_FILE, err);
    const char *key = rows == settings_rows ? "" : section;
    const struct settings_text *before = find_text(reader->settings, key, params_find(rows, name)->name);
    if (before && text_starts(before->origin.en, reader->prefix))
        return err_say(err, -EINVAL,
            "%s : %s est donné deux fois ; une liste tient sur une ligne, avec des virgules",
            "%s: %s is given twice; a list stands on one line, with commas", pick(reader->settings, origin),
            name);
    set_text(reader->settings, key, params_find(rows, name)->name, value, origin);
    return 0;
}

static int take_file(
    struct settings *settings, const struct mcp_tool *const *tools, const char *path, struct err *err)
{
    struct file_reader reader = {
        .settings = settings,
        .tools = tools,
        .path = path,
        .prefix = arena_printf(&settings->arena, "file %s, line ", path),
    };
    return ini_read(path, take_line, &reader, err);
}

static int is_conf(const struct dirent *entry)
{
    return text_ends(entry->d_name, ".conf");
}

/* A file, or the *.conf files of a directory: the last in lexical order wins, so it is read first. */
static int take_files(
    struct settings *settings, const struct mcp_tool *const *tools, const char *path, struct err *err)
{
    struct stat status;
    if (stat(path, &status) < 0 || !S_ISDIR(status.st_mode))
        return take_file(settings, tools, path, err);
    struct dirent **entries = NULL;
    int count = scandir(path, &entries, is_conf, alphasort);
    if (count < 0)
        return err_say(err, -EINVAL, "le répertoire de configuration %s est illisible",
            "cannot read the configuration directory %s", path);
    int result = 0;
    for (int i = count - 1; i >= 0; i--) {
        char *file = arena_printf(&settings->arena, "%s/%s", path, entries[i]->d_name);
        if (!result)
            result = take_file(settings, tools, file, err);
        free(entries[i]);
    }
    free(entries);
    return result;
}

/* The value as the table writes it: words are taken in any case. */
static const char *table_value(const struct settings_text *text)
{
    const struct mcp_param *row = params_find(settings_rows, text->name);
    for (const char *const *choice = row && row->kind == MCP_ENUM ? row->choices : NULL; choice && *choice;
         choice++)
        if (text_same(*choice, text->value))
            return *choice;
    return text->value;
}

/* What is wrong with a value, and where it came from. */
static int refuse(
    const struct settings *settings, const char *section, const struct problem *problem, struct err *err)
{
    /* "/name", or "/name/2" for one of several */
    const char *pointer = problem->pointer + (problem->pointer[0] == '/');
    char name[64];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(pointer, "/"), pointer);
    const struct settings_text *text = find_text(settings, section, name);
    bool is_tool = section[0];
    return err_say(err, -EINVAL, "%s%s%s%s : %s ; accepté : %s", "%s%s%s%s: %s; accepted: %s",
        text ? pick(settings, text->origin) : "-", is_tool ? " [" : "", section, is_tool ? "]" : "",
        problem->message, problem->accepted ? problem->accepted : "-");
}

/* Turns the texts of the server's own section into `values`. */
static int check_values(struct settings *settings, struct err *err)
{
    struct params_text *texts = arena_alloc(&settings->arena, (settings->count + 1) * sizeof *texts);
    size_t count = 0;
    for (size_t i = 0; i < settings->count; i++)
        if (!settings->texts[i].section[0])
            texts[count++] =
                (struct params_text){ settings->texts[i].name, table_value(&settings->texts[i]) };
    CLEANUP(buf_done) struct buf json = { 0 };
    params_from_texts(&json, settings_rows, texts, count);
    const struct mcp_json *value = NULL;
    struct json_error json_error;
    char *copy = arena_strndup(&settings->arena, buf_str(&json), json.len);
    int error = json_read(&settings->arena, copy, json.len, &(struct json_limits){ 0 }, &value, &json_error);
    if (error)
        return err_say(
            err, -EINVAL, "un réglage n'est pas de l'UTF-8 valide", "a setting is not valid UTF-8");
    struct problems problems = { 0 };
    settings->values = *(struct settings_values *)params_read(
        &settings->arena, settings_rows, sizeof settings->values, value, settings->lang, &problems);
    if (!problems.count)
        return 0;
    return refuse(settings, "", problems.first, err);
}

int settings_load(
    struct settings *settings, const struct mcp_tool *const *tools, char *const *environment, struct err *err)
{
    apply_lang(settings);
    int error = take_environment(settings, tools, environment, err);
    const struct settings_text *config = find_text(settings, "", "config");
    if (!error && config)
        error = take_files(settings, tools, config->value, err);
    apply_lang(settings);
    if (!error)
        error = check_values(settings, err);
    return error;
}

int settings_refuse(const struct settings *settings, const char *name, const char *value,
    struct mcp_text accepted, struct err *err)
{
    const struct settings_text *text = find_text(settings, "", name);
    bool fr = settings->lang == MCP_FR;
    return err_say(err, -EINVAL, "%s%s%s : « %.100s » n'est pas accepté ; accepté : %s",
        "%s%s%s: \"%.100s\" is not accepted; accepted: %s", text ? pick(settings, text->origin) : "",
        text ? fr ? " : " : ": " : "", name, value, pick(settings, accepted));
}

int settings_apply(const struct settings *settings, struct engine *engine, struct err *err)
{
    const struct catalog *catalog = engine_catalog(engine);
    for (size_t i = 0; i < catalog->count; i++) {
        struct params_text texts[64];
        size_t count = 0;
        for (size_t j = 0; j < settings->count && count < ARRAY_LEN(texts); j++)
            if (strcmp(settings->texts[j].section, catalog->tools[i]->name) == 0)
                texts[count++] = (struct params_text){ settings->texts[j].name, settings->texts[j].value };
        const struct problem *problem =
            count ? engine_configure(engine, (int)i, texts, count, settings->lang) : NULL;
        if (problem)
            return refuse(settings, catalog->tools[i]->name, problem, err);
    }
    return 0;
}

/* How much of a preset is shown: of a long list the first words, if it is not wanted whole. */
static int shown_length(const char *preset, bool whole)
{
    enum { SHOWN = 60 };
    size_t len = strlen(preset);
    if (!whole && len > SHOWN)
        for (len = SHOWN; len > 1 && preset[len - 1] != ',';)
            len--;
    return (int)len;
}

/* What a value may be, where its meaning does not say: "(DEBUG, INFO)", "(1..256)", "(true, false)". */
static void help_accepted(struct buf *out, const struct mcp_param *row)
{
    if (row->kind == MCP_INT)
        buf_addf(out, " (%.0f..%.0f)", row->min, row->max);
    if (row->kind == MCP_BOOL)
        buf_adds(out, " (true, false)");
    for (int i = 0; row->kind == MCP_ENUM && row->choices[i]; i++)
        buf_addf(out, "%s%s%s", i ? ", " : " (", row->choices[i], row->choices[i + 1] ? "" : ")");
}

static void help_row(struct buf *out, const struct mcp_param *row, const char *name, const char *section,
    enum mcp_lang lang, bool whole)
{
    char variable[150];
    settings_variable(section, row->name, variable, sizeof variable);
    buf_addf(out, "  %-20s %-28s %s", name, variable, lang == MCP_FR ? row->about.fr : row->about.en);
    help_accepted(out, row);
    const char *unit = row->unit ? row->unit : "";
    if (lang == MCP_FR && strcmp(unit, "bytes") == 0)
        unit = "octets";
    int shown = row->preset ? shown_length(row->preset, whole) : 0;
    if (row->preset)
        buf_addf(out, " [%.*s%s%s%s]", shown, row->preset, row->preset[shown] ? "..." : "",
            unit[0] ? " " : "", unit);
    buf_addc(out, '\n');
}

void settings_help(struct buf *out, const struct mcp_tool *const *tools, enum mcp_lang lang, bool whole)
{
    for (const struct mcp_param *row = settings_rows; row->name; row++) {
        CLEANUP(buf_done) struct buf flag = { 0 };
        add_flag(&flag, row->name);
        help_row(out, row, buf_str(&flag), "", lang, whole);
    }
    buf_adds(out,
        lang == MCP_FR
            ? "\nRéglages d'un outil, dans sa section du fichier : nom, variable, rôle (accepté) [défaut]\n"
            : "\nSettings of a tool, in its section of the file: name, variable, meaning (accepted) "
              "[default]\n");
    for (const struct mcp_tool *const *tool = tools; *tool; tool++) {
        if ((*tool)->settings)
            buf_addf(out, "[%s]\n", (*tool)->name);
        for (const struct mcp_param *row = (*tool)->settings; row && row->name; row++)
            help_row(out, row, row->name, (*tool)->name, lang, whole);
    }
}
