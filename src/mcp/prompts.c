/* prompts/get (MCP, server/prompts). */
#include <string.h>

#include "mcp/content.h"
#include "mcp/exchange.h"
#include "mcp/methods.h"
#include "mcp/offer.h"
#include "mcp/run.h"

static void finish(struct mcp_exchange *x, const struct call_outcome *outcome)
{
    if (outcome->fault) {
        struct buf text = { 0 };
        run_put_fault(&text, outcome, x->lang);
        exchange_error(x, outcome->fault == MCP_INTERNAL ? JSONRPC_INTERNAL_ERROR : JSONRPC_INVALID_PARAMS,
            NULL, "%s", buf_str(&text));
        buf_done(&text);
        return;
    }
    x->result_meta = outcome->meta;
    exchange_begin_result(x, "complete", false);
    json_put_str(&x->writer, "description", x->lang == MCP_FR ? x->handler->about.fr : x->handler->about.en);
    json_open_array(&x->writer, "messages");
    for (const struct call_block *block = outcome->blocks; block; block = block->next) {
        json_open_object(&x->writer, NULL);
        json_put_str(&x->writer, "role", block->role == MCP_ASSISTANT ? "assistant" : "user");
        content_put_block(&x->writer, "content", x->revision, block);
        json_close_object(&x->writer);
    }
    json_close_array(&x->writer);
    exchange_end_result(x);
}

void prompts_get(struct mcp_exchange *x)
{
    const char *name = mcp_json_get_text(x->message.params, "name");
    const struct mcp_prompt *prompt = name ? offer_find_prompt(x->server, name) : NULL;
    if (!prompt) {
        exchange_error(x, JSONRPC_INVALID_PARAMS, NULL,
            "there is no prompt %.100s; prompts/list names those that exist", name ? name : "without a name");
        return;
    }
    x->arguments = mcp_json_get(x->message.params, "arguments");
    x->tool = -1;
    x->handler = &prompt->writer;
    x->finish = finish;
    run_handler(x);
}
