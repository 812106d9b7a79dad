/* One look at a database from the command line: no thread, no queue, nothing made that was not there. */
#include <errno.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/json_write.h"
#include "base/scope.h"
#include "base/wait.h"
#include "store/backend.h"
#include "store/schema.h"

#define LOOK_MS 600000 /* a check of a large database reads all of it */

const struct store_backend *store_backend_of(enum store_kind kind)
{
    switch (kind) {
    case STORE_NONE:
        return NULL;
    case STORE_SQLITE:
        return &sqlite_backend;
    case STORE_POSTGRES:
        return &postgres_backend;
    }
    return NULL;
}

int store_verify(const struct store_url *url, struct err *err)
{
    const struct store_backend *backend = store_backend_of(url->kind);
    return backend && backend->verify ? backend->verify(url, err) : 0;
}

/* An open database; embedded by value. */
struct look {
    const struct store_backend *backend;
    struct wait wait;
    void *db;
};

static void look_close(struct look *look)
{
    if (look->db)
        look->backend->close(look->db);
}

static int look_open(struct look *look, const struct store_url *url, struct err *err)
{
    look->backend = store_backend_of(url->kind);
    look->wait = (struct wait){ .cancel_fd = -1, .deadline_ms = clock_ms() + LOOK_MS };
    if (!look->backend)
        return err_say(err, -ENOENT,
            "les appels ne sont pas gardés : database_url est none, ou il n'y a pas de répertoire de données",
            "calls are not kept: database_url is none, or there is no data directory");
    struct err why = { 0 };
    int error = look->backend->open(url, false, &look->wait, &look->db, &why);
    if (error) {
        err_set(err, error, "%.180s: %.200s", url->shown, why.text);
        snprintf(err->french, sizeof err->french, "%.180s : %.200s", url->shown, err_french(&why));
    }
    return error;
}

int store_check(const struct store_url *url, bool french, struct buf *report, struct err *err)
{
    CLEANUP(look_close) struct look look = { 0 };
    int64_t calls = 0, bytes = 0;
    int version = 0;
    int error = look_open(&look, url, err);
    if (!error)
        error = look.backend->check(look.db, french, report, err);
    if (!error)
        error = look.backend->measure(look.db, &calls, &bytes, &version, err);
    if (!error)
        buf_addf(report,
            french ? "schéma : %d sur %d\nappels : %lld\noctets : %lld\n"
                   : "schema: %d of %d\ncalls: %lld\nbytes: %lld\n",
            version, schema_version, (long long)calls, (long long)bytes);
    return error;
}

static void put_total(struct json_writer *w, const struct store_total *total)
{
    json_open_object(w, NULL);
    json_put_str(w, "tool", total->tool);
    json_put_str(w, "outcome", total->outcome);
    json_put_int(w, "calls", total->calls);
    json_put_num(w, "mean_ms", total->calls ? (double)total->duration_us / (double)total->calls / 1000 : 0);
    json_put_num(w, "longest_ms", (double)total->longest_us / 1000);
    json_put_int(w, "bytes_in", total->bytes_in);
    json_put_int(w, "bytes_out", total->bytes_out);
    json_close_object(w);
}

int store_describe(const struct store_url *url, struct buf *json, struct err *err)
{
    CLEANUP(look_close) struct look look = { 0 };
    static struct store_totals totals;
    int64_t calls = 0, bytes = 0;
    int version = 0;
    int error = look_open(&look, url, err);
    if (!error)
        error = look.backend->measure(look.db, &calls, &bytes, &version, err);
    if (!error)
        error = look.backend->read_totals(look.db, &totals, err);
    if (error)
        return error;
    struct json_writer w = { .out = json };
    json_open_object(&w, NULL);
    json_put_str(&w, "database", url->shown);
    json_put_int(&w, "schema", version);
    json_put_int(&w, "calls", calls);
    json_put_int(&w, "bytes", bytes);
    json_open_array(&w, "totals");
    for (size_t i = 0; i < totals.count; i++)
        put_total(&w, &totals.items[i]);
    json_close_array(&w);
    json_close_object(&w);
    return 0;
}

int store_backup(const struct store_url *url, const char *path, struct err *err)
{
    CLEANUP(look_close) struct look look = { 0 };
    int error = look_open(&look, url, err);
    return error ? error : look.backend->backup(look.db, path, err);
}
