/* The human rendering of a result, written in the same pass as its JSON: "Label: value unit", tables for
 * lists.
 *
 * Knows fields and texts, not calls. Control characters and bad UTF-8 never reach the text: it may go to a
 * terminal. */
#ifndef TOOLKIT_RENDER_H
#define TOOLKIT_RENDER_H

#include <mcp/tool.h>

#include "base/buf.h"

#define RENDER_MAX_DEPTH 12
#define RENDER_TABLE_COLUMNS 12 /* wider lists are shown as one line of "label value" pairs per element */

enum render_mode {
    RENDER_LINES,
    RENDER_TABLE,
    RENDER_ROW,
    RENDER_RECORDS,
    RENDER_RECORD,
    RENDER_INLINE,
    RENDER_HIDDEN
};

struct render_frame {
    enum render_mode mode;
    const struct mcp_field *field; /* what was opened; NULL for an element of a list */
    unsigned indent;
    unsigned items; /* values or elements so far */
};

struct render_cell {
    size_t at, len; /* in table_text */
};

struct render {
    bool enabled;
    enum mcp_lang lang;
    struct buf say; /* sentences: on top */
    struct buf out;
    struct buf value; /* the value being built inline */
    struct buf table_text; /* contents of cells, in order of arrival */
    struct buf table_cells; /* struct render_cell per row and column */
    const struct mcp_field *columns; /* rows of the table that is open */
    unsigned column_count, row_count;
    struct render_frame frames[RENDER_MAX_DEPTH];
    unsigned depth;
};

/* `max_bytes` bounds the text. A render that is not enabled ignores everything. */
void render_init(struct render *render, enum mcp_lang lang, size_t max_bytes, bool enabled);
void render_done(struct render *render);

/* A scalar. `field` is its row; in a list of scalars the list's row. */
void render_int(struct render *render, const struct mcp_field *field, int64_t value);
void render_num(struct render *render, const struct mcp_field *field, double value);
void render_bool(struct render *render, const struct mcp_field *field, bool value);
void render_str(struct render *render, const struct mcp_field *field, const char *text, size_t len);
/* A member of a map. */
void render_pair(struct render *render, const char *name, const char *value);
/* OBJECT, LIST, MAP; NULL for an element of a list. */
void render_open(struct render *render, const struct mcp_field *field);
void render_close(struct render *render);
/* A sentence for the top. */
void render_say(struct render *render, const char *text);
/* Appends what a terminal may show: control characters and broken UTF-8 become U+FFFD; line ends and tabs
 * stay, or become spaces. */
void render_clean(struct buf *out, const char *text, size_t len, bool keep_lines);
/* The whole text, sentences first; valid until render_done(). */
const char *render_finish(struct render *render, size_t *ret_len);

#endif
