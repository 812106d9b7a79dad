/* completion/complete (MCP, server/utilities/completion). */
#include <string.h>

#include "mcp/exchange.h"
#include "mcp/methods.h"
#include "mcp/offer.h"
#include "mcp/run.h"

#define VALUES_MAX 100 /* MCP, schema CompleteResult */

static void send_values(struct mcp_exchange *x, const struct call_block *blocks)
{
    unsigned total = 0;
    exchange_begin_result(x, "complete", false);
    json_open_object(&x->writer, "completion");
    json_open_array(&x->writer, "values");
    for (const struct call_block *block = blocks; block; block = block->next) {
        if (block->kind != BLOCK_TEXT)
            continue;
        if (total++ < VALUES_MAX)
            json_put_strn(&x->writer, NULL, block->text, block->len);
    }
    json_close_array(&x->writer);
    json_put_int(&x->writer, "total", total);
    json_put_bool(&x->writer, "hasMore", total > VALUES_MAX);
    json_close_object(&x->writer);
    exchange_end_result(x);
}

/* A completion that fails is an empty one: a person goes on typing. */
static void finish(struct mcp_exchange *x, const struct call_outcome *outcome)
{
    send_values(x, outcome->fault ? NULL : outcome->blocks);
}

/* The handler for params.ref; true if the ref names something, with *ret_completer NULL if that completes
 * nothing. */
static bool find_completer(const struct mcp_exchange *x, const struct mcp_tool **ret_completer)
{
    const struct mcp_json *ref = mcp_json_get(x->message.params, "ref");
    const char *name = mcp_json_get_text(ref, "name"), *uri = mcp_json_get_text(ref, "uri");
    *ret_completer = NULL;
    if (mcp_json_is(mcp_json_get(ref, "type"), "ref/prompt") && name) {
        const struct mcp_prompt *prompt = offer_find_prompt(x->server, name);
        *ret_completer = prompt ? offer_prompt_completer(x->server, prompt) : NULL;
        return prompt != NULL;
    }
    if (mcp_json_is(mcp_json_get(ref, "type"), "ref/resource") && uri) {
        const struct mcp_resource *resource = offer_find_template(x->server, uri);
        *ret_completer = resource ? offer_resource_completer(x->server, resource) : NULL;
        return resource != NULL;
    }
    return false;
}

void completion_complete(struct mcp_exchange *x)
{
    const struct mcp_json *argument = mcp_json_get(x->message.params, "argument");
    const char *name = mcp_json_get_text(argument, "name"), *value = mcp_json_get_text(argument, "value");
    const struct mcp_tool *completer = NULL;
    if (!name || !value || !find_completer(x, &completer)) {
        exchange_error(x, JSONRPC_INVALID_PARAMS, NULL,
            "completion needs a ref to a prompt or resource template that exists, and argument {name, "
            "value}");
        return;
    }
    if (!completer) {
        send_values(x, NULL);
        return;
    }
    struct buf json = { 0 };
    struct json_writer w = { .out = &json };
    json_open_object(&w, NULL);
    json_put_str(&w, "argument", name);
    json_put_str(&w, "value", value);
    /* MCP 2025-06-18, server/utilities/completion: what other arguments are already. */
    const struct mcp_json *context = mcp_json_get(mcp_json_get(x->message.params, "context"), "arguments");
    if (context)
        json_put_raw(&w, "context", context->raw, context->raw_len);
    json_close_object(&w);
    x->arguments = run_join(&x->arena, buf_str(&json), NULL);
    buf_done(&json);
    x->tool = -1;
    x->handler = completer;
    x->finish = finish;
    run_handler(x);
}
