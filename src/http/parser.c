/* The strict reading of HTTP/1 over llhttp: the head is looked through byte by byte as it comes (so that what
 * is doubtful is refused at once), then handed to llhttp in one piece; fields stay where they are in the
 * arena's copy. */
#include "http/parser.h"

#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"
#include "http/exchange.h"

enum { FRAMING_PER_BYTE = 16 }; /* of the largest body, in chunks */

static enum parser_step bad(struct parser *parser, int status, const char *fault)
{
    parser->status = status;
    parser->fault = fault;
    return PARSER_BAD;
}

/* What llhttp calls */

/* llhttp hands out const pointers into the arena's copy of the head, which is ours to write. */
static char *in_head(struct parser *parser, const char *at)
{
    return parser->head + (at - parser->head);
}

static void field_end(struct parser *parser)
{
    if (!parser->name)
        return;
    /* Space between name and colon: a header for one reader, none for another. */
    parser->odd |= parser->name_len == 0 || parser->name[parser->name_len] != ':';
    parser->name[parser->name_len] = '\0';
    if (parser->value) {
        while (parser->value_len > 0 && strchr(" \t", parser->value[parser->value_len - 1]))
            parser->value_len--;
        parser->value[parser->value_len] = '\0';
    }
    struct http_exchange *exchange = parser->exchange;
    exchange->fields[exchange->field_count++] = (struct http_field){
        .name = parser->name,
        .value = parser->value ? parser->value : "",
    };
    parser->name = parser->value = NULL;
}

static int on_url(llhttp_t *llhttp, const char *at, size_t len)
{
    struct parser *parser = llhttp->data;
    parser->odd |= parser->target != NULL;
    parser->target = in_head(parser, at);
    parser->target_len = len;
    return 0;
}

static int on_header_field(llhttp_t *llhttp, const char *at, size_t len)
{
    struct parser *parser = llhttp->data;
    if (parser->head_done)
        return 0;
    field_end(parser);
    if (parser->exchange->field_count + 2 >= parser->lines)
        return HPE_USER;
    parser->name = in_head(parser, at);
    parser->name_len = len;
    return 0;
}

static int on_header_value(llhttp_t *llhttp, const char *at, size_t len)
{
    struct parser *parser = llhttp->data;
    if (parser->head_done || len == 0)
        return 0;
    if (!parser->value) {
        parser->value = in_head(parser, at);
        parser->value_len = 0;
    }
    parser->odd |= at != parser->value + parser->value_len;
    parser->value_len += len;
    return 0;
}

static int on_headers_complete(llhttp_t *llhttp)
{
    struct parser *parser = llhttp->data;
    field_end(parser);
    parser->head_done = true;
    parser->exchange->keep_alive = llhttp_should_keep_alive(llhttp) != 0;
    /* An Upgrade is an offer that this server never takes (RFC 9110, 7.8). */
    llhttp->upgrade = 0;
    return 0;
}

static int on_body(llhttp_t *llhttp, const char *at, size_t len)
{
    struct parser *parser = llhttp->data;
    if (parser->body->len + len > parser->body_max)
        return HPE_USER;
    buf_add(parser->body, at, len);
    return parser->body->failed ? HPE_USER : 0;
}

/* Stops behind the last chunk: what follows, the trailers, is looked through as the head was. */
static int on_chunk_header(llhttp_t *llhttp)
{
    struct parser *parser = llhttp->data;
    parser->in_trailers = llhttp->content_length == 0;
    if (!parser->in_trailers)
        return 0;
    parser->scanned = parser->line_start = 0;
    parser->lines = 0;
    return HPE_PAUSED;
}

static int on_message_complete(llhttp_t *llhttp)
{
    struct parser *parser = llhttp->data;
    parser->body_done = true;
    return HPE_PAUSED;
}

static const llhttp_settings_t settings = {
    .on_url = on_url,
    .on_header_field = on_header_field,
    .on_header_value = on_header_value,
    .on_headers_complete = on_headers_complete,
    .on_body = on_body,
    .on_chunk_header = on_chunk_header,
    .on_message_complete = on_message_complete,
};

void parser_init(struct parser *parser, struct http_exchange *exchange, struct buf *body, size_t header_max,
    size_t body_max)
{
    *parser = (struct parser){
        .exchange = exchange,
        .body = body,
        .header_max = header_max,
        .body_max = body_max,
    };
    llhttp_init(&parser->llhttp, HTTP_REQUEST, &settings);
    parser->llhttp.data = parser;
}

void parser_reset(struct parser *parser)
{
    llhttp_reset(&parser->llhttp);
    parser->scanned = parser->line_start = 0;
    parser->lines = 0;
    parser->body_left = 0;
    parser->target = parser->name = parser->value = NULL;
    parser->chunked = parser->head_done = parser->body_done = false;
    parser->in_trailers = parser->odd = parser->expects = false;
    parser->framing = 0;
}

/* The head, and the trailers, which are held to the same rules */

/* Looks at new bytes up to the empty line. READY: `scanned` is the length up to there. */
static enum parser_step scan(struct parser *parser, const char *bytes, size_t len)
{
    size_t end = len < parser->header_max ? len : parser->header_max;
    for (size_t i = parser->scanned; i < end; i++) {
        unsigned char c = (unsigned char)bytes[i];
        bool after_cr = i > 0 && bytes[i - 1] == '\r';
        if (c == '\n') {
            if (!after_cr)
                return bad(parser, 400, "a line ends with a bare LF");
            parser->lines++;
            bool empty = i - parser->line_start == 1;
            parser->line_start = i + 1;
            if (empty) {
                parser->scanned = i + 1;
                return PARSER_READY;
            }
            continue;
        }
        if (after_cr)
            return bad(parser, 400, "a CR without LF");
        if ((c < 0x20 && c != '\r' && c != '\t') || c == 0x7f)
            return bad(parser, 400, "a control character in a header");
        if (i == parser->line_start && (c == ' ' || c == '\t'))
            return bad(parser, 400, "a line begins with white space (folded header)");
    }
    parser->scanned = end;
    if (len >= parser->header_max)
        return bad(parser, 431, "the request head, or its trailers, are larger than this server accepts");
    return PARSER_MORE;
}

static enum parser_step llhttp_fault(struct parser *parser)
{
    const char *reason = llhttp_get_error_reason(&parser->llhttp);
    switch (llhttp_get_errno(&parser->llhttp)) {
    case HPE_INVALID_METHOD:
        return bad(parser, 501, "this method is not known here");
    case HPE_INVALID_VERSION:
        return bad(parser, 505, "only HTTP/1.1 and HTTP/1.0 are spoken here");
    default:
        return bad(parser, 400, reason && *reason ? reason : "the request is malformed");
    }
}

/* An absolute target must name the host that the Host header names: two answers to "which host" are refused.
 */
static char *strip_authority(struct parser *parser, char *target)
{
    if (*target == '/')
        return target;
    size_t scheme = strncasecmp(target, "http://", 7) == 0 ? 7
        : strncasecmp(target, "https://", 8) == 0          ? 8
                                                           : 0;
    if (scheme == 0)
        return NULL;
    char *authority = target + scheme;
    size_t len = strcspn(authority, "/?");
    const char *host = http_header(&parser->exchange->request, "Host");
    if (!host || len == 0 || strlen(host) != len || strncasecmp(host, authority, len) != 0 ||
        authority[len] != '/')
        return NULL;
    return authority + len;
}

/* "METHOD TARGET HTTP/1.1" with single blanks. llhttp takes several, and other protocols' names. */
static bool is_plain_request_line(const struct parser *parser)
{
    size_t method_len = strcspn(parser->head, " ");
    const char *behind = parser->target + parser->target_len;
    return parser->target == parser->head + method_len + 1 && text_starts(behind, " HTTP/") &&
        behind[strlen(" HTTP/1.1")] == '\r';
}

/* An encoded slash is none to who decodes late: a proxy's rule for /tools/x does not see /tools%2fx. */
static bool has_encoded_slash(const char *path)
{
    for (path = strchr(path, '%'); path; path = strchr(path + 1, '%'))
        if (path[1] == '2' && (path[2] == 'f' || path[2] == 'F'))
            return true;
    return false;
}

static enum parser_step read_target(struct parser *parser)
{
    struct http_request *request = &parser->exchange->request;
    char *target = parser->target;
    target[parser->target_len] = '\0';
    request->query = "";
    if (strcmp(target, "*") == 0 && strcmp(request->method, "OPTIONS") == 0) {
        request->path = target;
        return PARSER_READY;
    }
    target = strip_authority(parser, target);
    if (!target)
        return bad(parser, 400, "the target must be a path, or a URL of the host in the Host header");
    if (strchr(target, '#'))
        return bad(parser, 400, "the target has a fragment");
    char *query = strchr(target, '?');
    if (query) {
        *query = '\0';
        request->query = query + 1;
    }
    if (has_encoded_slash(target))
        return bad(parser, 400, "the path has an encoded slash (%2F)");
    if (!http_decode(target, strlen(target), false))
        return bad(parser, 400, "the path is not valid percent-encoded UTF-8");
    request->path = target;
    return PARSER_READY;
}

static bool read_length(const char *text, uint64_t *ret_length)
{
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 18 || text[digits] != '\0')
        return false;
    uint64_t length = 0;
    for (; *text; text++)
        length = length * 10 + (uint64_t)(*text - '0');
    *ret_length = length;
    return true;
}

/* How long the body is (RFC 9112, 6.3), and whether the client waits to be told to send it. */
static enum parser_step read_framing(struct parser *parser)
{
    struct http_exchange *exchange = parser->exchange;
    const struct http_request *request = &exchange->request;
    unsigned codings = http_header_count(request, "Transfer-Encoding");
    unsigned lengths = http_header_count(request, "Content-Length");
    if (codings + lengths > 1)
        return bad(parser, 400, "more than one Content-Length or Transfer-Encoding");
    if (codings > 0) {
        if (exchange->http_1_0 || !text_same(http_header(request, "Transfer-Encoding"), "chunked"))
            return bad(parser, 400, "a Transfer-Encoding other than chunked");
        parser->chunked = true;
    }
    if (lengths > 0 && !read_length(http_header(request, "Content-Length"), &parser->body_left))
        return bad(parser, 400, "the Content-Length is not a plain number");
    if (parser->body_left > parser->body_max)
        return bad(parser, 413, "the body is larger than this server accepts");

    const char *expect = http_header(request, "Expect");
    if (expect && !text_same(expect, "100-continue"))
        return bad(parser, 417, "an expectation other than 100-continue");
    parser->expects = expect && !exchange->http_1_0 && (parser->chunked || parser->body_left > 0);
    return PARSER_READY;
}

static enum parser_step read_head(struct parser *parser)
{
    struct http_exchange *exchange = parser->exchange;
    llhttp_t *llhttp = &parser->llhttp;
    llhttp_errno_t error = llhttp_execute(llhttp, parser->head, parser->scanned);
    if (error != HPE_OK && error != HPE_PAUSED)
        return llhttp_fault(parser);
    /* A line that became no field is one that another reader may take for one. */
    parser->odd |= exchange->field_count + 2 != parser->lines;
    if (!parser->head_done || !parser->target || parser->odd)
        return bad(parser, 400, "the request head is malformed");
    if (llhttp_get_http_major(llhttp) != 1 || llhttp_get_http_minor(llhttp) > 1)
        return bad(parser, 505, "only HTTP/1.1 and HTTP/1.0 are spoken here");

    if (!is_plain_request_line(parser))
        return bad(parser, 400, "the request line is not METHOD, blank, target, blank, HTTP/1.1");

    exchange->http_1_0 = llhttp_get_http_minor(llhttp) == 0;
    exchange->request.method = llhttp_method_name((llhttp_method_t)llhttp_get_method(llhttp));
    exchange->no_body = strcmp(exchange->request.method, "HEAD") == 0;
    unsigned hosts = http_header_count(&exchange->request, "Host");
    if (hosts > 1 || (hosts == 0 && !exchange->http_1_0))
        return bad(parser, 400, "exactly one Host header is needed");
    /* The path first: what is refused for its length is logged with it. */
    enum parser_step step = read_target(parser);
    return step == PARSER_READY ? read_framing(parser) : step;
}

enum parser_step parser_head(struct parser *parser, const char *bytes, size_t len, size_t *ret_used)
{
    size_t skip = 0;
    if (parser->scanned == 0) {
        while (len - skip >= 2 && memcmp(bytes + skip, "\r\n", 2) == 0)
            skip += 2;
    }
    *ret_used = skip;
    if (len - skip == 1 && bytes[skip] == '\r')
        return PARSER_MORE;
    enum parser_step step = scan(parser, bytes + skip, len - skip);
    if (step != PARSER_READY)
        return step;
    if (parser->lines > PARSER_MAX_FIELDS + 2)
        return bad(parser, 431, "more header fields than this server accepts");

    struct http_exchange *exchange = parser->exchange;
    struct arena *arena = exchange->request.arena;
    parser->head = arena_strndup(arena, bytes + skip, parser->scanned);
    exchange->fields = arena_alloc(arena, parser->lines * sizeof *exchange->fields);
    exchange->field_count = 0;
    *ret_used = skip + parser->scanned;
    return read_head(parser);
}

/* The body */

/* They are for nobody here, but another reader may see fields in them. */
static enum parser_step read_trailers(struct parser *parser, const char *bytes, size_t len, size_t *ret_used)
{
    enum parser_step step = scan(parser, bytes, len);
    *ret_used = step == PARSER_READY ? parser->scanned : 0;
    if (step != PARSER_READY)
        return step;
    if (parser->lines > PARSER_MAX_FIELDS + 1)
        return bad(parser, 431, "more trailer fields than this server accepts");
    llhttp_errno_t error = llhttp_execute(&parser->llhttp, bytes, parser->scanned);
    return error == HPE_PAUSED && parser->body_done ? PARSER_READY : llhttp_fault(parser);
}

static enum parser_step read_chunks(struct parser *parser, const char *bytes, size_t len, size_t *ret_used)
{
    if (parser->in_trailers)
        return read_trailers(parser, bytes, len, ret_used);
    llhttp_t *llhttp = &parser->llhttp;
    size_t before = parser->body->len;
    llhttp_errno_t error = llhttp_execute(llhttp, bytes, len);
    *ret_used = error == HPE_OK ? len : (size_t)(llhttp_get_error_pos(llhttp) - bytes);
    if (error == HPE_USER)
        return bad(parser, 413, "the body is larger than this server accepts");
    /* Sizes, extensions and line ends: as many as a body of the largest size may have, each byte in a chunk.
     */
    parser->framing += *ret_used - (parser->body->len - before);
    if (parser->framing > parser->header_max + FRAMING_PER_BYTE * parser->body_max)
        return bad(parser, 413, "more stands around the chunks of the body than this server accepts");
    if (error != HPE_OK && error != HPE_PAUSED)
        return llhttp_fault(parser);
    if (error == HPE_OK)
        return PARSER_MORE;
    llhttp_resume(llhttp);
    size_t used = 0;
    enum parser_step step = read_trailers(parser, bytes + *ret_used, len - *ret_used, &used);
    *ret_used += used;
    return step;
}

enum parser_step parser_body(struct parser *parser, const char *bytes, size_t len, size_t *ret_used)
{
    if (parser->chunked)
        return read_chunks(parser, bytes, len, ret_used);
    size_t piece = len < parser->body_left ? len : (size_t)parser->body_left;
    buf_add(parser->body, bytes, piece);
    if (parser->body->failed)
        return bad(parser, 413, "the body is larger than this server can hold");
    parser->body_left -= piece;
    *ret_used = piece;
    if (parser->body_left > 0)
        return PARSER_MORE;
    parser->body_done = true;
    return PARSER_READY;
}
