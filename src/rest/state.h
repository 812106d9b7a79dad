/* The inside of the REST face: what its files share. */
#ifndef REST_STATE_H
#define REST_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "http/server.h"
#include "rest/routes.h"

struct assets;
struct catalog;

struct rest {
    struct rest_options options;
    const struct catalog *catalog;
    struct assets *assets;
    int64_t started_ms;
    struct buf tools[2], openapi[2]; /* GET /tools, /openapi.json, by enum mcp_lang: written once */
};

/* The language of the answer: Accept-Language, else the server's. */
enum mcp_lang rest_language(const struct rest *rest, const struct http_request *request);

/* Handlers of the routes; `user` is the struct rest. */

http_handler about_root, about_health, about_tools, about_openapi; /* about.c */
http_handler calls_post, calls_get; /* calls.c */
http_handler pages_show, pages_file; /* pages.c */

/* True if the client would rather have HTML than JSON, as browsers say. */
bool pages_wanted(const struct http_request *request);

/* True for a tool that acts on this machine only and changes nothing: a GET may call it. */
bool calls_is_local(const struct mcp_tool *tool);

#endif
