/* Against DNS rebinding and cross-site requests: whom a browser may speak for. */
#ifndef HTTP_ORIGIN_H
#define HTTP_ORIGIN_H

#include <stdbool.h>

struct http_request;

struct origin_policy {
    bool loopback; /* the server is bound to a loopback address only */
    const char *const
        *allowed_hosts; /* further names of this server, NULL-terminated, any case; NULL = none */
};

/* True if the Host, and the Origin where there is one, name this server: localhost, 127.0.0.1, [::1] or one
 * of `allowed_hosts`, at any port, compared as whole host names. On another than a loopback bind an IP
 * address is ours too (only names can be rebound), and an Origin must then name the same one. An Origin must
 * be http or https; "null" is nobody. */
bool origin_allowed(const struct http_request *request, const struct origin_policy *policy);

/* True if `name` can be one of `allowed_hosts`: a host name or [IPv6], without port or wildcard. */
bool origin_is_name(const char *name);

/* True if a browser says that a page of another site sent this (an image tag, a form). */
bool origin_cross_site(const struct http_request *request);

#endif
