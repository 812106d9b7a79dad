/* One request and its reply from the inside: what request.c, reply.c and the connection share. Knows no
 * socket. */
#ifndef HTTP_EXCHANGE_H
#define HTTP_EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <mcp/tool.h>

#include "base/buf.h"
#include "http/server.h"

struct connection;

/* A header as it came; both terminated. */
struct http_field {
    const char *name, *value;
};

struct http_exchange {
    struct http_request request; /* first member: http_exchange_of() relies on it */
    struct connection *connection;
    struct http_field *fields;
    unsigned field_count;
    bool running; /* a request is being read or answered */
    bool no_body; /* HEAD: the reply's body is counted, not sent */
    bool http_1_0; /* no chunks; kept alive only when asked for */
    bool keep_alive; /* the client allows another request */
    bool replied;
    bool streaming;
    bool indent; /* see http_indents() */
    enum mcp_lang lang; /* the option of that name */
    struct buf reply_fields; /* lines from http_set() */
    void (*gone)(struct http_request *request, void *user);
    void *gone_user;
};

/* The exchange that `request` is the face of. */
struct http_exchange *http_exchange_of(struct http_request *request);
const struct http_exchange *http_exchange_of_const(const struct http_request *request);

/* Decodes %xx in the `len` bytes at `text` (room for one more) in place and terminates them. False, with
 * `text` spoiled, on a malformed escape, an escaped NUL or when the result is not UTF-8. In a query '+' is a
 * space; in a path any escaped control character is refused. */
bool http_decode(char *text, size_t len, bool query);

#endif
