/* SQLite: one file that several processes share by its write-ahead log.
 *
 * With the log a transaction survives the death of the process (SIGKILL) once it is committed; after the
 * death of the machine the last ones may be missing, the file is whole. A damaged file is left as it is:
 * whether to move it away is a person's decision. */
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/scope.h"
#include "base/wait.h"
#include "store/backend.h"
#include "store/schema.h"

#define BUSY_MS 5000 /* another process writes for milliseconds only */
#define APPLICATION_ID 0x6D637061 /* "mcpa": what file(1) can know it by */

struct sqlite {
    sqlite3 *db;
    sqlite3_stmt *insert, *add; /* prepared once: most of the work of a batch */
};

static int errno_of(int code)
{
    switch (code & 0xFF) {
    case SQLITE_OK:
        return 0;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return -EUCLEAN;
    case SQLITE_READONLY:
        return -EROFS;
    case SQLITE_FULL:
        return -ENOSPC;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return -EBUSY;
    case SQLITE_NOMEM:
        return -ENOMEM;
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
        return -EACCES;
    case SQLITE_TOOBIG:
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
        return -EBADMSG;
    default:
        return -EIO;
    }
}

static int fail(struct sqlite *sqlite, const char *what, struct err *err)
{
    int code = sqlite3_extended_errcode(sqlite->db);
    int system = sqlite3_system_errno(sqlite->db);
    bool tells = system && (code & 0xFF) != SQLITE_CORRUPT && (code & 0xFF) != SQLITE_NOTADB;
    return err_set(err, errno_of(code) ? errno_of(code) : -EIO, "%s: %s%s%s", what,
        sqlite3_errmsg(sqlite->db), tells ? ": " : "", tells ? strerrordesc_np(system) : "");
}

static int execute(struct sqlite *sqlite, const char *sql, struct err *err)
{
    if (sqlite3_exec(sqlite->db, sql, NULL, NULL, NULL) == SQLITE_OK)
        return 0;
    size_t word = strcspn(sql, " ;");
    char what[24];
    memcpy(what, sql, word < sizeof what ? word : sizeof what - 1);
    what[word < sizeof what ? word : sizeof what - 1] = '\0';
    return fail(sqlite, what, err);
}

static int prepare(struct sqlite *sqlite, const char *sql, sqlite3_stmt **ret_statement, struct err *err)
{
    return sqlite3_prepare_v3(sqlite->db, sql, -1, SQLITE_PREPARE_PERSISTENT, ret_statement, NULL) ==
            SQLITE_OK
        ? 0
        : fail(sqlite, "prepare", err);
}

static void finalize(sqlite3_stmt **statement)
{
    sqlite3_finalize(*statement);
}

static int read_number(struct sqlite *sqlite, const char *sql, int64_t *ret_number, struct err *err)
{
    CLEANUP(finalize) sqlite3_stmt *statement = NULL;
    int error = prepare(sqlite, sql, &statement, err);
    if (error)
        return error;
    if (sqlite3_step(statement) != SQLITE_ROW)
        return fail(sqlite, "read", err);
    *ret_number = sqlite3_column_int64(statement, 0);
    return 0;
}

/* Readable by nobody else, from its first byte on; the log beside it gets the same mode from SQLite. */
static int make_file(const char *path, struct err *err)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 && errno != EEXIST)
        return err_because(err, -errno, errno, "le fichier ne peut être créé", "the file cannot be made");
    scope_close(&fd);
    return 0;
}

static int step_up(struct sqlite *sqlite, int from, struct err *err)
{
    int error = 0;
    for (int i = from; i < schema_version && !error; i++)
        error = execute(sqlite, schema_steps[i].sqlite, err);
    CLEANUP(buf_done) struct buf mark = { 0 };
    buf_addf(&mark, "PRAGMA user_version = %d; PRAGMA application_id = %d", schema_version, APPLICATION_ID);
    return error ? error : execute(sqlite, buf_str(&mark), err);
}

/* What version this program's tables have, 0 without any. A database that it must not touch is refused before
 * anything of it is changed. */
static int accept_file(struct sqlite *sqlite, int64_t *ret_version, struct err *err)
{
    int64_t version = 0, tables = 0;
    int error = read_number(sqlite, "PRAGMA user_version", &version, err);
    if (!error)
        error = read_number(sqlite, "SELECT count(*) FROM sqlite_master", &tables, err);
    if (!error && version == 0 && tables > 0)
        error = err_say(err, -EPROTONOSUPPORT, "le fichier est la base d'un autre programme",
            "the file is a database of another program");
    if (!error)
        error = schema_accept((int)version, err);
    if (!error)
        *ret_version = version;
    return error;
}

/* Under the write lock: of several processes that start together one brings it up to date. */
static int migrate(struct sqlite *sqlite, struct err *err)
{
    int64_t version = 0;
    int error = accept_file(sqlite, &version, err);
    if (error || version == schema_version)
        return error;
    error = execute(sqlite, "BEGIN IMMEDIATE", err);
    if (!error)
        error = accept_file(sqlite, &version, err);
    if (!error && version < schema_version)
        error = step_up(sqlite, (int)version, err);
    if (!error)
        return execute(sqlite, "COMMIT", err);
    sqlite3_exec(sqlite->db, "ROLLBACK", NULL, NULL, NULL);
    return error;
}

static int check_version(struct sqlite *sqlite, struct err *err)
{
    int64_t version = 0;
    int error = accept_file(sqlite, &version, err);
    if (!error && version == 0)
        error = err_say(err, -EPROTONOSUPPORT, "le fichier n'est pas une base de ce programme",
            "the file is not a database of this program");
    return error;
}

static const char insert_sql[] =
    "INSERT INTO assist_calls (time_ms, tool, outcome, face, client, principal, request_id, duration_us, "
    "bytes_in, bytes_out, arguments) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";

static const char add_sql[] =
    "INSERT INTO assist_totals (tool, outcome, calls, duration_us, longest_us, bytes_in, bytes_out) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (tool, outcome) DO UPDATE SET "
    "calls = calls + excluded.calls, duration_us = duration_us + excluded.duration_us, "
    "longest_us = max(longest_us, excluded.longest_us), bytes_in = bytes_in + excluded.bytes_in, "
    "bytes_out = bytes_out + excluded.bytes_out";

static void sqlite_close(void *db)
{
    struct sqlite *sqlite = db;
    if (!sqlite)
        return;
    sqlite3_finalize(sqlite->insert);
    sqlite3_finalize(sqlite->add);
    sqlite3_close(sqlite->db);
    free(sqlite);
}

static int prepare_all(struct sqlite *sqlite, bool may_create, struct err *err)
{
    int64_t version = 0;
    int error = execute(sqlite, "PRAGMA trusted_schema = OFF", err);
    if (!error)
        error = accept_file(sqlite, &version, err);
    /* auto_vacuum must be said before the first table; what retention deletes goes back to the disk. */
    if (!error && may_create)
        error = execute(sqlite,
            "PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; "
            "PRAGMA journal_size_limit = 16777216",
            err);
    if (!error)
        error = may_create ? migrate(sqlite, err) : check_version(sqlite, err);
    if (!error)
        error = prepare(sqlite, insert_sql, &sqlite->insert, err);
    return error ? error : prepare(sqlite, add_sql, &sqlite->add, err);
}

static int sqlite_open(
    const struct store_url *url, bool may_create, const struct wait *wait, void **ret_db, struct err *err)
{
    (void)wait; /* nothing here waits for longer than BUSY_MS */
    int error = may_create ? make_file(url->path, err) : 0;
    struct sqlite *sqlite = error ? NULL : calloc(1, sizeof *sqlite);
    if (!sqlite)
        return error ? error : err_set(err, -ENOMEM, "no memory for the database");
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE;
    if (sqlite3_open_v2(url->path, &sqlite->db, flags, NULL) != SQLITE_OK) {
        error = fail(sqlite, "open", err);
    } else {
        sqlite3_extended_result_codes(sqlite->db, 1);
        sqlite3_busy_timeout(sqlite->db, BUSY_MS);
        error = prepare_all(sqlite, may_create, err);
    }
    if (error) {
        sqlite_close(sqlite);
        return error;
    }
    *ret_db = sqlite;
    return 0;
}

/* Moved or deleted, the open file would take rows where nobody looks for them. What is only in the log goes
 * into it first: SQLite leaves that behind at the old path, where a new database has it deleted. */
static int sqlite_look(void *db, struct err *err)
{
    struct sqlite *sqlite = db;
    int has_moved = 0;
    if (sqlite3_file_control(sqlite->db, "main", SQLITE_FCNTL_HAS_MOVED, &has_moved) != SQLITE_OK ||
        !has_moved)
        return 0;
    int code = sqlite3_wal_checkpoint_v2(sqlite->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    return err_say(err, -ESTALE, "le fichier a été déplacé ou supprimé ; un nouveau est commencé%s%s",
        "the file was moved or deleted; a new one is begun%s%s",
        code == SQLITE_OK ? "" : "; checkpoint: ", code == SQLITE_OK ? "" : sqlite3_errstr(code));
}

static void bind_text(sqlite3_stmt *statement, int at, const char *text)
{
    sqlite3_bind_text(statement, at, text, -1, SQLITE_STATIC);
}

static int insert_row(struct sqlite *sqlite, const struct store_row *row, struct err *err)
{
    sqlite3_stmt *statement = sqlite->insert;
    sqlite3_bind_int64(statement, 1, row->time_ms);
    bind_text(statement, 2, row->tool);
    bind_text(statement, 3, row->outcome);
    bind_text(statement, 4, row->face);
    bind_text(statement, 5, row->client);
    bind_text(statement, 6, row->principal);
    bind_text(statement, 7, row->id);
    sqlite3_bind_int64(statement, 8, row->duration_us);
    sqlite3_bind_int64(statement, 9, row->bytes_in);
    sqlite3_bind_int64(statement, 10, row->bytes_out);
    bind_text(statement, 11, row->arguments);
    int code = sqlite3_step(statement);
    int error = code == SQLITE_DONE ? 0 : fail(sqlite, "insert", err);
    sqlite3_reset(statement);
    return error;
}

static int add_total(struct sqlite *sqlite, const struct store_total *total, struct err *err)
{
    sqlite3_stmt *statement = sqlite->add;
    bind_text(statement, 1, total->tool);
    bind_text(statement, 2, total->outcome);
    const int64_t numbers[] = { total->calls, total->duration_us, total->longest_us, total->bytes_in,
        total->bytes_out };
    for (int i = 0; i < (int)ARRAY_LEN(numbers); i++)
        sqlite3_bind_int64(statement, 3 + i, numbers[i]);
    int code = sqlite3_step(statement);
    int error = code == SQLITE_DONE ? 0 : fail(sqlite, "add", err);
    sqlite3_reset(statement);
    return error;
}

static int sqlite_write(void *db, const struct store_batch *batch, struct err *err)
{
    struct sqlite *sqlite = db;
    int error = execute(sqlite, "BEGIN IMMEDIATE", err);
    if (error)
        return error;
    for (const struct store_entry *entry = batch->first; entry && !error; entry = entry->next)
        error = insert_row(sqlite, &entry->row, err);
    for (size_t i = 0; i < batch->totals_count && !error; i++)
        error = add_total(sqlite, &batch->totals[i], err);
    if (!error)
        error = execute(sqlite, "COMMIT", err);
    if (error)
        sqlite3_exec(sqlite->db, "ROLLBACK", NULL, NULL, NULL);
    return error;
}

static void copy_text(sqlite3_stmt *statement, int column, char *ret_text, size_t size)
{
    const unsigned char *text = sqlite3_column_text(statement, column);
    size_t len = text ? strnlen((const char *)text, size - 1) : 0;
    memcpy(ret_text, text ? (const char *)text : "", len);
    ret_text[len] = '\0';
}

static int sqlite_read_totals(void *db, struct store_totals *ret_totals, struct err *err)
{
    struct sqlite *sqlite = db;
    CLEANUP(finalize) sqlite3_stmt *statement = NULL;
    int error = prepare(sqlite, schema_select_totals, &statement, err);
    size_t count = 0;
    int code = SQLITE_DONE;
    while (!error && count < STORE_TOTALS_MAX && (code = sqlite3_step(statement)) == SQLITE_ROW) {
        struct store_total *total = &ret_totals->items[count++];
        copy_text(statement, 0, total->tool, sizeof total->tool);
        copy_text(statement, 1, total->outcome, sizeof total->outcome);
        total->calls = sqlite3_column_int64(statement, 2);
        total->duration_us = sqlite3_column_int64(statement, 3);
        total->longest_us = sqlite3_column_int64(statement, 4);
        total->bytes_in = sqlite3_column_int64(statement, 5);
        total->bytes_out = sqlite3_column_int64(statement, 6);
    }
    if (!error && code != SQLITE_DONE && code != SQLITE_ROW)
        error = fail(sqlite, "read", err);
    if (!error)
        ret_totals->count = count;
    return error;
}

static int prune_by(struct sqlite *sqlite, const char *sql, int64_t bound, struct err *err)
{
    CLEANUP(finalize) sqlite3_stmt *statement = NULL;
    int error = prepare(sqlite, sql, &statement, err);
    if (error)
        return error;
    sqlite3_bind_int64(statement, 1, bound);
    sqlite3_bind_int64(statement, 2, STORE_PRUNE_ROWS);
    if (sqlite3_step(statement) != SQLITE_DONE)
        return fail(sqlite, "delete", err);
    return sqlite3_changes(sqlite->db);
}

static int sqlite_prune(void *db, const struct store_keep *keep, struct err *err)
{
    struct sqlite *sqlite = db;
    int deleted = keep->since_ms > 0 ? prune_by(sqlite, schema_prune_old, keep->since_ms, err) : 0;
    if (deleted == 0 && keep->calls > 0)
        deleted = prune_by(sqlite, schema_prune_many, keep->calls, err);
    if (deleted > 0 && execute(sqlite, "PRAGMA incremental_vacuum", err) < 0)
        return -EIO;
    return deleted;
}

static int sqlite_check(void *db, bool french, struct buf *report, struct err *err)
{
    struct sqlite *sqlite = db;
    CLEANUP(finalize) sqlite3_stmt *statement = NULL;
    int error = prepare(sqlite, "PRAGMA integrity_check(100)", &statement, err);
    int code = SQLITE_DONE;
    bool is_whole = true;
    while (!error && (code = sqlite3_step(statement)) == SQLITE_ROW) {
        char line[300];
        copy_text(statement, 0, line, sizeof line);
        is_whole = is_whole && strcmp(line, "ok") == 0;
        buf_addf(report, french ? "intégrité : %s\n" : "integrity: %s\n", line);
    }
    if (!error && code != SQLITE_DONE)
        error = fail(sqlite, "integrity_check", err);
    return error || is_whole ? error
                             : err_say(err, -EBADMSG, "la base est endommagée", "the database is damaged");
}

static int sqlite_measure(void *db, int64_t *ret_calls, int64_t *ret_bytes, int *ret_version, struct err *err)
{
    int64_t pages = 0, page_bytes = 0, version = 0;
    int error = read_number(db, "SELECT count(*) FROM assist_calls", ret_calls, err);
    if (!error)
        error = read_number(db, "PRAGMA page_count", &pages, err);
    if (!error)
        error = read_number(db, "PRAGMA page_size", &page_bytes, err);
    if (!error)
        error = read_number(db, "PRAGMA user_version", &version, err);
    if (error)
        return error;
    *ret_bytes = pages * page_bytes;
    *ret_version = (int)version;
    return 0;
}

/* Page by page while others write: SQLite begins again by itself when they do. */
static int copy_pages(struct sqlite *from, sqlite3 *to, struct err *err)
{
    sqlite3_backup *backup = sqlite3_backup_init(to, "main", from->db, "main");
    if (!backup)
        return err_set(err, -EIO, "backup: %s", sqlite3_errmsg(to));
    const struct wait patience = { .cancel_fd = -1, .deadline_ms = INT64_MAX };
    int code = SQLITE_OK;
    for (int busy = 0; (code = sqlite3_backup_step(backup, -1)) != SQLITE_DONE && busy < 100; busy++) {
        if (code != SQLITE_BUSY && code != SQLITE_LOCKED && code != SQLITE_OK)
            break;
        wait_sleep(&patience, 50);
    }
    sqlite3_backup_finish(backup);
    return code == SQLITE_DONE
        ? 0
        : err_set(err, errno_of(code) ? errno_of(code) : -EIO, "backup: %s", sqlite3_errstr(code));
}

static int sqlite_backup(void *db, const char *path, struct err *err)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return err_because(err, -errno, errno, "%s ne peut être créé", "%s cannot be made", path);
    scope_close(&fd);
    sqlite3 *copy = NULL;
    int error = 0;
    if (sqlite3_open_v2(path, &copy, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
        error = err_set(err, -EIO, "%s: %s", path, sqlite3_errmsg(copy));
    if (!error)
        error = copy_pages(db, copy, err);
    /* One file, complete by itself. */
    if (!error && sqlite3_exec(copy, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL) != SQLITE_OK)
        error = err_set(err, -EIO, "%s: %s", path, sqlite3_errmsg(copy));
    struct sqlite view = { .db = copy };
    CLEANUP(buf_done) struct buf report = { 0 };
    if (!error)
        error = sqlite_check(&view, false, &report, err);
    sqlite3_close(copy);
    if (error)
        unlink(path);
    return error;
}

const struct store_backend sqlite_backend = {
    .open = sqlite_open,
    .close = sqlite_close,
    .look = sqlite_look,
    .write = sqlite_write,
    .read_totals = sqlite_read_totals,
    .prune = sqlite_prune,
    .check = sqlite_check,
    .measure = sqlite_measure,
    .backup = sqlite_backup,
};
