/* Streams on which the server speaks by itself: subscriptions/listen, GET of a session, pipes. */
#ifndef MCP_LISTEN_H
#define MCP_LISTEN_H

#include "mcp/state.h"

/* Takes an exchange off the list of listeners, if it is on it. */
void listen_forget(struct mcp_exchange *x);
/* Ends a listener: its response, then nothing more (MCP 2026-07-28, basic/utilities/subscriptions). */
void listen_end(struct mcp_exchange *x);
/* Sends notifications/tasks to those who named the task. */
void listen_tell_task(struct mcp_server *server, const struct task *task);

#endif
