/* Problem documents: the table of what each status is called, and the JSON around it. */
#include "http/problem.h"

#include <stdio.h>

#include "base/buf.h"
#include "base/json_write.h"
#include "base/scope.h"
#include "http/server.h"

static const struct problem_row {
    int status;
    const char *slug;
    struct mcp_text title;
} rows[] = {
    { 400, "bad-request", { "Requête incorrecte", "Bad request" } },
    { 401, "unauthorized", { "Clé d'accès nécessaire", "Authentication needed" } },
    { 403, "forbidden", { "Refusé", "Forbidden" } },
    { 404, "no-such-path", { "Chemin inconnu", "No such path" } },
    { 405, "method-not-allowed", { "Méthode refusée", "Method not allowed" } },
    { 406, "not-acceptable", { "Aucune forme acceptable", "Not acceptable" } },
    { 408, "request-timeout", { "Requête trop lente", "Request took too long to arrive" } },
    { 413, "body-too-large", { "Corps trop grand", "Request body too large" } },
    { 415, "unsupported-media-type", { "Type de contenu refusé", "Unsupported media type" } },
    { 417, "expectation-failed", { "Attente impossible", "Expectation failed" } },
    { 421, "misdirected", { "Pas un nom de ce serveur", "Not a name of this server" } },
    { 429, "too-many-requests", { "Trop de requêtes", "Too many requests" } },
    { 431, "head-too-large", { "En-têtes trop grands", "Request head too large" } },
    { 500, "internal", { "Erreur interne", "Internal error" } },
    { 501, "unknown-method", { "Méthode inconnue", "Unknown method" } },
    { 503, "busy", { "Serveur occupé", "Server busy" } },
    { 505, "unsupported-version", { "Version de HTTP non prise en charge", "HTTP version not supported" } },
};

static const struct problem_row *row_of(int status)
{
    static const struct problem_row other = { 0, "error", { "Erreur", "Error" } };
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

void http_problem_write(struct buf *out, int status, const char *slug, const char *title, const char *detail,
    const struct http_problem_item *items, size_t count)
{
    const struct problem_row *row = row_of(status);
    char type[128];
    snprintf(type, sizeof type, "urn:mcp-assist:problem:%s", slug ? slug : row->slug);

    struct json_writer w = { .out = out };
    json_open_object(&w, NULL);
    json_put_str(&w, "type", type);
    json_put_str(&w, "title", title ? title : row->title.en);
    json_put_int(&w, "status", status);
    if (detail)
        json_put_str(&w, "detail", detail);
    if (count > 0)
        put_items(&w, items, count);
    json_close_object(&w);
}

void http_problem_list(struct http_request *request, int status, const char *slug, const char *title,
    const char *detail, const struct http_problem_item *items, size_t count)
{
    CLEANUP(buf_done) struct buf plain = { 0 };
    http_problem_write(&plain, status, slug, title, detail, items, count);
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

void http_refuse(struct http_request *request, int status, const char *slug, struct mcp_text detail)
{
    bool fr = http_lang(request) == MCP_FR;
    const struct mcp_text title = row_of(status)->title;
    http_problem(request, status, slug, fr ? title.fr : title.en, fr ? detail.fr : detail.en);
}
