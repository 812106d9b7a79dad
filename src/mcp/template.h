/* URI templates of RFC 6570, level 1: "assist://services/{name}". */
#ifndef MCP_TEMPLATE_H
#define MCP_TEMPLATE_H

#include <stdbool.h>

struct arena;
struct buf;
struct mcp_json;

/* True if the text has a variable. */
bool template_is_one(const char *uri);
/* True if `uri` is what `pattern` makes for some non-empty values; then *out gets them as a JSON object of
 * strings, percent- decoded. A value ends at the next character of the pattern, at '/' at the latest; one
 * with a segment ".." is none, for values become paths. */
bool template_match(const char *pattern, const char *uri, struct buf *out);
/* Appends `text` with the members of `values` (strings) in place of "{name}"; what is no member stays. */
void template_fill(const char *text, const struct mcp_json *values, struct buf *out);

#endif
