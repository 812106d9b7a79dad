/* Lookups of resources and prompts, and what is declared of all. */
#include "mcp/offer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "mcp/derived.h"
#include "mcp/template.h"
#include "toolkit/look.h"

static const struct mcp_param completion_rows[] = {
    MCP_ARG_STRING(struct mcp_completion, argument, .max = 256, .about = { "-", "-" }),
    MCP_ARG_STRING(struct mcp_completion, value, .max = 4096, .about = { "-", "-" }),
    MCP_ARG_MAP(struct mcp_completion, context, .max_items = 64, .about = { "-", "-" }),
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
    if (!error)
        error = look_check_annotations(resource->uri, &resource->annotations, err);
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
        error = err_set(err, -ENOMEM, "no memory for the completions");
    return error;
}

void offer_done(struct mcp_server *server)
{
    free(server->completers);
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
