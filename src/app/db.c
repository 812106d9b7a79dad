/* The verb db: a look at the database of calls without a server. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "app/action.h"
#include "app/assist.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/json_write.h"
#include "base/scope.h"
#include "store/store.h"

#define EXIT_USAGE 2

static int fail(const struct assist *assist, const struct err *err)
{
    assist_complain(assist, err);
    return err->code == -EINVAL ? EXIT_USAGE : 1;
}

/* Where the calls are: the spare place as long as the database does not answer, as for the server. */
static const struct store_url *place(const struct assist *assist)
{
    CLEANUP(buf_done) struct buf unused = { 0 };
    struct err err = { 0 };
    bool is_spare = assist->spare.kind != STORE_NONE && store_describe(&assist->database, &unused, &err) < 0;
    return is_spare ? &assist->spare : &assist->database;
}

static int check(const struct assist *assist)
{
    struct err err = { 0 };
    CLEANUP(buf_done) struct buf report = { 0 };
    const struct store_url *url = place(assist);
    int error = store_check(url, assist->settings.lang == MCP_FR, &report, &err);
    printf(
        assist->settings.lang == MCP_FR ? "base : %s\n%s" : "database: %s\n%s", url->shown, buf_str(&report));
    fflush(stdout);
    return error ? fail(assist, &err) : 0;
}

static int describe(const struct assist *assist)
{
    struct err err = { 0 };
    CLEANUP(buf_done) struct buf json = { 0 };
    CLEANUP(buf_done) struct buf pretty = { 0 };
    if (store_describe(place(assist), &json, &err) < 0)
        return fail(assist, &err);
    json_indent(&pretty, buf_str(&json), json.len);
    printf("%s\n", buf_str(&pretty));
    return 0;
}

static int backup(const struct assist *assist, const char *path)
{
    struct err err = { 0 };
    if (store_backup(place(assist), path, &err) < 0)
        return fail(assist, &err);
    printf("%s\n", path);
    return 0;
}

enum { DB_CHECK, DB_STATS, DB_BACKUP };

static const struct action db_actions[] = {
    [DB_CHECK] = { .name = "check" },
    [DB_STATS] = { .name = "stats" },
    [DB_BACKUP] = { "backup", { "FICHIER", "FILE" } },
    { 0 },
};

static const struct action_set db_set = {
    .verb = "db",
    .accepted = { "db check, db stats, db backup FICHIER", "db check, db stats, db backup FILE" },
    .actions = db_actions,
};

int cli_db(struct assist *assist, int argc, char **argv)
{
    struct err err = { 0 };
    assist->is_service = true;
    if (assist_take_flags(assist, NULL, &argc, argv, &err) < 0 || assist_init(assist, &err) < 0)
        return fail(assist, &err);
    int action = action_find(&db_set, assist->settings.lang, argc, argv, &err);
    if (action < 0)
        return fail(assist, &err);
    if (action == DB_BACKUP)
        return backup(assist, argv[1]);
    return action == DB_CHECK ? check(assist) : describe(assist);
}
