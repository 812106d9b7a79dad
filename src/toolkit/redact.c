/* Arguments fit to be kept: by the rows of the tool, and two lists of words. */
#include "toolkit/redact.h"

#include <ctype.h>
#include <string.h>

#include "base/buf.h"
#include "base/json_write.h"
#include "base/text.h"
#include "toolkit/params.h"

/* A header, variable or query parameter whose name holds one of these (in any case) has a secret value. */
static const char *const secret_words[] = { "auth", "cookie", "token", "secret", "passw", "passphrase", "pwd",
    "credential", "session", "signature", "apikey", "api-key", "api_key", "access-key", "access_key",
    "private-key", "private_key", NULL };
/* And these where they are the whole name. */
static const char *const secret_names[] = { "key", "sig", "pass", "code", "sid", "jwt", "pin", "otp", NULL };

static bool holds_word(const char *name, size_t len, const char *word)
{
    size_t word_len = strlen(word);
    for (size_t at = 0; at + word_len <= len; at++) {
        size_t same = 0;
        while (same < word_len && tolower((unsigned char)name[at + same]) == word[same])
            same++;
        if (same == word_len)
            return true;
    }
    return false;
}

static bool is_secret_name(const char *name, size_t len)
{
    for (const char *const *word = secret_words; *word; word++)
        if (holds_word(name, len, *word))
            return true;
    for (const char *const *word = secret_names; *word; word++)
        if (strlen(*word) == len && holds_word(name, len, *word))
            return true;
    return false;
}

static void put_cut(struct json_writer *w, const char *key, const char *text, size_t len)
{
    if (len <= REDACT_TEXT_MAX) {
        json_put_strn(w, key, text, len);
        return;
    }
    struct buf cut = { 0 };
    buf_add(&cut, text, text_utf8_cut(text, len, REDACT_TEXT_MAX));
    buf_adds(&cut, "\xE2\x80\xA6"); /* an ellipsis */
    json_put_strn(w, key, buf_str(&cut), cut.len);
    buf_done(&cut);
}

/* The pairs behind the question mark: names stay, secret values go. */
static void add_query(struct buf *out, const char *text, size_t len)
{
    for (size_t at = 0; at < len;) {
        const char *end = memchr(text + at, '&', len - at);
        size_t pair = end ? (size_t)(end - text) - at : len - at;
        const char *equals = memchr(text + at, '=', pair);
        size_t name = equals ? (size_t)(equals - text) - at : pair;
        bool is_secret = equals && is_secret_name(text + at, name);
        buf_add(out, text + at, is_secret ? name + 1 : pair);
        if (is_secret)
            buf_adds(out, REDACT_MASK);
        if (end)
            buf_addc(out, '&');
        at += pair + (end ? 1 : 0);
    }
}

/* scheme://user:password@host/path?query#fragment. What is in front of an @ of the authority is all masked: a
 * token may stand in the place of the name. */
static void put_url(struct json_writer *w, const char *key, const char *text, size_t len)
{
    struct buf out = { 0 };
    const char *mark = memmem(text, len, "://", 3);
    size_t begin = mark ? (size_t)(mark - text) + 3 : 0, end = begin, at = 0;
    while (end < len && !strchr("/?#\\", text[end]))
        end++;
    for (size_t i = begin; i < end; i++)
        if (text[i] == '@')
            at = i;
    buf_add(&out, text, begin);
    if (at)
        buf_adds(&out, REDACT_MASK);
    size_t rest = at ? at : begin;
    const char *question = memchr(text + rest, '?', len - rest);
    size_t plain = question ? (size_t)(question - text) + 1 - rest : len - rest;
    buf_add(&out, text + rest, plain);
    add_query(&out, text + rest + plain, len - rest - plain);
    put_cut(w, key, buf_str(&out), out.len);
    buf_done(&out);
}

static void put_text(
    struct json_writer *w, const char *key, const struct mcp_param *row, const struct mcp_json *value)
{
    if (memmem(value->text, value->len, "://", 3) || row->format == MCP_URL)
        put_url(w, key, value->text, value->len);
    else
        put_cut(w, key, value->text, value->len);
}

static void put_list(struct json_writer *w, const struct mcp_param *row, const struct mcp_json *value)
{
    unsigned count = 0;
    json_open_array(w, row->name);
    for (const struct mcp_json *item = value->first; item; item = item->next) {
        if (item->kind == MCP_JSON_STRING && count++ < REDACT_ITEMS_MAX)
            put_text(w, NULL, row, item);
    }
    if (count > REDACT_ITEMS_MAX)
        json_put_int(w, NULL, count - REDACT_ITEMS_MAX);
    json_close_array(w);
}

/* "Bearer abc", "Basic dXNlcg==" are credentials under whatever name. */
static bool is_credential(const char *value)
{
    char word[8] = { 0 };
    for (size_t i = 0; i + 1 < sizeof word && value[i]; i++)
        word[i] = (char)tolower((unsigned char)value[i]);
    return text_starts(word, "bearer ") || text_starts(word, "basic ") || text_starts(word, "digest ");
}

static void put_map(struct json_writer *w, const struct mcp_param *row, const struct mcp_json *value)
{
    unsigned count = 0;
    json_open_object(w, row->name);
    for (const struct mcp_json *member = value->first; member; member = member->next) {
        size_t len = member->key_len < REDACT_TEXT_MAX ? member->key_len : REDACT_TEXT_MAX;
        if (member->kind != MCP_JSON_STRING || strlen(member->key) != member->key_len ||
            count++ >= REDACT_ITEMS_MAX || member->key_len > REDACT_TEXT_MAX)
            continue;
        if (is_secret_name(member->key, len) || is_credential(member->text))
            json_put_str(w, member->key, REDACT_MASK);
        else
            put_text(w, member->key, row, member);
    }
    json_close_object(w);
}

static void put_value(struct json_writer *w, const struct mcp_param *row, const struct mcp_json *value)
{
    if (row->secret) {
        json_put_str(w, row->name, REDACT_MASK);
        return;
    }
    switch (value->kind) {
    case MCP_JSON_STRING:
        put_text(w, row->name, row, value);
        break;
    case MCP_JSON_ARRAY:
        put_list(w, row, value);
        break;
    case MCP_JSON_OBJECT:
        put_map(w, row, value);
        break;
    case MCP_JSON_NULL:
    case MCP_JSON_BOOL:
    case MCP_JSON_NUMBER:
        if (value->raw_len <= REDACT_TEXT_MAX)
            json_put_raw(w, row->name, value->raw, value->raw_len);
        break;
    }
}

void redact_arguments(struct buf *out, const struct mcp_param *rows, const struct mcp_json *arguments)
{
    struct json_writer w = { .out = out };
    json_open_object(&w, NULL);
    const struct mcp_json *member = arguments && arguments->kind == MCP_JSON_OBJECT ? arguments->first : NULL;
    for (; member; member = member->next) {
        const struct mcp_param *row =
            strlen(member->key) == member->key_len ? params_find(rows, member->key) : NULL;
        if (row)
            put_value(&w, row, member);
    }
    json_close_object(&w);
}
