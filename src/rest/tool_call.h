/* One call of a tool over REST. */
#ifndef REST_TOOL_CALL_H
#define REST_TOOL_CALL_H

#include <mcp/tool.h>

struct arena;
struct engine;
struct http_problem_item;
struct http_request;
struct problems;

/* Answers `request` with the bare structured result of the tool (an index in the catalogue), or a problem.
 * The arguments are the body, or the query of a GET. A client that leaves cancels the call. */
void tool_call(struct engine *engine, int tool, struct http_request *request, enum mcp_lang lang);

/* What is wrong with the arguments, as a problem document has it: *ret_count items in `arena`. `problems` may
 * be NULL. */
const struct http_problem_item *tool_call_items(
    struct arena *arena, const struct problems *problems, size_t *ret_count);

/* Sends a JSON document, indented where people are to read it. */
void tool_call_reply(struct http_request *request, int status, const char *json, size_t len);

#endif
