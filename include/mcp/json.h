/* JSON values as a reader hands them out: an immutable tree in somebody's arena (RFC 8259).
 *
 * The tree lives as long as the arena (for a tool: as long as its call). Nothing here allocates. */
#ifndef MCP_JSON_H
#define MCP_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum mcp_json_kind {
    MCP_JSON_NULL,
    MCP_JSON_BOOL,
    MCP_JSON_NUMBER,
    MCP_JSON_STRING,
    MCP_JSON_ARRAY,
    MCP_JSON_OBJECT,
};

struct mcp_json {
    enum mcp_json_kind kind;
    bool truth; /* BOOL: its value */
    uint32_t count; /* ARRAY, OBJECT: how many children */
    const char *text; /* STRING: decoded, NUL-terminated (may hold NULs inside); NUMBER: its token */
    size_t len; /* bytes of text */
    const char *key; /* member of an object: its decoded name, NUL-terminated; else NULL */
    size_t key_len;
    const char *raw; /* the value exactly as it was sent (a piece of the input) */
    size_t raw_len;
    const struct mcp_json *first; /* ARRAY, OBJECT: first child, in order of appearance; NULL when empty */
    const struct mcp_json *next; /* the next sibling */
};

/* The member `key` of `object`; NULL if there is none, or if `object` is NULL or not an object. */
const struct mcp_json *mcp_json_get(const struct mcp_json *object, const char *key);

/* The decoded text of the string member `key`; NULL if absent or not a string. */
const char *mcp_json_get_text(const struct mcp_json *object, const char *key);

/* True and *ret_value set if `value` is a number without fraction that fits (42, 42.0 and 4.2e1 all are 42).
 */
bool mcp_json_int(const struct mcp_json *value, int64_t *ret_value);

/* True and *ret_value set if `value` is a number whose double is finite. */
bool mcp_json_number(const struct mcp_json *value, double *ret_value);

/* True if `value` is a string equal to `text`. NULL is no string. */
bool mcp_json_is(const struct mcp_json *value, const char *text);

/* English name of a kind for messages: "null", "boolean", "number", "string", "array", "object". */
const char *mcp_json_kind_name(enum mcp_json_kind kind);

#endif
