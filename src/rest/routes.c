/* The REST routes: what the server is, how it is, which tools it has, and the way to their calls. */
#include "rest/routes.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/health.h"
#include "base/json_write.h"
#include "base/scope.h"
#include "http/language.h"
#include "http/origin.h"
#include "http/problem.h"
#include "http/server.h"
#include "rest/tool_call.h"
#include "toolkit/call.h"
#include "toolkit/catalog.h"

struct rest {
    struct rest_options options;
    const struct catalog *catalog;
    int64_t started_ms;
    struct buf tools[2]; /* GET /tools, by enum mcp_lang: written once */
};

static enum mcp_lang language_of(const struct rest *rest, const struct http_request *request)
{
    return language_choose(http_header(request, "Accept-Language"), rest->options.lang);
}

/* Information */

static void on_root(struct http_request *request, void *user)
{
    const struct rest *rest = user;
    enum mcp_lang lang = language_of(rest, request);
    CLEANUP(buf_done) struct buf out = { 0 };
    struct json_writer w = { .out = &out };
    json_open_object(&w, NULL);
    json_put_str(&w, "name", rest->options.name);
    json_put_str(&w, "version", rest->options.version);
    json_put_str(&w, "description",
        lang == MCP_FR ? "Outils d'assistance informatique par MCP et REST"
                       : "IT support tools over MCP and REST");
    json_put_int(&w, "tools", (int64_t)rest->catalog->count);
    json_open_object(&w, "links");
    json_put_str(&w, "mcp", "/mcp");
    json_put_str(&w, "tools", "/tools");
    json_put_str(&w, "call", "/call/{tool}");
    json_put_str(&w, "health", "/health");
    json_close_object(&w);
    json_close_object(&w);
    http_set(request, "Vary", "Accept-Language");
    tool_call_reply(request, 200, buf_str(&out), out.len);
}

/* Lost workers (a call that cannot be cancelled holds them) leave a server that works with less; when too
 * many are lost, no blocking tool answers any more. */
static void report_workers(const struct rest *rest)
{
    unsigned lost = engine_lost(rest->options.engine);
    if (engine_exhausted(rest->options.engine))
        health_set(rest->options.health, "workers", HEALTH_FAILING,
            "%u workers hang in calls that cannot be cancelled; no blocking tool answers", lost);
    else if (lost > 0)
        health_set(rest->options.health, "workers", HEALTH_DEGRADED,
            "%u workers hang in calls that cannot be cancelled", lost);
    else
        health_set(rest->options.health, "workers", HEALTH_OK, NULL);
}

static void put_part(struct json_writer *w, const struct health_part *part)
{
    char since[CLOCK_STAMP_SIZE];
    json_open_object(w, part->name);
    json_put_str(w, "status", health_word(part->status));
    if (part->reason[0])
        json_put_str(w, "reason", part->reason);
    json_put_str(w, "since", clock_stamp(part->since_ms, since));
    json_close_object(w);
}

/* Cheap, and open to anybody: it says how the parts are, not what is in them. */
static void on_health(struct http_request *request, void *user)
{
    const struct rest *rest = user;
    report_workers(rest);
    struct health_part parts[HEALTH_PARTS_MAX];
    size_t count = health_read(rest->options.health, parts);
    enum health_status status = health_worst(rest->options.health);
    CLEANUP(buf_done) struct buf out = { 0 };
    struct json_writer w = { .out = &out };
    json_open_object(&w, NULL);
    json_put_str(&w, "status", health_word(status));
    json_put_str(&w, "version", rest->options.version);
    json_put_int(&w, "uptime_s", (clock_ms() - rest->started_ms) / 1000);
    json_open_object(&w, "components");
    for (size_t i = 0; i < count; i++)
        put_part(&w, &parts[i]);
    json_close_object(&w);
    json_close_object(&w);
    http_set(request, "Cache-Control", "no-store");
    tool_call_reply(request, status == HEALTH_FAILING ? 503 : 200, buf_str(&out), out.len);
}

static void on_tools(struct http_request *request, void *user)
{
    const struct rest *rest = user;
    const struct buf *tools = &rest->tools[language_of(rest, request)];
    http_set(request, "Vary", "Accept-Language");
    tool_call_reply(request, 200, buf_str(tools), tools->len);
}

static void describe_tools(const struct catalog *catalog, enum mcp_lang lang, struct buf *out)
{
    buf_adds(out, "{\"tools\":[");
    for (size_t i = 0; i < catalog->count; i++) {
        if (i > 0)
            buf_addc(out, ',');
        catalog_describe(catalog->tools[i], lang, true, out);
    }
    buf_adds(out, "]}");
}

/* Calls */

/* A page of another site may make a browser send requests here (an image, a form), though it cannot read the
 * answers: a call is more than an answer. */
static bool refuse_cross_site(struct http_request *request, enum mcp_lang lang)
{
    if (!origin_cross_site(request))
        return false;
    http_problem(request, 403, "cross-site",
        lang == MCP_FR ? "Requête d'un autre site" : "Request from another site",
        lang == MCP_FR ? "les pages d'autres sites ne peuvent pas appeler d'outil"
                       : "pages of other sites cannot call tools");
    return true;
}

static bool refuse_unknown(struct http_request *request, enum mcp_lang lang, int tool)
{
    if (tool >= 0)
        return false;
    CLEANUP(buf_done) struct buf detail = { 0 };
    buf_addf(&detail,
        lang == MCP_FR ? "il n'y a pas d'outil « %.64s » ; GET /tools les liste"
                       : "there is no tool \"%.64s\"; GET /tools lists them",
        request->rest);
    http_problem(
        request, 404, "unknown-tool", lang == MCP_FR ? "Outil inconnu" : "Unknown tool", buf_str(&detail));
    return true;
}

static void call_checked(const struct rest *rest, struct http_request *request, int tool)
{
    enum mcp_lang lang = language_of(rest, request);
    if (!refuse_cross_site(request, lang) && !refuse_unknown(request, lang, tool))
        tool_call(rest->options.engine, tool, request, lang);
}

static void on_call(struct http_request *request, void *user)
{
    const struct rest *rest = user;
    call_checked(rest, request, catalog_by_word(rest->catalog, request->rest));
}

static void on_post_tool(struct http_request *request, void *user)
{
    const struct rest *rest = user;
    call_checked(rest, request, catalog_by_word(rest->catalog, request->rest));
}

/* A GET is what links, images and previews send: only for tools that change nothing and reach nobody. */
static void on_get_tool(struct http_request *request, void *user)
{
    const struct rest *rest = user;
    int tool = catalog_by_word(rest->catalog, request->rest);
    unsigned traits = tool >= 0 ? rest->catalog->tools[tool]->traits : MCP_READ_ONLY;
    if ((traits & MCP_READ_ONLY) && !(traits & MCP_OPEN_WORLD)) {
        call_checked(rest, request, tool);
        return;
    }
    enum mcp_lang lang = language_of(rest, request);
    if (refuse_cross_site(request, lang))
        return;
    http_set(request, "Allow", "POST, OPTIONS");
    http_problem(request, 405, NULL, lang == MCP_FR ? "Méthode refusée" : "Method not allowed",
        lang == MCP_FR ? "cet outil agit au-delà de cette machine ou la modifie : l'appeler par POST"
                       : "this tool acts beyond this machine or changes it: call it by POST");
}

struct rest *rest_new(const struct rest_options *options, struct http_server *server)
{
    struct rest *rest = calloc(1, sizeof *rest);
    if (!rest)
        abort();
    rest->options = *options;
    rest->catalog = engine_catalog(options->engine);
    rest->started_ms = clock_ms();
    describe_tools(rest->catalog, MCP_EN, &rest->tools[MCP_EN]);
    describe_tools(rest->catalog, MCP_FR, &rest->tools[MCP_FR]);
    http_route(server, "GET", "/", on_root, rest);
    http_route(server, "GET", "/health", on_health, rest);
    http_route(server, "GET", "/tools", on_tools, rest);
    http_route(server, "GET", "/tools/{path}", on_get_tool, rest);
    http_route(server, "POST", "/tools/{path}", on_post_tool, rest);
    http_route(server, "POST", "/call/{tool}", on_call, rest);
    return rest;
}

void rest_free(struct rest *rest)
{
    if (!rest)
        return;
    buf_done(&rest->tools[MCP_EN]);
    buf_done(&rest->tools[MCP_FR]);
    free(rest);
}
