/* PostgreSQL through libpq, which is opened at first use.
 *
 * Every exchange waits with a deadline and can be cancelled, so a server that hangs holds nobody. Rows travel
 * as arrays in bound parameters, a batch in one statement: no value is ever part of the SQL. When the
 * connection breaks in the middle of a commit nobody can know its end: that one batch may then be there
 * twice. */
#include <errno.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/library.h"
#include "base/scope.h"
#include "base/text.h"
#include "base/wait.h"
#include "store/backend.h"
#include "store/schema.h"

/* Of two servers that start together one makes the tables: a number for pg_advisory_xact_lock(). */
#define MIGRATION_LOCK "1835233377"

static struct {
    PQconninfoOption *(*conninfoParse)(const char *, char **);
    void (*conninfoFree)(PQconninfoOption *);
    void (*freemem)(void *);
    PGconn *(*connectStart)(const char *const *, const char *const *, int);
    PostgresPollingStatusType (*connectPoll)(PGconn *);
    ConnStatusType (*status)(const PGconn *);
    int (*socket)(const PGconn *);
    int (*setnonblocking)(PGconn *, int);
    int (*sendQuery)(PGconn *, const char *);
    int (*sendQueryParams)(
        PGconn *, const char *, int, const Oid *, const char *const *, const int *, const int *, int);
    int (*flush)(PGconn *);
    int (*consumeInput)(PGconn *);
    int (*isBusy)(PGconn *);
    PGresult *(*getResult)(PGconn *);
    ExecStatusType (*resultStatus)(const PGresult *);
    char *(*resultErrorField)(const PGresult *, int);
    int (*ntuples)(const PGresult *);
    char *(*getvalue)(const PGresult *, int, int);
    char *(*cmdTuples)(PGresult *);
    void (*clear)(PGresult *);
    char *(*errorMessage)(const PGconn *);
    int (*serverVersion)(const PGconn *);
    PQnoticeProcessor (*setNoticeProcessor)(PGconn *, PQnoticeProcessor, void *);
    void (*finish)(PGconn *);
} pq;

static const struct library_symbol symbols[] = {
    { "PQconninfoParse", &pq.conninfoParse, false },
    { "PQconninfoFree", &pq.conninfoFree, false },
    { "PQfreemem", &pq.freemem, false },
    { "PQconnectStartParams", &pq.connectStart, false },
    { "PQconnectPoll", &pq.connectPoll, false },
    { "PQstatus", &pq.status, false },
    { "PQsocket", &pq.socket, false },
    { "PQsetnonblocking", &pq.setnonblocking, false },
    { "PQsendQuery", &pq.sendQuery, false },
    { "PQsendQueryParams", &pq.sendQueryParams, false },
    { "PQflush", &pq.flush, false },
    { "PQconsumeInput", &pq.consumeInput, false },
    { "PQisBusy", &pq.isBusy, false },
    { "PQgetResult", &pq.getResult, false },
    { "PQresultStatus", &pq.resultStatus, false },
    { "PQresultErrorField", &pq.resultErrorField, false },
    { "PQntuples", &pq.ntuples, false },
    { "PQgetvalue", &pq.getvalue, false },
    { "PQcmdTuples", &pq.cmdTuples, false },
    { "PQclear", &pq.clear, false },
    { "PQerrorMessage", &pq.errorMessage, false },
    { "PQserverVersion", &pq.serverVersion, false },
    { "PQsetNoticeProcessor", &pq.setNoticeProcessor, false },
    { "PQfinish", &pq.finish, false },
};

static struct library library = {
    .file = "libpq.so.5",
    .package = "libpq5",
    .symbols = symbols,
    .symbols_count = ARRAY_LEN(symbols),
};

struct postgres {
    PGconn *connection;
    const struct wait *wait;
};

static void free_result(PGresult **result)
{
    if (*result)
        pq.clear(*result);
}

/* libpq's sentence without its line ends. */
static int fail(const struct postgres *postgres, int code, const char *what, struct err *err)
{
    char text[300];
    snprintf(text, sizeof text, "%s", pq.errorMessage(postgres->connection));
    size_t len = strlen(text);
    while (len && (text[len - 1] == '\n' || text[len - 1] == ' '))
        text[--len] = '\0';
    for (char *c = text; *c; c++)
        if (*c == '\n' || *c == '\t')
            *c = ' ';
    return err_set(err, code, "%s: %s", what, text);
}

static int fail_wait(int error, struct err *err)
{
    return error == -ETIMEDOUT
        ? err_say(err, error, "la base n'a pas répondu à temps", "the database did not answer in time")
        : err_say(err, error, "abandonné : le serveur s'arrête", "given up: the server stops");
}

/* Reading and writing the socket until libpq has what it wants. */
static int wait_socket(const struct postgres *postgres, short events, struct err *err)
{
    int ready = wait_fd(postgres->wait, pq.socket(postgres->connection), events, -1);
    return ready < 0 ? fail_wait(ready, err) : 0;
}

static int send_all(const struct postgres *postgres, struct err *err)
{
    int left;
    while ((left = pq.flush(postgres->connection)) > 0) {
        int error = wait_socket(postgres, POLLIN | POLLOUT, err);
        if (error)
            return error;
        if (!pq.consumeInput(postgres->connection))
            return fail(postgres, -EIO, "send", err);
    }
    return left < 0 ? fail(postgres, -EIO, "send", err) : 0;
}

/* The next result of what was sent; NULL at the end. */
static int next_result(const struct postgres *postgres, PGresult **ret_result, struct err *err)
{
    while (pq.isBusy(postgres->connection)) {
        int error = wait_socket(postgres, POLLIN, err);
        if (error)
            return error;
        if (!pq.consumeInput(postgres->connection))
            return fail(postgres, -EIO, "receive", err);
    }
    *ret_result = pq.getResult(postgres->connection);
    return 0;
}

/* Class 22: a value that the database does not take; any other failure may pass. */
static int judge(const struct postgres *postgres, const PGresult *result, struct err *err)
{
    ExecStatusType status = pq.resultStatus(result);
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK)
        return 0;
    const char *state = pq.resultErrorField(result, PG_DIAG_SQLSTATE);
    return fail(postgres, state && text_starts(state, "22") ? -EBADMSG : -EIO, "query", err);
}

/* Everything that was sent is received, so that the connection is free again. The last result is handed over.
 */
static int finish_query(const struct postgres *postgres, PGresult **ret_result, struct err *err)
{
    CLEANUP(free_result) PGresult *last = NULL;
    int error = send_all(postgres, err), failed = 0;
    if (error)
        return error;
    while (true) {
        PGresult *result = NULL;
        error = next_result(postgres, &result, err);
        if (error)
            return error;
        if (!result)
            break;
        if (!failed)
            failed = judge(postgres, result, err);
        free_result(&last);
        last = result;
    }
    if (!failed && ret_result)
        *ret_result = TAKE(last);
    return failed;
}

static int query(const struct postgres *postgres, const char *sql, int count, const char *const *values,
    PGresult **ret_result, struct err *err)
{
    int sent = pq.sendQueryParams(postgres->connection, sql, count, NULL, values, NULL, NULL, 0);
    return sent ? finish_query(postgres, ret_result, err) : fail(postgres, -EIO, "send", err);
}

/* Several statements without parameters. */
static int execute(const struct postgres *postgres, const char *sql, struct err *err)
{
    int sent = pq.sendQuery(postgres->connection, sql);
    return sent ? finish_query(postgres, NULL, err) : fail(postgres, -EIO, "send", err);
}

static int read_number(const struct postgres *postgres, const char *sql, int64_t *ret_number, struct err *err)
{
    CLEANUP(free_result) PGresult *result = NULL;
    int error = query(postgres, sql, 0, NULL, &result, err);
    if (error)
        return error;
    if (!result || pq.ntuples(result) < 1 || !text_int(pq.getvalue(result, 0, 0), ret_number))
        return err_set(err, -EIO, "the database answered without a number");
    return 0;
}

/* Opening */

static void say_nothing(void *user, const char *message)
{
    (void)user;
    (void)message; /* notices ("relation exists, skipping") are not ours to print on standard error */
}

static int connect_to(struct postgres *postgres, const char *url, struct err *err)
{
    const char *const keys[] = { "dbname", "fallback_application_name", "client_encoding", NULL };
    const char *const values[] = { url, "mcp-assist", "UTF8", NULL };
    postgres->connection = pq.connectStart(keys, values, 1);
    if (!postgres->connection)
        return err_set(err, -ENOMEM, "no memory for a connection");
    PostgresPollingStatusType state = PGRES_POLLING_WRITING;
    while (pq.status(postgres->connection) != CONNECTION_BAD && state != PGRES_POLLING_OK) {
        int error = wait_socket(postgres, state == PGRES_POLLING_READING ? POLLIN : POLLOUT, err);
        if (error)
            return error;
        state = pq.connectPoll(postgres->connection);
        if (state == PGRES_POLLING_FAILED)
            break;
    }
    if (pq.status(postgres->connection) != CONNECTION_OK)
        return fail(postgres, -ECONNREFUSED, "connect", err);
    pq.setNoticeProcessor(postgres->connection, say_nothing, NULL);
    return pq.setnonblocking(postgres->connection, 1) == 0 ? 0 : fail(postgres, -EIO, "connect", err);
}

static int read_version(const struct postgres *postgres, int64_t *ret_version, struct err *err)
{
    int64_t there = 0;
    int error = read_number(
        postgres, "SELECT count(*) FROM pg_class WHERE oid = to_regclass('assist_schema')", &there, err);
    *ret_version = 0;
    return error || !there
        ? error
        : read_number(postgres, "SELECT coalesce(max(version), 0) FROM assist_schema", ret_version, err);
}

static int step_up(const struct postgres *postgres, int64_t from, struct err *err)
{
    int error = from ? 0 : execute(postgres, "CREATE TABLE assist_schema (version INTEGER PRIMARY KEY)", err);
    for (int64_t i = from; i < schema_version && !error; i++) {
        CLEANUP(buf_done) struct buf mark = { 0 };
        buf_addf(&mark, "INSERT INTO assist_schema VALUES (%d)", (int)i + 1);
        error = execute(postgres, schema_steps[i].postgres, err);
        if (!error)
            error = execute(postgres, buf_str(&mark), err);
    }
    return error;
}

static int migrate(const struct postgres *postgres, struct err *err)
{
    int64_t version = 0;
    int error = read_version(postgres, &version, err);
    if (!error)
        error = schema_accept((int)version, err);
    if (error || version == schema_version)
        return error;
    error = execute(postgres, "BEGIN; SELECT pg_advisory_xact_lock(" MIGRATION_LOCK ")", err);
    if (!error)
        error = read_version(postgres, &version, err);
    if (!error)
        error = step_up(postgres, version, err);
    if (!error)
        return execute(postgres, "COMMIT", err);
    execute(postgres, "ROLLBACK", NULL);
    return error;
}

static int check_version(const struct postgres *postgres, struct err *err)
{
    int64_t version = 0;
    int error = read_version(postgres, &version, err);
    if (!error && version == 0)
        error = err_say(err, -EPROTONOSUPPORT, "la base ne contient pas les tables de ce programme",
            "the database holds no tables of this program");
    return error ? error : schema_accept((int)version, err);
}

/* What libpq says about a URL that it cannot read may repeat its password. */
static int postgres_verify(const struct store_url *url, struct err *err)
{
    char *why = NULL;
    if (library_load(&library, NULL) < 0)
        return 0;
    PQconninfoOption *options = pq.conninfoParse(url->full, &why);
    pq.freemem(why);
    if (!options)
        return err_say(err, -EINVAL,
            "database_url : PostgreSQL ne peut lire cette URL ; accepté : "
            "postgres://nom:motdepasse@hôte:port/base?option=valeur",
            "database_url: PostgreSQL cannot read this URL; accepted: "
            "postgres://user:password@host:port/database?option=value");
    pq.conninfoFree(options);
    return 0;
}

static void postgres_close(void *db)
{
    struct postgres *postgres = db;
    if (postgres && postgres->connection)
        pq.finish(postgres->connection);
    free(postgres);
}

static int postgres_open(
    const struct store_url *url, bool may_create, const struct wait *wait, void **ret_db, struct err *err)
{
    int error = library_load(&library, err);
    if (error)
        return error;
    struct postgres *postgres = calloc(1, sizeof *postgres);
    if (!postgres)
        return err_set(err, -ENOMEM, "no memory for the database");
    postgres->wait = wait;
    error = connect_to(postgres, url->full, err);
    if (!error)
        error = may_create ? migrate(postgres, err) : check_version(postgres, err);
    if (error) {
        postgres_close(postgres);
        return error;
    }
    *ret_db = postgres;
    return 0;
}

/* Writing */

/* One element of an array literal: {"a","b \"quoted\""}. */
static void add_text(struct buf *array, const char *text)
{
    buf_adds(array, array->len ? ",\"" : "{\"");
    for (const char *c = text; *c;) {
        size_t plain = strcspn(c, "\"\\");
        buf_add(array, c, plain);
        c += plain;
        if (*c) {
            buf_addc(array, '\\');
            buf_addc(array, *c++);
        }
    }
    buf_addc(array, '"');
}

static void add_number(struct buf *array, int64_t number)
{
    buf_addf(array, "%s%lld", array->len ? "," : "{", (long long)number);
}

enum { COLUMNS_MAX = 11 };

struct columns {
    struct buf each[COLUMNS_MAX];
};

static void columns_done(struct columns *columns)
{
    for (int i = 0; i < COLUMNS_MAX; i++)
        buf_done(&columns->each[i]);
}

static int send_columns(
    const struct postgres *postgres, const char *sql, struct columns *columns, int count, struct err *err)
{
    const char *values[COLUMNS_MAX];
    for (int i = 0; i < count; i++) {
        buf_addc(&columns->each[i], '}');
        if (columns->each[i].failed)
            return err_set(err, -EBADMSG, "the rows are too large for one statement");
        values[i] = buf_str(&columns->each[i]);
    }
    return query(postgres, sql, count, values, NULL, err);
}

static int insert_rows(const struct postgres *postgres, const struct store_batch *batch, struct err *err)
{
    CLEANUP(columns_done) struct columns columns = { 0 };
    struct buf *each = columns.each;
    for (const struct store_entry *entry = batch->first; entry; entry = entry->next) {
        const struct store_row *row = &entry->row;
        const int64_t numbers[] = { row->time_ms, row->duration_us, row->bytes_in, row->bytes_out };
        const char *const texts[] = { row->tool, row->outcome, row->face, row->client, row->principal,
            row->id, row->arguments };
        for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
            add_number(&each[i], numbers[i]);
        for (size_t i = 0; i < ARRAY_LEN(texts); i++)
            add_text(&each[ARRAY_LEN(numbers) + i], texts[i]);
    }
    return send_columns(postgres,
        "INSERT INTO assist_calls (time_ms, duration_us, bytes_in, bytes_out, tool, outcome, face, client, "
        "principal, request_id, arguments) SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], "
        "$4::bigint[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[])",
        &columns, 11, err);
}

static int add_totals(const struct postgres *postgres, const struct store_batch *batch, struct err *err)
{
    CLEANUP(columns_done) struct columns columns = { 0 };
    struct buf *each = columns.each;
    for (size_t i = 0; i < batch->totals_count; i++) {
        const struct store_total *total = &batch->totals[i];
        const int64_t numbers[] = { total->calls, total->duration_us, total->longest_us, total->bytes_in,
            total->bytes_out };
        add_text(&each[0], total->tool);
        add_text(&each[1], total->outcome);
        for (size_t k = 0; k < ARRAY_LEN(numbers); k++)
            add_number(&each[2 + k], numbers[k]);
    }
    return send_columns(postgres,
        "INSERT INTO assist_totals AS t (tool, outcome, calls, duration_us, longest_us, bytes_in, bytes_out) "
        "SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[], "
        "$6::bigint[], "
        "$7::bigint[]) ON CONFLICT (tool, outcome) DO UPDATE SET calls = t.calls + excluded.calls, "
        "duration_us = t.duration_us + excluded.duration_us, "
        "longest_us = greatest(t.longest_us, excluded.longest_us), "
        "bytes_in = t.bytes_in + excluded.bytes_in, bytes_out = t.bytes_out + excluded.bytes_out",
        &columns, 7, err);
}

static int postgres_write(void *db, const struct store_batch *batch, struct err *err)
{
    struct postgres *postgres = db;
    int error = execute(postgres, "BEGIN", err);
    if (!error)
        error = insert_rows(postgres, batch, err);
    if (!error && batch->totals_count)
        error = add_totals(postgres, batch, err);
    if (!error)
        return execute(postgres, "COMMIT", err);
    execute(postgres, "ROLLBACK", NULL);
    return error;
}

/* Reading */

static int64_t number_at(const PGresult *result, int row, int column)
{
    int64_t number = 0;
    text_int(pq.getvalue(result, row, column), &number);
    return number;
}

static int postgres_read_totals(void *db, struct store_totals *ret_totals, struct err *err)
{
    CLEANUP(free_result) PGresult *result = NULL;
    int error = query(db, schema_select_totals, 0, NULL, &result, err);
    if (error)
        return error;
    int rows = pq.ntuples(result);
    ret_totals->count = rows < STORE_TOTALS_MAX ? (size_t)rows : STORE_TOTALS_MAX;
    for (int i = 0; i < (int)ret_totals->count; i++) {
        struct store_total *total = &ret_totals->items[i];
        snprintf(total->tool, sizeof total->tool, "%s", pq.getvalue(result, i, 0));
        snprintf(total->outcome, sizeof total->outcome, "%s", pq.getvalue(result, i, 1));
        total->calls = number_at(result, i, 2);
        total->duration_us = number_at(result, i, 3);
        total->longest_us = number_at(result, i, 4);
        total->bytes_in = number_at(result, i, 5);
        total->bytes_out = number_at(result, i, 6);
    }
    return 0;
}

static int prune_by(const struct postgres *postgres, const char *sql, int64_t bound, struct err *err)
{
    char first[24], second[24];
    snprintf(first, sizeof first, "%lld", (long long)bound);
    snprintf(second, sizeof second, "%d", STORE_PRUNE_ROWS);
    const char *const values[] = { first, second };
    CLEANUP(free_result) PGresult *result = NULL;
    int64_t deleted = 0;
    int error = query(postgres, sql, 2, values, &result, err);
    if (error)
        return error;
    text_int(pq.cmdTuples(result), &deleted);
    return (int)deleted;
}

static int postgres_prune(void *db, const struct store_keep *keep, struct err *err)
{
    int deleted = keep->since_ms > 0 ? prune_by(db, schema_prune_old, keep->since_ms, err) : 0;
    if (deleted == 0 && keep->calls > 0)
        deleted = prune_by(db, schema_prune_many, keep->calls, err);
    return deleted;
}

/* PostgreSQL looks after its own pages (checksums, pg_amcheck); what can be said from here is that every row
 * can be read. */
static int postgres_check(void *db, bool french, struct buf *report, struct err *err)
{
    const struct postgres *postgres = db;
    int64_t bytes = 0;
    int version = pq.serverVersion(postgres->connection);
    int error = read_number(postgres,
        "SELECT coalesce(sum(length(tool) + length(client) + length(arguments)), 0) FROM assist_calls",
        &bytes, err);
    if (!error)
        buf_addf(report,
            french ? "serveur : PostgreSQL %d.%d\nlisible : chaque ligne (pour les pages et les index, "
                     "utiliser pg_amcheck)\n"
                   : "server: PostgreSQL %d.%d\nreadable: every row (for its pages and indexes use "
                     "pg_amcheck)\n",
            version / 10000, version % 10000);
    return error;
}

static int postgres_measure(
    void *db, int64_t *ret_calls, int64_t *ret_bytes, int *ret_version, struct err *err)
{
    int64_t version = 0;
    int error = read_number(db, "SELECT count(*) FROM assist_calls", ret_calls, err);
    if (!error)
        error = read_number(db,
            "SELECT pg_total_relation_size('assist_calls') + pg_total_relation_size('assist_totals')",
            ret_bytes, err);
    if (!error)
        error = read_version(db, &version, err);
    if (!error)
        *ret_version = (int)version;
    return error;
}

static int postgres_backup(void *db, const char *path, struct err *err)
{
    (void)db;
    (void)path;
    return err_say(err, -ENOTSUP,
        "une base PostgreSQL se sauvegarde par pg_dump de PostgreSQL : pg_dump -t 'assist_*' -f FICHIER URL",
        "a PostgreSQL database is backed up by PostgreSQL's own pg_dump: pg_dump -t 'assist_*' -f FILE URL");
}

const struct store_backend postgres_backend = {
    .verify = postgres_verify,
    .open = postgres_open,
    .close = postgres_close,
    .write = postgres_write,
    .read_totals = postgres_read_totals,
    .prune = postgres_prune,
    .check = postgres_check,
    .measure = postgres_measure,
    .backup = postgres_backup,
};
