/* What the server says of itself: what it is, how it is, which tools it has, how they are called. */
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/health.h"
#include "base/json_write.h"
#include "base/scope.h"
#include "http/language.h"
#include "rest/state.h"
#include "rest/tool_call.h"
#include "toolkit/call.h"
#include "toolkit/catalog.h"

/* What there is, beneath the base path. */
static const char *const links[][2] = {
    { "mcp", "/mcp" },
    { "tools", "/tools" },
    { "call", "/call/{tool}" },
    { "health", "/health" },
    { "stats", "/stats" },
    { "metrics", "/metrics" },
    { "openapi", "/openapi.json" },
    { "docs", "/docs" },
    { "redoc", "/redoc" },
    { "licenses", "/licenses" },
};

void about_root(struct http_request *request, void *user)
{
    const struct rest *rest = user;
    enum mcp_lang lang = rest_language(rest, request);
    if (pages_wanted(request)) {
        pages_show(request, user);
        return;
    }
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
    for (size_t i = 0; i < ARRAY_LEN(links); i++)
        json_put_str(
            &w, links[i][0], arena_printf(request->arena, "%s%s", rest->options.base_path, links[i][1]));
    json_close_object(&w);
    json_close_object(&w);
    http_set(request, "Vary", "Accept, Accept-Language");
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
void about_health(struct http_request *request, void *user)
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

void about_tools(struct http_request *request, void *user)
{
    const struct rest *rest = user;
    const struct buf *tools = &rest->tools[rest_language(rest, request)];
    http_set(request, "Vary", "Accept-Language");
    tool_call_reply(request, 200, buf_str(tools), tools->len);
}

void about_openapi(struct http_request *request, void *user)
{
    const struct rest *rest = user;
    const struct buf *document = &rest->openapi[rest_language(rest, request)];
    http_set(request, "Vary", "Accept-Language");
    tool_call_reply(request, 200, buf_str(document), document->len);
}
