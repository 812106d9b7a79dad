/* Schemas from tables: the published form of what params.c accepts and result.c lets out. */
#include "toolkit/schema.h"

#include <string.h>

#include "base/buf.h"
#include "base/json_write.h"
#include "base/text.h"
#include "toolkit/params.h"

static void put_about(struct json_writer *w, const struct mcp_param *row, enum mcp_lang lang)
{
    struct buf about = { 0 };
    buf_adds(&about, lang == MCP_FR ? row->about.fr : row->about.en);
    if (row->unit)
        buf_addf(&about, " (%s)", row->unit);
    json_put_strn(w, "description", buf_str(&about), about.len);
    buf_done(&about);
}

/* A C string holds no NUL. */
#define NO_NUL "^[^\\x00]*$"

/* `type` and bounds of one string. */
static void put_string_shape(struct json_writer *w, const struct mcp_param *row)
{
    json_put_str(w, "type", "string");
    if (params_min_length(row) > 0)
        json_put_int(w, "minLength", params_min_length(row));
    json_put_int(w, "maxLength", params_max_length(row));
    if (row->format == MCP_PATH)
        json_put_str(w, "pattern", "^[^\\x00-\\x1f\\x7f]+$");
    else
        json_put_str(w, "pattern", row->format ? "^[^\\x00-\\x20\\x7f]+$" : NO_NUL);
}

static void put_strings_shape(struct json_writer *w, const struct mcp_param *row)
{
    json_open_array(w, "anyOf");
    json_open_object(w, NULL);
    put_string_shape(w, row);
    json_close_object(w);
    json_open_object(w, NULL);
    json_put_str(w, "type", "array");
    json_open_object(w, "items");
    put_string_shape(w, row);
    json_close_object(w);
    json_put_int(w, "minItems", 1);
    json_put_int(w, "maxItems", row->max_items);
    json_close_object(w);
    json_close_array(w);
}

void schema_put_value(struct json_writer *w, const char *key, const struct mcp_param *row, const char *text)
{
    int64_t integer;
    double number;
    bool truth;
    if (row->kind == MCP_INT && text_int(text, &integer))
        json_put_int(w, key, integer);
    else if (row->kind == MCP_NUMBER && text_number(text, &number))
        json_put_num(w, key, number);
    else if (row->kind == MCP_BOOL && text_bool(text, &truth))
        json_put_bool(w, key, truth);
    else
        json_put_str(w, key, text);
}

void schema_put_param(struct json_writer *w, const char *key, const struct mcp_param *row, enum mcp_lang lang)
{
    json_open_object(w, key);
    switch (row->kind) {
    case MCP_BOOL:
        json_put_str(w, "type", "boolean");
        break;
    case MCP_INT:
    case MCP_NUMBER:
        json_put_str(w, "type", row->kind == MCP_INT ? "integer" : "number");
        json_put_num(w, "minimum", row->min);
        json_put_num(w, "maximum", row->max);
        break;
    case MCP_ENUM:
        json_put_str(w, "type", "string");
        json_open_array(w, "enum");
        for (int i = 0; row->choices[i]; i++)
            json_put_str(w, NULL, row->choices[i]);
        json_close_array(w);
        break;
    case MCP_STRINGS:
        put_strings_shape(w, row);
        break;
    case MCP_MAP:
        json_put_str(w, "type", "object");
        json_open_object(w, "additionalProperties");
        json_put_str(w, "type", "string");
        json_put_int(w, "maxLength", params_max_length(row));
        json_put_str(w, "pattern", NO_NUL);
        json_close_object(w);
        json_open_object(w, "propertyNames");
        json_put_str(w, "pattern", NO_NUL);
        json_close_object(w);
        json_put_int(w, "maxProperties", row->max_items);
        break;
    default:
        put_string_shape(w, row);
        break;
    }
    if (row->preset)
        schema_put_value(w, "default", row, row->preset);
    if (row->header)
        json_put_str(w, "x-mcp-header", row->header);
    put_about(w, row, lang);
    json_close_object(w);
}

void schema_put_input(
    struct json_writer *w, const char *key, const struct mcp_param *rows, enum mcp_lang lang)
{
    json_open_object(w, key);
    json_put_str(w, "type", "object");
    json_open_object(w, "properties");
    bool any_required = false;
    for (const struct mcp_param *row = rows; row && row->name; row++) {
        schema_put_param(w, row->name, row, lang);
        any_required |= row->required;
    }
    json_close_object(w);
    if (any_required) {
        json_open_array(w, "required");
        for (const struct mcp_param *row = rows; row->name; row++)
            if (row->required)
                json_put_str(w, NULL, row->name);
        json_close_array(w);
    }
    json_put_bool(w, "additionalProperties", false);
    json_close_object(w);
}

static const char *type_name(enum mcp_kind kind)
{
    switch (kind) {
    case MCP_BOOL:
        return "boolean";
    case MCP_INT:
        return "integer";
    case MCP_NUMBER:
        return "number";
    case MCP_LIST:
    case MCP_STRINGS:
        return "array";
    case MCP_OBJECT:
    case MCP_MAP:
        return "object";
    default:
        return "string";
    }
}

static void put_required(struct json_writer *w, const struct mcp_field *fields, const struct mcp_field *more)
{
    bool open = false;
    for (int pass = 0; pass < 2; pass++) {
        for (const struct mcp_field *field = pass ? more : fields; field && field->name; field++) {
            if (field->optional)
                continue;
            if (!open)
                json_open_array(w, "required");
            open = true;
            json_put_str(w, NULL, field->name);
        }
    }
    if (open)
        json_close_array(w);
}

/* Recursion depth is the nesting of the tables, which are constant. */
static void put_fields(struct json_writer *w, const struct mcp_field *fields)
{
    for (const struct mcp_field *field = fields; field && field->name; field++) {
        json_open_object(w, field->name);
        json_put_str(w, "type", type_name(field->kind));
        if (field->kind == MCP_OBJECT) {
            json_open_object(w, "properties");
            put_fields(w, field->fields);
            json_close_object(w);
            put_required(w, field->fields, NULL);
        } else if (field->kind == MCP_LIST) {
            json_open_object(w, "items");
            json_put_str(w, "type", field->fields ? "object" : type_name(field->of));
            if (field->fields) {
                json_open_object(w, "properties");
                put_fields(w, field->fields);
                json_close_object(w);
                put_required(w, field->fields, NULL);
            }
            json_close_object(w);
        } else if (field->kind == MCP_MAP) {
            json_open_object(w, "additionalProperties");
            json_put_str(w, "type", "string");
            json_close_object(w);
        }
        json_close_object(w);
    }
}

/* One target stands at the top, several in targets[]: the two ways the required members may be there. */
static void put_target_choice(struct json_writer *w, const struct mcp_tool *tool)
{
    json_open_array(w, "anyOf");
    json_open_object(w, NULL);
    put_required(w, tool->output, tool->target);
    json_close_object(w);
    json_open_object(w, NULL);
    json_open_array(w, "required");
    for (const struct mcp_field *field = tool->output; field && field->name; field++)
        if (!field->optional)
            json_put_str(w, NULL, field->name);
    json_put_str(w, NULL, "targets");
    json_close_array(w);
    json_close_object(w);
    json_close_array(w);
}

void schema_put_output(struct json_writer *w, const char *key, const struct mcp_tool *tool)
{
    json_open_object(w, key);
    json_put_str(w, "type", "object");
    json_open_object(w, "properties");
    put_fields(w, tool->output);
    if (tool->target) {
        put_fields(w, tool->target);
        const struct mcp_field targets[] = {
            { .name = "targets", .kind = MCP_LIST, .fields = tool->target },
            { 0 },
        };
        put_fields(w, targets);
    }
    if (tool->cost == MCP_WORKER) {
        json_open_object(w, "complete");
        json_put_str(w, "type", "boolean");
        json_close_object(w);
    }
    json_close_object(w);
    if (tool->target)
        put_target_choice(w, tool);
    else
        put_required(w, tool->output, NULL);
    json_close_object(w);
}
