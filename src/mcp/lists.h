/* The answers of the four list methods: written once for each revision and language that asks, handed out in
 * pages. The methods themselves are declared in methods.h. */
#ifndef MCP_LISTS_H
#define MCP_LISTS_H

#include "mcp/state.h"

void lists_free_all(struct mcp_server *server);

#endif
