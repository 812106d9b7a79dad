/* Log messages for clients (MCP, server/utilities/logging): not the server's own log. */
#ifndef MCP_LOGGING_H
#define MCP_LOGGING_H

#include "mcp/state.h"

/* The level of that name, or -1. */
int logging_level(const struct mcp_json *name);
/* notifications/message on the exchange's stream. */
void logging_send(struct mcp_exchange *x, enum mcp_level level, const char *logger, const char *text);

#endif
