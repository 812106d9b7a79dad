/* The method table. */
#include "mcp/methods.h"

#include <string.h>

#include "base/scope.h"

#define SESSION (ERA_LEGACY | ERA_BARE)
#define ALL (ERA_LEGACY | ERA_BARE | ERA_MODERN)

static const struct method rows[] = {
    { "initialize", SESSION, METHOD_REQUEST, OFFER_ALWAYS, lifecycle_initialize },
    { "notifications/initialized", SESSION, METHOD_NOTIFICATION, OFFER_ALWAYS, lifecycle_initialized },
    { "ping", SESSION, METHOD_REQUEST, OFFER_ALWAYS, lifecycle_ping },
    { "server/discover", ERA_MODERN, METHOD_REQUEST, OFFER_ALWAYS, lifecycle_discover },
    { "notifications/cancelled", ALL, METHOD_NOTIFICATION, OFFER_ALWAYS, lifecycle_cancelled },
    { "tools/list", ALL, METHOD_REQUEST, OFFER_ALWAYS, tools_list },
    { "tools/call", ALL, METHOD_REQUEST, OFFER_ALWAYS, tools_call },
    { "resources/list", ALL, METHOD_REQUEST, OFFER_RESOURCES, resources_list },
    { "resources/templates/list", ALL, METHOD_REQUEST, OFFER_RESOURCES, resources_templates_list },
    { "resources/read", ALL, METHOD_REQUEST, OFFER_RESOURCES, resources_read },
    { "resources/subscribe", SESSION, METHOD_REQUEST, OFFER_RESOURCES, resources_subscribe },
    { "resources/unsubscribe", SESSION, METHOD_REQUEST, OFFER_RESOURCES, resources_unsubscribe },
    { "prompts/list", ALL, METHOD_REQUEST, OFFER_PROMPTS, prompts_list },
    { "prompts/get", ALL, METHOD_REQUEST, OFFER_PROMPTS, prompts_get },
    { "completion/complete", ALL, METHOD_REQUEST, OFFER_EITHER, completion_complete },
    { "logging/setLevel", SESSION, METHOD_REQUEST, OFFER_ALWAYS, logging_set_level },
    { "subscriptions/listen", ERA_MODERN, METHOD_REQUEST, OFFER_ALWAYS, subscriptions_listen },
    { "tasks/get", ERA_MODERN, METHOD_REQUEST, OFFER_ALWAYS, tasks_get },
    { "tasks/update", ERA_MODERN, METHOD_REQUEST, OFFER_ALWAYS, tasks_update },
    { "tasks/cancel", ERA_MODERN, METHOD_REQUEST, OFFER_ALWAYS, tasks_cancel },
};

static bool is_offered(const struct mcp_server_options *options, const struct method *row)
{
    switch (row->offer) {
    case OFFER_RESOURCES:
        return options->resources != NULL;
    case OFFER_PROMPTS:
        return options->prompts != NULL;
    case OFFER_EITHER:
        return options->resources || options->prompts;
    default:
        return true;
    }
}

const struct method *method_find(const struct mcp_exchange *x)
{
    bool is_notification = x->message.kind == JSONRPC_NOTIFICATION;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct method *row = &rows[i];
        bool is_kind = (row->kind == METHOD_NOTIFICATION) == is_notification;
        if (is_kind && (row->eras & x->revision->era) && strcmp(row->name, x->message.method) == 0)
            return is_offered(&x->server->options, row) ? row : NULL;
    }
    return NULL;
}
