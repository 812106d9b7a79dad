/* What a handler asks of the client's model, and what it answers (MCP, client/sampling). */
#ifndef TOOLKIT_SAMPLING_H
#define TOOLKIT_SAMPLING_H

#include <mcp/tool.h>

/* Why `params` are none of sampling/createMessage; English, static; NULL: they are good. Beside the shape:
 * "user messages that contain tool results MUST contain only tool results", and each tool use of the
 * assistant is answered by one of them in the message that follows (Tool Result Messages, Tool Use and Result
 * Balance). */
const char *sampling_bad_params(const struct mcp_json *params);
/* What the client must have declared: bits 1 << enum mcp_ask_kind. Tools: "Servers MUST NOT send tool-enabled
 * sampling requests to Clients that have not declared support" (Capabilities). */
unsigned sampling_needs(const struct mcp_json *params);
/* True if `answer` is a CreateMessageResult: role, model, content (one block, or several). */
bool sampling_is_answer(const struct mcp_json *answer);

#endif
