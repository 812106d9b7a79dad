/* Charsets of web pages: which one (WHATWG's order: mark, header, meta) and conversion by iconv. */
#include "sys/httpc_text.h"

#include <errno.h>
#include <iconv.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/scope.h"
#include "base/text.h"

#define SNIFF_BYTES 1024
#define REPLACEMENT "\xef\xbf\xbd"

static const struct {
    const char *bytes;
    size_t len;
    const char *charset;
} marks[] = {
    { "\xef\xbb\xbf", 3, "UTF-8" },
    { "\xff\xfe", 2, "UTF-16LE" },
    { "\xfe\xff", 2, "UTF-16BE" },
};

static size_t mark_length(const char *bytes, size_t len, const char **ret_charset)
{
    for (size_t i = 0; i < ARRAY_LEN(marks); i++) {
        if (len >= marks[i].len && memcmp(bytes, marks[i].bytes, marks[i].len) == 0) {
            *ret_charset = marks[i].charset;
            return marks[i].len;
        }
    }
    return 0;
}

static bool is_name_char(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
        (c && strchr("-_.:+", c));
}

/* The name behind "`key`=" in `text`, quoted or not. */
static bool find_name(const char *text, size_t len, const char *key, char ret_charset[HTTPC_CHARSET_SIZE])
{
    size_t key_len = strlen(key);
    for (size_t i = 0; i + key_len < len; i++) {
        if (strncasecmp(text + i, key, key_len) != 0)
            continue;
        size_t at = i + key_len;
        while (at < len && (text[at] == ' ' || text[at] == '\t'))
            at++;
        if (at >= len || text[at] != '=')
            continue;
        at++;
        while (at < len && (text[at] == ' ' || text[at] == '"' || text[at] == '\''))
            at++;
        size_t end = at;
        while (end < len && is_name_char(text[end]))
            end++;
        if (end == at || end - at >= HTTPC_CHARSET_SIZE)
            continue;
        memcpy(ret_charset, text + at, end - at);
        ret_charset[end - at] = '\0';
        return true;
    }
    return false;
}

/* Pages say iso-8859-1 and mean windows-1252 (WHATWG Encoding, 4.2). */
static const char *real_name(const char *charset)
{
    if (text_same(charset, "iso-8859-1") || text_same(charset, "latin1") || text_same(charset, "us-ascii"))
        return "windows-1252";
    return text_same(charset, "utf8") ? "UTF-8" : charset;
}

/* How many bytes at the end are the beginning of a UTF-8 character. */
static size_t tail_length(const char *bytes, size_t len)
{
    for (size_t back = 1; back <= 3 && back <= len; back++) {
        unsigned char c = (unsigned char)bytes[len - back];
        if (c < 0x80)
            return 0;
        if (c >= 0xc0)
            return text_utf8_step(bytes + len - back, back) == back ? 0 : back;
    }
    return 0;
}

char *httpc_text_charset(const char *bytes, size_t len, const char *content_type, bool is_cut,
    char ret_charset[HTTPC_CHARSET_SIZE])
{
    const char *found = NULL;
    char name[HTTPC_CHARSET_SIZE] = "";
    size_t sniffed = len < SNIFF_BYTES ? len : SNIFF_BYTES;
    bool is_markup = memchr(bytes, '<', sniffed) != NULL;
    if (mark_length(bytes, len, &found) == 0) {
        if (content_type && find_name(content_type, strlen(content_type), "charset", name))
            found = real_name(name);
        else if (is_markup &&
            (find_name(bytes, sniffed, "charset", name) || find_name(bytes, sniffed, "encoding", name)))
            /* one that says UTF-16 in single bytes is not */
            found = strncasecmp(name, "utf-16", 6) == 0 ? "UTF-8" : real_name(name);
        else
            found =
                text_is_utf8(bytes, is_cut ? len - tail_length(bytes, len) : len) ? "UTF-8" : "windows-1252";
    }
    snprintf(ret_charset, HTTPC_CHARSET_SIZE, "%s", found);
    return ret_charset;
}

/* No NUL and few control characters. */
static bool looks_like_text(const char *bytes, size_t len)
{
    const char *charset = NULL;
    if (mark_length(bytes, len, &charset) > 0)
        return true;
    size_t odd = 0;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)bytes[i];
        if (c == 0)
            return false;
        odd += (c < ' ' && !strchr("\t\n\r\f\x1b", c)) || c == 0x7f;
    }
    return odd <= len / 50;
}

bool httpc_text_is(const char *bytes, size_t len, const char *content_type)
{
    static const char *const text_types[] = { "application/json", "application/xml", "application/javascript",
        "application/x-www-form-urlencoded", "application/yaml", "application/toml", "image/svg+xml" };
    static const char *const data_types[] = { "image/", "audio/", "video/", "font/", "application/zip",
        "application/gzip", "application/pdf" };
    char type[80] = "";
    if (content_type)
        snprintf(type, sizeof(type), "%.*s", (int)strcspn(content_type, "; \t"), content_type);
    for (size_t i = 0; i < ARRAY_LEN(text_types); i++) {
        if (text_same(type, text_types[i]))
            return true;
    }
    size_t type_len = strlen(type);
    if (strncasecmp(type, "text/", 5) == 0 || (type_len > 5 && text_same(type + type_len - 5, "+json")) ||
        (type_len > 4 && text_same(type + type_len - 4, "+xml")))
        return true;
    for (size_t i = 0; i < ARRAY_LEN(data_types); i++) {
        if (strncasecmp(type, data_types[i], strlen(data_types[i])) == 0)
            return false;
    }
    return looks_like_text(bytes, len);
}

/* How many bytes to skip over one that does not convert. */
static size_t unit_bytes(const char *charset)
{
    if (strncasecmp(charset, "UTF-16", 6) == 0 || strncasecmp(charset, "UCS-2", 5) == 0)
        return 2;
    return strncasecmp(charset, "UTF-32", 6) == 0 || strncasecmp(charset, "UCS-4", 5) == 0 ? 4 : 1;
}

static void close_iconv(iconv_t *converter)
{
    iconv_close(*converter);
}

int httpc_text_convert(const char *charset, const char *bytes, size_t len, bool is_cut, struct buf *out)
{
    iconv_t opened = iconv_open("UTF-8", charset);
    if (opened == (iconv_t)-1)
        return errno == ENOMEM ? -ENOMEM : -EILSEQ;
    CLEANUP(close_iconv) iconv_t converter = opened;
    const char *marked = NULL;
    size_t skip = mark_length(bytes, len, &marked);
    if (marked && text_same(marked, charset)) {
        bytes += skip;
        len -= skip;
    }
    /* iconv(3) takes char ** for historical reasons and does not write through it. */
    char *in = (char *)(uintptr_t)bytes;
    size_t unit = unit_bytes(charset);
    while (len > 0) {
        char piece[4096];
        char *to = piece;
        size_t room = sizeof(piece);
        size_t rc = iconv(converter, &in, &len, &to, &room);
        int why = errno;
        buf_add(out, piece, sizeof(piece) - room);
        if (rc != (size_t)-1 || why == E2BIG)
            continue;
        if (why == EINVAL && is_cut)
            break;
        buf_adds(out, REPLACEMENT);
        size_t skipped = unit < len ? unit : len;
        in += skipped;
        len -= skipped;
        iconv(converter, NULL, NULL, NULL, NULL);
    }
    return out->failed ? -ENOMEM : 0;
}
