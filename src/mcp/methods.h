/* The methods as data: a name, the eras that know it, its handler. Absent from the caller's era is "method
 * not found". */
#ifndef MCP_METHODS_H
#define MCP_METHODS_H

#include "mcp/state.h"

struct method {
    const char *name;
    unsigned eras; /* enum era, or-ed */
    enum { METHOD_REQUEST, METHOD_NOTIFICATION } kind;
    enum {
        OFFER_ALWAYS,
        OFFER_RESOURCES,
        OFFER_PROMPTS,
        OFFER_EITHER
    } offer; /* unknown unless the server has these */
    void (*handle)(struct mcp_exchange *x); /* answers, or drops, in its own time: the exchange is its own */
};

/* The row for the message's method in its era; NULL if that era, or this server, has no such method. */
const struct method *method_find(const struct mcp_exchange *x);

/* Handlers, each in the file of its noun. */
void lifecycle_initialize(struct mcp_exchange *x);
void lifecycle_initialized(struct mcp_exchange *x);
void lifecycle_discover(struct mcp_exchange *x);
void lifecycle_ping(struct mcp_exchange *x);
void lifecycle_cancelled(struct mcp_exchange *x);
void tools_list(struct mcp_exchange *x);
void tools_call(struct mcp_exchange *x);
void resources_list(struct mcp_exchange *x);
void resources_templates_list(struct mcp_exchange *x);
void resources_read(struct mcp_exchange *x);
void resources_subscribe(struct mcp_exchange *x);
void resources_unsubscribe(struct mcp_exchange *x);
void prompts_list(struct mcp_exchange *x);
void prompts_get(struct mcp_exchange *x);
void completion_complete(struct mcp_exchange *x);
void logging_set_level(struct mcp_exchange *x);
void subscriptions_listen(struct mcp_exchange *x);
void tasks_get(struct mcp_exchange *x);
void tasks_update(struct mcp_exchange *x);
void tasks_cancel(struct mcp_exchange *x);

#endif
