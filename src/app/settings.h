/* Settings: one table for the configuration file, the environment, the flags, the help and the documentation.
 *
 * Built-in default < configuration file < environment < flag. */
#ifndef APP_SETTINGS_H
#define APP_SETTINGS_H

#include <mcp/tool.h>

#include "base/arena.h"
#include "toolkit/params.h"

struct buf;
struct engine;
struct err;

enum settings_log_level { SETTINGS_DEBUG, SETTINGS_INFO, SETTINGS_WARNING, SETTINGS_ERROR };
enum settings_lang { SETTINGS_LANG_AUTO, SETTINGS_LANG_EN, SETTINGS_LANG_FR };
enum settings_auth { SETTINGS_AUTH_LOOPBACK, SETTINGS_AUTH_KEYS, SETTINGS_AUTH_NONE_I_UNDERSTAND };

/* The server's own settings, typed. */
struct settings_values {
    const char *host;
    int64_t port;
    int auth; /* enum settings_auth */
    struct mcp_strings published_on;
    const char *keys, *keys_file;
    struct mcp_strings allowed_hosts, trusted_proxies;
    const char *base_path;
    int64_t rate_per_minute, rate_burst, network_timeout_max_ms;
    const char *data_dir;
    const char *host_root;
    const char *database_url; /* holds a password */
    bool database_fallback;
    int64_t store_keep_days, store_keep_calls;
    struct mcp_strings watch_services;
    const char *config;
    int log_level; /* enum settings_log_level */
    int log_format; /* enum log_format */
    const char *log_file;
    int64_t log_file_max_bytes, log_file_keep;
    bool access_log;
    bool debug;
    int lang; /* enum settings_lang */
    const char *user;
    bool read_only;
    struct mcp_strings disabled_tools;
    int64_t threads, connections, body_max_bytes, answer_max_bytes, session_idle_s;
    int64_t sessions_max, replay_max_bytes;
    bool legacy_sse;
};

/* The table behind the struct. */
extern const struct mcp_param settings_rows[];

/* Where a value came from, for errors: "flag --port", "environment PORT", "file /etc/x.conf, line 3". */
struct settings_text {
    const char *section; /* "" for the server, else a tool's name */
    const char *name, *value;
    struct mcp_text origin;
};

/* Embedded by value; zeroed is valid. */
struct settings {
    struct arena arena;
    struct settings_values values;
    enum mcp_lang lang; /* of the person who started us */
    const char *foreign_debug; /* a DEBUG in the environment that is no boolean and meant for somebody else */
    struct settings_text *texts; /* what was set, the strongest origin only */
    size_t count, capacity;
};

void settings_done(struct settings *settings);
/* A value given by flag: `name` as in the table (dashes are underscores). -EINVAL and *err if there is no
 * such setting. */
int settings_flag(struct settings *settings, const char *name, const char *value, struct err *err);
/* The language of whoever starts us, as the environment alone tells it: MCP_ASSIST_LANG, else the locale. */
enum mcp_lang settings_lang(void);
/* True if a value for that setting of the server came from a file, the environment or a flag. */
bool settings_given(const struct settings *settings, const char *name);
/* Reads file and environment beneath the flags given before, checks all, fills `values` and `lang`. `tools`
 * names the sections that may exist. -EINVAL with *err, also if a file cannot be read. */
int settings_load(struct settings *settings, const struct mcp_tool *const *tools, char *const *environment,
    struct err *err);
/* Says that `value`, of the server's setting `name`, is not accepted, where it came from, and what is.
 * Returns -EINVAL. */
int settings_refuse(const struct settings *settings, const char *name, const char *value,
    struct mcp_text accepted, struct err *err);
/* Hands each tool its own section. */
int settings_apply(const struct settings *settings, struct engine *engine, struct err *err);
/* The tables for `help`: flag or name, environment variable, meaning, what is accepted, default; the
 * server's, then the tools'. Long defaults are cut unless all is wanted `whole`. */
void settings_help(struct buf *out, const struct mcp_tool *const *tools, enum mcp_lang lang, bool whole);
/* The environment variable of a setting: PORT, HOST, LOG_LEVEL, DEBUG, DATABASE_URL, else MCP_ASSIST_NAME.
 * Returns `ret_name`. */
char *settings_variable(const char *section, const char *name, char *ret_name, size_t size);

#endif
