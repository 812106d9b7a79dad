/* JSON-RPC 2.0: bytes to messages. Knows no method. */
#ifndef MCP_JSONRPC_H
#define MCP_JSONRPC_H

#include <mcp/json.h>

struct arena;

enum jsonrpc_code {
    JSONRPC_PARSE_ERROR = -32700,
    JSONRPC_INVALID_REQUEST = -32600,
    JSONRPC_METHOD_NOT_FOUND = -32601,
    JSONRPC_INVALID_PARAMS = -32602,
    JSONRPC_INTERNAL_ERROR = -32603,
    JSONRPC_RESOURCE_NOT_FOUND = -32002, /* MCP before 2026-07-28 */
    JSONRPC_URL_ELICITATION_REQUIRED = -32042, /* MCP 2025-11-25 only, URLElicitationRequiredError */
    JSONRPC_HEADER_MISMATCH = -32020, /* MCP 2026-07-28, schema HeaderMismatchError */
    JSONRPC_MISSING_CAPABILITY = -32021, /* MissingRequiredClientCapabilityError */
    JSONRPC_UNSUPPORTED_VERSION = -32022, /* UnsupportedProtocolVersionError */
};

/* Of the JSON text of what a client chose to find its answers by: each answer or event repeats it. */
#define JSONRPC_LABEL_MAX_BYTES 1024

enum jsonrpc_kind { JSONRPC_REQUEST, JSONRPC_NOTIFICATION, JSONRPC_RESPONSE, JSONRPC_INVALID };

/* One message; all point into the parsed tree. */
struct jsonrpc_message {
    enum jsonrpc_kind kind;
    const struct mcp_json *id; /* REQUEST, RESPONSE; INVALID: if it can be repeated; else NULL */
    const char *method; /* REQUEST, NOTIFICATION */
    const struct mcp_json *params; /* an object, or NULL */
    const struct mcp_json *meta; /* params._meta if it is an object, or NULL */
    const struct mcp_json *result, *error; /* RESPONSE: one of them */
    const char *fault; /* INVALID: why, English, static */
};

/* True of a string or a number that is not too long to be repeated. NULL is none. */
bool jsonrpc_is_label(const struct mcp_json *value);

/* Classifies one parsed value. Never fails: what fits nothing is INVALID. */
struct jsonrpc_message jsonrpc_classify(const struct mcp_json *value);

#endif
