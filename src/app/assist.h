/* The program's parts, wired once: settings, catalogue, engine. */
#ifndef APP_ASSIST_H
#define APP_ASSIST_H

#include "app/settings.h"
#include "base/health.h"
#include "toolkit/catalog.h"

struct engine;

#define ASSIST_NAME "mcp-assistance-informatique"

/* Embedded by value; zeroed is valid. */
struct assist {
    struct settings settings;
    struct catalog catalog;
    struct engine *engine;
    struct health health;
    const char **disabled; /* NULL-terminated names */
    const char *data_dir; /* "" if there is none */
    const char *host_root; /* absolute, of a directory */
    int64_t started_ms; /* on clock_ms() */
    bool is_service; /* set before assist_init() by serve and whoever shares its files: root's are in /var/lib
                      */
};

/* After the flags: loads settings, proves the catalogue, starts the engine. 0 or a negative errno with *err.
 */
int assist_init(struct assist *assist, struct err *err);
void assist_done(struct assist *assist);

/* The verbs; each gets what follows its name and returns the exit code. */
int cli_call(struct assist *assist, int argc, char **argv);
int cli_key(struct assist *assist, int argc, char **argv);
int cli_tools(struct assist *assist, int argc, char **argv);
int cli_health(struct assist *assist, int argc, char **argv);
int serve_http(struct assist *assist, int argc, char **argv);
int serve_stdio(struct assist *assist, int argc, char **argv);

/* Takes the settings flags out of argv (--name value, --name=value); what is left keeps its order, *argc
 * shrinks. A flag that names a parameter of `tool` (may be NULL) and "--json" are left alone. -EINVAL with
 * *err. */
int assist_take_flags(
    struct assist *assist, const struct mcp_tool *tool, int *argc, char **argv, struct err *err);

#endif
