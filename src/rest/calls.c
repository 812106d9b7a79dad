/* The way to a call: which tool a path means, and who may call it by which method. */
#include "base/scope.h"
#include "http/origin.h"
#include "http/problem.h"
#include "rest/state.h"
#include "rest/tool_call.h"
#include "toolkit/call.h"
#include "toolkit/catalog.h"

bool calls_is_local(const struct mcp_tool *tool)
{
    return (tool->traits & MCP_READ_ONLY) && !(tool->traits & MCP_OPEN_WORLD);
}

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
    enum mcp_lang lang = rest_language(rest, request);
    if (!refuse_cross_site(request, lang) && !refuse_unknown(request, lang, tool))
        tool_call(rest->options.engine, tool, request, lang);
}

void calls_post(struct http_request *request, void *user)
{
    const struct rest *rest = user;
    call_checked(rest, request, catalog_by_word(rest->catalog, request->rest));
}

bool calls_takes_get(const char *word, void *user)
{
    const struct rest *rest = user;
    int tool = catalog_by_word(rest->catalog, word);
    return tool < 0 || calls_is_local(rest->catalog->tools[tool]);
}

/* A GET is what links, images and previews send: only for tools that change nothing and reach nobody. */
void calls_get(struct http_request *request, void *user)
{
    const struct rest *rest = user;
    if (calls_takes_get(request->rest, user)) {
        calls_post(request, user);
        return;
    }
    enum mcp_lang lang = rest_language(rest, request);
    if (refuse_cross_site(request, lang))
        return;
    http_set(request, "Allow", "POST, OPTIONS");
    http_problem(request, 405, NULL, lang == MCP_FR ? "Méthode refusée" : "Method not allowed",
        lang == MCP_FR ? "cet outil agit au-delà de cette machine ou la modifie : l'appeler par POST"
                       : "this tool acts beyond this machine or changes it: call it by POST");
}
