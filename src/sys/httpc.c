/* One fetch: checks the request, resolves each name, goes from hop to hop and says in our words what failed.
 */
#include "sys/httpc.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/scope.h"
#include "base/text.h"
#include "base/wait.h"
#include "sys/httpc_curl.h"
#include "sys/httpc_hop.h"
#include "sys/httpc_url.h"
#include "sys/resolve.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* One fetch on its way. */
struct fetch {
    const struct httpc_curl *api;
    struct wait wait;
    const struct httpc_request *request;
    const char *method;
    bool with_body, with_credentials;
    struct httpc_url url;
    struct httpc_response response;
};

static void done_fetch(struct fetch *fetch)
{
    httpc_url_done(&fetch->url);
    httpc_response_done(&fetch->response);
}

static bool is_token(const char *text)
{
    static const char marks[] = "!#$%&'*+-.^_`|~";
    if (!*text)
        return false;
    for (; *text; text++) {
        bool is_alnum = (*text >= '0' && *text <= '9') || (*text >= 'A' && *text <= 'Z') ||
            (*text >= 'a' && *text <= 'z');
        if (!is_alnum && !strchr(marks, *text))
            return false;
    }
    return true;
}

static bool is_host_value(const char *text)
{
    size_t len = strlen(text);
    return len > 0 && len < HTTPC_HOST_SIZE &&
        strspn(text, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-_:[]") == len;
}

enum httpc_header_fault httpc_check_header(const char *name, const char *value)
{
    static const char *const refused[] = { "Connection", "Content-Length", "Expect", "Keep-Alive",
        "Proxy-Authorization", "Proxy-Connection", "TE", "Trailer", "Transfer-Encoding", "Upgrade",
        "HTTP2-Settings" };
    if (!is_token(name) || strlen(name) > 256)
        return HTTPC_HEADER_NAME;
    for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
        if (text_same(name, refused[i]))
            return HTTPC_HEADER_REFUSED;
    }
    for (const char *c = value; *c; c++) {
        if (((unsigned char)*c < ' ' && *c != '\t') || *c == 0x7f)
            return HTTPC_HEADER_VALUE;
    }
    if (text_same(name, "Host") && !is_host_value(value))
        return HTTPC_HEADER_VALUE;
    return HTTPC_HEADER_OK;
}

static int check_request(const struct httpc_request *request, struct err *err)
{
    if (request->method && (!is_token(request->method) || strlen(request->method) > 32))
        return err_say(err, -EINVAL, "la méthode n'est pas un mot", "the method is not a token");
    if (request->method && text_same(request->method, "CONNECT"))
        return err_say(err, -EINVAL, "la méthode CONNECT est celle des mandataires",
            "the method CONNECT is for proxies");
    for (size_t i = 0; i < request->headers_count; i++) {
        const struct httpc_header *header = &request->headers[i];
        if (httpc_check_header(header->name, header->value) != HTTPC_HEADER_OK)
            return err_say(err, -EINVAL, "l'en-tête %.60s ne peut être envoyé, ou sa valeur est incorrecte",
                "the header %.60s may not be sent or its value is not valid", header->name);
    }
    return 0;
}

static int fail(struct fetch *fetch, enum httpc_failure failure, const char *french, const char *text)
{
    fetch->response.failure_french = arena_strdup(&fetch->response.arena, french);
    fetch->response.failure = failure;
    fetch->response.failure_text = arena_strdup(&fetch->response.arena, text);
    return 0;
}

/* "host:port:address,address" for libcurl's cache: it must not resolve by itself. */
static const char *make_pin(struct fetch *fetch, const struct resolve_addresses *addresses)
{
    struct arena *arena = &fetch->response.arena;
    const char *pin = arena_printf(arena, "%s:%s:", fetch->url.host, fetch->url.port);
    const char *comma = "";
    for (size_t i = 0; i < addresses->count; i++) {
        char text[RESOLVE_TEXT_SIZE];
        resolve_text((const struct sockaddr *)&addresses->at[i], text);
        if (strchr(text, '%')) /* libcurl's cache knows no zones */
            continue;
        pin = arena_printf(arena, "%s%s%s", pin, comma, text);
        comma = ",";
    }
    return pin;
}

/* 0 and *ret_pin (NULL for an address), or the failure stands in the response (> 0), or a negative errno. */
static int resolve_hop(struct fetch *fetch, const char **ret_pin, struct err *err)
{
    struct resolve_addresses addresses;
    struct err why = { 0 };
    if (httpc_url_is_v6(&fetch->url)) {
        *ret_pin = NULL;
        return 0;
    }
    int64_t start_ns = clock_ns();
    int rc = resolve_host(&fetch->wait, fetch->url.host, AF_UNSPEC, &addresses, &why);
    fetch->response.timings.dns_ms = (double)(clock_ns() - start_ns) / 1e6;
    if (rc == -ECANCELED || rc == -ENOMEM)
        return err_set(err, rc, "%s", why.text);
    if (rc == -EINVAL && fetch->response.redirects_count == 0) {
        if (err)
            *err = why;
        return rc;
    }
    if (rc < 0) {
        fail(fetch, rc == -ETIMEDOUT ? HTTPC_TIMEOUT : HTTPC_NAME, why.french, why.text);
        return 1;
    }
    *ret_pin = make_pin(fetch, &addresses);
    return 0;
}

static enum httpc_failure failure_of_connect(long os_error)
{
    switch (os_error) {
    case ECONNREFUSED:
        return HTTPC_REFUSED;
    case ETIMEDOUT:
        return HTTPC_TIMEOUT;
    case ECONNRESET:
        return HTTPC_CLOSED;
    default:
        return HTTPC_UNREACHABLE;
    }
}

static enum httpc_failure failure_of(const struct httpc_hop *hop)
{
    switch (hop->code) {
    case CURLE_OK:
        return HTTPC_OK;
    case CURLE_COULDNT_RESOLVE_HOST:
        return HTTPC_NAME;
    case CURLE_COULDNT_CONNECT:
        return failure_of_connect(hop->os_error);
    case CURLE_OPERATION_TIMEDOUT:
        return HTTPC_TIMEOUT;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
        return HTTPC_CERTIFICATE;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_INVALIDCERTSTATUS:
        return HTTPC_TLS;
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
        return HTTPC_CLOSED;
    case CURLE_WRITE_ERROR:
        if (hop->body_over)
            return HTTPC_OK;
        return hop->headers_over ? HTTPC_TOO_LARGE : HTTPC_PROTOCOL;
    default:
        return HTTPC_PROTOCOL;
    }
}

/* The certificate was not trusted: who is there then? Nothing is sent but the handshake. */
static int look_at_certificate(struct httpc_hop hop)
{
    hop.look_only = true;
    hop.denied = false;
    int rc = httpc_hop_run(&hop);
    return rc == -ECANCELED ? rc : 0;
}

/* What libcurl says is English: in French it is quoted, where our own words do not say as much. */
static const char *words_of(struct fetch *fetch, enum httpc_failure failure, const struct httpc_hop *hop)
{
    bool says_more = failure == HTTPC_TLS || failure == HTTPC_PROTOCOL;
    return says_more ? arena_printf(&fetch->response.arena, "libcurl : « %s »", hop->message) : "";
}

static int judge_hop(struct fetch *fetch, struct httpc_hop *hop, int rc, struct err *err)
{
    struct httpc_response *response = &fetch->response;
    response->truncated = hop->body_over;
    if (rc == -ETIMEDOUT) {
        response->truncated = response->body.len > 0;
        return fail(fetch, HTTPC_TIMEOUT,
            !hop->connected             ? "pas de connexion dans le temps imparti"
                : response->status == 0 ? "connecté, mais pas de réponse dans le temps imparti"
                                        : "réponse incomplète dans le temps imparti",
            !hop->connected             ? "no connection in the time given"
                : response->status == 0 ? "connected, but no answer in the time given"
                                        : "the answer was not complete in the time given");
    }
    if (rc < 0)
        return rc == -ENOMEM ? err_say(err, rc, "mémoire épuisée", "out of memory")
                             : err_say(err, rc, "libcurl est trop ancienne : il faut la version 7.85",
                                   "libcurl is too old: 7.85 is needed");
    if (response->body.failed)
        return err_set(err, -ENOMEM, "out of memory");
    if (hop->denied && !hop->connected) {
        if (fetch->request->denial)
            *fetch->request->denial = hop->denial;
        return hop->denial.is_own
            ? err_say(err, -EACCES, "%.80s port %s est ce serveur lui-même : refusé",
                  "%.80s port %s is this server itself: refused", fetch->url.host, fetch->url.port)
            : err_say(err, -EACCES, "%.80s mène à %s, une adresse refusée%.0s",
                  "%.80s leads to %s, a %s address: refused", fetch->url.host, hop->denial.address,
                  guard_class_name(hop->denial.class));
    }
    enum httpc_failure failure = failure_of(hop);
    if (failure == HTTPC_OK)
        return 0;
    response->truncated = response->truncated || response->body.len > 0;
    if (hop->headers_over)
        fail(fetch, failure, "", "the headers of the answer are too large");
    else
        fail(fetch, failure, words_of(fetch, failure, hop), hop->message);
    return failure == HTTPC_CERTIFICATE ? look_at_certificate(*hop) : 0;
}

/* One hop from name to answer; what failed stands in the response. */
static int ask_once(struct fetch *fetch, struct err *err)
{
    struct httpc_response *response = &fetch->response;
    response->url = arena_strdup(&response->arena, fetch->url.text);
    response->status = 0;
    response->http_version = NULL;
    response->headers_count = 0;
    response->content_type = NULL;
    response->remote_address[0] = '\0';
    response->tls = (struct httpc_tls){ 0 };
    response->timings =
        (struct httpc_timings){ .dns_ms = -1, .connect_ms = -1, .tls_ms = -1, .first_byte_ms = -1 };
    buf_clear(&response->body);
    struct httpc_hop hop = {
        .api = fetch->api,
        .wait = &fetch->wait,
        .request = fetch->request,
        .url = response->url,
        .method = fetch->method,
        .with_body = fetch->with_body,
        .with_credentials = fetch->with_credentials,
        .response = response,
    };
    int rc = resolve_hop(fetch, &hop.pin, err);
    if (rc != 0)
        return rc < 0 ? rc : 0;
    rc = httpc_hop_run(&hop);
    if (rc == -ECANCELED)
        return err_set(err, rc, "cancelled");
    rc = judge_hop(fetch, &hop, rc, err);
    if (rc == 0 && response->tls.present)
        response->tls.verified = hop.connected && response->failure != HTTPC_CERTIFICATE;
    if (response->timings.first_byte_ms >= 0 && response->timings.dns_ms > 0)
        response->timings.first_byte_ms += response->timings.dns_ms;
    return rc;
}

static bool is_redirect(long status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/* RFC 9110 15.4: 303 asks for a GET; 301 and 302 may turn a POST into one, as everybody does. */
static void change_method(struct fetch *fetch, long status)
{
    bool is_post = strcmp(fetch->method, "POST") == 0;
    bool is_safe = strcmp(fetch->method, "GET") == 0 || strcmp(fetch->method, "HEAD") == 0;
    if ((status == 303 && !is_safe) || ((status == 301 || status == 302) && is_post)) {
        fetch->method = "GET";
        fetch->with_body = false;
    }
}

/* 1: go on at the new URL; 0: this is the end. */
static int follow(struct fetch *fetch)
{
    struct httpc_response *response = &fetch->response;
    const struct httpc_request *request = fetch->request;
    const char *location = httpc_response_header(response, "Location");
    unsigned max = request->redirects_max && request->redirects_max < HTTPC_REDIRECTS_MAX
        ? request->redirects_max
        : HTTPC_REDIRECTS_MAX;
    if (!request->follow_redirects || response->failure != HTTPC_OK || !is_redirect(response->status) ||
        !location)
        return 0;
    if (response->redirects_count >= max)
        return fail(fetch, HTTPC_REDIRECT, arena_printf(&response->arena, "plus de %u redirections", max),
            arena_printf(&response->arena, "more than %u redirects", max));
    char *origin =
        arena_printf(&response->arena, "%d %s %s", fetch->url.is_tls, fetch->url.host, fetch->url.port);
    struct err why = { 0 };
    if (httpc_url_follow(&fetch->url, location, &why) < 0)
        return fail(fetch, HTTPC_REDIRECT,
            arena_printf(&response->arena, "vers %.200s : %s", location, err_french(&why)),
            arena_printf(&response->arena, "redirected to %.200s: %s", location, why.text));
    struct httpc_redirect redirect = { .url = response->url, .status = response->status };
    response->redirects[response->redirects_count++] = redirect;
    change_method(fetch, response->status);
    char *next =
        arena_printf(&response->arena, "%d %s %s", fetch->url.is_tls, fetch->url.host, fetch->url.port);
    if (!text_same(origin, next))
        fetch->with_credentials = false;
    return 1;
}

int httpc_fetch(const struct wait *wait, const struct httpc_request *request,
    struct httpc_response *ret_response, struct err *err)
{
    CLEANUP(done_fetch)
    struct fetch fetch = {
        .wait = *wait,
        .request = request,
        .method = request->method ? request->method : "GET",
        .with_body = true,
        .with_credentials = true,
    };
    fetch.api = httpc_curl_load(err);
    if (!fetch.api)
        return -ENOSYS;
    int64_t start_ns = clock_ns(); /* loading the library is no part of the exchange */
    if (request->timeout_ms > 0)
        fetch.wait = wait_within(wait, request->timeout_ms);
    int rc = check_request(request, err);
    if (rc < 0)
        return rc;
    rc = httpc_url_parse(fetch.api, request->url, &fetch.url, err);
    if (rc < 0)
        return rc;
    buf_init(&fetch.response.body, request->body_max + 1);
    fetch.response.failure_text = fetch.response.failure_french = "";
    do {
        rc = ask_once(&fetch, err);
        if (rc < 0)
            return rc;
    } while (follow(&fetch) > 0);
    fetch.response.timings.total_ms = (double)(clock_ns() - start_ns) / 1e6;
    *ret_response = fetch.response;
    fetch.response = (struct httpc_response){ 0 };
    return 0;
}

void httpc_response_done(struct httpc_response *response)
{
    if (!response)
        return;
    buf_done(&response->body);
    arena_done(&response->arena);
    *response = (struct httpc_response){ 0 };
}

const char *httpc_failure_name(enum httpc_failure failure)
{
    static const char *const names[] = {
        [HTTPC_OK] = "ok",
        [HTTPC_NAME] = "name_not_found",
        [HTTPC_REFUSED] = "refused",
        [HTTPC_UNREACHABLE] = "unreachable",
        [HTTPC_TIMEOUT] = "timeout",
        [HTTPC_CLOSED] = "closed",
        [HTTPC_TLS] = "tls",
        [HTTPC_CERTIFICATE] = "certificate",
        [HTTPC_PROTOCOL] = "protocol",
        [HTTPC_TOO_LARGE] = "too_large",
        [HTTPC_REDIRECT] = "redirect",
    };
    return names[failure];
}

const char *httpc_failure_words(enum httpc_failure failure, bool is_french)
{
    static const struct {
        const char *fr, *en;
    } words[] = {
        [HTTPC_OK] = { "", "" },
        [HTTPC_NAME] = { "nom introuvable", "name not found" },
        [HTTPC_REFUSED] = { "connexion refusée : rien n'écoute sur ce port",
            "connection refused: nothing listens on that port" },
        [HTTPC_UNREACHABLE] = { "serveur injoignable", "server unreachable" },
        [HTTPC_TIMEOUT] = { "pas de réponse complète dans le temps imparti",
            "no complete answer in the time given" },
        [HTTPC_CLOSED] = { "le serveur a coupé la connexion", "the server closed the connection" },
        [HTTPC_TLS] = { "échec de la négociation TLS", "TLS handshake failed" },
        [HTTPC_CERTIFICATE] = { "certificat non reconnu", "certificate not trusted" },
        [HTTPC_PROTOCOL] = { "réponse non conforme à HTTP", "the answer breaks the rules of HTTP" },
        [HTTPC_TOO_LARGE] = { "en-têtes de réponse trop volumineux", "response headers too large" },
        [HTTPC_REDIRECT] = { "redirection abandonnée", "redirect not followed" },
    };
    return is_french ? words[failure].fr : words[failure].en;
}

const char *httpc_response_header(const struct httpc_response *response, const char *name)
{
    for (size_t i = 0; i < response->headers_count; i++) {
        if (text_same(response->headers[i].name, name))
            return response->headers[i].value;
    }
    return NULL;
}
