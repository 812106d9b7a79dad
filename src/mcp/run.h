/* Running a handler (a tool, a resource's reader, a prompt) for an exchange: in as many rounds as it has
 * questions. */
#ifndef MCP_RUN_H
#define MCP_RUN_H

#include "mcp/state.h"

/* Runs x->handler with x->arguments; x->finish gets the last outcome, a result or a fault, and must end the
 * exchange. What a stateless client brings back (inputResponses, requestState) is read first; a bad one ends
 * the exchange here. */
void run_handler(struct mcp_exchange *x);
/* Cancels it; the exchange ends without a response. */
void run_cancel(struct mcp_exchange *x);
/* The client's answer to a question of the handler (`result` or `error`): runs it again once all are there.
 */
void run_answer(
    struct mcp_exchange *x, struct asked *asked, const struct mcp_json *result, const struct mcp_json *error);

/* {"key": value, ...}: the members of the objects `earlier` and `later` (JSON texts, NULL = none), the later
 * ones winning, in `arena`. NULL: malformed. */
const struct mcp_json *run_join(struct arena *arena, const char *earlier, const char *later);
/* The fault as one text for a model: what is wrong and what is accepted. */
void run_put_fault(struct buf *out, const struct call_outcome *outcome, enum mcp_lang lang);

#endif
