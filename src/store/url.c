/* database_url: which database, and how to name it without its password. */
#include "store/url.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/text.h"

#define ACCEPTED "accepted: none, sqlite:///absolute/path, postgres://user:password@host/database"
#define ACCEPTE "accepté : none, sqlite:///chemin/absolu, postgres://nom:motdepasse@hôte/base"

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static int bad_escape(struct err *err)
{
    return err_say(err, -EINVAL, "database_url : un %% n'est pas suivi de deux chiffres hexadécimaux",
        "database_url: a %% is not followed by two hexadecimal digits");
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
        return err_say(err, -EINVAL,
            "database_url : sqlite: demande le chemin absolu d'un fichier ; " ACCEPTE,
            "database_url: sqlite: needs an absolute path of a file; " ACCEPTED);
    if (strpbrk(rest, "?#"))
        return err_say(err, -EINVAL, "database_url : sqlite: n'a pas d'options après le chemin ; " ACCEPTE,
            "database_url: sqlite: takes no options behind the path; " ACCEPTED);
    url->path = decode(arena, rest);
    if (!url->path)
        return bad_escape(err);
    url->kind = STORE_SQLITE;
    url->shown = url->path;
    return 0;
}

/* user:password@host/db?password=x -> user@host/db: neither the password nor any option. `host`: behind the
 * @, or all of `rest`. */
static const char *without_secrets(struct arena *arena, const char *rest, const char *host)
{
    size_t user = host > rest ? strcspn(rest, ":@") : 0;
    return arena_printf(arena, "postgresql://%.*s%s%.*s", (int)user, rest, host > rest ? "@" : "",
        (int)strcspn(host, "?#"), host);
}

static int parse_postgres(
    struct arena *arena, const char *text, const char *rest, struct store_url *url, struct err *err)
{
    for (const char *c = rest; *c; c++) {
        if ((unsigned char)*c <= ' ' || *c == 0x7F)
            return err_say(err, -EINVAL,
                "database_url : une URL n'a ni blancs ni caractères de contrôle (ils s'écrivent %%20 et "
                "ainsi de suite) ; " ACCEPTE,
                "database_url: a URL has no blanks nor control characters (they are written %%20 and the "
                "like); " ACCEPTED);
        if (*c == '%' && (hex_value(c[1]) < 0 || hex_value(c[2]) < 0))
            return bad_escape(err);
    }
    /* As libpq reads it. A password with a bare / or @ would end too early, and its rest be shown as host. */
    size_t userinfo = strcspn(rest, "@/");
    const char *host = rest[userinfo] == '@' ? rest + userinfo + 1 : rest;
    if (strchr(host, '@'))
        return err_say(err, -EINVAL,
            "database_url : dans un nom ou un mot de passe, / et @ s'écrivent %%2F et %%40 ; " ACCEPTE,
            "database_url: within a name or a password / and @ are written %%2F and %%40; " ACCEPTED);
    url->kind = STORE_POSTGRES;
    url->full = arena_strdup(arena, text);
    url->shown = without_secrets(arena, rest, host);
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
        bool has_scheme = scheme <= 20 && name[scheme] == ':';
        error = err_say(err, -EINVAL,
            "database_url : « %.*s » n'est pas une base que ce serveur connaît ; " ACCEPTE,
            "database_url: \"%.*s\" is not a database this server knows; " ACCEPTED,
            has_scheme ? (int)scheme : 3, has_scheme ? name : "...");
    }
    if (!error)
        *ret_url = url;
    return error;
}
