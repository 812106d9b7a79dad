/* Sessions over HTTP: found by an unguessable id, forgotten when idle. */
#ifndef MCP_SESSION_H
#define MCP_SESSION_H

#include "mcp/state.h"

/* A new one in the table; the idlest goes if there are too many. NULL: all are busy, or no memory, or no
 * randomness. */
struct mcp_peer *session_new(struct mcp_server *server);
/* By id; only its own principal finds it. NULL: unknown or expired. */
struct mcp_peer *session_find(struct mcp_server *server, const char *id, const char *principal);
void session_end(struct mcp_peer *peer);
/* Ends those idle for too long. */
void session_sweep(struct mcp_server *server, int64_t now_ms);
void session_end_all(struct mcp_server *server);

#endif
