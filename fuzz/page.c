/* Pages and files of others: 'h' and a page of search results, 'f' and the bytes of a text file. */
#include "fuzz.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/text.h"
#include "sys/charset.h"
#include "sys/excerpt.h"
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

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    if (len < 2 || (bytes[0] != 'h' && bytes[0] != 'f'))
        return -1;
    if (bytes[0] == 'h') {
        read_page((const char *)bytes + 1, len - 1);
    } else {
        decode(bytes + 1, len - 1);
        excerpt(bytes + 1, len - 1);
    }
    return 0;
}
