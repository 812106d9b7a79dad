/* One call of a tool over REST. */
#ifndef REST_TOOL_CALL_H
#define REST_TOOL_CALL_H

#include <mcp/tool.h>

struct engine;
struct http_request;

/* Answers `request` with the bare structured result of the tool (an index in the catalogue), or a problem.
 * The arguments are the body, or the query of a GET. A client that leaves cancels the call. */
void tool_call(struct engine *engine, int tool, struct http_request *request, enum mcp_lang lang);

/* Sends a JSON document, indented where people are to read it. */
void tool_call_reply(struct http_request *request, int status, const char *json, size_t len);

#endif
