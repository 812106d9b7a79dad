/* Where the store is: the setting database_url, taken apart. */
#ifndef STORE_URL_H
#define STORE_URL_H

struct arena;
struct err;

enum store_kind { STORE_NONE, STORE_SQLITE, STORE_POSTGRES };

/* Texts live in the arena given to store_url_parse(). */
struct store_url {
    enum store_kind kind;
    const char *path; /* SQLITE: the file, absolute unless the data directory is not; else NULL */
    const char *full; /* POSTGRES: the whole URL, with its password; else NULL */
    const char *shown; /* for logs and people: never a password */
};

/* Accepts "none", "sqlite:///path", "postgres://..." and "postgresql://...". NULL or "": SQLite in
 * `data_dir`/assist.db, or NONE if that is "". -EINVAL with *err, which never repeats a password. */
int store_url_parse(
    struct arena *arena, const char *text, const char *data_dir, struct store_url *ret_url, struct err *err);

#endif
