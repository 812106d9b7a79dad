/* HTTP heads and bodies, and what is made of headers: the parser reads the same from pieces as from the
 * whole, the headers of MCP mean what they say, and the request goes through the core with them. */
#include "fuzz.h"

#include <string.h>

#include "base/base64.h"
#include "base/text.h"
#include "http/exchange.h"
#include "http/language.h"
#include "http/origin.h"
#include "http/parser.h"
#include "mcp/headers.h"
#include "served.h"

enum { HEAD_MAX = 4096, BODY_MAX = 4096, LEN_MAX = 6000 };

/* One request as it was read. */
struct reading {
    struct arena arena;
    struct buf body;
    struct http_exchange exchange;
    struct parser parser;
    enum parser_step step; /* READY: the whole request; MORE: bytes are missing */
    size_t used;
    bool has_head;
};

/* Reads with `piece` more bytes at a time; 0: all at once. */
static void read_request(struct reading *reading, const char *bytes, size_t len, size_t piece)
{
    buf_init(&reading->body, BODY_MAX);
    reading->exchange.request.arena = &reading->arena;
    parser_init(&reading->parser, &reading->exchange, &reading->body, HEAD_MAX, BODY_MAX);
    size_t start = 0, there = piece ? 0 : len;
    reading->step = PARSER_MORE;
    while (reading->step == PARSER_MORE) {
        there = piece && there + piece < len ? there + piece : len;
        size_t used = 0;
        if (!reading->has_head)
            reading->step = parser_head(&reading->parser, bytes + start, there - start, &used);
        else
            reading->step = parser_body(&reading->parser, bytes + start, there - start, &used);
        MUST(used <= there - start);
        start += used;
        if (reading->step == PARSER_READY && !reading->has_head) {
            reading->has_head = true;
            reading->step = reading->parser.body_done ? PARSER_READY : PARSER_MORE;
        } else if (there == len) {
            break;
        }
    }
    reading->used = start;
    MUST(reading->step != PARSER_BAD || (reading->parser.status >= 400 && reading->parser.fault));
}

static void reading_done(struct reading *reading)
{
    buf_done(&reading->body);
    buf_done(&reading->exchange.reply_fields);
    arena_done(&reading->arena);
}

static void check_equal(const struct reading *one, const struct reading *other)
{
    const struct http_exchange *a = &one->exchange, *b = &other->exchange;
    MUST(one->step == other->step && one->has_head == other->has_head);
    if (one->step == PARSER_BAD)
        MUST(one->parser.status == other->parser.status);
    if (!one->has_head || one->step == PARSER_BAD)
        return;
    MUST(strcmp(a->request.method, b->request.method) == 0 && strcmp(a->request.path, b->request.path) == 0);
    MUST(strcmp(a->request.query, b->request.query) == 0);
    MUST(a->field_count == b->field_count && a->keep_alive == b->keep_alive && a->http_1_0 == b->http_1_0);
    for (unsigned i = 0; i < a->field_count; i++)
        MUST(strcmp(a->fields[i].name, b->fields[i].name) == 0 &&
            strcmp(a->fields[i].value, b->fields[i].value) == 0);
    MUST(one->body.len == other->body.len);
    MUST(memcmp(buf_str(&one->body), buf_str(&other->body), one->body.len) == 0);
    if (one->step == PARSER_READY)
        MUST(one->used == other->used);
}

/* A value means itself, and its base64 form means the value. */
static void check_value(struct arena *arena, const char *value)
{
    const char *meant = headers_decode(arena, value);
    if (!text_starts(value, "=?base64?"))
        MUST(meant && strcmp(meant, value) == 0);
    if (!text_is_utf8(value, strlen(value)))
        return;
    struct buf wrapped = { 0 };
    buf_adds(&wrapped, "=?base64?");
    base64_add(&wrapped, value, strlen(value));
    buf_adds(&wrapped, "?=");
    meant = headers_decode(arena, buf_str(&wrapped));
    MUST(meant && strcmp(meant, value) == 0);
    buf_done(&wrapped);
}

static bool take_pair(const char *name, const char *value, void *user)
{
    (void)user;
    MUST(text_is_utf8(name, strlen(name)) && text_is_utf8(value, strlen(value)));
    return true;
}

static const char *get_header(void *user, const char *name)
{
    return http_header(user, name);
}

static void on_event(void *user, const struct mcp_event *event)
{
    (void)user;
    if (event->len)
        served_check_message(event->json, event->len);
}

static void on_end(void *user, const struct mcp_reply *reply)
{
    bool *is_over = user;
    MUST(!*is_over);
    *is_over = true;
    if (reply->len)
        served_check_message(reply->json, reply->len);
}

static void serve(struct http_request *request)
{
    static const struct mcp_sink sink = { .event = on_event, .end = on_end };
    struct mcp_server *server = served_new();
    bool is_over = false;
    const struct mcp_envelope envelope = { .lang = language_choose(
                                               http_header(request, "accept-language"), MCP_EN),
        .header = get_header,
        .user = request,
        .can_stream = true };
    struct mcp_exchange *exchange =
        mcp_receive(server, NULL, request->body, request->body_len, &envelope, &sink, &is_over);
    MUST(exchange || is_over);
    mcp_server_pump(server);
    if (exchange && !is_over)
        mcp_leave(exchange);
    mcp_server_free(server);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    if (len > LEN_MAX)
        return -1;
    const char *text = (const char *)bytes;
    struct reading whole = { 0 }, pieces = { 0 };
    read_request(&whole, text, len, 0);
    read_request(&pieces, text, len, 1 + len % 7);
    check_equal(&whole, &pieces);
    reading_done(&pieces);
    if (whole.has_head) {
        struct http_request *request = &whole.exchange.request;
        static const char *const ours[] = { "fuzz.example", NULL };
        const struct origin_policy loopback = { .loopback = true }, named = { .allowed_hosts = ours };
        bool allowed = origin_allowed(request, &loopback);
        const char *host = http_header(request, "host");
        MUST(!allowed ||
            (host && (strcasestr(host, "localhost") || strstr(host, "127.0.0.1") || strstr(host, "::1"))));
        origin_allowed(request, &named);
        origin_cross_site(request);
        http_query_each(request, take_pair, NULL);
        for (unsigned i = 0; i < whole.exchange.field_count; i++)
            check_value(&whole.arena, whole.exchange.fields[i].value);
    }
    if (whole.step == PARSER_READY) {
        whole.exchange.request.body = buf_str(&whole.body);
        whole.exchange.request.body_len = whole.body.len;
        serve(&whole.exchange.request);
    }
    reading_done(&whole);
    return 0;
}
