/* One request and its reply: what handlers use to answer, whatever the revision and the transport. */
#ifndef MCP_EXCHANGE_H
#define MCP_EXCHANGE_H

#include "mcp/state.h"

/* A fresh one with its own copy of `bytes`; NULL: no memory. */
struct mcp_exchange *exchange_new(
    struct mcp_server *server, const struct mcp_envelope *envelope, const struct mcp_sink *sink, void *user);
/* Puts it on its peer's list (so that it can be cancelled and counted) when there is a peer. */
void exchange_list(struct mcp_exchange *x);
/* Without a word to the client. */
void exchange_free(struct mcp_exchange *x);

/* Begins the result object; stamps what the revision wants in every result. Write members into x->writer,
 * then exchange_end_result(). `is_cacheable`: it is a list, which the client may keep; `type` is the
 * resultType ("complete"). */
void exchange_begin_result(struct mcp_exchange *x, const char *type, bool is_cacheable);
/* How long the client may keep a result that is no list, where the revision has such hints. */
void exchange_put_cache(struct mcp_exchange *x, int64_t ttl_ms);
/* Sends it and frees the exchange. */
void exchange_end_result(struct mcp_exchange *x);

/* Sends an error and frees the exchange. `data` is a JSON value or NULL. */
void exchange_error(struct mcp_exchange *x, enum jsonrpc_code code, const char *data, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* The same with the HTTP status that a transport error has (MCP, basic/transports). */
void exchange_refuse(struct mcp_exchange *x, int status, enum jsonrpc_code code, const char *data,
    const char *format, ...) __attribute__((format(printf, 5, 6)));
/* Nothing to say (a notification, a cancelled request): HTTP 202. Frees the exchange. */
void exchange_drop(struct mcp_exchange *x);

/* Sends a notification or server request that belongs to this exchange. */
void exchange_event(struct mcp_exchange *x, const struct buf *json);

#endif
