/* The catalogue: proves the tables at start, finds tools, describes them. */
#include "toolkit/catalog.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json_write.h"
#include "base/text.h"
#include "toolkit/look.h"
#include "toolkit/schema.h"

static bool is_identifier(const char *text, bool dashes)
{
    if (!text || !islower((unsigned char)text[0]) || strlen(text) > 64)
        return false;
    for (const char *c = text; *c; c++)
        if (!islower((unsigned char)*c) && !isdigit((unsigned char)*c) && *c != (dashes ? '-' : '_'))
            return false;
    return true;
}

static bool has_words(struct mcp_text text)
{
    return text.fr && text.fr[0] && text.en && text.en[0];
}

static bool preset_parses(const struct mcp_param *row)
{
    int64_t integer;
    double number;
    bool truth;
    if (!row->preset)
        return true;
    switch (row->kind) {
    case MCP_BOOL:
        return text_bool(row->preset, &truth);
    case MCP_INT:
        return text_int(row->preset, &integer) && (double)integer >= row->min && (double)integer <= row->max;
    case MCP_NUMBER:
        return text_number(row->preset, &number) && number >= row->min && number <= row->max;
    case MCP_ENUM:
        for (int i = 0; row->choices[i]; i++)
            if (strcmp(row->choices[i], row->preset) == 0)
                return true;
        return false;
    default:
        return row->kind != MCP_MAP;
    }
}

/* snake_case by habit; camelCase where a name is somebody else's. */
static bool is_param_name(const char *text)
{
    for (const char *c = text; *c; c++)
        if (!isalnum((unsigned char)*c) && *c != '_')
            return false;
    return isalpha((unsigned char)text[0]) && strlen(text) <= 64;
}

/* RFC 9110, section 5.6.2. */
static bool is_token(const char *text)
{
    for (const char *c = text; *c; c++)
        if (!isalnum((unsigned char)*c) && !strchr("!#$%&'*+-.^_`|~", *c))
            return false;
    return text[0] != '\0';
}

static int check_rows(const char *tool, const struct mcp_param *rows, struct err *err)
{
    for (const struct mcp_param *row = rows; row && row->name; row++) {
        bool is_number = row->kind == MCP_INT || row->kind == MCP_NUMBER;
        bool is_gathering = row->kind == MCP_STRINGS || row->kind == MCP_MAP;
        if (!is_param_name(row->name) || !has_words(row->about))
            return err_set(err, -EINVAL, "%s: parameter %s lacks a snake_case name or text in both languages",
                tool, row->name);
        if (row->kind > MCP_MAP || (is_number && row->min >= row->max) ||
            (is_gathering && row->max_items == 0) ||
            (row->kind == MCP_ENUM && (!row->choices || (!row->preset && !row->required))))
            return err_set(err, -EINVAL, "%s: parameter %s lacks its range, max_items, choices or default",
                tool, row->name);
        if (row->header &&
            (!is_token(row->header) || row->secret ||
                (row->kind != MCP_STRING && row->kind != MCP_INT && row->kind != MCP_BOOL)))
            return err_set(err, -EINVAL, "%s: parameter %s cannot travel as a header", tool, row->name);
        if (!preset_parses(row))
            return err_set(err, -EINVAL, "%s: parameter %s: its default %s is not accepted by its own row",
                tool, row->name, row->preset);
        for (const struct mcp_param *other = rows; other != row; other++)
            if (strcmp(other->name, row->name) == 0 || (row->alias && strcmp(other->name, row->alias) == 0) ||
                (other->alias && strcmp(other->alias, row->name) == 0) ||
                (other->alias && row->alias && strcmp(other->alias, row->alias) == 0) ||
                (row->header && other->header && strcasecmp(other->header, row->header) == 0))
                return err_set(err, -EINVAL, "%s: parameter %s is there twice", tool, row->name);
    }
    return 0;
}

static int check_fields(const char *tool, const struct mcp_field *fields, unsigned depth, struct err *err)
{
    unsigned count = 0;
    for (const struct mcp_field *field = fields; field && field->name; field++, count++) {
        bool nests = field->kind == MCP_OBJECT || field->kind == MCP_LIST;
        if (!is_identifier(field->name, false) || (field->label.en && !has_words(field->label)))
            return err_set(err, -EINVAL, "%s: result %s lacks a snake_case name or a label in both languages",
                tool, field->name);
        if (field->kind == MCP_ENUM || field->kind == MCP_STRINGS ||
            (field->kind == MCP_OBJECT && !field->fields) || (field->fields && !nests) || depth > 8 ||
            count >= 64)
            return err_set(err, -EINVAL, "%s: result %s has a kind or nesting that results cannot have", tool,
                field->name);
        int error = nests ? check_fields(tool, field->fields, depth + 1, err) : 0;
        if (error)
            return error;
    }
    return 0;
}

static int check_tool(const struct mcp_tool *tool, struct err *err)
{
    const char *name = tool->name ? tool->name : "(tool without a name)";
    if (!is_identifier(tool->name, false) || (tool->path && !is_identifier(tool->path, true)))
        return err_set(err, -EINVAL, "%s: name or path is not of [a-z][a-z0-9_]*, [a-z][a-z0-9-]*", name);
    if (!has_words(tool->title) || !has_words(tool->about) || !tool->scope || !tool->run)
        return err_set(err, -EINVAL, "%s: title, about, scope and run are all needed", name);
    /* MCP 2026-07-28, server/tools, x-mcp-header: the server MUST compare them, and does so by rows. */
    if (tool->input_schema && strstr(tool->input_schema, "x-mcp-header"))
        return err_set(err, -EINVAL, "%s: x-mcp-header is for tools whose parameters are rows", name);
    if (tool->cost == MCP_WORKER && tool->timeout_ms == 0)
        return err_set(err, -EINVAL, "%s: a tool that may block needs a timeout_ms", name);
    int error = check_rows(name, tool->params, err);
    if (!error)
        error = check_rows(name, tool->settings, err);
    if (!error)
        error = check_fields(name, tool->output, 0, err);
    if (!error)
        error = check_fields(name, tool->target, 0, err);
    return error ? error : look_check(name, tool->icons, tool->meta, err);
}

int catalog_check_handler(const struct mcp_tool *handler, struct err *err)
{
    const char *name = handler->name ? handler->name : "(handler without a name)";
    if (!is_identifier(handler->name, false) || !has_words(handler->title) || !has_words(handler->about) ||
        !handler->run)
        return err_set(err, -EINVAL, "%s: name, title, about and run are all needed", name);
    if (handler->cost == MCP_WORKER && handler->timeout_ms == 0)
        return err_set(err, -EINVAL, "%s: a handler that may block needs a timeout_ms", name);
    int error = check_rows(name, handler->params, err);
    return error ? error : look_check(name, handler->icons, handler->meta, err);
}

int catalog_init(struct catalog *catalog, const struct mcp_tool *const *tools, struct err *err)
{
    size_t count = 0;
    for (; tools[count]; count++) {
        int error = check_tool(tools[count], err);
        if (error)
            return error;
        for (size_t i = 0; i < count; i++)
            if (strcmp(tools[i]->name, tools[count]->name) == 0 ||
                (tools[i]->path && tools[count]->path && strcmp(tools[i]->path, tools[count]->path) == 0))
                return err_set(err, -EINVAL, "two tools share the name or path of %s", tools[count]->name);
    }
    *catalog = (struct catalog){ .tools = tools, .count = count };
    return 0;
}

int catalog_by_name(const struct catalog *catalog, const char *name)
{
    for (size_t i = 0; i < catalog->count; i++)
        if (strcmp(catalog->tools[i]->name, name) == 0)
            return (int)i;
    return -1;
}

int catalog_find(const struct catalog *catalog, const struct mcp_tool *tool)
{
    for (size_t i = 0; i < catalog->count; i++)
        if (catalog->tools[i] == tool)
            return (int)i;
    return -1;
}

int catalog_by_path(const struct catalog *catalog, const char *path)
{
    for (size_t i = 0; i < catalog->count; i++)
        if (catalog->tools[i]->path && strcmp(catalog->tools[i]->path, path) == 0)
            return (int)i;
    return -1;
}

static bool is_same_word(const char *a, const char *b)
{
    for (; *a && *b; a++, b++)
        if (*a != *b && !(strchr("-_", *a) && strchr("-_", *b)))
            return false;
    return *a == *b;
}

bool catalog_is_called(const struct mcp_tool *tool, const char *word)
{
    return is_same_word(tool->name, word) || (tool->path && is_same_word(tool->path, word));
}

int catalog_by_word(const struct catalog *catalog, const char *word)
{
    for (size_t i = 0; i < catalog->count; i++)
        if (catalog_is_called(catalog->tools[i], word))
            return (int)i;
    return -1;
}

struct catalog_view catalog_whole_view(enum mcp_lang lang)
{
    return (struct catalog_view){
        .lang = lang, .has_output = true, .has_titles = true, .has_hints = true, .has_icons = true
    };
}

/* MCP 2025-03-26, schema ToolAnnotations: what is left out means destructive, open world. So all are said. */
static void put_hints(struct json_writer *w, const struct mcp_tool *tool, const char *title)
{
    json_open_object(w, "annotations");
    if (title)
        json_put_str(w, "title", title);
    json_put_bool(w, "readOnlyHint", tool->traits & MCP_READ_ONLY);
    if (!(tool->traits & MCP_READ_ONLY)) {
        json_put_bool(w, "destructiveHint", tool->traits & MCP_DESTRUCTIVE);
        json_put_bool(w, "idempotentHint", tool->traits & MCP_IDEMPOTENT);
    }
    json_put_bool(w, "openWorldHint", tool->traits & MCP_OPEN_WORLD);
    json_close_object(w);
}

void catalog_describe(const struct mcp_tool *tool, const struct catalog_view *view, struct buf *out)
{
    bool fr = view->lang == MCP_FR;
    const char *title = fr ? tool->title.fr : tool->title.en;
    struct json_writer w = { .out = out };
    json_open_object(&w, NULL);
    json_put_str(&w, "name", tool->name);
    if (view->has_titles)
        json_put_str(&w, "title", title);
    json_put_str(&w, "description", fr ? tool->about.fr : tool->about.en);
    if (tool->input_schema)
        json_put_raw(&w, "inputSchema", tool->input_schema, strlen(tool->input_schema));
    else
        schema_put_input(&w, "inputSchema", tool->params, view->lang);
    if (tool->output && view->has_output)
        schema_put_output(&w, "outputSchema", tool);
    if (view->has_hints)
        put_hints(&w, tool, view->has_titles ? NULL : title);
    if (view->has_icons)
        look_put_icons(&w, tool->icons);
    if (view->has_titles)
        look_put_meta(&w, tool->meta);
    json_close_object(&w);
}
