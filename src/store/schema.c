/* The tables of the store. */
#include "store/schema.h"

#include <errno.h>

#include "base/err.h"
#include "base/scope.h"

/* Calls lie in the order of their end, which is nearly that of time_ms: deleting the oldest needs no second
 * index, and none slows down the writing. */
#define COLUMNS(big, key) \
    "CREATE TABLE assist_calls (" \
    "id " key ", " \
    "time_ms " big " NOT NULL, " \
    "tool TEXT NOT NULL, " \
    "outcome TEXT NOT NULL, " \
    "face TEXT NOT NULL, " \
    "client TEXT NOT NULL, " \
    "principal TEXT NOT NULL, " \
    "request_id TEXT NOT NULL, " \
    "duration_us " big " NOT NULL, " \
    "bytes_in " big " NOT NULL, " \
    "bytes_out " big " NOT NULL, " \
    "arguments TEXT NOT NULL); " \
    "CREATE TABLE assist_totals (" \
    "tool TEXT NOT NULL, " \
    "outcome TEXT NOT NULL, " \
    "calls " big " NOT NULL, " \
    "duration_us " big " NOT NULL, " \
    "longest_us " big " NOT NULL, " \
    "bytes_in " big " NOT NULL, " \
    "bytes_out " big " NOT NULL, " \
    "PRIMARY KEY (tool, outcome));"

const struct schema_step schema_steps[] = {
    {
        .sqlite = COLUMNS("INTEGER", "INTEGER PRIMARY KEY"),
        .postgres = COLUMNS("BIGINT", "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY"),
    },
};

const int schema_version = (int)ARRAY_LEN(schema_steps);

const char schema_select_totals[] =
    "SELECT tool, outcome, calls, duration_us, longest_us, bytes_in, bytes_out "
    "FROM assist_totals ORDER BY tool, outcome";

const char schema_prune_old[] = "DELETE FROM assist_calls WHERE time_ms < $1 AND id IN "
                                "(SELECT id FROM assist_calls ORDER BY id LIMIT $2)";

const char schema_prune_many[] = "DELETE FROM assist_calls WHERE id IN "
                                 "(SELECT id FROM assist_calls WHERE id <= "
                                 "(SELECT max(id) FROM assist_calls) - $1 ORDER BY id LIMIT $2)";

int schema_accept(int version, struct err *err)
{
    if (version <= schema_version)
        return 0;
    return err_say(err, -EPROTONOSUPPORT,
        "la base a le schéma %d, d'une version plus récente de ce programme ; celle-ci connaît jusqu'à %d",
        "the database has schema %d, of a newer version of this program; this one knows up to %d", version,
        schema_version);
}
