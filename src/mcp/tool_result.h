/* The CallToolResult of an outcome: for tools/call and for tasks. */
#ifndef MCP_TOOL_RESULT_H
#define MCP_TOOL_RESULT_H

#include "mcp/state.h"

/* Writes the members of the result (content, structuredContent, isError) into the object that is open. */
void tool_result_put(struct json_writer *w, const struct revision *revision,
    const struct call_outcome *outcome, enum mcp_lang lang);

#endif
