/* Bytes to an exchange: the strict reading of HTTP/1 heads and bodies over llhttp. Knows no socket and no
 * route.
 *
 * What two readers could understand differently is refused: bare line feeds, folded headers, repeated or
 * doubtful lengths (RFC 9112, sections 2.2, 5.2 and 6.3), more than one blank in the request line (3), an
 * encoded slash in the path. */
#ifndef HTTP_PARSER_H
#define HTTP_PARSER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <llhttp.h>

struct buf;
struct http_exchange;

#define PARSER_MAX_FIELDS 100

enum parser_step {
    PARSER_MORE, /* all bytes were looked at: bring more, behind those that were not used */
    PARSER_READY, /* the head, or the body, is complete */
    PARSER_BAD, /* see status and fault; the connection cannot be used further */
};

/* Embedded by value. */
struct parser {
    llhttp_t llhttp;
    struct http_exchange *exchange;
    struct buf *body;
    size_t header_max, body_max;
    size_t scanned, line_start; /* of head or trailers: bytes looked at, where a line begins */
    unsigned lines;
    uint64_t body_left; /* of a body with Content-Length */
    char *head; /* the arena's copy that fields point into */
    char *target; /* of the request line */
    size_t target_len;
    char *name, *value; /* the field being read */
    size_t name_len, value_len;
    size_t framing; /* of a body in chunks: bytes that are not of the body */
    bool chunked, head_done, in_trailers, body_done;
    bool odd; /* llhttp saw pieces where one was expected */
    bool expects; /* the client waits for 100 Continue */
    int status; /* BAD: what to answer */
    const char *fault; /* BAD: one static sentence */
};

/* Prepares for a connection. `exchange` and `body` are borrowed; the parser fills them. */
void parser_init(struct parser *parser, struct http_exchange *exchange, struct buf *body, size_t header_max,
    size_t body_max);
/* Prepares for the next request. */
void parser_reset(struct parser *parser);

/* Reads a head at the beginning of `bytes`: call it with all of them again when there are more. READY:
 * *ret_used bytes were the head, the exchange's method, path, query and fields are filled (from its arena).
 * MORE: *ret_used bytes can be dropped (empty lines before the request). */
enum parser_step parser_head(struct parser *parser, const char *bytes, size_t len, size_t *ret_used);

/* Appends what there is of the body to `body`. READY: *ret_used bytes belonged to it. MORE: as
 * well; what is left has to come again with more behind it. */
enum parser_step parser_body(struct parser *parser, const char *bytes, size_t len, size_t *ret_used);

#endif
