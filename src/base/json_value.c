/* Looking into a JSON value that was read. */
#include <mcp/json.h>

#include <string.h>

#include "base/decimal.h"

const struct mcp_json *mcp_json_get(const struct mcp_json *object, const char *key)
{
    if (!object || object->kind != MCP_JSON_OBJECT)
        return NULL;
    size_t len = strlen(key);
    for (const struct mcp_json *member = object->first; member; member = member->next) {
        if (member->key_len == len && memcmp(member->key, key, len) == 0)
            return member;
    }
    return NULL;
}

const char *mcp_json_get_text(const struct mcp_json *object, const char *key)
{
    const struct mcp_json *member = mcp_json_get(object, key);
    return member && member->kind == MCP_JSON_STRING ? member->text : NULL;
}

bool mcp_json_int(const struct mcp_json *value, int64_t *ret_value)
{
    return value && value->kind == MCP_JSON_NUMBER && decimal_to_int(value->text, value->len, ret_value);
}

bool mcp_json_number(const struct mcp_json *value, double *ret_value)
{
    return value && value->kind == MCP_JSON_NUMBER && decimal_to_double(value->text, value->len, ret_value);
}

bool mcp_json_is(const struct mcp_json *value, const char *text)
{
    if (!value || value->kind != MCP_JSON_STRING || !text)
        return false;
    size_t len = strlen(text);
    return value->len == len && memcmp(value->text, text, len) == 0;
}

const char *mcp_json_kind_name(enum mcp_json_kind kind)
{
    switch (kind) {
    case MCP_JSON_NULL:
        return "null";
    case MCP_JSON_BOOL:
        return "boolean";
    case MCP_JSON_NUMBER:
        return "number";
    case MCP_JSON_STRING:
        return "string";
    case MCP_JSON_ARRAY:
        return "array";
    case MCP_JSON_OBJECT:
        return "object";
    }
    return "unknown";
}
