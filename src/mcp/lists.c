/* tools/list, resources/list, resources/templates/list, prompts/list (MCP, server/utilities/pagination). */
#include "mcp/lists.h"

#include <stdlib.h>
#include <string.h>

#include "mcp/exchange.h"
#include "mcp/methods.h"
#include "mcp/seal.h"
#include "mcp/template.h"
#include "toolkit/look.h"

enum list_kind { LIST_TOOLS, LIST_RESOURCES, LIST_TEMPLATES, LIST_PROMPTS };

/* One list as one revision and one language read it. */
struct list {
    struct list *next;
    enum list_kind kind;
    enum mcp_lang lang;
    const struct revision *revision;
    struct buf json; /* the items, a comma behind each */
    size_t *starts, count; /* where they begin, and where the last one ends */
};

static bool is_french(const struct list *list)
{
    return list->lang == MCP_FR;
}

static void put_name(struct json_writer *w, const struct list *list, const struct mcp_tool *handler)
{
    bool fr = is_french(list);
    json_put_str(w, "name", handler->name);
    if (list->revision->has_titles)
        json_put_str(w, "title", fr ? handler->title.fr : handler->title.en);
    json_put_str(w, "description", fr ? handler->about.fr : handler->about.en);
}

static void put_look(struct json_writer *w, const struct list *list, const struct mcp_tool *handler)
{
    if (list->revision->has_icons)
        look_put_icons(w, handler->icons);
    if (list->revision->has_titles)
        look_put_meta(w, handler->meta);
}

static void put_resource(struct json_writer *w, const struct list *list, const struct mcp_resource *resource)
{
    bool is_template = list->kind == LIST_TEMPLATES;
    json_open_object(w, NULL);
    json_put_str(w, is_template ? "uriTemplate" : "uri", resource->uri);
    put_name(w, list, &resource->reader);
    if (resource->mime_type)
        json_put_str(w, "mimeType", resource->mime_type);
    if (resource->size && !is_template)
        json_put_int(w, "size", (int64_t)resource->size);
    look_put_annotations(w, &resource->annotations, list->revision->has_titles);
    put_look(w, list, &resource->reader);
    json_close_object(w);
}

static void put_prompt(struct json_writer *w, const struct list *list, const struct mcp_prompt *prompt)
{
    json_open_object(w, NULL);
    put_name(w, list, &prompt->writer);
    json_open_array(w, "arguments");
    for (const struct mcp_param *row = prompt->writer.params; row && row->name; row++) {
        json_open_object(w, NULL);
        json_put_str(w, "name", row->name);
        json_put_str(w, "description", is_french(list) ? row->about.fr : row->about.en);
        json_put_bool(w, "required", row->required);
        json_close_object(w);
    }
    json_close_array(w);
    put_look(w, list, &prompt->writer);
    json_close_object(w);
}

/* A client that is told of an output schema refuses results without structured content, which old revisions
 * lack. */
static void put_tool(struct list *list, const struct mcp_tool *tool)
{
    const struct revision *revision = list->revision;
    const struct catalog_view view = {
        .lang = list->lang,
        .has_output = revision->has_structured_content,
        .has_titles = revision->has_titles,
        .has_hints = revision->has_tool_hints,
        .has_icons = revision->has_icons,
    };
    catalog_describe(tool, &view, &list->json);
}

/* The `index`th thing of its kind; NULL behind the last. Resources and templates share a table. */
static const void *thing_at(const struct mcp_server *server, enum list_kind kind, size_t index)
{
    const struct catalog *catalog = engine_catalog(server->engine);
    switch (kind) {
    case LIST_TOOLS:
        return index < catalog->count ? catalog->tools[index] : NULL;
    case LIST_PROMPTS:
        return server->options.prompts ? server->options.prompts[index] : NULL;
    default:
        return server->options.resources ? server->options.resources[index] : NULL;
    }
}

static bool belongs(const struct list *list, const void *thing)
{
    if (list->kind != LIST_RESOURCES && list->kind != LIST_TEMPLATES)
        return true;
    return template_is_one(((const struct mcp_resource *)thing)->uri) == (list->kind == LIST_TEMPLATES);
}

static void write_items(struct list *list, const struct mcp_server *server)
{
    const void *thing = NULL;
    for (size_t i = 0; (thing = thing_at(server, list->kind, i)); i++) {
        if (!belongs(list, thing))
            continue;
        list->starts[list->count++] = list->json.len;
        struct json_writer w = { .out = &list->json };
        if (list->kind == LIST_TOOLS)
            put_tool(list, thing);
        else if (list->kind == LIST_PROMPTS)
            put_prompt(&w, list, thing);
        else
            put_resource(&w, list, thing);
        buf_addc(&list->json, ',');
    }
    list->starts[list->count] = list->json.len;
}

static void free_list(struct list *list)
{
    buf_done(&list->json);
    free(list->starts);
    free(list);
}

/* The list as this client reads it; NULL: no memory. */
static const struct list *find_list(const struct mcp_exchange *x, enum list_kind kind)
{
    struct mcp_server *server = x->server;
    size_t count = 0;
    for (const struct list *list = server->lists; list; list = list->next)
        if (list->kind == kind && list->lang == x->lang && list->revision == x->revision)
            return list;
    while (thing_at(server, kind, count))
        count++;
    struct list *list = calloc(1, sizeof *list);
    if (!list)
        return NULL;
    *list = (struct list){ .kind = kind, .lang = x->lang, .revision = x->revision };
    list->starts = calloc(count + 1, sizeof *list->starts);
    if (list->starts)
        write_items(list, server);
    if (!list->starts || list->json.failed) {
        free_list(list);
        return NULL;
    }
    list->next = server->lists;
    server->lists = list;
    return list;
}

/* Where the page begins that params.cursor asks for. False: it is none that this list gave out. */
static bool find_start(struct mcp_exchange *x, const struct list *list, size_t *ret_start)
{
    const struct mcp_json *cursor = mcp_json_get(x->message.params, "cursor");
    *ret_start = 0;
    if (!cursor)
        return true;
    bool is_text = cursor->kind == MCP_JSON_STRING && strlen(cursor->text) == cursor->len;
    return is_text && seal_open_cursor(x, cursor->text, ret_start) && *ret_start < list->count;
}

static void send_list(struct mcp_exchange *x, enum list_kind kind, const char *key)
{
    const struct list *list = find_list(x, kind);
    size_t start = 0;
    struct buf cursor = { 0 };
    if (!list) {
        exchange_error(x, JSONRPC_INTERNAL_ERROR, NULL, "no memory for this list");
        return;
    }
    /* MCP, server/utilities/pagination, Error Handling: invalid cursors are -32602. An empty string is a
     * cursor like any other, and none of ours. */
    if (!find_start(x, list, &start)) {
        exchange_error(x, JSONRPC_INVALID_PARAMS, NULL,
            "params.cursor is none that this server gave out for %s", x->message.method);
        return;
    }
    size_t left = list->count - start, page = x->server->options.page_size;
    size_t end = start + (left < page ? left : page);
    if (end < list->count && !seal_close_cursor(x, end, &cursor)) {
        buf_done(&cursor);
        exchange_error(x, JSONRPC_INTERNAL_ERROR, NULL, "no memory for a cursor");
        return;
    }
    exchange_begin_result(x, "complete", true);
    json_open_array(&x->writer, key);
    if (end > start) {
        size_t from = list->starts[start], to = list->starts[end];
        json_put_raw(&x->writer, NULL, list->json.data + from, to - from - 1);
    }
    json_close_array(&x->writer);
    if (cursor.len)
        json_put_strn(&x->writer, "nextCursor", buf_str(&cursor), cursor.len);
    buf_done(&cursor);
    exchange_end_result(x);
}

void tools_list(struct mcp_exchange *x)
{
    send_list(x, LIST_TOOLS, "tools");
}

void resources_list(struct mcp_exchange *x)
{
    send_list(x, LIST_RESOURCES, "resources");
}

void resources_templates_list(struct mcp_exchange *x)
{
    send_list(x, LIST_TEMPLATES, "resourceTemplates");
}

void prompts_list(struct mcp_exchange *x)
{
    send_list(x, LIST_PROMPTS, "prompts");
}

void lists_free_all(struct mcp_server *server)
{
    while (server->lists) {
        struct list *list = server->lists;
        server->lists = list->next;
        free_list(list);
    }
}
