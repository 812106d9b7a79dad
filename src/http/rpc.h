/* What both MCP transports over HTTP have in common. */
#ifndef HTTP_RPC_H
#define HTTP_RPC_H

#include <stdbool.h>

struct http_request;

/* True if the request says that its body is JSON. */
bool rpc_is_json(const struct http_request *request);
/* Answers with a JSON-RPC error that has no id: no message was read. */
void rpc_refuse(struct http_request *request, int status, const char *message);
/* Begins a stream of events that no proxy shall hold back. */
void rpc_begin_stream(struct http_request *request);

#endif
