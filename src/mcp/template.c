/* Matching a URI against a pattern. */
#include "mcp/template.h"

#include <mcp/json.h>

#include <ctype.h>
#include <string.h>

#include "base/buf.h"
#include "base/json_write.h"
#include "base/text.h"

bool template_is_one(const char *uri)
{
    return strchr(uri, '{') != NULL;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)tolower((unsigned char)c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* False: a bad escape, a NUL, or not UTF-8. */
static bool decode(const char *text, size_t len, struct buf *out)
{
    for (size_t i = 0; i < len; i++) {
        if (text[i] != '%') {
            buf_addc(out, text[i]);
            continue;
        }
        bool is_whole = i + 2 < len;
        int high = is_whole ? hex_value(text[i + 1]) : -1;
        int low = high >= 0 ? hex_value(text[i + 2]) : -1;
        if (low < 0 || high * 16 + low == 0)
            return false;
        buf_addc(out, (char)(high * 16 + low));
        i += 2;
    }
    return text_is_utf8(buf_str(out), out->len);
}

/* True if `text`, as a path, has a step upwards. */
static bool climbs(const char *text)
{
    for (size_t len; *text; text += len + (text[len] == '/')) {
        len = strcspn(text, "/");
        if (len == 2 && text[0] == '.' && text[1] == '.')
            return true;
    }
    return false;
}

/* One variable: from `*pattern` behind '{', from `*uri`. */
static bool take_variable(const char **pattern, const char **uri, struct json_writer *w)
{
    char name[64];
    size_t name_len = strcspn(*pattern, "}");
    if (!(*pattern)[name_len] || name_len == 0 || name_len >= sizeof name)
        return false;
    memcpy(name, *pattern, name_len);
    name[name_len] = '\0';
    *pattern += name_len + 1;
    const char stop[3] = { '/', **pattern, '\0' };
    size_t len = strcspn(*uri, stop);
    struct buf value = { 0 };
    bool fits = len > 0 && decode(*uri, len, &value) && !climbs(buf_str(&value));
    if (fits)
        json_put_strn(w, name, buf_str(&value), value.len);
    buf_done(&value);
    *uri += len;
    return fits;
}

bool template_match(const char *pattern, const char *uri, struct buf *out)
{
    struct json_writer w = { .out = out };
    json_open_object(&w, NULL);
    while (*pattern) {
        if (*pattern == '{') {
            pattern++;
            if (!take_variable(&pattern, &uri, &w))
                return false;
        } else if (*pattern++ != *uri++) {
            return false;
        }
    }
    json_close_object(&w);
    return *uri == '\0';
}

void template_fill(const char *text, const struct mcp_json *values, struct buf *out)
{
    while (*text) {
        size_t plain = strcspn(text, "{");
        buf_add(out, text, plain);
        text += plain;
        size_t name_len = strcspn(text, "}");
        const struct mcp_json *value = *text && text[name_len] && values ? values->first : NULL;
        while (value &&
            (value->kind != MCP_JSON_STRING || strlen(value->key) != name_len - 1 ||
                memcmp(value->key, text + 1, name_len - 1) != 0))
            value = value->next;
        if (value)
            buf_add(out, value->text, value->len);
        else
            buf_add(out, text, *text ? 1 : 0);
        text += value ? name_len + 1 : *text != '\0';
    }
}
