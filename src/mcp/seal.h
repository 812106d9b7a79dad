/* requestState (MCP 2026-07-28, multi round-trip requests): what the server remembers is kept by the client,
 * sealed.
 *
 * The seal is an HMAC over who asked, what, with which arguments, and until when: any change is noticed. */
#ifndef MCP_SEAL_H
#define MCP_SEAL_H

#include "mcp/state.h"

/* Appends the sealed form of `answers` (a JSON object as text) for this exchange, valid for ten minutes.
 * False: no memory. */
bool seal_close(const struct mcp_exchange *x, const char *answers, struct buf *out);
/* Opens what seal_close() made for the same principal, tool and arguments. The JSON text in the exchange's
 * arena and the round it was made in, or NULL: forged, foreign or too old. */
char *seal_open(struct mcp_exchange *x, const char *state, unsigned *ret_round);

#endif
