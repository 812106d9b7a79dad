/* Pages and files of others: 'h' and a page of search results, 'f' and the bytes of a text file, 'u' and a
 * URL with the Locations it is answered with, 'b' and a content type with a body. */
#include "fuzz.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/err.h"
#include "base/text.h"
#include "sys/charset.h"
#include "sys/excerpt.h"
#include "sys/httpc_text.h"
#include "sys/httpc_url.h"
#include "sys/search_page.h"

static void check_text(const char *text)
{
    MUST(text && text_is_utf8(text, strlen(text)));
}

static void read_page(const char *html, size_t len)
{
    struct search_page page = { 0 };
    int result = search_page_read(html, len, &page);
    MUST(result == 0 || result == -E2BIG);
    if (result < 0)
        return;
    check_text(page.title);
    MUST(page.count <= SEARCH_PAGE_MAX_RESULTS && (page.kind != SEARCH_PAGE_RESULTS || page.count > 0));
    MUST((page.kind != SEARCH_PAGE_EMPTY && page.kind != SEARCH_PAGE_UNKNOWN) || page.count == 0);
    for (size_t i = 0; i < page.count; i++) {
        check_text(page.results[i].title);
        check_text(page.results[i].snippet);
        check_text(page.results[i].url);
        MUST(text_starts(page.results[i].url, "http://") || text_starts(page.results[i].url, "https://"));
    }
    search_page_done(&page);
}

/* Each character set takes all the bytes, a character at a time, and makes UTF-8 of them. */
static void decode(const unsigned char *bytes, size_t len)
{
    for (int charset = CHARSET_UTF8; charset <= CHARSET_UTF16BE; charset++) {
        char utf8[4];
        size_t made = 0;
        for (size_t at = 0, step; at < len; at += step) {
            step = charset_step((enum charset)charset, bytes + at, len - at, utf8, &made);
            if (step == 0)
                break;
            MUST(step <= 4 && at + step <= len && made >= 1 && made <= 4 && text_is_utf8(utf8, made));
        }
    }
}

/* Read in small pieces that go on where the last one ended, a file is read without loss and to its end. */
static void excerpt(const unsigned char *bytes, size_t len)
{
    int file = memfd_create("fuzz", MFD_CLOEXEC);
    MUST(file >= 0 && write(file, bytes, len) == (ssize_t)len);
    struct excerpt_request request = { .encoding = EXCERPT_AUTO, .room = 100 };
    for (uint64_t next = 0; next < len;) {
        struct excerpt piece = { 0 };
        request.offset = next;
        MUST(excerpt_read(file, len, &request, &piece) == 0);
        check_text(buf_str(&piece.text));
        MUST(strcmp(piece.encoding, "binary") == 0 || (piece.offset >= next && piece.next_offset > next));
        bool is_text = strcmp(piece.encoding, "binary") != 0;
        next = is_text ? piece.next_offset : len;
        MUST(next <= len);
        excerpt_done(&piece);
    }
    struct excerpt tail = { 0 };
    request = (struct excerpt_request){ .encoding = EXCERPT_AUTO, .tail = 3, .room = 1000 };
    MUST(excerpt_read(file, len, &request, &tail) == 0);
    check_text(buf_str(&tail.text));
    excerpt_done(&tail);
    close(file);
}

static void check_url(const struct httpc_url *url)
{
    struct httpc_url again = { 0 };
    struct err err = { 0 };
    MUST(url->host[0] && url->port[0] && !strchr(url->text, ' ') && !strchr(url->text, '\n'));
    int code = httpc_url_parse(url->api, url->text, &again, &err);
    if (code < 0)
        fprintf(stderr, "%s: %s\n", url->text, err.text);
    MUST(code == 0);
    if (strcmp(again.text, url->text) != 0)
        fprintf(stderr, "%s\n%s\n", url->text, again.text);
    MUST(strcmp(again.text, url->text) == 0 && strcmp(again.host, url->host) == 0);
    MUST(strcmp(again.port, url->port) == 0 && again.is_tls == url->is_tls);
    httpc_url_done(&again);
}

/* What is judged is what is asked: the spelling of an accepted URL means the same host again, and so does
 * where a Location leads. A line each. */
static void follow(char *lines)
{
    struct err err = { 0 };
    const struct httpc_curl *api = httpc_curl_load(&err);
    struct httpc_url url = { 0 };
    MUST(api);
    bool is_good = httpc_url_parse(api, strsep(&lines, "\n"), &url, &err) == 0;
    for (int i = 0; is_good && i < 5; i++) {
        check_url(&url);
        if (lines)
            httpc_url_follow(&url, strsep(&lines, "\n"), &err);
    }
    httpc_url_done(&url);
}

/* A body behind its content type, which is the first line. */
static void convert(char *lines, size_t len)
{
    const char *start = lines, *type = strsep(&lines, "\n");
    if (!lines)
        return;
    size_t body_len = len - (size_t)(lines - start);
    char charset[HTTPC_CHARSET_SIZE];
    httpc_text_is(lines, body_len, type);
    for (int is_cut = 0; is_cut < 2; is_cut++) {
        struct buf out = { 0 };
        httpc_text_charset(lines, body_len, type, is_cut, charset);
        int code = httpc_text_convert(charset, lines, body_len, is_cut, &out);
        MUST(code == 0 || (code == -EILSEQ && out.len == 0));
        MUST(text_is_utf8(buf_str(&out), out.len));
        buf_done(&out);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    if (len < 2 || !strchr("hfub", bytes[0]) || !bytes[0])
        return -1;
    char *text = malloc(len);
    MUST(text);
    memcpy(text, bytes + 1, len - 1);
    text[len - 1] = '\0';
    if (bytes[0] == 'h') {
        read_page(text, len - 1);
    } else if (bytes[0] == 'u') {
        follow(text);
    } else if (bytes[0] == 'b') {
        convert(text, len - 1);
    } else {
        decode(bytes + 1, len - 1);
        excerpt(bytes + 1, len - 1);
    }
    free(text);
    return 0;
}
