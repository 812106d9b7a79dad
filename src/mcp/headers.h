/* Headers that mirror the body (MCP 2026-07-28, basic/transports/streamable-http, Standard Request Headers).
 */
#ifndef MCP_HEADERS_H
#define MCP_HEADERS_H

#include "mcp/state.h"

/* Checks Mcp-Method, Mcp-Name and, for tools/call, Mcp-Param-* against the message. NULL if they agree, else
 * what is wrong, in the exchange's arena. */
const char *headers_disagree(struct mcp_exchange *x, const struct mcp_envelope *envelope);

/* What a header value means: literal, or `=?base64?...?=` decoded. NULL if its base64 or the UTF-8 in it is
 * malformed. In `arena`. */
char *headers_decode(struct arena *arena, const char *value);

#endif
