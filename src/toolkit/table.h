/* The table of a rendering: rows arrive first, widths are known last. */
#ifndef TOOLKIT_TABLE_H
#define TOOLKIT_TABLE_H

#include <stddef.h>

struct mcp_field;
struct render;

/* Columns are the labelled rows of `fields`. */
void table_begin(struct render *render, const struct mcp_field *fields);
void table_row(struct render *render);
/* The cell of the current row below `field`. */
void table_put(struct render *render, const struct mcp_field *field, const char *text, size_t len);
/* Writes header and rows; columns that stayed empty are left out. */
void table_end(struct render *render, unsigned indent);

#endif
