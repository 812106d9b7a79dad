/* A server around an engine that somebody else made and owns: for programs that put more faces on one engine.
 */
#ifndef MCP_SERVER_STATE_H
#define MCP_SERVER_STATE_H

#include "mcp/state.h"

struct err;

/* Borrows `engine` and the strings of `options`. NULL with *err: no memory, or a table of a
 * resource or prompt is wrong. */
struct mcp_server *server_wrap(
    const struct mcp_server_options *options, struct engine *engine, struct err *err);

/* What is open now. */
struct server_counts {
    unsigned sessions; /* over HTTP */
    unsigned streams; /* on which the server speaks by itself: of sessions, and of clients that only listen */
};

struct server_counts server_count(const struct mcp_server *server);

#endif
