/* The door of the HTTP server: whose name was called, who calls. */
#include "app/admission.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/health.h"
#include "base/log.h"
#include "http/bearer.h"
#include "http/problem.h"
#include "http/rpc.h"
#include "http/server.h"

#define REALM "Bearer realm=\"mcp-assistance-informatique\""

struct refusal {
    int status;
    const char *slug; /* of the problem document; NULL: the status's own */
    struct mcp_text detail;
    const char *challenge; /* WWW-Authenticate; NULL: none */
};

static const struct refusal foreign = { 403, "denied",
    { "Host ou Origin n'est pas un nom de ce serveur (réglage allowed_hosts)",
        "Host or Origin is not one of this server's names (setting allowed_hosts)" },
    NULL };
static const struct refusal no_key = { 401, NULL,
    { "il faut une clé d'accès : Authorization: Bearer CLÉ",
        "this needs an API key: Authorization: Bearer KEY" },
    REALM };
static const struct refusal wrong_key = { 401, NULL,
    { "la clé d'accès est inconnue ou a été révoquée", "the API key is unknown or was revoked" },
    REALM ", error=\"invalid_token\"" };
static const struct refusal malformed = { 400, NULL,
    { "une clé d'accès vient dans un seul en-tête, Authorization: Bearer CLÉ, et jamais dans l'adresse, dont "
      "les paramètres doivent être lisibles (%XX, UTF-8)",
        "an API key comes in one header, Authorization: Bearer KEY, and never in the address, whose "
        "parameters must be readable (%XX, UTF-8)" },
    REALM ", error=\"invalid_request\"" };

static const struct refusal too_often = { 429, NULL,
    { "trop de requêtes de cet appelant (réglages rate_per_minute, rate_burst)",
        "too many requests from this caller (settings rate_per_minute, rate_burst)" },
    NULL };

/* MCP clients get a JSON-RPC error without an id, as nothing was read of the message. */
static bool refuse(struct http_request *request, const struct refusal *refusal)
{
    if (refusal->challenge)
        http_set(request, "WWW-Authenticate", refusal->challenge);
    if (strcmp(request->path, "/mcp") == 0)
        rpc_refuse(request, refusal->status, refusal->detail.en);
    else
        http_refuse(request, refusal->status, refusal->slug, refusal->detail);
    return false;
}

/* A key revoked or added a moment ago counts already. */
static void look_at_keys(struct admission *admission)
{
    struct err err = { 0 };
    bool was_broken = admission->keys.error != 0;
    if (!keyring_refresh(&admission->keys, &err)) {
        log_event(LOG_LEVEL_ERROR, "keys", (const struct log_field[]){ log_str("error", err.text), { 0 } });
        health_set(admission->health, "keys", HEALTH_DEGRADED, "the file of API keys cannot be read");
    } else if (was_broken && !admission->keys.error) {
        log_event(LOG_LEVEL_INFO, "keys",
            (const struct log_field[]){ log_int("count", (int64_t)admission->keys.kept.count), { 0 } });
        health_set(admission->health, "keys", HEALTH_OK, NULL);
    }
}

/* NULL: welcome. Where no key is needed and none is kept, Authorization is not ours: a proxy's own, perhaps.
 */
static const struct refusal *identify(
    struct admission *admission, struct http_request *request, bool needs_key)
{
    const char *token = NULL;
    look_at_keys(admission);
    if (!needs_key && keyring_is_empty(&admission->keys))
        return NULL;
    switch (bearer_read(request, &token)) {
    case BEARER_NONE:
        return needs_key ? &no_key : NULL;
    case BEARER_MALFORMED:
        return &malformed;
    case BEARER_TOKEN:
        break;
    }
    const char *name = keyring_find(&admission->keys, token);
    if (!name)
        return &wrong_key;
    request->principal = arena_printf(request->arena, "key:%s", name);
    return NULL;
}

/* An IPv6 customer has a whole /64 to send from. */
static const char *name_of(struct http_request *request, struct in6_addr client)
{
    if (request->principal)
        return request->principal;
    if (IN6_IS_ADDR_V4MAPPED(&client))
        return request->client;
    char text[INET6_ADDRSTRLEN];
    memset(&client.s6_addr[8], 0, 8);
    return arena_printf(request->arena, "%s/64", proxies_text(&client, text));
}

/* True if it has been told to wait. Also who has the wrong key is counted, by address. */
static bool refuse_too_often(
    struct admission *admission, struct http_request *request, struct in6_addr client, bool is_local)
{
    bool is_free = !request->principal && !admission->needs_key && is_local;
    unsigned wait_s = is_free ? 0 : rate_take(&admission->rate, name_of(request, client), clock_ms());
    if (!wait_s)
        return false;
    char seconds[16];
    snprintf(seconds, sizeof seconds, "%u", wait_s);
    http_set(request, "Retry-After", seconds);
    refuse(request, &too_often);
    return true;
}

bool admission_admit(struct http_request *request, void *user)
{
    struct admission *admission = user;
    /* The line of the end is the access log's; a request that hangs has only this one. */
    log_event(LOG_LEVEL_DEBUG, "request_begin",
        (const struct log_field[]){ log_str("method", request->method), log_str("path", request->path),
            log_str("id", request->id), { 0 } });
    char text[INET6_ADDRSTRLEN];
    bool is_local = false;
    const struct in6_addr client = proxies_client(&admission->proxies, request, &is_local);
    request->client = arena_strdup(request->arena, proxies_text(&client, text));
    if (!origin_allowed(request, &admission->origin))
        return refuse(request, &foreign);
    bool needs_key = admission->needs_key || (admission->frees_loopback && !is_local);
    const struct refusal *refusal = http_is_open(request) ? NULL : identify(admission, request, needs_key);
    if (refuse_too_often(admission, request, client, is_local))
        return false;
    return refusal ? refuse(request, refusal) : true;
}

void admission_done(struct admission *admission)
{
    keyring_done(&admission->keys);
    proxies_done(&admission->proxies);
    rate_done(&admission->rate);
}
