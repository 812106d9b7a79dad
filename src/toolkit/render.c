/* Text for people from the rows of a result, without a second pass over the data. */
#include "toolkit/render.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "toolkit/table.h"

void render_init(struct render *render, enum mcp_lang lang, size_t max_bytes, bool enabled)
{
    memset(render, 0, sizeof *render);
    render->enabled = enabled;
    render->lang = lang;
    buf_init(&render->say, max_bytes);
    buf_init(&render->out, max_bytes);
    buf_init(&render->value, max_bytes);
    buf_init(&render->table_text, max_bytes);
    render->depth = 1; /* frames[0]: lines at the left margin */
}

void render_done(struct render *render)
{
    buf_done(&render->say);
    buf_done(&render->out);
    buf_done(&render->value);
    buf_done(&render->table_text);
    buf_done(&render->table_cells);
}

static struct render_frame *top(struct render *render)
{
    return &render->frames[render->depth - 1];
}

static const char *label(const struct render *render, const struct mcp_field *field)
{
    return render->lang == MCP_FR ? field->label.fr : field->label.en;
}

void render_clean(struct buf *out, const char *text, size_t len, bool keep_lines)
{
    for (size_t i = 0; i < len;) {
        unsigned char c = (unsigned char)text[i];
        size_t step = text_utf8_step(text + i, len - i);
        bool is_c1 = step == 2 && c == 0xC2 && (unsigned char)text[i + 1] < 0xA0;
        if (c == '\n' || c == '\t')
            buf_addc(out, keep_lines ? (char)c : ' ');
        else if (c == '\r' && i + 1 < len && text[i + 1] == '\n')
            ; /* a DOS line end is a line end */
        else if (step == 0 || c < 0x20 || c == 0x7F || is_c1)
            buf_adds(out, "\xEF\xBF\xBD");
        else
            buf_add(out, text + i, step);
        i += step ? step : 1;
    }
}

static void add_indent(struct buf *out, unsigned indent)
{
    for (unsigned i = 0; i < indent; i++)
        buf_adds(out, "  ");
}

/* French puts a space before it. */
static const char *colon(const struct render *render)
{
    return render->lang == MCP_FR ? " :" : ":";
}

static const char *none(const struct render *render)
{
    return render->lang == MCP_FR ? "(néant)" : "(none)";
}

/* Puts a finished value where the open frame wants it. */
static void place(struct render *render, const struct mcp_field *field, const char *text, size_t len)
{
    struct render_frame *frame = top(render);
    bool is_item = field == frame->field; /* an element of the list that is open */
    if (!is_item && !field->label.en)
        return;
    switch (frame->mode) {
    case RENDER_LINES:
        add_indent(&render->out, frame->indent);
        if (field->kind == MCP_TEXT)
            buf_addf(&render->out, "%s%s\n", label(render, field), colon(render));
        else
            buf_addf(&render->out, "%s%s ", label(render, field), colon(render));
        if (field->kind == MCP_LIST && len == 0)
            buf_adds(&render->out, none(render));
        render_clean(&render->out, text, len, field->kind == MCP_TEXT);
        if (field->kind != MCP_TEXT || len == 0 || text[len - 1] != '\n')
            buf_addc(&render->out, '\n');
        break;
    case RENDER_ROW:
        table_put(render, field, text, len);
        break;
    case RENDER_RECORD:
        if (frame->items)
            buf_addf(&render->out, "%s %s ", frame->items == 1 ? colon(render) : ";", label(render, field));
        render_clean(&render->out, text, len, false);
        break;
    case RENDER_INLINE:
        if (render->value.len)
            buf_adds(&render->value, is_item ? ", " : " ");
        buf_add(&render->value, text, len);
        break;
    case RENDER_TABLE:
    case RENDER_RECORDS:
    case RENDER_HIDDEN:
        break;
    }
    frame->items++;
}

static void place_text(struct render *render, const struct mcp_field *field, const char *text)
{
    place(render, field, text, strlen(text));
}

/* "3 d 4 h", "2 h 5 min", "3 min 20 s": the two largest units. */
static void format_seconds(double seconds, enum mcp_lang lang, char *ret_text, size_t size)
{
    int64_t s = (int64_t)seconds;
    const char *day = lang == MCP_FR ? "j" : "d";
    if (s >= 86400)
        snprintf(ret_text, size, "%" PRId64 " %s %" PRId64 " h", s / 86400, day, s % 86400 / 3600);
    else if (s >= 3600)
        snprintf(ret_text, size, "%" PRId64 " h %" PRId64 " min", s / 3600, s % 3600 / 60);
    else
        snprintf(ret_text, size, "%" PRId64 " min %" PRId64 " s", s / 60, s % 60);
}

static void format_number(double value, const char *unit, enum mcp_lang lang, char *ret_text, size_t size)
{
    char plain[40];
    snprintf(plain, sizeof plain, fabs(value) < 1e15 ? "%.10g" : "%.17g", value);
    if (unit && (strcmp(unit, "bytes") == 0 || strcmp(unit, "bytes/s") == 0) && value >= 0 &&
        value < 1.8e19) {
        char bytes[32];
        text_bytes((uint64_t)value, lang == MCP_FR ? 'o' : 'B', bytes, sizeof bytes);
        snprintf(ret_text, size, "%s%s", bytes, unit[5] ? "/s" : "");
    } else if (unit && strcmp(unit, "s") == 0 && value >= 120 && value < 9e15) {
        format_seconds(value, lang, ret_text, size);
    } else if (unit && unit[0] == '%') {
        snprintf(ret_text, size, lang == MCP_FR ? "%s %%" : "%s%%", plain);
    } else {
        snprintf(ret_text, size, "%s%s%s", plain, unit ? " " : "", unit ? unit : "");
    }
}

void render_num(struct render *render, const struct mcp_field *field, double value)
{
    if (!render->enabled)
        return;
    char text[80];
    format_number(value, field->unit, render->lang, text, sizeof text);
    place_text(render, field, text);
}

void render_int(struct render *render, const struct mcp_field *field, int64_t value)
{
    if (!render->enabled)
        return;
    char text[80];
    if (field->unit)
        format_number((double)value, field->unit, render->lang, text, sizeof text);
    else
        snprintf(text, sizeof text, "%" PRId64, value);
    place_text(render, field, text);
}

void render_bool(struct render *render, const struct mcp_field *field, bool value)
{
    if (!render->enabled)
        return;
    if (render->lang == MCP_FR)
        place_text(render, field, value ? "oui" : "non");
    else
        place_text(render, field, value ? "yes" : "no");
}

void render_str(struct render *render, const struct mcp_field *field, const char *text, size_t len)
{
    if (render->enabled)
        place(render, field, text, len);
}

void render_pair(struct render *render, const char *name, const char *value)
{
    if (!render->enabled)
        return;
    struct render_frame *frame = top(render);
    if (frame->mode == RENDER_LINES) {
        add_indent(&render->out, frame->indent);
        render_clean(&render->out, name, strlen(name), false);
        buf_adds(&render->out, ": ");
        render_clean(&render->out, value, strlen(value), false);
        buf_addc(&render->out, '\n');
    } else if (frame->mode == RENDER_INLINE) {
        buf_addf(&render->value, "%s%s=%s", render->value.len ? ", " : "", name, value);
    }
}

static unsigned labelled(const struct mcp_field *fields)
{
    unsigned count = 0;
    for (; fields && fields->name; fields++)
        count += fields->label.en != NULL;
    return count;
}

/* How a field that opens inside lines is shown. */
static void open_in_lines(struct render *render, struct render_frame *frame, const struct mcp_field *field)
{
    if (field->kind == MCP_LIST && !field->fields) {
        frame->mode = RENDER_INLINE;
        buf_clear(&render->value);
        return;
    }
    frame->mode = RENDER_LINES;
    if (field->kind == MCP_LIST) {
        bool is_wide = labelled(field->fields) > RENDER_TABLE_COLUMNS;
        frame->mode = is_wide ? RENDER_RECORDS : RENDER_TABLE;
        if (!is_wide)
            table_begin(render, field->fields);
    }
    add_indent(&render->out, frame->indent);
    buf_addf(&render->out, "%s%s\n", label(render, field), colon(render));
    frame->indent++;
}

void render_open(struct render *render, const struct mcp_field *field)
{
    if (!render->enabled)
        return;
    assert(render->depth < RENDER_MAX_DEPTH);
    const struct render_frame *outer = top(render);
    struct render_frame *frame = &render->frames[render->depth++];
    *frame = (struct render_frame){ .field = field, .indent = outer->indent };
    if (outer->mode == RENDER_HIDDEN || (field && !field->label.en)) {
        frame->mode = RENDER_HIDDEN;
    } else if (outer->mode == RENDER_LINES) {
        open_in_lines(render, frame, field);
    } else if (outer->mode == RENDER_TABLE) {
        frame->mode = RENDER_ROW;
        table_row(render);
    } else if (outer->mode == RENDER_RECORDS) {
        frame->mode = RENDER_RECORD;
        add_indent(&render->out, frame->indent);
    } else {
        frame->mode = RENDER_INLINE;
        if (outer->mode != RENDER_INLINE)
            buf_clear(&render->value);
        else if (!field && outer->items && render->value.len)
            buf_addc(&render->value, ',');
    }
}

void render_close(struct render *render)
{
    if (!render->enabled)
        return;
    assert(render->depth > 1);
    const struct render_frame frame = *top(render);
    render->depth--;
    struct render_frame *outer = top(render);
    if (frame.mode == RENDER_TABLE) {
        table_end(render, frame.indent);
    } else if (frame.mode == RENDER_RECORD) {
        buf_addc(&render->out, '\n');
    } else if (frame.mode == RENDER_INLINE && outer->mode != RENDER_INLINE) {
        place(render, frame.field, buf_str(&render->value), render->value.len);
        return;
    }
    outer->items++;
}

void render_say(struct render *render, const char *text)
{
    if (!render->enabled)
        return;
    render_clean(&render->say, text, strlen(text), false);
    buf_addc(&render->say, '\n');
}

const char *render_finish(struct render *render, size_t *ret_len)
{
    buf_add(&render->say, buf_str(&render->out), render->out.len);
    if (render->say.len && render->say.data[render->say.len - 1] == '\n')
        buf_cut(&render->say, render->say.len - 1);
    *ret_len = render->say.len;
    return buf_str(&render->say);
}
