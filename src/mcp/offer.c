/* Lists and lookups of tools, resources and prompts. */
#include "mcp/offer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "mcp/derived.h"
#include "mcp/template.h"

static const struct mcp_param completion_rows[] = {
    MCP_ARG_STRING(struct mcp_completion, argument, .max = 256, .about = { "-", "-" }),
    MCP_ARG_STRING(struct mcp_completion, value, .max = 4096, .about = { "-", "-" }),
    { 0 },
};

static size_t count_of(const void *const *list)
{
    size_t count = 0;
    while (list && list[count])
        count++;
    return count;
}

static size_t resource_count(const struct mcp_server *server)
{
    return count_of((const void *const *)server->options.resources);
}

static size_t prompt_count(const struct mcp_server *server)
{
    return count_of((const void *const *)server->options.prompts);
}

static void put_words(struct json_writer *w, const struct mcp_tool *handler, enum mcp_lang lang)
{
    json_put_str(w, "name", handler->name);
    json_put_str(w, "title", lang == MCP_FR ? handler->title.fr : handler->title.en);
    json_put_str(w, "description", lang == MCP_FR ? handler->about.fr : handler->about.en);
}

static void write_resources(struct mcp_server *server, enum mcp_lang lang, bool templates, struct buf *out)
{
    struct json_writer w = { .out = out };
    json_open_array(&w, NULL);
    for (size_t i = 0; i < resource_count(server); i++) {
        const struct mcp_resource *resource = server->options.resources[i];
        if (template_is_one(resource->uri) != templates)
            continue;
        json_open_object(&w, NULL);
        json_put_str(&w, templates ? "uriTemplate" : "uri", resource->uri);
        put_words(&w, &resource->reader, lang);
        if (resource->mime_type)
            json_put_str(&w, "mimeType", resource->mime_type);
        json_close_object(&w);
    }
    json_close_array(&w);
}

static void write_prompts(struct mcp_server *server, enum mcp_lang lang)
{
    struct json_writer w = { .out = &server->prompts[lang] };
    json_open_array(&w, NULL);
    for (size_t i = 0; i < prompt_count(server); i++) {
        const struct mcp_tool *writer = &server->options.prompts[i]->writer;
        json_open_object(&w, NULL);
        put_words(&w, writer, lang);
        json_open_array(&w, "arguments");
        for (const struct mcp_param *row = writer->params; row && row->name; row++) {
            json_open_object(&w, NULL);
            json_put_str(&w, "name", row->name);
            json_put_str(&w, "description", lang == MCP_FR ? row->about.fr : row->about.en);
            json_put_bool(&w, "required", row->required);
            json_close_object(&w);
        }
        json_close_array(&w);
        json_close_object(&w);
    }
    json_close_array(&w);
}

/* A client that is told of an output schema refuses results without structured content, which old revisions
 * lack. */
static void write_tools(struct mcp_server *server, enum mcp_lang lang, bool is_old)
{
    const struct catalog *catalog = engine_catalog(server->engine);
    struct buf *out = &server->tools[lang][is_old];
    buf_addc(out, '[');
    for (size_t i = 0; i < catalog->count; i++) {
        if (i)
            buf_addc(out, ',');
        catalog_describe(catalog->tools[i], lang, !is_old, out);
    }
    buf_addc(out, ']');
}

/* A handler of its own for each completion, so that it runs like every other. */
static int make_completers(struct mcp_server *server)
{
    size_t resources = resource_count(server), prompts = prompt_count(server);
    server->completers = calloc(resources + prompts + 1, sizeof *server->completers);
    if (!server->completers)
        return -ENOMEM;
    for (size_t i = 0; i < resources + prompts; i++) {
        bool is_resource = i < resources;
        server->completers[i] = (struct mcp_tool){
            .name = is_resource ? server->options.resources[i]->reader.name
                                : server->options.prompts[i - resources]->writer.name,
            .params = completion_rows,
            .args_size = sizeof(struct mcp_completion),
            .cost = MCP_WORKER,
            .traits = MCP_READ_ONLY,
            .timeout_ms = 5000,
            .scope = "completion",
            .run = is_resource ? server->options.resources[i]->complete
                               : server->options.prompts[i - resources]->complete,
        };
    }
    return 0;
}

static int check_resource(
    const struct mcp_server *server, const struct mcp_resource *resource, struct err *err)
{
    struct mcp_tool reader = resource->reader;
    if (resource->tool && offer_resource_tool(server, resource) < 0)
        return err_set(err, -EINVAL, "%s: its tool is none of this server", resource->uri);
    if (resource->tool)
        reader.run = resource->tool->run;
    int error = catalog_check_handler(&reader, err);
    return error ? error : derived_check(resource, err);
}

int offer_init(struct mcp_server *server, struct err *err)
{
    int error = 0;
    for (size_t i = 0; i < resource_count(server) && !error; i++)
        error = check_resource(server, server->options.resources[i], err);
    for (size_t i = 0; i < prompt_count(server) && !error; i++)
        error = catalog_check_handler(&server->options.prompts[i]->writer, err);
    if (!error && make_completers(server) < 0)
        error = err_set(err, -ENOMEM, "no memory for the lists");
    if (error)
        return error;
    for (enum mcp_lang lang = MCP_EN; lang <= MCP_FR; lang++) {
        write_tools(server, lang, false);
        write_tools(server, lang, true);
        write_prompts(server, lang);
        write_resources(server, lang, false, &server->resources[lang]);
        write_resources(server, lang, true, &server->templates[lang]);
    }
    return 0;
}

void offer_done(struct mcp_server *server)
{
    free(server->completers);
    for (enum mcp_lang lang = MCP_EN; lang <= MCP_FR; lang++) {
        buf_done(&server->tools[lang][0]);
        buf_done(&server->tools[lang][1]);
        buf_done(&server->prompts[lang]);
        buf_done(&server->resources[lang]);
        buf_done(&server->templates[lang]);
    }
}

static void put_flag_object(struct json_writer *w, const char *name, const char *flag, const char *flag2)
{
    json_open_object(w, name);
    if (flag)
        json_put_bool(w, flag, true);
    if (flag2)
        json_put_bool(w, flag2, true);
    json_close_object(w);
}

static bool has_tasks(const struct mcp_server *server)
{
    const struct catalog *catalog = engine_catalog(server->engine);
    for (size_t i = 0; i < catalog->count; i++)
        if (catalog->tools[i]->task != MCP_TASK_NEVER)
            return true;
    return false;
}

void offer_put_capabilities(struct json_writer *w, const struct mcp_exchange *x)
{
    const struct mcp_server *server = x->server;
    json_open_object(w, "capabilities");
    put_flag_object(w, "tools", "listChanged", NULL);
    put_flag_object(w, "logging", NULL, NULL);
    if (server->options.resources)
        put_flag_object(w, "resources", "subscribe", "listChanged");
    if (server->options.prompts)
        put_flag_object(w, "prompts", "listChanged", NULL);
    if ((server->options.resources || server->options.prompts) && x->revision->has_completions)
        put_flag_object(w, "completions", NULL, NULL);
    if (x->revision->era == ERA_MODERN && has_tasks(server)) {
        json_open_object(w, "extensions");
        put_flag_object(w, "io.modelcontextprotocol/tasks", NULL, NULL);
        json_close_object(w);
    }
    json_close_object(w);
}

const struct mcp_resource *offer_find_resource(
    const struct mcp_server *server, const char *uri, struct buf *out)
{
    for (size_t i = 0; i < resource_count(server); i++) {
        buf_clear(out);
        if (template_match(server->options.resources[i]->uri, uri, out))
            return server->options.resources[i];
    }
    return NULL;
}

int offer_resource_tool(const struct mcp_server *server, const struct mcp_resource *resource)
{
    return resource->tool ? catalog_find(engine_catalog(server->engine), resource->tool) : -1;
}

const struct mcp_resource *offer_find_template(const struct mcp_server *server, const char *uri)
{
    for (size_t i = 0; i < resource_count(server); i++)
        if (strcmp(server->options.resources[i]->uri, uri) == 0)
            return server->options.resources[i];
    return NULL;
}

const struct mcp_prompt *offer_find_prompt(const struct mcp_server *server, const char *name)
{
    for (size_t i = 0; i < prompt_count(server); i++)
        if (strcmp(server->options.prompts[i]->writer.name, name) == 0)
            return server->options.prompts[i];
    return NULL;
}

static const struct mcp_tool *completer_at(const struct mcp_server *server, size_t index)
{
    return server->completers[index].run ? &server->completers[index] : NULL;
}

const struct mcp_tool *offer_resource_completer(
    const struct mcp_server *server, const struct mcp_resource *resource)
{
    size_t i = 0;
    while (server->options.resources[i] != resource)
        i++;
    return completer_at(server, i);
}

const struct mcp_tool *offer_prompt_completer(
    const struct mcp_server *server, const struct mcp_prompt *prompt)
{
    size_t i = 0;
    while (server->options.prompts[i] != prompt)
        i++;
    return completer_at(server, resource_count(server) + i);
}
