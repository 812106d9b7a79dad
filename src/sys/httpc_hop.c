/* Drives one libcurl transfer on our own waiting. Knows nothing of redirects and of what a failure means. */
#include "sys/httpc_hop.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/scope.h"
#include "base/text.h"
#include "base/wait.h"
#include "sys/httpc_tls.h"
#include "sys/own.h"
#include "sys/resolve.h"
#include "sys/secrets.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

/* libcurl wakes by itself for its own timers; this only bounds how late the deadline is looked at again. */
#define TURN_MS 1000

static bool is_allowed(const struct httpc_request *request, enum guard_class class)
{
    switch (class) {
    case GUARD_PUBLIC:
        return true;
    case GUARD_LOOPBACK:
    case GUARD_PRIVATE:
        return request->allow_private;
    case GUARD_LINK_LOCAL:
    case GUARD_METADATA:
        return request->allow_link_local;
    case GUARD_UNSPECIFIED:
    case GUARD_MULTICAST:
    case GUARD_RESERVED:
        return false;
    }
    return false;
}

/* The guard stands here: this is the address that the kernel will connect to, whatever the URL said. */
static curl_socket_t on_open(void *user, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct httpc_hop *hop = user;
    (void)purpose;
    if (own_is_at(&address->addr)) {
        hop->denied = true;
        hop->denial.is_own = true;
        resolve_text(&address->addr, hop->denial.address);
        return CURL_SOCKET_BAD;
    }
    enum guard_class class = guard_classify(&address->addr);
    if (!is_allowed(hop->request, class)) {
        hop->denied = true;
        hop->denial.class = class;
        resolve_text(&address->addr, hop->denial.address);
        return CURL_SOCKET_BAD;
    }
    resolve_text(&address->addr, hop->response->remote_address);
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static int on_connected(void *user, char *remote, char *local, int remote_port, int local_port)
{
    struct httpc_hop *hop = user;
    struct httpc_response *response = hop->response;
    (void)local;
    (void)remote_port;
    (void)local_port;
    hop->connected = true;
    snprintf(response->remote_address, sizeof(response->remote_address), "%s", remote ? remote : "");
    /* The session can be looked at only now, while the connection is in use. */
    httpc_tls_read(hop->api, hop->easy, &response->arena, &response->tls);
    return CURL_PREREQFUNC_OK;
}

static void begin_answer(struct httpc_response *response)
{
    response->headers_count = 0;
    response->content_type = NULL;
}

static size_t on_header(char *line, size_t size, size_t count, void *user)
{
    struct httpc_hop *hop = user;
    struct httpc_response *response = hop->response;
    size_t len = size * count;
    hop->header_bytes += len;
    size_t kept = len;
    while (kept > 0 && (line[kept - 1] == '\r' || line[kept - 1] == '\n'))
        kept--;
    const char *colon = memchr(line, ':', kept);
    bool is_field = colon && colon != line && line[0] != ' ' && line[0] != '\t';
    if (hop->header_bytes > HTTPC_HEADER_BYTES_MAX ||
        (is_field && response->headers_count >= HTTPC_HEADERS_MAX)) {
        hop->headers_over = true;
        return 0;
    }
    if (kept > 5 && memcmp(line, "HTTP/", 5) == 0) {
        begin_answer(response); /* also after an interim one, 100 or 103 */
        return len;
    }
    if (!is_field)
        return len;
    const char *value = colon + 1;
    const char *end = line + kept;
    while (value < end && (*value == ' ' || *value == '\t'))
        value++;
    while (end > value && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    struct httpc_header header = {
        .name = arena_strndup(&response->arena, line, (size_t)(colon - line)),
        .value = arena_strndup(&response->arena, value, (size_t)(end - value)),
    };
    hop->headers[response->headers_count++] = header;
    if (text_same(header.name, "Content-Type"))
        response->content_type = header.value;
    return len;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *user)
{
    struct httpc_hop *hop = user;
    struct buf *body = &hop->response->body;
    size_t len = size * count;
    size_t room = hop->request->body_max - body->len;
    size_t kept = len <= room ? len : room;
    buf_add(body, bytes, kept);
    if (kept < len) {
        hop->body_over = true;
        return 0;
    }
    return body->failed ? 0 : len;
}

static bool set_guards(const struct httpc_hop *hop)
{
    __typeof__(curl_easy_setopt) *set = hop->api->easy_setopt;
    CURL *easy = hop->easy;
    curl_opensocket_callback open_socket = on_open;
    curl_prereq_callback connected = on_connected;
    return set(easy, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
        set(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket) == CURLE_OK &&
        set(easy, CURLOPT_OPENSOCKETDATA, hop) == CURLE_OK && set(easy, CURLOPT_PROXY, "") == CURLE_OK &&
        set(easy, CURLOPT_NOPROXY, "*") == CURLE_OK && set(easy, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
        set(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED) == CURLE_OK &&
        set(easy, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
        set(easy, CURLOPT_PREREQFUNCTION, connected) == CURLE_OK &&
        set(easy, CURLOPT_PREREQDATA, hop) == CURLE_OK;
}

static bool set_connection(const struct httpc_hop *hop, const struct curl_slist *pins)
{
    __typeof__(curl_easy_setopt) *set = hop->api->easy_setopt;
    CURL *easy = hop->easy;
    const char *ca_file = hop->request->ca_file;
    bool done = set(easy, CURLOPT_URL, hop->url) == CURLE_OK &&
        set(easy, CURLOPT_RESOLVE, pins) == CURLE_OK &&
        set(easy, CURLOPT_ERRORBUFFER, hop->message) == CURLE_OK &&
        set(easy, CURLOPT_CERTINFO, 1L) == CURLE_OK &&
        set(easy, CURLOPT_SSL_VERIFYPEER, hop->look_only ? 0L : 1L) == CURLE_OK &&
        set(easy, CURLOPT_SSL_VERIFYHOST, hop->look_only ? 0L : 2L) == CURLE_OK &&
        set(easy, CURLOPT_CONNECT_ONLY, hop->look_only ? 1L : 0L) == CURLE_OK;
    if (done && ca_file && *ca_file)
        done = set(easy, CURLOPT_CAINFO, ca_file) == CURLE_OK && set(easy, CURLOPT_CAPATH, NULL) == CURLE_OK;
    return done;
}

static bool set_request(const struct httpc_hop *hop, const struct curl_slist *headers)
{
    __typeof__(curl_easy_setopt) *set = hop->api->easy_setopt;
    CURL *easy = hop->easy;
    const struct httpc_request *request = hop->request;
    curl_write_callback header_line = on_header;
    curl_write_callback body_part = on_body;
    bool done = set(easy, CURLOPT_HTTPHEADER, headers) == CURLE_OK &&
        set(easy, CURLOPT_USERAGENT, request->user_agent ? request->user_agent : "mcp-assist") == CURLE_OK &&
        set(easy, CURLOPT_HEADERFUNCTION, header_line) == CURLE_OK &&
        set(easy, CURLOPT_HEADERDATA, hop) == CURLE_OK &&
        set(easy, CURLOPT_WRITEFUNCTION, body_part) == CURLE_OK &&
        set(easy, CURLOPT_WRITEDATA, hop) == CURLE_OK && set(easy, CURLOPT_ACCEPT_ENCODING, "") == CURLE_OK;
    if (!done)
        return false;
    if (strcmp(hop->method, "HEAD") == 0)
        return set(easy, CURLOPT_NOBODY, 1L) == CURLE_OK;
    bool has_body = hop->with_body && request->body;
    bool expects_body = strcmp(hop->method, "POST") == 0 || strcmp(hop->method, "PUT") == 0 ||
        strcmp(hop->method, "PATCH") == 0;
    if (has_body || expects_body) /* without one: Content-Length: 0 */
        done = set(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)(has_body ? request->body_len : 0)) ==
                CURLE_OK &&
            set(easy, CURLOPT_POSTFIELDS, has_body ? request->body : "") == CURLE_OK;
    return done && set(easy, CURLOPT_CUSTOMREQUEST, hop->method) == CURLE_OK;
}

/* NULL when memory is gone: the list so far is freed. */
static struct curl_slist *add_line(const struct httpc_hop *hop, struct curl_slist *list, const char *line)
{
    struct curl_slist *longer = hop->api->slist_append(list, line);
    if (!longer)
        hop->api->slist_free_all(list);
    return longer;
}

/* What is for the first origin alone: Authorization, Cookie, X-Api-Key, Private-Token... */
static bool is_for_origin(const char *name)
{
    return text_same(name, "Host") || secrets_is_name(name, strlen(name));
}

static struct curl_slist *list_headers(const struct httpc_hop *hop)
{
    const struct httpc_request *request = hop->request;
    struct arena *arena = &hop->response->arena;
    /* Waiting for "100 Continue" would cost a second with servers that do not know it. */
    struct curl_slist *list = add_line(hop, NULL, "Expect:");
    bool has_type = false, has_language = false;
    for (size_t i = 0; list && i < request->headers_count; i++) {
        const struct httpc_header *header = &request->headers[i];
        has_type = has_type || text_same(header->name, "Content-Type");
        has_language = has_language || text_same(header->name, "Accept-Language");
        if (!hop->with_credentials && is_for_origin(header->name))
            continue;
        /* libcurl reads "Name:" as "leave it out", "Name;" as "send it empty". */
        char *line = *header->value ? arena_printf(arena, "%s: %s", header->name, header->value)
                                    : arena_printf(arena, "%s;", header->name);
        list = add_line(hop, list, line);
    }
    if (list && !has_type)
        list = add_line(hop, list, "Content-Type:");
    if (list && request->language && !has_language)
        list = add_line(hop, list, arena_printf(arena, "Accept-Language: %s", request->language));
    return list;
}

static int drive(struct httpc_hop *hop, CURLM *multi)
{
    const struct wait *wait = hop->wait;
    struct curl_waitfd cancel = { .fd = wait->cancel_fd, .events = CURL_WAIT_POLLIN };
    unsigned extra = wait->cancel_fd >= 0 ? 1 : 0;
    for (;;) {
        int running = 0, queued = 0;
        int rc = wait_poll(wait, NULL, 0, 0);
        if (rc < 0)
            return rc;
        if (hop->api->multi_perform(multi, &running) != CURLM_OK)
            return -ENOMEM;
        const CURLMsg *message;
        while ((message = hop->api->multi_info_read(multi, &queued))) {
            if (message->msg != CURLMSG_DONE)
                continue;
            hop->code = message->data.result;
            return 0;
        }
        int left_ms = wait_left_ms(wait);
        int turn_ms = left_ms < TURN_MS ? left_ms : TURN_MS;
        if (hop->api->multi_poll(multi, &cancel, extra, turn_ms, NULL) != CURLM_OK)
            return -ENOMEM;
    }
}

static double duration_ms(const struct httpc_hop *hop, CURLINFO from, CURLINFO until)
{
    curl_off_t from_us = 0, until_us = 0;
    if (from != CURLINFO_NONE && hop->api->easy_getinfo(hop->easy, from, &from_us) != CURLE_OK)
        return -1;
    if (hop->api->easy_getinfo(hop->easy, until, &until_us) != CURLE_OK || until_us <= 0 ||
        until_us < from_us)
        return -1;
    return (double)(until_us - from_us) / 1000.0;
}

static void read_facts(struct httpc_hop *hop)
{
    struct httpc_response *response = hop->response;
    const struct httpc_curl *api = hop->api;
    long http_version = 0;
    api->easy_getinfo(hop->easy, CURLINFO_RESPONSE_CODE, &response->status);
    api->easy_getinfo(hop->easy, CURLINFO_HTTP_VERSION, &http_version);
    api->easy_getinfo(hop->easy, CURLINFO_OS_ERRNO, &hop->os_error);
    if (response->status > 0)
        response->http_version = http_version == CURL_HTTP_VERSION_1_0 ? "1.0"
            : http_version == CURL_HTTP_VERSION_2_0                    ? "2"
            : http_version == CURL_HTTP_VERSION_3                      ? "3"
                                                                       : "1.1";
    response->timings.connect_ms = duration_ms(hop, CURLINFO_NAMELOOKUP_TIME_T, CURLINFO_CONNECT_TIME_T);
    response->timings.tls_ms = duration_ms(hop, CURLINFO_CONNECT_TIME_T, CURLINFO_APPCONNECT_TIME_T);
    response->timings.first_byte_ms = duration_ms(hop, CURLINFO_NONE, CURLINFO_STARTTRANSFER_TIME_T);
    if (hop->code == CURLE_PEER_FAILED_VERIFICATION || hop->code == CURLE_SSL_CACERT_BADFILE) {
        const char *words = *hop->message ? hop->message : api->easy_strerror(hop->code);
        httpc_tls_blame(api, hop->easy, words, &response->arena, &response->tls);
    }
    if (!*hop->message && hop->code != CURLE_OK)
        snprintf(hop->message, sizeof(hop->message), "%s", api->easy_strerror(hop->code));
}

static int run_with(struct httpc_hop *hop, CURLM *multi, struct curl_slist *headers, struct curl_slist *pins)
{
    if (!set_guards(hop) || !set_connection(hop, pins) || !set_request(hop, headers))
        return -ENOSYS;
    if (hop->api->multi_add_handle(multi, hop->easy) != CURLM_OK)
        return -ENOMEM;
    int rc = drive(hop, multi);
    if (!hop->look_only)
        read_facts(hop);
    hop->api->multi_remove_handle(multi, hop->easy);
    return rc;
}

int httpc_hop_run(struct httpc_hop *hop)
{
    const struct httpc_curl *api = hop->api;
    hop->headers = arena_alloc(&hop->response->arena, HTTPC_HEADERS_MAX * sizeof(*hop->headers));
    hop->response->headers = hop->headers;
    begin_answer(hop->response);
    CURLM *multi = api->multi_init();
    hop->easy = api->easy_init();
    struct curl_slist *headers = list_headers(hop);
    struct curl_slist *pins = hop->pin ? add_line(hop, NULL, hop->pin) : NULL;
    int rc = -ENOMEM;
    if (multi && hop->easy && headers && (pins || !hop->pin))
        rc = run_with(hop, multi, headers, pins);
    api->slist_free_all(pins);
    api->slist_free_all(headers);
    if (hop->easy)
        api->easy_cleanup(hop->easy);
    hop->easy = NULL;
    if (multi)
        api->multi_cleanup(multi);
    return rc;
}
