/* The program's parts, wired once: settings, catalogue, engine. */
#ifndef APP_ASSIST_H
#define APP_ASSIST_H

#include "app/settings.h"
#include "base/health.h"
#include "base/log.h"
#include "store/url.h"
#include "toolkit/catalog.h"

struct engine;
struct metrics;
struct store;

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
    struct store_url database;
    struct store_url spare; /* where calls go until `database` was reached; NONE if there is no such place */
    struct metrics *metrics; /* NULL where nobody asks for them */
    struct store *store; /* NULL until assist_open_store(), and when calls are not kept */
};

/* After the flags: loads settings, proves the catalogue, starts the engine. 0 or a negative errno with *err.
 */
int assist_init(struct assist *assist, struct err *err);
/* Makes the data directory if it can and begins to keep calls, once the process is who it will be.
 * `complaint`: the level at which it is logged that the database fails. 0 or a negative errno with *err; a
 * database that cannot be reached is no error. */
int assist_open_store(struct assist *assist, enum log_level complaint, struct err *err);
/* Ends all calls, writes what the store still holds. */
void assist_done(struct assist *assist);
/* Tells the person at the terminal, in the language that is known so far. */
void assist_complain(const struct assist *assist, const struct err *err);

/* The verbs; each gets what follows its name and returns the exit code. */
int cli_call(struct assist *assist, int argc, char **argv);
int cli_key(struct assist *assist, int argc, char **argv);
int cli_tools(struct assist *assist, int argc, char **argv);
int cli_db(struct assist *assist, int argc, char **argv);
int cli_health(struct assist *assist, int argc, char **argv);
int serve_http(struct assist *assist, int argc, char **argv);
int serve_stdio(struct assist *assist, int argc, char **argv);

/* Takes the settings flags out of argv (--name value, --name=value); what is left keeps its order, *argc
 * shrinks. A flag that names a parameter of `tool` (may be NULL) and "--json" are left alone. -EINVAL with
 * *err. */
int assist_take_flags(
    struct assist *assist, const struct mcp_tool *tool, int *argc, char **argv, struct err *err);

#endif
