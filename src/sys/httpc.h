/* One HTTP request to an http or https address, within a deadline, cancellable, guarded.
 *
 * libcurl is loaded at first use. Names are resolved by resolve.h, the address really connected to is judged
 * by guard.h, on every hop; where this process itself listens (own.h) nobody is asked. No proxy,
 * no cookies, no stored passwords, nothing from the environment. */
#ifndef SYS_HTTPC_H
#define SYS_HTTPC_H

#include "base/arena.h"
#include "base/buf.h"
#include "sys/guard.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;
struct wait;

#define HTTPC_REDIRECTS_MAX 10
#define HTTPC_HEADERS_MAX 256 /* headers of one answer */
#define HTTPC_HEADER_BYTES_MAX ((size_t)128 << 10) /* all of them, interim answers and trailers too */

struct httpc_header {
    const char *name, *value;
};

/* What the guard refused. */
struct httpc_denial {
    char address[80]; /* "169.254.169.254" */
    bool is_own; /* this very process listens there; `class` says nothing then */
    enum guard_class class;
};

/* Everything is borrowed until httpc_fetch() returns. A zeroed request with `url` and `body_max` is a plain
 * GET to public addresses only. */
struct httpc_request {
    const char *method; /* NULL = GET; HEAD brings no body */
    const char *url; /* http:// or https:// */
    const struct httpc_header *headers;
    size_t headers_count;
    const char *body; /* NULL = none */
    size_t body_len;
    const char *language; /* Accept-Language; NULL = not sent */
    const char *user_agent; /* NULL = "mcp-assist" */
    const char *ca_file; /* PEM of trusted certificates instead of the system's; NULL or "" = the system's */
    bool follow_redirects;
    unsigned redirects_max; /* 0 = HTTPC_REDIRECTS_MAX; more than that is cut to it */
    int timeout_ms; /* for everything together; <= 0: until the deadline of the wait */
    size_t body_max; /* bytes kept after decompression; the rest is not read */
    bool allow_private; /* loopback and private networks */
    bool allow_link_local; /* link-local and cloud metadata addresses */
    struct httpc_denial *denial; /* NULL, or filled when httpc_fetch() returns -EACCES */
};

/* Why there is no complete answer. Findings, not faults. */
enum httpc_failure {
    HTTPC_OK,
    HTTPC_NAME, /* the name has no address, or no name server answered */
    HTTPC_REFUSED, /* nobody listens */
    HTTPC_UNREACHABLE, /* no route, network down... */
    HTTPC_TIMEOUT,
    HTTPC_CLOSED, /* the peer closed or reset the connection */
    HTTPC_TLS, /* no handshake: no TLS there, no common version or cipher */
    HTTPC_CERTIFICATE, /* handshake possible, certificate not trusted: see `tls` */
    HTTPC_PROTOCOL, /* what came is not HTTP, or breaks it */
    HTTPC_TOO_LARGE, /* its headers are over our limits */
    HTTPC_REDIRECT, /* too many hops, or to something that is neither http nor https */
};

struct httpc_redirect {
    const char *url; /* that answered */
    long status; /* 3xx */
};

struct httpc_tls {
    bool present; /* a handshake was made (for HTTPC_CERTIFICATE: by a second look that sent no request) */
    bool verified;
    const char *version, *cipher; /* "TLSv1.3", "TLS_AES_256_GCM_SHA384"; NULL = unknown */
    const char *subject, *issuer; /* "CN = example.org" */
    const char *not_before, *not_after; /* RFC 3339 in UTC */
    const char *names; /* subjectAltName, "DNS:a, DNS:b"; NULL = none */
    bool has_days;
    int64_t days_left; /* until not_after, rounded down, negative when past; valid with has_days */
    const char *error; /* not verified: why, in OpenSSL's words */
    const char *error_kind; /* "expired" "not_yet_valid" "self_signed" "unknown_issuer" "wrong_name" "revoked"
                               "other" */
};

/* Durations of the last hop in milliseconds, < 0 = that phase was not reached or not needed. */
struct httpc_timings {
    double dns_ms, connect_ms, tls_ms;
    double first_byte_ms; /* from the start of the hop to its first byte */
    double total_ms; /* all hops */
};

struct httpc_response {
    enum httpc_failure failure;
    const char *failure_text; /* English; "" when HTTPC_OK */
    const char *failure_french; /* "" also where there is nothing to add to httpc_failure_words() */
    const char *url; /* the last one asked */
    long status; /* 0 = no answer */
    const char *http_version; /* "1.1", "2"; NULL = no answer */
    const struct httpc_header *headers; /* of the last answer, in order, as sent */
    size_t headers_count;
    const char *content_type; /* as sent; NULL = none */
    struct buf body; /* decompressed; NUL-terminated by buf_str() */
    bool truncated; /* the body goes on */
    struct httpc_redirect redirects[HTTPC_REDIRECTS_MAX];
    size_t redirects_count;
    char remote_address[80]; /* "127.0.0.1": connected, or tried last; "" = none */
    struct httpc_timings timings;
    struct httpc_tls tls;
    struct arena arena; /* owns the strings */
};

/* Asks. 0 and *ret_response filled, also when nobody answers (see `failure`); release it with
 * httpc_response_done(). Negative, *ret_response untouched: -EINVAL: URL, method or header not acceptable;
 * -EACCES: the guard refuses the address, err names it; -ENOSYS: libcurl is not there; -ECANCELED; -ENOMEM.
 * *err says which, in both languages. */
int httpc_fetch(const struct wait *wait, const struct httpc_request *request,
    struct httpc_response *ret_response, struct err *err);

enum httpc_header_fault {
    HTTPC_HEADER_OK,
    HTTPC_HEADER_NAME, /* not a token of RFC 9110 */
    HTTPC_HEADER_VALUE, /* a control character, or a Host that is none */
    HTTPC_HEADER_REFUSED, /* the connection's own: Content-Length, Transfer-Encoding, Connection, ... */
};

/* Whether a request may carry this header; httpc_fetch() asks the same. */
enum httpc_header_fault httpc_check_header(const char *name, const char *value);

/* Frees what a response owns and zeroes it. NULL and zeroed ones are fine. */
void httpc_response_done(struct httpc_response *response);

/* "refused", "timeout"...: the name of a failure for data; "ok" for HTTPC_OK. */
const char *httpc_failure_name(enum httpc_failure failure);
/* "connection refused..." or its French: the same for people; "" for HTTPC_OK. */
const char *httpc_failure_words(enum httpc_failure failure, bool is_french);

/* The first header of that name, ASCII case ignored; NULL = none. */
const char *httpc_response_header(const struct httpc_response *response, const char *name);

#endif
