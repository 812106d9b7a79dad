/* database_url: which database, and how to name it without its password. */
#include "store/url.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/text.h"

#define ACCEPTED "accepted: none, sqlite:///absolute/path, postgres://user:password@host/database"

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* %xx decoded; NULL if one is malformed or stands for a NUL. */
static char *decode(struct arena *arena, const char *text)
{
    char *out = arena_strdup(arena, text), *to = out;
    for (const char *c = text; *c; c++) {
        if (*c != '%') {
            *to++ = *c;
            continue;
        }
        int high = hex_value(c[1]), low = high >= 0 ? hex_value(c[2]) : -1;
        if (low < 0 || (high == 0 && low == 0))
            return NULL;
        *to++ = (char)(high * 16 + low);
        c += 2;
    }
    *to = '\0';
    return out;
}

static int parse_sqlite(struct arena *arena, const char *rest, struct store_url *url, struct err *err)
{
    if (rest[0] != '/' || rest[1] == '\0' || text_ends(rest, "/"))
        return err_set(err, -EINVAL, "database_url: sqlite: needs an absolute path of a file; " ACCEPTED);
    if (strpbrk(rest, "?#"))
        return err_set(err, -EINVAL, "database_url: sqlite: takes no options behind the path; " ACCEPTED);
    url->path = decode(arena, rest);
    if (!url->path)
        return err_set(err, -EINVAL, "database_url: a %% is not followed by two hexadecimal digits");
    url->kind = STORE_SQLITE;
    url->shown = url->path;
    return 0;
}

/* user:password@host/db?password=x -> user@host/db: neither the password of the authority nor any option. */
static const char *without_secrets(struct arena *arena, const char *rest)
{
    size_t authority = strcspn(rest, "/?#"), len = strcspn(rest, "?#"), user = 0;
    const char *at = NULL;
    for (size_t i = 0; i < authority; i++)
        if (rest[i] == '@')
            at = rest + i;
    if (at)
        user = strcspn(rest, ":@");
    const char *host = at ? at : rest;
    return arena_printf(
        arena, "postgresql://%.*s%.*s", (int)user, rest, (int)(len - (size_t)(host - rest)), host);
}

static int parse_postgres(
    struct arena *arena, const char *text, const char *rest, struct store_url *url, struct err *err)
{
    for (const char *c = rest; *c; c++) {
        if ((unsigned char)*c <= ' ' || *c == 0x7F)
            return err_set(err, -EINVAL,
                "database_url: a URL has no blanks nor control characters (they are written %%20 and the "
                "like); " ACCEPTED);
        if (*c == '%' && (hex_value(c[1]) < 0 || hex_value(c[2]) < 0))
            return err_set(err, -EINVAL, "database_url: a %% is not followed by two hexadecimal digits");
    }
    url->kind = STORE_POSTGRES;
    url->full = arena_strdup(arena, text);
    url->shown = without_secrets(arena, rest);
    return 0;
}

int store_url_parse(
    struct arena *arena, const char *text, const char *data_dir, struct store_url *ret_url, struct err *err)
{
    struct store_url url = { .kind = STORE_NONE, .shown = "none" };
    const char *name = text ? text : "";
    int error = 0;
    if (!name[0] && data_dir[0]) {
        url.kind = STORE_SQLITE;
        url.path = url.shown = arena_printf(arena, "%s/assist.db", data_dir);
    } else if (text_starts(name, "sqlite://")) {
        error = parse_sqlite(arena, name + strlen("sqlite://"), &url, err);
    } else if (text_starts(name, "postgres://")) {
        error = parse_postgres(arena, name, name + strlen("postgres://"), &url, err);
    } else if (text_starts(name, "postgresql://")) {
        error = parse_postgres(arena, name, name + strlen("postgresql://"), &url, err);
    } else if (name[0] && strcmp(name, "none") != 0) {
        size_t scheme = strcspn(name, ":");
        bool has_scheme = name[scheme] == ':' && scheme <= 20;
        error = err_set(err, -EINVAL, "database_url: %.*s is not a database this server knows; " ACCEPTED,
            has_scheme ? (int)scheme : 14, has_scheme ? name : "what was given");
    }
    if (!error)
        *ret_url = url;
    return error;
}
