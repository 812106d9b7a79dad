/* Strict JSON reader (RFC 8259): bytes to a tree of struct mcp_json in an arena. No extension is accepted. */
#ifndef BASE_JSON_READ_H
#define BASE_JSON_READ_H

#include <mcp/json.h>

struct arena;

struct json_limits {
    unsigned max_depth; /* nesting of arrays and objects; 0 = 64 */
    bool unique_keys; /* refuse an object that names a member twice */
};

struct json_error {
    size_t offset; /* byte at which reading stopped */
    const char *what; /* English, static: "expected ',' or '}'" */
    bool too_deep, too_large; /* which limit it was, if it was one */
};

/* Reads exactly one value with optional white space around it. The tree points into `text` (mcp_json.raw),
 * which must outlive it. Refuses invalid UTF-8, a byte order mark, lone surrogates in escapes, control
 * characters in strings. Uses arena_try(). Returns 0 and *ret_value, or -EBADMSG with *ret_error filled and
 * *ret_value untouched. */
int json_read(struct arena *arena, const char *text, size_t len, const struct json_limits *limits,
    const struct mcp_json **ret_value, struct json_error *ret_error);

#endif
