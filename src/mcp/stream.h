/* What was said on the streams of an HTTP session, kept for a client whose connection broke (MCP 2025-11-25,
 * basic/transports, Resumability and Redelivery). Bounded: the oldest is forgotten first. */
#ifndef MCP_STREAM_H
#define MCP_STREAM_H

#include "mcp/state.h"

/* True if what this exchange says is kept: it belongs to a session over HTTP. */
bool stream_is_kept(const struct mcp_exchange *x);
/* Says `json` on the exchange's stream and keeps it. The first event of a stream is an empty one where the
 * revision primes. */
void stream_say(struct mcp_exchange *x, const char *json, size_t len);
/* Keeps the response of an exchange that has a stream: nothing follows. */
void stream_end(struct mcp_exchange *x, const char *json, size_t len);
/* Sends the empty first event, if the revision has it and nothing was said yet. */
void stream_prime(struct mcp_exchange *x);
/* Ends the transport's part: the client will come back with Last-Event-ID. */
void stream_hang_up(struct mcp_exchange *x);
/* The client of `get` is back for what came after `last_event_id`: replays, then continues. The exchange that
 * goes on (its answer is still to come), or NULL: `get` was answered. Consumes `get` in either case. */
struct mcp_exchange *stream_resume(struct mcp_exchange *get, const char *last_event_id);
void stream_free_all(struct mcp_peer *peer);

#endif
