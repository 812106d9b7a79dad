/* Content types, errors before a message, streams. */
#include "http/rpc.h"

#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/json_write.h"
#include "base/scope.h"
#include "http/server.h"

bool rpc_is_json(const struct http_request *request)
{
    const char *type = http_header(request, "content-type");
    size_t len = type ? strcspn(type, "; \t") : 0;
    return len == strlen("application/json") && strncasecmp(type, "application/json", len) == 0;
}

void rpc_refuse(struct http_request *request, int status, const char *message)
{
    CLEANUP(buf_done) struct buf body = { 0 };
    struct json_writer w = { .out = &body };
    json_open_object(&w, NULL);
    json_put_str(&w, "jsonrpc", "2.0");
    json_open_object(&w, "error");
    json_put_int(&w, "code", -32600);
    json_put_str(&w, "message", message);
    json_close_object(&w);
    json_close_object(&w);
    http_reply(request, status, "application/json", buf_str(&body), body.len);
}

void rpc_begin_stream(struct http_request *request)
{
    http_set(request, "Cache-Control", "no-cache, no-transform");
    http_set(request, "X-Accel-Buffering", "no");
    http_stream_begin(request, 200, "text/event-stream");
}
