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

#endif
