/* Sealed texts: what a stateless request's server remembers is kept by the client (requestState, cursors).
 *
 * The seal is an HMAC over who asked, what, with which arguments, and until when: any change is noticed. The
 * arguments count by what they say, not by how they are spelled: a client may write the members of its retry
 * in another order. MCP 2026-07-28, basic/patterns/mrtr, Server Requirements: "servers MUST protect its
 * integrity and MUST reject state that fails verification"; principal, expiry and a digest of the request are
 * what it says SHOULD be inside. */
#ifndef MCP_SEAL_H
#define MCP_SEAL_H

#include "mcp/state.h"

/* Appends the sealed form of `answers` (a JSON object as text) for this exchange, valid for ten minutes.
 * False: no memory. */
bool seal_close(struct mcp_exchange *x, const char *answers, struct buf *out);
/* Opens what seal_close() made for the same principal, tool and arguments. The JSON text in the exchange's
 * arena and the round it was made in, or NULL: forged, foreign or too old. */
char *seal_open(struct mcp_exchange *x, const char *state, unsigned *ret_round);

/* Appends a cursor: a position in the list that this exchange's method gives out, for the same principal. It
 * does not age (MCP, server/utilities/pagination: "provide stable cursors"). False: no memory. */
bool seal_close_cursor(struct mcp_exchange *x, size_t position, struct buf *out);
/* False: it is none that was made so. */
bool seal_open_cursor(struct mcp_exchange *x, const char *cursor, size_t *ret_position);

#endif
