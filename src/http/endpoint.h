/* POST /mcp, and by wish the older GET /sse: bytes between the HTTP server and the protocol core. */
#ifndef HTTP_ENDPOINT_H
#define HTTP_ENDPOINT_H

#include <mcp/tool.h>

struct endpoint;
struct http_server;
struct mcp_server;

struct endpoint_options {
    const char *path; /* "/mcp"; borrowed */
    enum mcp_lang lang; /* for clients that name no language */
    bool legacy_sse; /* the transport of 2024-11-05 too: GET /sse and POST /messages */
    const char *base_path; /* where a proxy publishes the server, "/assist"; NULL = ""; borrowed */
};

/* Adds the routes to `http` and drives `mcp` from its loop. Both must outlive the endpoint. NULL: no memory.
 */
struct endpoint *endpoint_new(
    struct http_server *http, struct mcp_server *mcp, const struct endpoint_options *options);
/* After http_server_free(). NULL is fine. */
void endpoint_free(struct endpoint *endpoint);

#endif
