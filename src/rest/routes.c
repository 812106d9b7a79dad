/* The REST face: its routes are the rows of the table of operations. */
#include "rest/routes.h"

#include <stdlib.h>

#include "base/clock.h"
#include "http/language.h"
#include "rest/assets.h"
#include "rest/openapi.h"
#include "rest/operations.h"
#include "rest/state.h"
#include "toolkit/call.h"
#include "toolkit/catalog.h"

enum mcp_lang rest_language(const struct rest *rest, const struct http_request *request)
{
    return language_choose(http_header(request, "Accept-Language"), rest->options.lang);
}

static void describe_tools(const struct catalog *catalog, enum mcp_lang lang, struct buf *out)
{
    const struct catalog_view view = catalog_whole_view(lang);
    buf_adds(out, "{\"tools\":[");
    for (size_t i = 0; i < catalog->count; i++) {
        if (i > 0)
            buf_addc(out, ',');
        catalog_describe(catalog->tools[i], &view, out);
    }
    buf_adds(out, "]}");
}

struct rest *rest_new(const struct rest_options *options, struct http_server *server)
{
    struct rest *rest = calloc(1, sizeof *rest);
    if (!rest)
        abort();
    rest->options = *options;
    if (!rest->options.base_path)
        rest->options.base_path = "";
    rest->catalog = engine_catalog(options->engine);
    rest->server = server;
    rest->started_ms = clock_ms();
    rest->assets = assets_new();
    const struct openapi_options about = {
        .catalog = rest->catalog,
        .assets = rest->assets,
        .version = options->version,
        .base_path = rest->options.base_path,
        .needs_key = options->needs_key,
    };
    for (enum mcp_lang lang = MCP_EN; lang <= MCP_FR; lang++) {
        describe_tools(rest->catalog, lang, &rest->tools[lang]);
        openapi_write(&about, lang, &rest->openapi[lang]);
    }
    for (const struct operation *operation = operations_table; operation->path; operation++) {
        if (operation->is_open)
            http_route_open(server, operation->method, operation->path, operation->handler, rest);
        else if (operation->handler)
            http_route(server, operation->method, operation->path, operation->handler, rest);
        if (operation->each == OPERATION_LOCAL_BY_PATH)
            http_route_only(server, calls_takes_get);
    }
    http_route_open(server, "GET", "/docs/", pages_move, rest);
    http_route_open(server, "GET", "/redoc/", pages_move, rest);
    return rest;
}

void rest_free(struct rest *rest)
{
    if (!rest)
        return;
    for (enum mcp_lang lang = MCP_EN; lang <= MCP_FR; lang++) {
        buf_done(&rest->tools[lang]);
        buf_done(&rest->openapi[lang]);
    }
    survey_done(&rest->survey);
    assets_free(rest->assets);
    free(rest);
}
