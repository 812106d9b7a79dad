/* Levels and notifications/message. */
#include "mcp/logging.h"

#include "base/scope.h"
#include "mcp/exchange.h"
#include "mcp/methods.h"

static const char *const names[] = {
    "debug",
    "info",
    "notice",
    "warning",
    "error",
    "critical",
    "alert",
    "emergency",
};

int logging_level(const struct mcp_json *name)
{
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (mcp_json_is(name, names[i]))
            return (int)i;
    return -1;
}

void logging_set_level(struct mcp_exchange *x)
{
    int level = logging_level(mcp_json_get(x->message.params, "level"));
    if (level < 0) {
        exchange_error(x, JSONRPC_INVALID_PARAMS, NULL,
            "params.level must be one of debug, info, notice, warning, error, critical, alert, emergency");
        return;
    }
    if (x->peer)
        x->peer->log_level = level;
    exchange_begin_result(x, "complete", false);
    exchange_end_result(x);
}

void logging_send(struct mcp_exchange *x, enum mcp_level level, const char *logger, const char *text)
{
    struct buf out = { 0 };
    struct json_writer w = { .out = &out };
    json_open_object(&w, NULL);
    json_put_str(&w, "jsonrpc", "2.0");
    json_put_str(&w, "method", "notifications/message");
    json_open_object(&w, "params");
    json_put_str(&w, "level", names[level]);
    if (logger)
        json_put_str(&w, "logger", logger);
    json_put_str(&w, "data", text);
    json_close_object(&w);
    json_close_object(&w);
    exchange_event(x, &out);
    buf_done(&out);
}
