/* Bearer tokens (RFC 6750) as a request carries them. Whose they are is somebody else's knowledge. */
#ifndef HTTP_BEARER_H
#define HTTP_BEARER_H

struct http_request;

enum bearer {
    BEARER_NONE, /* no Authorization header, or one of another scheme */
    BEARER_MALFORMED, /* two headers, a Bearer without a token of that form, a token in the query, or a query
                         that cannot be read */
    BEARER_TOKEN,
};

/* What the request says of itself; *ret_token (in the request's memory) is set with BEARER_TOKEN only. A
 * token in the query is never taken: addresses end up in logs and histories. */
enum bearer bearer_read(struct http_request *request, const char **ret_token);

#endif
