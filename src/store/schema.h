/* The tables of the store, as steps from one version to the next. */
#ifndef STORE_SCHEMA_H
#define STORE_SCHEMA_H

struct err;

/* What brings the schema from the version of its index to the next: statements for each database. Steps that
 * were published are never changed. */
struct schema_step {
    const char *sqlite, *postgres;
};

/* From the empty database on, in order. */
extern const struct schema_step schema_steps[];
/* The version this program knows: the number of steps. */
extern const int schema_version;

/* 0 if this program can work on a database of that version, -EPROTONOSUPPORT with *err if it is newer. */
int schema_accept(int version, struct err *err);

/* The SQL both databases take, with $1, $2... as parameters. */
extern const char schema_select_totals[]; /* rows of struct store_total, sorted */
extern const char schema_prune_old[]; /* $1: since_ms, $2: rows at most */
extern const char schema_prune_many[]; /* $1: calls to keep, $2: rows at most */

#endif
