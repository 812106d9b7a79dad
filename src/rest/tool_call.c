/* One call of a tool over REST: from body or query to arguments, from the outcome to a status and a document.
 */
#include "rest/tool_call.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/json_read.h"
#include "base/json_write.h"
#include "base/scope.h"
#include "base/text.h"
#include "http/problem.h"
#include "http/server.h"
#include "toolkit/call.h"
#include "toolkit/catalog.h"
#include "toolkit/faults.h"
#include "toolkit/trace.h"

enum { QUERY_MAX_PARAMS = 256, MAX_DEPTH = 64 };

static const char *pick(enum mcp_lang lang, const char *fr, const char *en)
{
    return lang == MCP_FR ? fr : en;
}

void tool_call_reply(struct http_request *request, int status, const char *json, size_t len)
{
    if (!http_indents(request)) {
        http_reply(request, status, "application/json", json, len);
        return;
    }
    CLEANUP(buf_done) struct buf indented = { 0 };
    json_indent(&indented, json, len);
    http_reply(request, status, "application/json", buf_str(&indented), indented.len);
}

/* The outcome */

const struct http_problem_item *tool_call_items(
    struct arena *arena, const struct problems *problems, size_t *ret_count)
{
    size_t count = problems ? problems->count : 0, filled = 0;
    struct http_problem_item *items = arena_alloc(arena, (count + 1) * sizeof *items);
    for (const struct problem *one = problems ? problems->first : NULL; one && filled < count;
         one = one->next) {
        items[filled++] = (struct http_problem_item){
            .pointer = one->pointer,
            .message = one->message,
            .accepted = one->accepted,
        };
    }
    *ret_count = filled;
    return items;
}

static void reply_fault(struct http_request *request, enum mcp_lang lang, const struct call_outcome *outcome)
{
    const struct fault_row *row = fault_row(outcome->fault);
    size_t count = 0;
    const struct http_problem_item *items = tool_call_items(request->arena, outcome->problems, &count);
    if (outcome->fault == MCP_BUSY)
        http_set(request, "Retry-After", "1");
    http_problem_list(request, row->http_status, row->word, pick(lang, row->title.fr, row->title.en),
        outcome->message, items, count);
}

/* A request while its call runs: in the request's arena. */
struct pending {
    struct http_request *request;
    struct mcp_call *call;
    enum mcp_lang lang;
};

static void on_done(void *user, const struct call_outcome *outcome)
{
    const struct pending *pending = user;
    struct http_request *request = pending->request;
    char timing[64];
    snprintf(timing, sizeof timing, "call;dur=%.3f", (double)outcome->duration_ns / 1e6);
    http_set(request, "Server-Timing", timing);
    if (outcome->fault == MCP_OK)
        tool_call_reply(request, 200, outcome->json, outcome->json_len);
    else
        reply_fault(request, pending->lang, outcome);
}

static void on_gone(struct http_request *request, void *user)
{
    (void)request;
    const struct pending *pending = user;
    call_abandon(pending->call);
}

/* The arguments */

/* Answers what json_read() refused. */
static void refuse_json(struct http_request *request, enum mcp_lang lang, const struct json_error *error)
{
    if (error->too_large) {
        http_problem(request, 413, "too-large", pick(lang, "Trop volumineux", "Too large"),
            pick(lang, "lire ce JSON demanderait plus de mémoire que permis",
                "reading this JSON would take more memory than is allowed"));
        return;
    }
    CLEANUP(buf_done) struct buf detail = { 0 };
    buf_addf(&detail,
        lang == MCP_FR ? "le corps n'est pas du JSON valide : octet %zu : %s"
                       : "the body is not valid JSON: byte %zu: %s",
        error->offset, error->what);
    http_problem(request, 400, "invalid-json", pick(lang, "JSON invalide", "Invalid JSON"), buf_str(&detail));
}

/* False: it has been answered. */
static bool read_json(struct http_request *request, enum mcp_lang lang, const char *text, size_t len,
    const struct mcp_json **ret_arguments)
{
    const struct json_limits limits = { .max_depth = MAX_DEPTH, .unique_keys = true };
    struct json_error error = { 0 };
    const struct mcp_json *arguments = NULL;
    if (json_read(request->arena, text, len, &limits, &arguments, &error) < 0) {
        refuse_json(request, lang, &error);
        return false;
    }
    if (arguments->kind != MCP_JSON_OBJECT) {
        const struct http_problem_item item = {
            .pointer = "",
            .message = pick(lang, "le corps n'est pas un objet JSON", "the body is not a JSON object"),
            .accepted =
                pick(lang, "un objet JSON, un membre par paramètre", "a JSON object, one member a parameter"),
        };
        const struct fault_row *row = fault_row(MCP_INVALID);
        http_problem_list(request, row->http_status, row->word, pick(lang, row->title.fr, row->title.en),
            item.message, &item, 1);
        return false;
    }
    *ret_arguments = arguments;
    return true;
}

static void refuse_query(struct http_request *request, enum mcp_lang lang, const char *detail)
{
    http_problem(request, 400, "invalid-query", pick(lang, "Requête invalide", "Invalid query"), detail);
}

/* "application/json", perhaps with charset=utf-8: anything that a form or an image of another site can send
 * is not. */
static bool is_json_type(const char *type)
{
    static const char json[] = "application/json";
    if (!type || strncasecmp(type, json, sizeof json - 1) != 0)
        return false;
    const char *rest = type + sizeof json - 1;
    rest += strspn(rest, " \t");
    if (*rest == '\0')
        return true;
    if (*rest != ';')
        return false;
    rest += 1 + strspn(rest + 1, " \t");
    return strcasecmp(rest, "charset=utf-8") == 0 || strcasecmp(rest, "charset=\"utf-8\"") == 0;
}

static bool read_body(struct http_request *request, enum mcp_lang lang, const struct mcp_json **ret_arguments)
{
    if (!is_json_type(http_header(request, "Content-Type"))) {
        http_set(request, "Accept", "application/json");
        http_problem(request, 415, NULL, pick(lang, "Type de contenu refusé", "Unsupported media type"),
            pick(lang, "un appel demande l'en-tête Content-Type: application/json",
                "a call needs the header Content-Type: application/json"));
        return false;
    }
    if (request->query[0]) {
        refuse_query(request, lang,
            pick(lang, "un appel par POST prend ses arguments dans le corps, un objet JSON, et aucun après ?",
                "a call by POST takes its arguments from the body, a JSON object, and none after ?"));
        return false;
    }
    *ret_arguments = NULL;
    return request->body_len == 0 ||
        read_json(request, lang, request->body, request->body_len, ret_arguments);
}

struct query {
    struct params_text texts[QUERY_MAX_PARAMS];
    size_t count;
    bool full;
};

static bool add_text(const char *name, const char *value, void *user)
{
    struct query *query = user;
    query->full = query->count == QUERY_MAX_PARAMS;
    if (query->full)
        return false;
    query->texts[query->count++] = (struct params_text){ .name = name, .value = value };
    return true;
}

/* The first name that came before and means one value; NULL if there is none. */
static const char *find_twice(const struct query *query, const struct mcp_param *rows)
{
    for (size_t i = 1; i < query->count; i++) {
        const char *name = query->texts[i].name;
        const struct mcp_param *row = params_find(rows, name);
        if (row && (row->kind == MCP_STRINGS || row->kind == MCP_MAP))
            continue;
        for (size_t j = 0; j < i; j++)
            if (strcmp(query->texts[j].name, name) == 0)
                return name;
    }
    return NULL;
}

static bool read_query(struct http_request *request, enum mcp_lang lang, const struct mcp_tool *tool,
    const struct mcp_json **ret_arguments)
{
    struct query *query = arena_alloc(request->arena, sizeof *query);
    if (!http_query_each(request, add_text, query) || query->full) {
        refuse_query(request, lang,
            query->full ? pick(lang, "trop de paramètres", "too many parameters")
                        : pick(lang, "la partie après ? n'est pas de l'UTF-8 encodé en %XX",
                              "what follows ? is not percent-encoded UTF-8"));
        return false;
    }
    const char *twice = find_twice(query, tool->params);
    if (twice) {
        int shown = (int)text_utf8_cut(twice, strlen(twice), 60);
        refuse_query(request, lang,
            arena_printf(request->arena, lang == MCP_FR ? "%.*s est donné deux fois" : "%.*s is given twice",
                shown, twice));
        return false;
    }
    CLEANUP(buf_done) struct buf json = { 0 };
    params_from_texts(&json, tool->params, query->texts, query->count);
    const char *text = arena_strndup(request->arena, buf_str(&json), json.len);
    return read_json(request, lang, text, json.len, ret_arguments);
}

/* The call */

static const struct call_events events = { .done = on_done };

void tool_call(struct engine *engine, int tool, struct http_request *request, enum mcp_lang lang)
{
    const struct mcp_tool *described = engine_catalog(engine)->tools[tool];
    http_set(request, "Cache-Control", "no-store");
    const struct mcp_json *arguments = NULL;
    bool is_post = strcmp(request->method, "POST") == 0;
    bool is_read =
        is_post ? read_body(request, lang, &arguments) : read_query(request, lang, described, &arguments);
    if (!is_read)
        return;
    struct pending *pending = arena_alloc(request->arena, sizeof *pending);
    *pending = (struct pending){ .request = request, .lang = lang };
    const struct mcp_trace trace = trace_read(request->arena, http_header(request, "traceparent"),
        http_header(request, "tracestate"), http_header(request, "baggage"));
    const struct call_request call = {
        .tool = tool,
        .arguments = arguments,
        .lang = lang,
        .face = "rest",
        .id = request->id,
        .principal = request->principal,
        .trace = &trace,
        .client = http_header(request, "User-Agent"),
        .text_unwanted = true,
        .events = &events,
        .user = pending,
    };
    struct mcp_call *running = engine_call(engine, &call);
    /* NULL: it has been answered, and the request is dead. */
    if (!running)
        return;
    pending->call = running;
    http_on_abort(request, on_gone, pending);
}
