/* Batches of the first two revisions: an array of messages in, an array of responses out. */
#ifndef MCP_BATCH_H
#define MCP_BATCH_H

#include "mcp/state.h"

struct batch;

/* The batch that `owner` received, which sends the answer and ends with it. NULL: no memory. */
struct batch *batch_new(struct mcp_exchange *owner);
/* The sink of each of its messages; its user is the batch. */
const struct mcp_sink *batch_sink(void);
/* All messages were handed in: the answer is sent when the last of them has one. */
void batch_close(struct batch *batch);
/* Announces one more message. */
void batch_expect(struct batch *batch);

#endif
