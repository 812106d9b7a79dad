/* The store: keeps each finished call and the totals of all calls, in SQLite or PostgreSQL.
 *
 * One writer thread owns the database. store_put() copies a row into a bounded queue and returns: a database
 * that is slow, gone or broken never delays a call. What cannot be written waits within the bound; beyond it
 * rows are dropped and counted. The writer says in the log and on the board of health (component `store`)
 * when the database fails and when it is back, and connects again by itself. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/log.h"
#include "store/url.h"

struct buf;
struct err;
struct health;
struct store;

/* One finished call. Texts are copied; NULL is as good as "". */
struct store_row {
    int64_t time_ms; /* wall clock, when the call began */
    int64_t duration_us;
    int64_t bytes_in, bytes_out; /* of the arguments, of the answer */
    const char *tool, *outcome, *face, *client, *principal, *id;
    const char *arguments; /* JSON, secrets masked already; "" when they are not kept */
};

struct store_options {
    const struct store_url *url; /* copied */
    /* Where calls are kept until the database of `url` has been reached for the first time (there may be
     * none: an optional part of an installation). It is looked for all the while; from then on only it is
     * used. NULL: they wait in the queue. Copied. */
    const struct store_url *spare;
    struct health *health; /* borrowed; may be NULL */
    enum log_level complaint; /* level at which a failing database is logged */
    int64_t keep_days; /* older calls are deleted; 0 = none for their age */
    int64_t keep_calls; /* beyond so many the oldest are deleted; 0 = none for their number */
};

struct store_counts {
    uint64_t written, dropped; /* rows since the store was opened */
    uint64_t queued; /* rows that wait now */
    bool is_up; /* the database answered last time */
};

#define STORE_NAME_SIZE 65
#define STORE_OUTCOME_SIZE 24
#define STORE_TOTALS_MAX 512

/* All calls of one tool with one outcome, since there is a database; retention does not shorten it. */
struct store_total {
    char tool[STORE_NAME_SIZE], outcome[STORE_OUTCOME_SIZE];
    int64_t calls, duration_us, longest_us, bytes_in, bytes_out;
};

struct store_totals {
    int64_t as_of_ms; /* wall clock; 0 = never read */
    size_t count;
    struct store_total items[STORE_TOTALS_MAX]; /* by tool, then outcome */
};

/* -EINVAL with *err if the database's own library cannot read the URL; connects to nothing. */
int store_verify(const struct store_url *url, struct err *err);

/* Starts the writer; the database is opened by it, whenever it can be. Never fails for the database's sake.
 * NULL with *err only without memory or threads. */
struct store *store_open(const struct store_options *options, struct err *err);
/* Writes what waits for at most `patience_ms`, then gives up on it (logged), and frees. NULL is fine. */
void store_close(struct store *store, int patience_ms);

/* Queues a row. Never blocks, never fails: what has no room is dropped and counted. */
void store_put(struct store *store, const struct store_row *row);
struct store_counts store_counts(struct store *store);
/* The totals as the writer read them last, and asks it to read them again. Never blocks. */
void store_totals(struct store *store, struct store_totals *ret_totals);

/* For the command line: one look at a database that must exist, in the caller's own thread. 0 or a negative
 * errno with *err. */

/* Appends a report, one line a finding, in French or in English. -EBADMSG if the database is damaged. */
int store_check(const struct store_url *url, bool french, struct buf *report, struct err *err);
/* Appends the figures of the database and its totals as a JSON object. */
int store_describe(const struct store_url *url, struct buf *json, struct err *err);
/* Copies the database into the file `path`, which must not exist. -ENOTSUP for PostgreSQL. */
int store_backup(const struct store_url *url, const char *path, struct err *err);

#endif
