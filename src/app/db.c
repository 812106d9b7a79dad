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

static int fail(const struct err *err)
{
    fprintf(stderr, "mcp-assist: %s\n", err->text);
    return err->code == -EINVAL ? EXIT_USAGE : 1;
}

static int check(const struct store_url *url)
{
    struct err err = { 0 };
    CLEANUP(buf_done) struct buf report = { 0 };
    int error = store_check(url, &report, &err);
    printf("database: %s\n%s", url->shown, buf_str(&report));
    fflush(stdout);
    return error ? fail(&err) : 0;
}

static int describe(const struct store_url *url)
{
    struct err err = { 0 };
    CLEANUP(buf_done) struct buf json = { 0 };
    CLEANUP(buf_done) struct buf pretty = { 0 };
    if (store_describe(url, &json, &err) < 0)
        return fail(&err);
    json_indent(&pretty, buf_str(&json), json.len);
    printf("%s\n", buf_str(&pretty));
    return 0;
}

static int backup(const struct store_url *url, const char *path)
{
    struct err err = { 0 };
    if (store_backup(url, path, &err) < 0)
        return fail(&err);
    printf("%s\n", path);
    return 0;
}

int cli_db(struct assist *assist, int argc, char **argv)
{
    struct err err = { 0 };
    assist->is_service = true;
    if (assist_take_flags(assist, NULL, &argc, argv, &err) < 0 || assist_init(assist, &err) < 0)
        return fail(&err);
    if (argc == 1 && strcmp(argv[0], "check") == 0)
        return check(&assist->database);
    if (argc == 1 && strcmp(argv[0], "stats") == 0)
        return describe(&assist->database);
    if (argc == 2 && strcmp(argv[0], "backup") == 0)
        return backup(&assist->database, argv[1]);
    fputs("mcp-assist: usage: mcp-assist db check | db stats | db backup FILE\n", stderr);
    return EXIT_USAGE;
}
