/* Tables of a rendering: aligned columns, numbers to the right, empty columns left out. */
#include "toolkit/table.h"

#include <string.h>

#include "base/text.h"
#include "toolkit/render.h"

#define WIDEST 48 /* a longer cell pushes the rest of its line, not the whole column */

void table_begin(struct render *render, const struct mcp_field *fields)
{
    render->columns = fields;
    render->column_count = 0;
    render->row_count = 0;
    for (; fields->name; fields++)
        render->column_count += fields->label.en != NULL;
    buf_clear(&render->table_text);
    buf_clear(&render->table_cells);
}

void table_row(struct render *render)
{
    for (unsigned i = 0; i < render->column_count; i++)
        buf_add(&render->table_cells, &(struct render_cell){ 0 }, sizeof(struct render_cell));
    render->row_count++;
}

static struct render_cell cell_at(const struct render *render, unsigned row, unsigned column)
{
    struct render_cell cell = { 0 };
    size_t at = ((size_t)row * render->column_count + column) * sizeof cell;
    if (at + sizeof cell <= render->table_cells.len)
        memcpy(&cell, render->table_cells.data + at, sizeof cell);
    return cell;
}

void table_put(struct render *render, const struct mcp_field *field, const char *text, size_t len)
{
    unsigned column = 0;
    for (const struct mcp_field *other = render->columns; other != field; other++)
        column += other->label.en != NULL;
    struct render_cell cell = { .at = render->table_text.len };
    render_clean(&render->table_text, text, len, false);
    cell.len = render->table_text.len - cell.at;
    size_t at = ((size_t)(render->row_count - 1) * render->column_count + column) * sizeof cell;
    if (at + sizeof cell <= render->table_cells.len)
        memcpy(render->table_cells.data + at, &cell, sizeof cell);
}

static bool is_right_aligned(const struct mcp_field *field)
{
    return field->kind == MCP_INT || field->kind == MCP_NUMBER;
}

/* Width in columns of the widest cell with its title; 0 if the column is empty. */
static size_t width_of(const struct render *render, unsigned column, const char *title)
{
    size_t width = 0;
    bool used = false;
    for (unsigned row = 0; row < render->row_count; row++) {
        struct render_cell cell = cell_at(render, row, column);
        size_t columns = text_columns(buf_str(&render->table_text) + cell.at, cell.len);
        used |= cell.len > 0;
        if (columns > width)
            width = columns;
    }
    if (!used)
        return 0;
    size_t title_width = text_columns(title, strlen(title));
    width = width > title_width ? width : title_width;
    return width < WIDEST ? width : WIDEST;
}

static void add_cell(struct buf *out, const char *text, size_t len, size_t width, bool right, bool is_last)
{
    size_t columns = text_columns(text, len);
    size_t gap = columns < width ? width - columns : 0;
    for (size_t i = 0; right && i < gap; i++)
        buf_addc(out, ' ');
    buf_add(out, text, len);
    for (size_t i = 0; !right && !is_last && i < gap; i++)
        buf_addc(out, ' ');
    if (!is_last)
        buf_adds(out, "  ");
}

/* `row` -1 is the header. */
static void add_line(struct render *render, int row, const size_t *widths, unsigned last, unsigned indent)
{
    for (unsigned i = 0; i < indent; i++)
        buf_adds(&render->out, "  ");
    unsigned column = 0;
    for (const struct mcp_field *field = render->columns; field->name; field++) {
        if (!field->label.en)
            continue;
        if (widths[column]) {
            const char *title = render->lang == MCP_FR ? field->label.fr : field->label.en;
            struct render_cell cell = row < 0 ? (struct render_cell){ .len = strlen(title) }
                                              : cell_at(render, (unsigned)row, column);
            const char *text = row < 0 ? title : buf_str(&render->table_text) + cell.at;
            add_cell(&render->out, text, cell.len, widths[column], is_right_aligned(field), column == last);
        }
        column++;
    }
    buf_addc(&render->out, '\n');
}

void table_end(struct render *render, unsigned indent)
{
    size_t widths[RENDER_TABLE_COLUMNS] = { 0 };
    unsigned column = 0, last = 0;
    for (const struct mcp_field *field = render->columns; field->name; field++) {
        if (!field->label.en)
            continue;
        widths[column] = width_of(render, column, render->lang == MCP_FR ? field->label.fr : field->label.en);
        if (widths[column])
            last = column;
        column++;
    }
    if (render->row_count == 0) {
        for (unsigned i = 0; i < indent; i++)
            buf_adds(&render->out, "  ");
        buf_adds(&render->out, render->lang == MCP_FR ? "(néant)\n" : "(none)\n");
        return;
    }
    for (int row = -1; row < (int)render->row_count; row++)
        add_line(render, row, widths, last, indent);
}
