/* The OpenAPI 3.1 document: operations, and what their answers have in common. */
#include "rest/openapi.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/json_read.h"
#include "base/json_write.h"
#include "base/scope.h"
#include "rest/assets.h"
#include "rest/operations.h"
#include "rest/state.h"
#include "toolkit/catalog.h"
#include "toolkit/faults.h"
#include "toolkit/schema.h"

struct document {
    struct json_writer w;
    const struct openapi_options *options;
    enum mcp_lang lang;
    const struct mcp_json *components; /* components.json */
    const struct mcp_json *examples; /* recorded calls by tool: arguments, result */
};

static const char *pick(const struct document *document, struct mcp_text text)
{
    return document->lang == MCP_FR ? text.fr : text.en;
}

static void put_ref(struct json_writer *w, const char *key, const char *kind, const char *name)
{
    char path[160];
    snprintf(path, sizeof path, "#/components/%s/%s", kind, name);
    json_open_object(w, key);
    json_put_str(w, "$ref", path);
    json_close_object(w);
}

static void put_value(struct json_writer *w, const char *key, const struct mcp_json *value)
{
    json_put_raw(w, key, value->raw, value->raw_len);
}

/* The parts of components.json. */
static void put_members(struct document *document, const char *part)
{
    const struct mcp_json *members = mcp_json_get(document->components, part);
    for (const struct mcp_json *member = members ? members->first : NULL; member; member = member->next)
        put_value(&document->w, member->key, member);
}

static void put_example(struct document *document, const struct mcp_tool *tool, const char *part)
{
    const struct mcp_json *value = mcp_json_get(mcp_json_get(document->examples, tool->name), part);
    if (value)
        put_value(&document->w, "example", value);
}

/* Refusals: the same everywhere, as problem documents */

enum scope { EVERYWHERE, WITH_INPUT, WITH_BODY, IN_CALLS };

/* Where a status stands for a fault of a tool, its title comes from there. */
static const struct refusal {
    int status;
    enum scope scope;
    enum mcp_fault fault; /* MCP_OK: none */
    struct mcp_text about;
} refusals[] = {
    { 400, WITH_INPUT, MCP_INVALID, { 0 } },
    { 401, EVERYWHERE, MCP_OK, { "Clé absente ou inconnue", "Key missing or unknown" } },
    { 403, EVERYWHERE, MCP_DENIED, { 0 } },
    { 404, IN_CALLS, MCP_NOT_FOUND, { 0 } },
    { 408, WITH_BODY, MCP_OK, { "Requête arrivée trop lentement", "Request took too long to arrive" } },
    { 413, WITH_INPUT, MCP_TOO_LARGE, { 0 } },
    { 415, WITH_BODY, MCP_OK, { "Type de contenu refusé", "Unsupported media type" } },
    { 422, IN_CALLS, MCP_UNSUPPORTED, { 0 } },
    { 429, EVERYWHERE, MCP_OK, { "Trop de requêtes", "Too many requests" } },
    { 431, EVERYWHERE, MCP_OK, { "En-têtes trop grands", "Request head too large" } },
    { 500, IN_CALLS, MCP_INTERNAL, { 0 } },
    { 503, EVERYWHERE, MCP_BUSY, { 0 } },
    { 504, IN_CALLS, MCP_TIMED_OUT, { 0 } },
};

static const char *title_of(const struct document *document, const struct refusal *refusal)
{
    return pick(document, refusal->fault ? fault_row(refusal->fault)->title : refusal->about);
}

static bool is_refused_so(const struct operation *operation, const struct refusal *refusal)
{
    bool is_post = strcmp(operation->method, "POST") == 0;
    switch (refusal->scope) {
    case WITH_INPUT:
        return is_post || operation->each || operation->param;
    case WITH_BODY:
        return is_post;
    case IN_CALLS:
        return operation->each != OPERATION_ONCE;
    case EVERYWHERE:
        break;
    }
    return refusal->status != 401 || !operation->is_open;
}

static void put_problem_content(struct json_writer *w)
{
    json_open_object(w, "application/problem+json");
    put_ref(w, "schema", "schemas", "Problem");
    json_close_object(w);
}

static void put_headers(struct json_writer *w, int status, bool is_call)
{
    json_open_object(w, "headers");
    put_ref(w, "X-Request-Id", "headers", "RequestId");
    if (status == 429 || status == 503)
        put_ref(w, "Retry-After", "headers", "RetryAfter");
    if (status == 401)
        put_ref(w, "WWW-Authenticate", "headers", "Challenge");
    if (is_call)
        put_ref(w, "Server-Timing", "headers", "ServerTiming");
    json_close_object(w);
}

static void put_refusals(struct document *document)
{
    struct json_writer *w = &document->w;
    json_open_object(w, "responses");
    for (size_t i = 0; i < ARRAY_LEN(refusals); i++) {
        char name[16];
        snprintf(name, sizeof name, "%d", refusals[i].status);
        json_open_object(w, name);
        json_put_str(w, "description", title_of(document, &refusals[i]));
        put_headers(w, refusals[i].status, false);
        json_open_object(w, "content");
        put_problem_content(w);
        json_close_object(w);
        json_close_object(w);
    }
    json_close_object(w);
}

/* One operation */

static void put_result(struct document *document, const struct mcp_tool *tool)
{
    struct json_writer *w = &document->w;
    char name[96];
    snprintf(name, sizeof name, "%s_result", tool->name);
    json_open_object(w, "200");
    json_put_str(w, "description", document->lang == MCP_FR ? "Le résultat" : "The result");
    put_headers(w, 200, true);
    json_open_object(w, "content");
    json_open_object(w, "application/json");
    put_ref(w, "schema", "schemas", name);
    put_example(document, tool, "result");
    json_close_object(w);
    json_close_object(w);
    json_close_object(w);
}

/* All answers of one status: each has its media type; a refusal may add its own. */
static const struct operation_answer *put_answer(
    struct document *document, const struct operation *operation, const struct operation_answer *answer)
{
    struct json_writer *w = &document->w;
    char status[16];
    snprintf(status, sizeof status, "%d", answer->status);
    json_open_object(w, status);
    json_put_str(w, "description", pick(document, answer->about));
    put_headers(w, answer->status == 401 ? 401 : 200, false);
    const struct operation_answer *next = answer;
    if (answer->type)
        json_open_object(w, "content");
    for (; next->status == answer->status; next++) {
        if (!next->type)
            continue;
        json_open_object(w, next->type);
        if (next->schema)
            put_ref(w, "schema", "schemas", next->schema);
        json_close_object(w);
    }
    for (size_t i = 0; i < ARRAY_LEN(refusals); i++) {
        if (answer->type && refusals[i].status == answer->status && is_refused_so(operation, &refusals[i]))
            put_problem_content(w);
    }
    if (answer->type)
        json_close_object(w);
    json_close_object(w);
    return next;
}

static bool has_answer(const struct operation *operation, int status)
{
    for (const struct operation_answer *answer = operation->answers; answer && answer->status; answer++)
        if (answer->status == status)
            return true;
    return false;
}

static void put_answers(
    struct document *document, const struct operation *operation, const struct mcp_tool *tool)
{
    struct json_writer *w = &document->w;
    json_open_object(w, "responses");
    if (tool)
        put_result(document, tool);
    for (const struct operation_answer *answer = operation->answers; answer && answer->status;)
        answer = put_answer(document, operation, answer);
    for (size_t i = 0; i < ARRAY_LEN(refusals); i++) {
        if (!is_refused_so(operation, &refusals[i]) || has_answer(operation, refusals[i].status))
            continue;
        char status[16];
        snprintf(status, sizeof status, "%d", refusals[i].status);
        put_ref(w, status, "responses", status);
    }
    json_close_object(w);
}

static void put_query(struct document *document, const struct mcp_tool *tool)
{
    struct json_writer *w = &document->w;
    for (const struct mcp_param *row = tool->params; row && row->name; row++) {
        json_open_object(w, NULL);
        json_put_str(w, "name", row->name);
        json_put_str(w, "in", "query");
        json_put_str(w, "description", pick(document, row->about));
        json_put_bool(w, "required", row->required);
        schema_put_param(w, "schema", row, document->lang);
        if (row->example)
            schema_put_value(w, "example", row, row->example);
        json_close_object(w);
    }
}

static void put_input(
    struct document *document, const struct operation *operation, const struct mcp_tool *tool)
{
    struct json_writer *w = &document->w;
    bool is_post = strcmp(operation->method, "POST") == 0;
    json_open_array(w, "parameters");
    if (tool && !is_post)
        put_query(document, tool);
    if (operation->param)
        put_ref(w, NULL, "parameters", operation->param);
    if (tool)
        put_ref(w, NULL, "parameters", "AcceptLanguage");
    json_close_array(w);
    if (!is_post)
        return;
    json_open_object(w, "requestBody");
    json_put_bool(w, "required", true);
    json_open_object(w, "content");
    json_open_object(w, "application/json");
    if (tool) {
        char name[96];
        snprintf(name, sizeof name, "%s_arguments", tool->name);
        put_ref(w, "schema", "schemas", name);
        put_example(document, tool, "arguments");
    } else {
        put_ref(w, "schema", "schemas", operation->body);
    }
    json_close_object(w);
    json_close_object(w);
    json_close_object(w);
}

static void put_operation(
    struct document *document, const struct operation *operation, const struct mcp_tool *tool)
{
    struct json_writer *w = &document->w;
    char method[16] = { 0 }, id[160];
    for (size_t i = 0; i < sizeof method - 1 && operation->method[i]; i++)
        method[i] = (char)(operation->method[i] | 0x20);
    snprintf(id, sizeof id, "%s%s", operation->id, tool ? tool->name : "");
    json_open_object(w, method);
    json_put_str(w, "operationId", id);
    json_open_array(w, "tags");
    json_put_str(w, NULL, tool && !operation->tag ? tool->scope : operation->tag);
    json_close_array(w);
    json_put_str(w, "summary", pick(document, tool ? tool->title : operation->summary));
    const char *about = pick(document, tool ? tool->about : operation->about);
    if (about)
        json_put_str(w, "description", about);
    if (operation->is_open) {
        json_open_array(w, "security");
        json_close_array(w);
    }
    put_input(document, operation, tool);
    put_answers(document, operation, tool);
    json_close_object(w);
}

/* Paths */

bool operation_covers(const struct operation *operation, const struct mcp_tool *tool)
{
    switch (operation->each) {
    case OPERATION_BY_NAME:
        return true;
    case OPERATION_BY_PATH:
        return tool->path != NULL;
    case OPERATION_LOCAL_BY_PATH:
        return tool->path && calls_is_local(tool);
    case OPERATION_ONCE:
        break;
    }
    return false;
}

/* The operations of one path; `first` is the first row that has it. */
static void put_path(struct document *document, const struct operation *first, const struct mcp_tool *tool)
{
    struct json_writer *w = &document->w;
    char path[160];
    const char *last = !tool ? "" : first->each == OPERATION_BY_NAME ? tool->name : tool->path;
    int stem = (int)strcspn(first->path, tool ? "{" : "");
    snprintf(path, sizeof path, "%.*s%s", stem, first->path, last);
    bool is_open = false;
    for (const struct operation *operation = first; operation->path; operation++) {
        if (strcmp(operation->path, first->path) != 0 || (tool && !operation_covers(operation, tool)))
            continue;
        if (!is_open)
            json_open_object(w, path);
        is_open = true;
        put_operation(document, operation, tool);
    }
    if (is_open)
        json_close_object(w);
}

static bool is_first_of_its_path(const struct operation *operation)
{
    for (const struct operation *earlier = operations_table; earlier < operation; earlier++)
        if (strcmp(earlier->path, operation->path) == 0)
            return false;
    return true;
}

static void put_paths(struct document *document)
{
    const struct catalog *catalog = document->options->catalog;
    json_open_object(&document->w, "paths");
    for (const struct operation *operation = operations_table; operation->path; operation++) {
        if (!is_first_of_its_path(operation))
            continue;
        if (!operation->each)
            put_path(document, operation, NULL);
        for (size_t i = 0; operation->each && i < catalog->count; i++)
            put_path(document, operation, catalog->tools[i]);
    }
    json_close_object(&document->w);
}

/* The whole */

static void put_schemas(struct document *document)
{
    struct json_writer *w = &document->w;
    const struct catalog *catalog = document->options->catalog;
    json_open_object(w, "schemas");
    put_members(document, "schemas");
    for (size_t i = 0; i < catalog->count; i++) {
        const struct mcp_tool *tool = catalog->tools[i];
        char name[96];
        snprintf(name, sizeof name, "%s_arguments", tool->name);
        if (tool->input_schema)
            json_put_raw(w, name, tool->input_schema, strlen(tool->input_schema));
        else
            schema_put_input(w, name, tool->params, document->lang);
        snprintf(name, sizeof name, "%s_result", tool->name);
        schema_put_output(w, name, tool);
    }
    json_close_object(w);
}

static void put_components(struct document *document)
{
    struct json_writer *w = &document->w;
    json_open_object(w, "components");
    put_schemas(document);
    put_refusals(document);
    static const char *const others[] = { "headers", "parameters", "securitySchemes" };
    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        json_open_object(w, others[i]);
        put_members(document, others[i]);
        json_close_object(w);
    }
    json_close_object(w);
}

static void put_info(struct document *document)
{
    struct json_writer *w = &document->w;
    bool fr = document->lang == MCP_FR;
    json_open_object(w, "info");
    json_put_str(w, "title", fr ? "Assistance informatique" : "IT assistance");
    json_put_str(w, "version", document->options->version);
    json_put_str(w, "description",
        fr ? "Des outils qui regardent une machine Linux et son réseau. Ce qui est constaté (un hôte "
             "injoignable, un service absent) est un résultat ; une réponse autre que 2xx dit qu'il n'y a "
             "pas de résultat, et pourquoi."
           : "Tools that look at a Linux machine and its network. A finding (a host that is down, a service "
             "that does not exist) is a result; an answer other than 2xx says that there is no result, and "
             "why.");
    json_open_object(w, "license");
    json_put_str(w, "name", "MIT");
    json_put_str(w, "identifier", "MIT");
    json_close_object(w);
    json_close_object(w);
}

/* Our own file: that it is JSON is a matter of the build. */
static const struct mcp_json *read_asset(
    const struct openapi_options *options, const char *name, struct arena *arena)
{
    const struct json_limits limits = { 0 };
    const struct mcp_json *value = NULL;
    struct json_error error;
    const struct asset *asset = asset_find(name);
    if (!asset ||
        json_read(arena, asset_content(options->assets, asset), asset->size, &limits, &value, &error) < 0)
        abort();
    return value;
}

/* A key is taken everywhere, and needed or not; open operations say themselves that they need none. */
static void put_security(struct json_writer *w, bool needs_key)
{
    json_open_array(w, "security");
    if (!needs_key) {
        json_open_object(w, NULL);
        json_close_object(w);
    }
    json_open_object(w, NULL);
    json_open_array(w, "key");
    json_close_array(w);
    json_close_object(w);
    json_close_array(w);
}

void openapi_write(const struct openapi_options *options, enum mcp_lang lang, struct buf *out)
{
    CLEANUP(arena_done) struct arena arena = { 0 };
    struct document document = { .w = { .out = out },
        .options = options,
        .lang = lang,
        .components = read_asset(options, "components.json", &arena),
        .examples = read_asset(options, "examples.json", &arena) };
    struct json_writer *w = &document.w;
    json_open_object(w, NULL);
    json_put_str(w, "openapi", "3.1.1");
    put_info(&document);
    json_open_array(w, "servers");
    json_open_object(w, NULL);
    json_put_str(w, "url", options->base_path[0] ? options->base_path : "/");
    json_close_object(w);
    json_close_array(w);
    put_security(w, options->needs_key);
    put_paths(&document);
    put_components(&document);
    json_close_object(w);
}
