/* The verb db: a look at the database of calls without a server. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

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
    int error = store_check(url, &report, &err);
    printf("database: %s\n%s", url->shown, buf_str(&report));
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

int cli_db(struct assist *assist, int argc, char **argv)
{
    struct err err = { 0 };
    assist->is_service = true;
    if (assist_take_flags(assist, NULL, &argc, argv, &err) < 0 || assist_init(assist, &err) < 0)
        return fail(assist, &err);
    if (argc == 1 && strcmp(argv[0], "check") == 0)
        return check(assist);
    if (argc == 1 && strcmp(argv[0], "stats") == 0)
        return describe(assist);
    if (argc == 2 && strcmp(argv[0], "backup") == 0)
        return backup(assist, argv[1]);
    err_say(&err, -EINVAL, "db ne connaît pas cela ; accepté : db check, db stats, db backup FICHIER",
        "db does not know that; accepted: db check, db stats, db backup FILE");
    return fail(assist, &err);
}
