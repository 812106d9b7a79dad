/* What the server offers beside tools: checked at start, found by name; the capabilities of all. */
#ifndef MCP_OFFER_H
#define MCP_OFFER_H

#include "mcp/state.h"

struct err;

/* Checks the tables of resources and prompts. 0 or a negative errno with *err. */
int offer_init(struct mcp_server *server, struct err *err);
void offer_done(struct mcp_server *server);
/* The member `capabilities` of initialize and server/discover. */
void offer_put_capabilities(struct json_writer *w, const struct mcp_exchange *x);

/* The resource that `uri` names, with the values of its variables as JSON text in *out ("{}" for none); NULL:
 * none does. */
const struct mcp_resource *offer_find_resource(
    const struct mcp_server *server, const char *uri, struct buf *out);
/* The index in the catalogue of the tool whose result it is; -1: it has a reader of its own. */
int offer_resource_tool(const struct mcp_server *server, const struct mcp_resource *resource);
/* By its own text, a template unexpanded. */
const struct mcp_resource *offer_find_template(const struct mcp_server *server, const char *uri);
const struct mcp_prompt *offer_find_prompt(const struct mcp_server *server, const char *name);
/* The handler that completes for it; NULL if it has none. */
const struct mcp_tool *offer_resource_completer(
    const struct mcp_server *server, const struct mcp_resource *resource);
const struct mcp_tool *offer_prompt_completer(
    const struct mcp_server *server, const struct mcp_prompt *prompt);

#endif
