/* mcp_serve_http(): the whole server for programs that embed the library. */
#include <mcp/http.h>

#include <errno.h>
#include <string.h>

#include <mcp/server.h>

#include "base/err.h"
#include "http/endpoint.h"
#include "http/origin.h"
#include "http/server.h"

static bool admit(struct http_request *request, void *user)
{
    (void)user;
    const struct origin_policy policy = { .loopback = true };
    if (origin_allowed(request, &policy))
        return true;
    http_reply(request, 403, NULL, "", 0);
    return false;
}

int mcp_serve_http(
    struct mcp_server *server, const char *host, int port, const char *path, void (*listening)(int port))
{
    struct err err = { 0 };
    const struct http_options options = {
        .host = host ? host : "127.0.0.1",
        .port = port,
        .body_max = (size_t)4 << 20,
        .header_max = 32768,
        .header_timeout_ms = 10000,
        .body_timeout_ms = 30000,
        .idle_timeout_ms = 75000,
        .connections_max = 1024,
        .stream_max = (size_t)8 << 20,
    };
    struct http_server *http = http_server_new(&options, &err);
    if (!http)
        return err.code;
    const struct endpoint_options endpoint_options = { .path = path ? path : "/mcp" };
    http_admit(http, admit, NULL);
    struct endpoint *endpoint = endpoint_new(http, server, &endpoint_options);
    int error = endpoint ? http_listen(http, &err) : -ENOMEM;
    if (!error)
        error = http_signals(http, 1000);
    if (!error) {
        if (listening)
            listening(http_port(http));
        error = http_run(http);
    }
    http_server_free(http);
    endpoint_free(endpoint);
    return error;
}
