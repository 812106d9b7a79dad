/* Problem documents: the table of what each status is called, and the JSON around it. */
#include "http/problem.h"

#include <stdio.h>

#include "base/buf.h"
#include "base/json_write.h"
#include "base/scope.h"
#include "http/server.h"

static const struct problem_row {
    int status;
    const char *slug, *title;
} rows[] = {
    { 400, "bad-request", "Bad request" },
    { 401, "unauthorized", "Authentication needed" },
    { 403, "forbidden", "Forbidden" },
    { 404, "no-such-path", "No such path" },
    { 405, "method-not-allowed", "Method not allowed" },
    { 406, "not-acceptable", "Not acceptable" },
    { 408, "request-timeout", "Request took too long to arrive" },
    { 413, "body-too-large", "Request body too large" },
    { 415, "unsupported-media-type", "Unsupported media type" },
    { 417, "expectation-failed", "Expectation failed" },
    { 421, "misdirected", "Not a name of this server" },
    { 429, "too-many-requests", "Too many requests" },
    { 431, "head-too-large", "Request head too large" },
    { 500, "internal", "Internal error" },
    { 501, "unknown-method", "Unknown method" },
    { 503, "busy", "Server busy" },
    { 505, "unsupported-version", "HTTP version not supported" },
};

static const struct problem_row *row_of(int status)
{
    static const struct problem_row other = { 0, "error", "Error" };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (rows[i].status == status)
            return &rows[i];
    }
    return &other;
}

static void put_items(struct json_writer *w, const struct http_problem_item *items, size_t count)
{
    json_open_array(w, "errors");
    for (size_t i = 0; i < count; i++) {
        json_open_object(w, NULL);
        json_put_str(w, "pointer", items[i].pointer);
        json_put_str(w, "message", items[i].message);
        if (items[i].accepted)
            json_put_str(w, "accepted", items[i].accepted);
        json_close_object(w);
    }
    json_close_array(w);
}

void http_problem_list(struct http_request *request, int status, const char *slug, const char *title,
    const char *detail, const struct http_problem_item *items, size_t count)
{
    const struct problem_row *row = row_of(status);
    char type[128];
    snprintf(type, sizeof type, "urn:mcp-assist:problem:%s", slug ? slug : row->slug);

    CLEANUP(buf_done) struct buf plain = { 0 };
    struct json_writer w = { .out = &plain };
    json_open_object(&w, NULL);
    json_put_str(&w, "type", type);
    json_put_str(&w, "title", title ? title : row->title);
    json_put_int(&w, "status", status);
    if (detail)
        json_put_str(&w, "detail", detail);
    if (count > 0)
        put_items(&w, items, count);
    json_close_object(&w);

    CLEANUP(buf_done) struct buf indented = { 0 };
    const struct buf *out = &plain;
    if (http_indents(request)) {
        json_indent(&indented, buf_str(&plain), plain.len);
        out = &indented;
    }
    http_reply(request, status, "application/problem+json", buf_str(out), out->len);
}

void http_problem(
    struct http_request *request, int status, const char *slug, const char *title, const char *detail)
{
    http_problem_list(request, status, slug, title, detail, NULL, 0);
}
