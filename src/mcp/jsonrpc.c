/* What a parsed value is, in JSON-RPC terms (JSON-RPC 2.0, sections 4 and 5; MCP narrows ids and params). */
#include "mcp/jsonrpc.h"

#include <string.h>

static struct jsonrpc_message invalid(struct jsonrpc_message message, const char *fault)
{
    message.kind = JSONRPC_INVALID;
    message.fault = fault;
    return message;
}

bool jsonrpc_is_label(const struct mcp_json *value)
{
    return value && (value->kind == MCP_JSON_STRING || value->kind == MCP_JSON_NUMBER) &&
        value->raw_len <= JSONRPC_LABEL_MAX_BYTES;
}

/* MCP: a string or an integer, never null. */
static bool is_id(const struct mcp_json *id)
{
    if (!jsonrpc_is_label(id))
        return false;
    return id->kind == MCP_JSON_STRING ||
        !(memchr(id->raw, '.', id->raw_len) || memchr(id->raw, 'e', id->raw_len) ||
            memchr(id->raw, 'E', id->raw_len));
}

static bool is_object(const struct mcp_json *value)
{
    return value && value->kind == MCP_JSON_OBJECT;
}

static struct jsonrpc_message classify_response(struct jsonrpc_message message)
{
    if (!message.id)
        return invalid(message, "a response needs the id of its request");
    if (!message.result == !message.error)
        return invalid(message, "a response has either a result or an error");
    if (message.error && !is_object(message.error))
        return invalid(message, "error must be an object");
    message.kind = JSONRPC_RESPONSE;
    return message;
}

struct jsonrpc_message jsonrpc_classify(const struct mcp_json *value)
{
    struct jsonrpc_message message = { .kind = JSONRPC_INVALID };
    if (!is_object(value))
        return invalid(message, "a message must be a JSON object");
    const struct mcp_json *id = mcp_json_get(value, "id");
    if (is_id(id))
        message.id = id;
    if (!mcp_json_is(mcp_json_get(value, "jsonrpc"), "2.0"))
        return invalid(message, "jsonrpc must be \"2.0\"");
    if (id && !message.id)
        return invalid(message, "id must be a string or an integer, of 1,024 bytes at most");
    message.result = mcp_json_get(value, "result");
    message.error = mcp_json_get(value, "error");
    const struct mcp_json *method = mcp_json_get(value, "method");
    if (!method && (message.result || message.error))
        return classify_response(message);
    if (!method || method->kind != MCP_JSON_STRING || strlen(method->text) != method->len)
        return invalid(message, "method must be a string");
    if (message.result || message.error)
        return invalid(message, "a request has neither result nor error");
    message.method = method->text;
    message.kind = id ? JSONRPC_REQUEST : JSONRPC_NOTIFICATION;
    const struct mcp_json *params = mcp_json_get(value, "params");
    if (params && !is_object(params))
        return invalid(message, "params must be an object");
    message.params = params;
    const struct mcp_json *meta = mcp_json_get(params, "_meta");
    message.meta = is_object(meta) ? meta : NULL;
    return message;
}
