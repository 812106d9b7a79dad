/* What a database must be able to do for the store; one implementation a file (sqlite.c, postgres.c).
 *
 * All is called by one thread at a time. A failing function leaves the database as it was before. */
#ifndef STORE_BACKEND_H
#define STORE_BACKEND_H

#include "store/store.h"

struct wait;

/* A queued row, its texts behind it in the same block: valid UTF-8, never NULL. */
struct store_entry {
    struct store_entry *next;
    struct store_row row;
    size_t size; /* bytes of the block */
};

/* Rows that are written together, and what they add to the totals. */
struct store_batch {
    const struct store_entry *first;
    size_t count;
    const struct store_total *totals; /* sorted, so that two servers take their locks in the same order */
    size_t totals_count;
};

/* What of the old is not kept. */
struct store_keep {
    int64_t since_ms; /* calls that began before are deleted; 0 = none */
    int64_t calls; /* most that are kept; 0 = no limit */
};

struct store_backend {
    /* More than store_url_parse() can tell about a URL, without connecting. -EINVAL with *err. May be NULL.
     */
    int (*verify)(const struct store_url *url, struct err *err);
    /* Connects; with `may_create`, also makes what is missing and brings the schema up to date. `wait` bounds
     * everything that is done with *ret_db from then on, and stays the caller's. 0 or a negative errno with
     * *err, whose sentence never holds a password. */
    int (*open)(const struct store_url *url, bool may_create, const struct wait *wait, void **ret_db,
        struct err *err);
    void (*close)(void *db);
    /* Asked before each use. Negative with *err if the URL no longer leads to what is open, which must be
     * opened again then. May be NULL. */
    int (*look)(void *db, struct err *err);
    /* All rows and totals or none. -EBADMSG: these rows will never be taken; another negative errno: perhaps
     * later, after opening again. */
    int (*write)(void *db, const struct store_batch *batch, struct err *err);
    int (*read_totals)(void *db, struct store_totals *ret_totals, struct err *err);
    /* Deletes at most STORE_PRUNE_ROWS calls; returns how many, or a negative errno. */
    int (*prune)(void *db, const struct store_keep *keep, struct err *err);
    /* Appends to a report; -EBADMSG if something is damaged. */
    int (*check)(void *db, bool french, struct buf *report, struct err *err);
    /* Rows kept, bytes the database takes, its schema's version. */
    int (*measure)(void *db, int64_t *ret_calls, int64_t *ret_bytes, int *ret_version, struct err *err);
    int (*backup)(void *db, const char *path, struct err *err);
};

#define STORE_PRUNE_ROWS 2000

extern const struct store_backend sqlite_backend;
extern const struct store_backend postgres_backend;

/* NULL for NONE. */
const struct store_backend *store_backend_of(enum store_kind kind);

#endif
