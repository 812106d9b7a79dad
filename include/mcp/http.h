/* Serve a Model Context Protocol server over HTTP: POST /mcp, every revision (libmcp-http). */
#ifndef MCP_HTTP_H
#define MCP_HTTP_H

struct mcp_server;

/* Serves on `host` (an address; NULL = 127.0.0.1) and `port` (0 = any free one) at `path` (NULL = "/mcp")
 * until SIGTERM or SIGINT. On loopback only: Host and Origin must name this machine. `listening` (may be
 * NULL) hears the port really bound. 0, or a negative errno. */
int mcp_serve_http(
    struct mcp_server *server, const char *host, int port, const char *path, void (*listening)(int port));

#endif
