/* HTTP+SSE, the transport of MCP 2024-11-05 (basic/transports): GET /sse is a connection, whose first event
 * names where its client POSTs; all answers come as events. Deprecated; off unless somebody asks for it. */
#ifndef HTTP_LEGACY_SSE_H
#define HTTP_LEGACY_SSE_H

#include <mcp/tool.h>

struct http_server;
struct legacy_sse;
struct mcp_server;

/* Adds the routes GET /sse and POST /messages; `lang` is for clients that name no language, `base_path`
 * (borrowed; NULL = "") where a proxy publishes the server. Whoever drives `mcp` calls the two functions
 * below. NULL: no memory. */
struct legacy_sse *legacy_sse_new(
    struct http_server *http, struct mcp_server *mcp, enum mcp_lang lang, const char *base_path);
/* Now and then: streams that say nothing say that they live. NULL is fine. */
void legacy_sse_tick(struct legacy_sse *sse, int64_t now_ms);
/* Ends all connections: the server stops. NULL is fine. */
void legacy_sse_stop(struct legacy_sse *sse);
/* After http_server_free(), before the mcp server is freed. NULL is fine. */
void legacy_sse_free(struct legacy_sse *sse);

#endif
