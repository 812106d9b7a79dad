/* How clients begin, what they can do, and their answers to our questions. */
#ifndef MCP_LIFECYCLE_H
#define MCP_LIFECYCLE_H

#include "mcp/state.h"

/* What a client with these declared capabilities can answer: bits 1 << enum mcp_ask_kind. */
unsigned lifecycle_asks(const struct mcp_json *capabilities, const struct revision *revision);

/* How a client calls itself, "name/version", from its Implementation object; NULL if it does not say. */
const char *lifecycle_client(struct arena *arena, const struct mcp_json *info);

/* The member `key`: the Implementation with all that the revision has for it. */
void lifecycle_put_info(struct json_writer *w, const char *key, const struct mcp_exchange *x);

/* A client's response to a request of ours: given to the call that asked. Answers or drops the exchange it
 * came in. */
void lifecycle_take_answer(struct mcp_exchange *x);

#endif
