/* The tasks extension (io.modelcontextprotocol/tasks): a tools/call whose result is asked for later. */
#ifndef MCP_TASKS_H
#define MCP_TASKS_H

#include "mcp/state.h"

struct task;

/* Answers the tools/call with a new task and runs its handler for the task. */
void tasks_start(struct mcp_exchange *x);
/* The handler of `x` runs already and detaches: its call becomes a task's, `x` is answered. */
void tasks_adopt(struct mcp_exchange *x);
/* -32021: the client did not offer the extension in this request. */
void tasks_refuse(struct mcp_exchange *x);
/* The task with that id, for the principal of `x` only: to another one it does not exist. NULL: none. */
const struct task *tasks_find(const struct mcp_exchange *x, const struct mcp_json *id);
/* Writes the members of a task as tasks/get shows them. */
void tasks_put(struct json_writer *w, const struct task *task);
/* Drops those whose time is over. */
void tasks_sweep(struct mcp_server *server);
void tasks_free_all(struct mcp_server *server);

#endif
