/* subscriptions/listen and announcements. */
#include "mcp/listen.h"

#include <string.h>

#include "mcp/exchange.h"
#include "mcp/methods.h"
#include "mcp/offer.h"
#include "mcp/tasks.h"
#include "mcp/watch.h"

#define SUBSCRIPTION_ID "io.modelcontextprotocol/subscriptionId"
#define TASK_IDS_MAX 64

static const struct {
    enum mcp_change change;
    const char *filter, *method;
} kinds[] = {
    { MCP_TOOLS_CHANGED, "toolsListChanged", "notifications/tools/list_changed" },
    { MCP_PROMPTS_CHANGED, "promptsListChanged", "notifications/prompts/list_changed" },
    { MCP_RESOURCES_CHANGED, "resourcesListChanged", "notifications/resources/list_changed" },
    { MCP_RESOURCE_UPDATED, NULL, "notifications/resources/updated" },
};

static void begin_notification(struct json_writer *w, const char *method)
{
    json_open_object(w, NULL);
    json_put_str(w, "jsonrpc", "2.0");
    json_put_str(w, "method", method);
    json_open_object(w, "params");
}

static void end_notification(struct json_writer *w)
{
    json_close_object(w);
    json_close_object(w);
}

static void put_subscription(struct json_writer *w, const struct mcp_exchange *x)
{
    json_open_object(w, "_meta");
    json_put_raw(w, SUBSCRIPTION_ID, x->message.id->raw, x->message.id->raw_len);
    json_close_object(w);
}

/* True if this server has what the kind is about. */
static bool is_offered(const struct mcp_server *server, enum mcp_change change)
{
    if (change == MCP_PROMPTS_CHANGED)
        return server->options.prompts != NULL;
    return change == MCP_TOOLS_CHANGED || server->options.resources != NULL;
}

static void take_resources(struct mcp_exchange *x, const struct mcp_json *uris)
{
    const struct mcp_json *uri = uris && uris->kind == MCP_JSON_ARRAY ? uris->first : NULL;
    for (; uri && x->server->options.resources; uri = uri->next) {
        struct buf variables = { 0 };
        bool is_known = uri->kind == MCP_JSON_STRING && strlen(uri->text) == uri->len &&
            offer_find_resource(x->server, uri->text, &variables);
        buf_done(&variables);
        if (is_known)
            watch_add(x->server, &x->watches, uri->text);
    }
}

/* The first message: the subset of the wishes that is honored. */
static void send_acknowledgment(struct mcp_exchange *x, const struct mcp_json *filter)
{
    struct buf out = { 0 };
    struct json_writer w = { .out = &out };
    begin_notification(&w, "notifications/subscriptions/acknowledged");
    json_open_object(&w, "notifications");
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (kinds[i].filter && (x->listens & (1U << kinds[i].change)))
            json_put_bool(&w, kinds[i].filter, true);
    if (x->watches) {
        json_open_array(&w, "resourceSubscriptions");
        for (const struct mcp_json *uri = mcp_json_get(filter, "resourceSubscriptions")->first; uri;
             uri = uri->next)
            if (uri->kind == MCP_JSON_STRING && watch_has(x->watches, uri->text))
                json_put_str(&w, NULL, uri->text);
        json_close_array(&w);
    }
    if (x->listen_tasks) {
        json_open_array(&w, "taskIds");
        for (const struct mcp_json *id = x->listen_tasks->first; id; id = id->next)
            if (tasks_find(x, id))
                json_put_strn(&w, NULL, id->text, id->len);
        json_close_array(&w);
    }
    json_close_object(&w);
    put_subscription(&w, x);
    end_notification(&w);
    exchange_event(x, &out);
    buf_done(&out);
}

void subscriptions_listen(struct mcp_exchange *x)
{
    const struct mcp_json *filter = mcp_json_get(x->message.params, "notifications");
    if (!filter || filter->kind != MCP_JSON_OBJECT) {
        exchange_error(x, JSONRPC_INVALID_PARAMS, NULL, "params.notifications must be an object");
        return;
    }
    const struct mcp_json *tasks = mcp_json_get(filter, "taskIds");
    if (tasks && !x->offers_tasks) {
        tasks_refuse(x);
        return;
    }
    if (!x->can_stream) {
        exchange_refuse(
            x, 406, JSONRPC_INVALID_REQUEST, NULL, "a subscription needs Accept: text/event-stream");
        return;
    }
    if (tasks && (tasks->kind != MCP_JSON_ARRAY || tasks->count > TASK_IDS_MAX)) {
        exchange_error(
            x, JSONRPC_INVALID_PARAMS, NULL, "taskIds must be a list of at most %d ids", TASK_IDS_MAX);
        return;
    }
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        const struct mcp_json *wish = kinds[i].filter ? mcp_json_get(filter, kinds[i].filter) : NULL;
        if (wish && wish->kind == MCP_JSON_BOOL && wish->truth && is_offered(x->server, kinds[i].change))
            x->listens |= 1U << kinds[i].change;
    }
    take_resources(x, mcp_json_get(filter, "resourceSubscriptions"));
    x->listen_tasks = tasks;
    send_acknowledgment(x, filter);
    struct mcp_server *server = x->server;
    x->is_listener = true;
    x->listener_next = server->listeners;
    if (x->listener_next)
        x->listener_next->listener_prev = x;
    server->listeners = x;
}

void listen_forget(struct mcp_exchange *x)
{
    if (!x->is_listener)
        return;
    if (x->listener_prev)
        x->listener_prev->listener_next = x->listener_next;
    else
        x->server->listeners = x->listener_next;
    if (x->listener_next)
        x->listener_next->listener_prev = x->listener_prev;
    x->is_listener = false;
    watch_free(&x->watches);
}

void listen_end(struct mcp_exchange *x)
{
    exchange_begin_result(x, "complete", false);
    exchange_end_result(x);
}

void mcp_stop_listening(struct mcp_server *server)
{
    while (server->listeners)
        listen_end(server->listeners);
    for (unsigned i = 0; i < SESSION_BUCKETS; i++)
        for (struct mcp_peer *peer = server->sessions[i]; peer; peer = peer->hash_next)
            if (peer->standalone)
                exchange_drop(peer->standalone);
}

/* What a legacy client hears on `x`, or on its pipe. */
static void tell_session(struct mcp_peer *peer, const struct buf *out)
{
    if (peer->standalone)
        exchange_event(peer->standalone, out);
    else if (peer->sink)
        peer->sink->event(peer->sink_user, &(struct mcp_event){ .json = buf_str(out), .len = out->len });
}

static bool hears(const struct mcp_peer *peer, enum mcp_change change, const char *uri)
{
    if (!peer->revision || (!peer->standalone && !peer->sink))
        return false;
    return change != MCP_RESOURCE_UPDATED || watch_has(peer->watches, uri);
}

void mcp_announce(struct mcp_server *server, enum mcp_change change, const char *uri)
{
    const char *method = kinds[change].method;
    for (struct mcp_exchange *x = server->listeners; x; x = x->listener_next) {
        if (change == MCP_RESOURCE_UPDATED ? !watch_has(x->watches, uri) : !(x->listens & (1U << change)))
            continue;
        struct buf out = { 0 };
        struct json_writer w = { .out = &out };
        begin_notification(&w, method);
        if (uri)
            json_put_str(&w, "uri", uri);
        put_subscription(&w, x);
        end_notification(&w);
        exchange_event(x, &out);
        buf_done(&out);
    }
    struct buf out = { 0 };
    struct json_writer w = { .out = &out };
    begin_notification(&w, method);
    if (uri)
        json_put_str(&w, "uri", uri);
    end_notification(&w);
    for (unsigned i = 0; i < SESSION_BUCKETS; i++)
        for (struct mcp_peer *peer = server->sessions[i]; peer; peer = peer->hash_next)
            if (hears(peer, change, uri))
                tell_session(peer, &out);
    for (struct mcp_peer *peer = server->pipes; peer; peer = peer->pipe_next)
        if (hears(peer, change, uri))
            tell_session(peer, &out);
    buf_done(&out);
}

void listen_tell_task(struct mcp_server *server, const struct task *task)
{
    for (struct mcp_exchange *x = server->listeners; x; x = x->listener_next) {
        const struct mcp_json *id = x->listen_tasks ? x->listen_tasks->first : NULL;
        while (id && tasks_find(x, id) != task)
            id = id->next;
        if (!id)
            continue;
        struct buf out = { 0 };
        struct json_writer w = { .out = &out };
        begin_notification(&w, "notifications/tasks");
        tasks_put(&w, task);
        put_subscription(&w, x);
        end_notification(&w);
        exchange_event(x, &out);
        buf_done(&out);
    }
}
