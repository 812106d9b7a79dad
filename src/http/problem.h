/* Refusals as RFC 9457 problem documents (application/problem+json). */
#ifndef HTTP_PROBLEM_H
#define HTTP_PROBLEM_H

#include <stddef.h>
#include <mcp/tool.h>

struct buf;
struct http_request;

/* One thing that is wrong with the input. */
struct http_problem_item {
    const char *pointer; /* JSON Pointer (RFC 6901) into the body; "" is the whole of it */
    const char *message; /* what was wrong, with which value */
    const char *accepted; /* what is accepted instead; NULL: left out */
};

/* The document by itself: its type is the stable URI "urn:mcp-assist:problem:<slug>"; NULL for `slug` and
 * `title` takes those of the status. With items it has the member `errors`. */
void http_problem_write(struct buf *out, int status, const char *slug, const char *title, const char *detail,
    const struct http_problem_item *items, size_t count);

/* Answers with a problem document: its type is the stable URI "urn:mcp-assist:problem:<slug>". NULL for
 * `slug` and `title` takes those of the status. The request is over. */
void http_problem(
    struct http_request *request, int status, const char *slug, const char *title, const char *detail);

/* The same with the title of the status and `detail` in the client's language. */
void http_refuse(struct http_request *request, int status, const char *slug, struct mcp_text detail);

/* As http_problem(), with the member `errors`, one entry for each of the `count` items. */
void http_problem_list(struct http_request *request, int status, const char *slug, const char *title,
    const char *detail, const struct http_problem_item *items, size_t count);

#endif
