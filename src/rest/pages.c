/* Pages for people, and the files they are made of: embedded, compressed, the same until the next version. */
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/scope.h"
#include "http/accept.h"
#include "http/problem.h"
#include "rest/assets.h"
#include "rest/state.h"

/* Nothing from elsewhere, no script and no style but our own files, no frame around us. */
#define POLICY(more) \
    "default-src 'none'; script-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; " \
    "form-action 'none'; frame-ancestors 'none'; " more

/* What `path` shows, by enum mcp_lang. */
static const struct page {
    const char *path, *names[2], *policy;
} pages[] = {
    { "/", { "start.en.html", "start.fr.html" }, POLICY("style-src 'self'") },
    { "/docs", { "docs.en.html", "docs.fr.html" }, POLICY("style-src 'self'") },
    /* ReDoc adds two style elements: one empty, filled by script, and one that is the same in each page of
     * its version (the hashes are those of their contents). It searches in a worker made of its own text. */
    { "/redoc", { "redoc.en.html", "redoc.fr.html" },
        POLICY("style-src 'self' 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=' "
               "'sha256-QMIg+bpjm3JdElJ388KYke01izlUW0UoNOeKjpMxdgc='; worker-src blob:") },
    { "/favicon.ico", { "favicon.svg", "favicon.svg" }, POLICY("style-src 'none'") },
    { "/licenses", { "licenses.txt", "licenses.txt" }, POLICY("style-src 'none'") },
};

/* A file as the client takes it: compressed, or inflated for those who do not say that they can (curl). Each
 * form has a tag of its own (RFC 9110, section 8.8.3). */
static void send_asset(const struct rest *rest, struct http_request *request, const struct asset *asset)
{
    const char *codings = http_header(request, "Accept-Encoding");
    bool is_gzip = codings && accept_quality(codings, "gzip") > 0;
    char tag[48];
    snprintf(tag, sizeof tag, "\"%s%s\"", asset->hash, is_gzip ? "-gzip" : "");
    http_set(request, "ETag", tag);
    http_set(request, "Cross-Origin-Resource-Policy", "same-origin");
    http_set(request, "Referrer-Policy", "no-referrer");
    const char *known = http_header(request, "If-None-Match");
    if (known && (strstr(known, tag) || strcmp(known, "*") == 0)) {
        http_reply(request, 304, NULL, NULL, 0);
        return;
    }
    if (is_gzip) {
        http_set(request, "Content-Encoding", "gzip");
        http_reply(
            request, 200, asset->type, (const char *)asset->gzip, (size_t)(asset->gzip_end - asset->gzip));
        return;
    }
    http_reply(request, 200, asset->type, asset_content(rest->assets, asset), asset->size);
}

void pages_show(struct http_request *request, void *user)
{
    const struct rest *rest = user;
    enum mcp_lang lang = rest_language(rest, request);
    for (size_t i = 0; i < ARRAY_LEN(pages); i++) {
        if (strcmp(pages[i].path, request->path) != 0)
            continue;
        http_set(request, "Vary", "Accept, Accept-Language, Accept-Encoding");
        http_set(request, "Cache-Control", "no-cache");
        http_set(request, "Content-Security-Policy", pages[i].policy);
        send_asset(rest, request, asset_find(pages[i].names[lang]));
        return;
    }
}

/* The links of a page lead elsewhere from an address that ends with a slash. */
void pages_move(struct http_request *request, void *user)
{
    const struct rest *rest = user;
    http_set(request, "Location",
        arena_printf(request->arena, "%s%.*s%s%s", rest->options.base_path, (int)strlen(request->path) - 1,
            request->path, request->query[0] ? "?" : "", request->query));
    http_reply(request, 308, NULL, NULL, 0);
}

bool pages_wanted(const struct http_request *request)
{
    const char *accept = http_header(request, "Accept");
    return accept_quality(accept, "text/html") > accept_quality(accept, "application/json");
}

void pages_file(struct http_request *request, void *user)
{
    const struct rest *rest = user;
    const struct asset *asset = asset_find(request->rest);
    /* Only what has its hash in its name: the rest has a path of its own, or is nobody's business. */
    if (!asset || !strstr(asset->name, asset->hash)) {
        http_refuse(request, 404, NULL,
            (struct mcp_text){
                "il n'y a pas de tel fichier ; une page d'une autre version le nomme peut-être",
                "there is no such file; a page of another version may name it" });
        return;
    }
    http_set(request, "Vary", "Accept-Encoding");
    http_set(request, "Cache-Control", "public, max-age=31536000, immutable");
    send_asset(rest, request, asset);
}
