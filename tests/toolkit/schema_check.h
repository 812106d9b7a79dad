/* As much of JSON Schema 2020-12 as tools publish, to hold schemas and checks against each other. */
#ifndef SCHEMA_CHECK_H
#define SCHEMA_CHECK_H

#include <stdbool.h>
#include <string.h>

#include <mcp/json.h>

static inline bool schema_fits(const struct mcp_json *schema, const struct mcp_json *value);

static inline bool schema_type_fits(const char *type, const struct mcp_json *value)
{
    int64_t integer;
    if (strcmp(type, "integer") == 0)
        return mcp_json_int(value, &integer);
    return strcmp(type, mcp_json_kind_name(value->kind)) == 0;
}

/* Only the patterns that schemas use; any other fits nothing. */
static inline bool schema_pattern_fits(const char *pattern, const char *text, size_t len)
{
    bool no_nul = strcmp(pattern, "^[^\\x00]*$") == 0;
    bool no_space = strcmp(pattern, "^[^\\x00-\\x20\\x7f]+$") == 0;
    if (!no_nul && !no_space && strcmp(pattern, "^[^\\x00-\\x1f\\x7f]+$") != 0)
        return false;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        if (no_nul ? c == 0 : c < 0x20 || c == 0x7F || (no_space && c == 0x20))
            return false;
    }
    return no_nul || len > 0;
}

static inline bool schema_size_fits(
    const struct mcp_json *schema, const char *least, const char *most, double size)
{
    double limit;
    if (mcp_json_number(mcp_json_get(schema, least), &limit) && size < limit)
        return false;
    return !mcp_json_number(mcp_json_get(schema, most), &limit) || size <= limit;
}

static inline bool schema_string_fits(const struct mcp_json *schema, const struct mcp_json *value)
{
    double characters = 0;
    for (size_t i = 0; i < value->len; i++)
        characters += ((unsigned char)value->text[i] & 0xC0) != 0x80;
    const char *pattern = mcp_json_get_text(schema, "pattern");
    return schema_size_fits(schema, "minLength", "maxLength", characters) &&
        (!pattern || schema_pattern_fits(pattern, value->text, value->len));
}

static inline bool schema_object_fits(const struct mcp_json *schema, const struct mcp_json *value)
{
    const struct mcp_json *properties = mcp_json_get(schema, "properties");
    const struct mcp_json *others = mcp_json_get(schema, "additionalProperties");
    const struct mcp_json *required = mcp_json_get(schema, "required");
    const char *names = mcp_json_get_text(mcp_json_get(schema, "propertyNames"), "pattern");
    for (const struct mcp_json *name = required ? required->first : NULL; name; name = name->next)
        if (!mcp_json_get(value, name->text))
            return false;
    for (const struct mcp_json *member = value->first; member; member = member->next) {
        if (names && !schema_pattern_fits(names, member->key, member->key_len))
            return false;
        const struct mcp_json *rule = mcp_json_get(properties, member->key);
        if (rule ? !schema_fits(rule, member)
                 : others && (others->kind == MCP_JSON_BOOL ? !others->truth : !schema_fits(others, member)))
            return false;
    }
    return schema_size_fits(schema, "minProperties", "maxProperties", value->count);
}

static inline bool schema_any_fits(const struct mcp_json *choices, const struct mcp_json *value)
{
    for (const struct mcp_json *choice = choices->first; choice; choice = choice->next)
        if (schema_fits(choice, value))
            return true;
    return false;
}

static inline bool schema_fits(const struct mcp_json *schema, const struct mcp_json *value)
{
    const char *type = mcp_json_get_text(schema, "type");
    const struct mcp_json *any = mcp_json_get(schema, "anyOf");
    const struct mcp_json *choices = mcp_json_get(schema, "enum");
    const struct mcp_json *items = mcp_json_get(schema, "items");
    double number;
    if ((type && !schema_type_fits(type, value)) || (any && !schema_any_fits(any, value)))
        return false;
    if (choices) {
        bool found = false;
        for (const struct mcp_json *choice = choices->first; choice; choice = choice->next)
            found |= value->len == choice->len && memcmp(value->text, choice->text, value->len) == 0;
        if (!found)
            return false;
    }
    bool is_finite = mcp_json_number(value, &number);
    if (value->kind == MCP_JSON_NUMBER &&
        !(is_finite ? schema_size_fits(schema, "minimum", "maximum", number)
                    : !mcp_json_get(schema, "maximum")))
        return false;
    if (value->kind == MCP_JSON_STRING)
        return schema_string_fits(schema, value);
    if (value->kind == MCP_JSON_OBJECT)
        return schema_object_fits(schema, value);
    if (value->kind != MCP_JSON_ARRAY)
        return true;
    for (const struct mcp_json *item = value->first; items && item; item = item->next)
        if (!schema_fits(items, item))
            return false;
    return schema_size_fits(schema, "minItems", "maxItems", value->count);
}

#endif
