/* What a connection's certificate says, read from libcurl. Judges nothing: whether it is trusted is libcurl's
 * verdict. */
#ifndef SYS_HTTPC_TLS_H
#define SYS_HTTPC_TLS_H

#include "sys/httpc_curl.h"

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct httpc_tls;

/* Fills everything of *ret_tls but `verified` and `error*` from the connection of `easy`; strings go to
 * `arena`. `present` stays false on a connection without TLS. Call it from a libcurl callback, while the
 * connection lives. */
void httpc_tls_read(const struct httpc_curl *api, CURL *easy, struct arena *arena, struct httpc_tls *ret_tls);

/* Why libcurl did not trust the certificate: fills `verified` (false), `error` and `error_kind`. `message` is
 * libcurl's. */
void httpc_tls_blame(const struct httpc_curl *api, CURL *easy, const char *message, struct arena *arena,
    struct httpc_tls *ret_tls);

/* "May 20 12:00:00 2026 GMT" to seconds since 1970. */
bool httpc_tls_date(const char *text, int64_t *ret_s);

#endif
