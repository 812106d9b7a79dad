/* Forms that a person fills in: the restricted schemas of an elicitation, and answers to them. */
#ifndef TOOLKIT_FORM_H
#define TOOLKIT_FORM_H

#include <mcp/tool.h>

struct arena;

/* Why `schema` is none that a form may have: a flat object of strings, numbers, booleans and choices (MCP
 * 2025-11-25, client/elicitation, Requested Schema; PrimitiveSchemaDefinition), with defaults that fit their
 * own rules. English, for the handler's author, in `arena`; NULL: it is good. */
const char *form_bad_schema(struct arena *arena, const struct mcp_json *schema);

/* Why the values of `content` do not fit a good schema, in a person's words, in `arena`; NULL: they do. What
 * the schema does not name is ignored. (Form Mode Security: "Servers SHOULD validate received data matches
 * the requested schema".) */
const char *form_misfit(
    struct arena *arena, const struct mcp_json *schema, const struct mcp_json *content, enum mcp_lang lang);

/* True if some choice takes several values: that came with MCP 2025-11-25. */
bool form_has_lists(const struct mcp_json *schema);

#endif
