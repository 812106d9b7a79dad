/* resources/read, subscribe, unsubscribe (MCP, server/resources). */
#include <string.h>

#include "base/json_read.h"
#include "mcp/content.h"
#include "mcp/derived.h"
#include "mcp/exchange.h"
#include "mcp/methods.h"
#include "mcp/offer.h"
#include "mcp/run.h"
#include "mcp/watch.h"

static const char *uri_of(const struct mcp_exchange *x)
{
    const struct mcp_json *uri = mcp_json_get(x->message.params, "uri");
    return uri && uri->kind == MCP_JSON_STRING && uri->len > 0 && strlen(uri->text) == uri->len ? uri->text
                                                                                                : NULL;
}

static void refuse_unknown(struct mcp_exchange *x, const char *uri)
{
    struct buf data = { 0 };
    struct json_writer w = { .out = &data };
    json_open_object(&w, NULL);
    json_put_str(&w, "uri", uri);
    json_close_object(&w);
    enum jsonrpc_code code =
        x->revision->has_modern_errors ? JSONRPC_INVALID_PARAMS : JSONRPC_RESOURCE_NOT_FOUND;
    exchange_error(x, code, buf_str(&data), "there is no resource %.200s", uri);
    buf_done(&data);
}

/* The contents of a resource that is a tool's result. */
static void put_derived(struct mcp_exchange *x, const char *uri, const struct call_outcome *outcome)
{
    struct buf text = { 0 };
    derived_put(x->resource, outcome, &text);
    const struct call_block block = {
        .kind = BLOCK_RESOURCE,
        .mime_type = x->resource->mime_type,
        .text = buf_str(&text),
        .len = text.len,
    };
    content_put_contents(&x->writer, x->revision, &block, uri);
    buf_done(&text);
}

static void finish(struct mcp_exchange *x, const struct call_outcome *outcome)
{
    const char *uri = uri_of(x);
    if (outcome->fault == MCP_NOT_FOUND) {
        refuse_unknown(x, uri);
        return;
    }
    if (outcome->fault) {
        struct buf text = { 0 };
        run_put_fault(&text, outcome, x->lang);
        bool is_ours =
            outcome->fault == MCP_INTERNAL || outcome->fault == MCP_BUSY || outcome->fault == MCP_TIMED_OUT;
        exchange_error(
            x, is_ours ? JSONRPC_INTERNAL_ERROR : JSONRPC_INVALID_PARAMS, NULL, "%s", buf_str(&text));
        buf_done(&text);
        return;
    }
    x->result_meta = outcome->meta;
    exchange_begin_result(x, "complete", false);
    exchange_put_cache(x, (int64_t)x->resource->poll_s * 1000); /* what nobody reads again is read afresh */
    json_open_array(&x->writer, "contents");
    if (x->resource->tool)
        put_derived(x, uri, outcome);
    for (const struct call_block *block = outcome->blocks; block; block = block->next)
        if (block->kind == BLOCK_RESOURCE || block->kind == BLOCK_BLOB)
            content_put_contents(&x->writer, x->revision, block, uri);
    json_close_array(&x->writer);
    exchange_end_result(x);
}

void resources_read(struct mcp_exchange *x)
{
    const char *uri = uri_of(x);
    if (!uri) {
        exchange_error(x, JSONRPC_INVALID_PARAMS, NULL, "params.uri must be the URI of a resource");
        return;
    }
    struct buf variables = { 0 };
    const struct mcp_resource *resource = offer_find_resource(x->server, uri, &variables);
    if (resource)
        x->arguments = derived_arguments(&x->arena, resource, buf_str(&variables));
    buf_done(&variables);
    if (!resource) {
        refuse_unknown(x, uri);
        return;
    }
    x->resource = resource;
    x->tool = offer_resource_tool(x->server, resource);
    x->handler = resource->tool ? resource->tool : &resource->reader;
    x->finish = finish;
    run_handler(x);
}

void resources_subscribe(struct mcp_exchange *x)
{
    const char *uri = uri_of(x);
    if (!uri) {
        exchange_error(x, JSONRPC_INVALID_PARAMS, NULL, "params.uri must be the URI of a resource");
        return;
    }
    struct buf variables = { 0 };
    bool is_known = offer_find_resource(x->server, uri, &variables);
    buf_done(&variables);
    if (!is_known) {
        refuse_unknown(x, uri);
        return;
    }
    if (x->peer && !watch_add(x->server, &x->peer->watches, uri)) {
        exchange_error(
            x, JSONRPC_INVALID_PARAMS, NULL, "too many subscriptions; %d are possible", WATCHES_MAX);
        return;
    }
    exchange_begin_result(x, "complete", false);
    exchange_end_result(x);
}

void resources_unsubscribe(struct mcp_exchange *x)
{
    const char *uri = uri_of(x);
    if (!uri) {
        exchange_error(x, JSONRPC_INVALID_PARAMS, NULL, "params.uri must be the URI of a resource");
        return;
    }
    if (x->peer)
        watch_remove(&x->peer->watches, uri);
    exchange_begin_result(x, "complete", false);
    exchange_end_result(x);
}
