/* initialize, server/discover, ping, cancellation, and answers to server requests. */
#include "mcp/lifecycle.h"

#include <string.h>

#include "mcp/exchange.h"
#include "mcp/methods.h"
#include "mcp/offer.h"
#include "mcp/run.h"
#include "mcp/session.h"
#include "toolkit/look.h"

unsigned lifecycle_asks(const struct mcp_json *capabilities, const struct revision *revision)
{
    unsigned asks = 0;
    const struct mcp_json *elicitation =
        revision->has_elicitation ? mcp_json_get(capabilities, "elicitation") : NULL;
    if (elicitation) {
        /* MCP 2025-11-25, client/elicitation, Capabilities: an empty object means form only. */
        bool has_url = mcp_json_get(elicitation, "url") != NULL;
        if (mcp_json_get(elicitation, "form") || !has_url)
            asks |= 1U << MCP_ASK_FORM;
        if (has_url && revision->has_url_elicitation)
            asks |= 1U << MCP_ASK_URL;
    }
    const struct mcp_json *sampling = mcp_json_get(capabilities, "sampling");
    if (sampling)
        asks |= 1U << MCP_ASK_SAMPLE;
    if (sampling && revision->has_sampling_tools && mcp_json_get(sampling, "tools"))
        asks |= 1U << MCP_ASK_SAMPLE_TOOLS;
    /* Before it could be declared, every client had it. */
    if (sampling && (!revision->has_sampling_tools || mcp_json_get(sampling, "context")))
        asks |= 1U << MCP_ASK_SAMPLE_CONTEXT;
    if (mcp_json_get(capabilities, "roots"))
        asks |= 1U << MCP_ASK_ROOTS;
    return asks;
}

void lifecycle_put_info(struct json_writer *w, const char *key, const struct mcp_exchange *x)
{
    const struct mcp_server_options *options = &x->server->options;
    bool fr = x->lang == MCP_FR;
    json_open_object(w, key);
    json_put_str(w, "name", options->name);
    if (options->title.en && x->revision->has_titles)
        json_put_str(w, "title", fr ? options->title.fr : options->title.en);
    json_put_str(w, "version", options->version);
    if (options->description.en && x->revision->has_icons)
        json_put_str(w, "description", fr ? options->description.fr : options->description.en);
    if (options->website_url && x->revision->has_icons)
        json_put_str(w, "websiteUrl", options->website_url);
    if (x->revision->has_icons)
        look_put_icons(w, options->icons);
    json_close_object(w);
}

const char *lifecycle_client(struct arena *arena, const struct mcp_json *info)
{
    const char *name = mcp_json_get_text(info, "name"), *version = mcp_json_get_text(info, "version");
    return name ? arena_printf(arena, version ? "%.80s/%.40s" : "%.80s", name, version) : NULL;
}

static void put_instructions(struct mcp_exchange *x)
{
    struct mcp_text text = x->server->options.instructions;
    if (text.en)
        json_put_str(&x->writer, "instructions", x->lang == MCP_FR ? text.fr : text.en);
}

/* The peer that this `initialize` makes a session of; NULL if there cannot be one more. */
static struct mcp_peer *begin_session(struct mcp_exchange *x)
{
    if (!x->is_http)
        return x->peer;
    struct mcp_peer *peer = session_new(x->server);
    if (peer && x->principal)
        peer->principal = strdup(x->principal);
    if (peer && x->principal && !peer->principal) {
        session_end(peer); /* it would be anybody's */
        return NULL;
    }
    return peer;
}

/* MCP 2025-11-25, basic/lifecycle, Version Negotiation: the requested version if we have it, else our newest.
 */
void lifecycle_initialize(struct mcp_exchange *x)
{
    const char *requested = mcp_json_get_text(x->message.params, "protocolVersion");
    const struct mcp_json *capabilities = mcp_json_get(x->message.params, "capabilities");
    if (!requested || !capabilities || capabilities->kind != MCP_JSON_OBJECT) {
        exchange_error(x, JSONRPC_INVALID_PARAMS, NULL,
            "initialize needs protocolVersion (a string) and capabilities (an object)");
        return;
    }
    const struct revision *revision = revision_find(requested);
    if (!revision || revision->era != ERA_LEGACY)
        revision = revision_newest_legacy();
    struct mcp_peer *peer = begin_session(x);
    if (!peer) {
        exchange_refuse(x, 503, JSONRPC_INTERNAL_ERROR, NULL, "too many sessions are open; try again later");
        return;
    }
    const char *client = lifecycle_client(&x->arena, mcp_json_get(x->message.params, "clientInfo"));
    peer->client = client ? strdup(client) : NULL;
    peer->revision = revision;
    peer->asks = lifecycle_asks(capabilities, revision);
    if (!x->peer) { /* listed with its session from now on */
        x->peer = peer;
        exchange_list(x);
    }
    x->revision = revision;
    exchange_begin_result(x, "complete", false);
    json_put_str(&x->writer, "protocolVersion", revision->name);
    offer_put_capabilities(&x->writer, x);
    lifecycle_put_info(&x->writer, "serverInfo", x);
    put_instructions(x);
    exchange_end_result(x);
}

void lifecycle_initialized(struct mcp_exchange *x)
{
    exchange_drop(x); /* requests are answered before it already */
}

/* MCP 2026-07-28, server/discover. */
void lifecycle_discover(struct mcp_exchange *x)
{
    x->introduces = true;
    exchange_begin_result(x, "complete", true);
    struct buf versions = { 0 };
    revision_put_modern(&versions);
    json_put_raw(&x->writer, "supportedVersions", buf_str(&versions), versions.len);
    buf_done(&versions);
    offer_put_capabilities(&x->writer, x);
    put_instructions(x);
    exchange_end_result(x);
}

void lifecycle_ping(struct mcp_exchange *x)
{
    exchange_begin_result(x, "complete", false);
    exchange_end_result(x);
}

static bool is_same_id(const struct mcp_json *a, const struct mcp_json *b)
{
    if (a->kind != b->kind)
        return false;
    if (a->kind == MCP_JSON_STRING)
        return a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
    return a->raw_len == b->raw_len && memcmp(a->raw, b->raw, a->raw_len) == 0;
}

/* MCP, basic/utilities/cancellation: stop, send no response; ids that are unknown or done are ignored. */
void lifecycle_cancelled(struct mcp_exchange *x)
{
    const struct mcp_json *id = mcp_json_get(x->message.params, "requestId");
    struct mcp_exchange *target = x->peer && id ? x->peer->exchanges : NULL;
    while (target && !is_same_id(target->message.id, id))
        target = target->next;
    if (target)
        run_cancel(target);
    exchange_drop(x);
}

void lifecycle_take_answer(struct mcp_exchange *x)
{
    int64_t id = 0;
    struct mcp_exchange *asker = x->peer && mcp_json_int(x->message.id, &id) ? x->peer->exchanges : NULL;
    for (; asker; asker = asker->next)
        for (struct asked *asked = asker->asked; asked; asked = asked->next)
            if (asked->id == id && !asked->answer) {
                run_answer(asker, asked, x->message.result, x->message.error);
                exchange_drop(x);
                return;
            }
    if (!x->is_http) {
        exchange_drop(x); /* perhaps too late: its call was cancelled */
        return;
    }
    /* With the id of an answer this would look like the answer to a request of the client. */
    x->message.id = NULL;
    exchange_refuse(
        x, 400, JSONRPC_INVALID_REQUEST, NULL, "no request of the server waits for this response");
}
