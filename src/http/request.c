/* What a handler asks about its request: headers, query, decoding. Knows no socket and no parser. */
#include "http/exchange.h"

#include <assert.h>
#include <string.h>

#include "base/arena.h"
#include "base/text.h"
#include "http/language.h"

struct http_exchange *http_exchange_of(struct http_request *request)
{
    assert(request);
    return (struct http_exchange *)request;
}

const struct http_exchange *http_exchange_of_const(const struct http_request *request)
{
    assert(request);
    return (const struct http_exchange *)request;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool http_decode(char *text, size_t len, bool query)
{
    size_t out = 0;
    for (size_t in = 0; in < len; in++) {
        char c = text[in];
        if (c == '%') {
            int high = len - in > 2 ? hex_digit(text[in + 1]) : -1;
            int low = high >= 0 ? hex_digit(text[in + 2]) : -1;
            if (low < 0)
                return false;
            unsigned char byte = (unsigned char)(high << 4 | low);
            if (byte == '\0' || (!query && (byte < 0x20 || byte == 0x7f)))
                return false;
            c = (char)byte;
            in += 2;
        } else if (c == '+' && query) {
            c = ' ';
        }
        text[out++] = c;
    }
    text[out] = '\0';
    return text_is_utf8(text, out);
}

bool http_indents(const struct http_request *request)
{
    return http_exchange_of_const(request)->indent;
}

enum mcp_lang http_lang(const struct http_request *request)
{
    return language_choose(http_header(request, "Accept-Language"), http_exchange_of_const(request)->lang);
}

unsigned http_header_count(const struct http_request *request, const char *name)
{
    const struct http_exchange *exchange = http_exchange_of_const(request);
    unsigned count = 0;
    for (unsigned i = 0; i < exchange->field_count; i++)
        count += text_same(exchange->fields[i].name, name);
    return count;
}

const char *http_header(const struct http_request *request, const char *name)
{
    const struct http_exchange *exchange = http_exchange_of_const(request);
    const char *value = NULL;
    for (unsigned i = 0; i < exchange->field_count; i++) {
        if (!text_same(exchange->fields[i].name, name))
            continue;
        if (value)
            value = arena_printf(request->arena, "%s, %s", value, exchange->fields[i].value);
        else
            value = exchange->fields[i].value;
    }
    return value;
}

/* Calls `each` for one "name=value" or "name" piece. False: it is malformed. */
static bool query_pair(struct arena *arena, const char *piece, size_t len,
    bool (*each)(const char *name, const char *value, void *user), void *user, bool *ret_go_on)
{
    const char *equals = memchr(piece, '=', len);
    size_t name_len = equals ? (size_t)(equals - piece) : len;
    size_t value_len = equals ? len - name_len - 1 : 0;
    char *name = arena_strndup(arena, piece, name_len);
    char *value = arena_strndup(arena, equals ? equals + 1 : "", value_len);
    if (!http_decode(name, name_len, true) || !http_decode(value, value_len, true))
        return false;
    *ret_go_on = each(name, value, user);
    return true;
}

bool http_query_each(
    struct http_request *request, bool (*each)(const char *name, const char *value, void *user), void *user)
{
    bool go_on = true;
    for (const char *at = request->query; *at && go_on;) {
        size_t len = strcspn(at, "&");
        if (len > 0 && !query_pair(request->arena, at, len, each, user, &go_on))
            return false;
        at += len;
        at += *at == '&';
    }
    return true;
}

struct query_search {
    const char *name, *found;
};

static bool query_match(const char *name, const char *value, void *user)
{
    struct query_search *search = user;
    if (strcmp(name, search->name) != 0)
        return true;
    search->found = value;
    return false;
}

const char *http_query(struct http_request *request, const char *name)
{
    struct query_search search = { .name = name };
    http_query_each(request, query_match, &search);
    return search.found;
}
