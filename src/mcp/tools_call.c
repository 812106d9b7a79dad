/* tools/call: from a message to a handler, and its outcome as a CallToolResult. */
#include <string.h>

#include "mcp/content.h"
#include "mcp/exchange.h"
#include "mcp/headers.h"
#include "mcp/methods.h"
#include "mcp/run.h"
#include "mcp/tasks.h"
#include "mcp/tool_result.h"

static void finish(struct mcp_exchange *x, const struct call_outcome *outcome)
{
    x->result_meta = outcome->meta;
    exchange_begin_result(x, "complete", false);
    tool_result_put(&x->writer, x->revision, outcome, x->lang);
    exchange_end_result(x);
}

void tools_call(struct mcp_exchange *x)
{
    const struct mcp_json *name = mcp_json_get(x->message.params, "name");
    const struct catalog *catalog = engine_catalog(x->server->engine);
    x->arguments = mcp_json_get(x->message.params, "arguments");
    if (!name || name->kind != MCP_JSON_STRING) {
        exchange_error(x, JSONRPC_INVALID_PARAMS, NULL, "params.name must be the name of a tool");
        return;
    }
    x->tool = strlen(name->text) == name->len ? catalog_by_name(catalog, name->text) : -1;
    if (x->tool < 0) {
        exchange_error(x, JSONRPC_INVALID_PARAMS, NULL,
            "there is no tool %.100s; tools/list names those that exist", name->text);
        return;
    }
    if (x->arguments && x->arguments->kind != MCP_JSON_OBJECT) {
        exchange_error(x, JSONRPC_INVALID_PARAMS, NULL, "params.arguments must be an object");
        return;
    }
    x->handler = catalog->tools[x->tool];
    x->finish = finish;
    enum mcp_task task = x->handler->task;
    if (task == MCP_TASK_MUST && !x->offers_tasks)
        tasks_refuse(x);
    else if ((task == MCP_TASK_MUST || task == MCP_TASK_MAY) && x->offers_tasks)
        tasks_start(x);
    else
        run_handler(x);
}
