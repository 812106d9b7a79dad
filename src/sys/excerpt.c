/* Pieces of files: which bytes, in which character set, cut where. Knows nothing of who may read them. */
#include "sys/excerpt.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/scope.h"
#include "base/text.h"
#include "sys/charset.h"
#include "sys/secrets.h"

#define UNLIMITED UINT64_MAX
#define PROC_STEP ((size_t)64 << 10)
/* A longest character (4), and one more byte to see that there is more. */
#define LOOK_AHEAD 8

/* A file, or what was read of one whose size is not known beforehand. */
struct source {
    int file;
    uint64_t size; /* of a file that grows: when it was opened */
    struct buf memory; /* the whole content, if `in_memory` */
    bool in_memory;
};

/* Bytes of the file that are in memory. */
struct window {
    unsigned char *bytes;
    unsigned char *unmasked; /* the same as the file has them; never shown */
    size_t len;
    uint64_t offset;
};

static void source_done(struct source *source)
{
    buf_done(&source->memory);
}

static void window_done(struct window *window)
{
    free(window->bytes);
    free(window->unmasked);
}

/* Fills `bytes` as far as the file goes. Returns how many, or a negative errno. */
static ssize_t read_fully(int file, uint64_t offset, void *bytes, size_t len)
{
    size_t done = 0;
    while (done < len) {
        ssize_t count = pread(file, (char *)bytes + done, len - done, (off_t)(offset + done));
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return -errno;
        if (count == 0)
            break;
        done += (size_t)count;
    }
    return (ssize_t)done;
}

/* Files of /proc have no size: all of one is read, up to the limit. */
static int load(struct source *source)
{
    buf_init(&source->memory, EXCERPT_MAX_READ + PROC_STEP + 1);
    while (source->memory.len < EXCERPT_MAX_READ) {
        char *room = buf_reserve(&source->memory, PROC_STEP);
        if (!room)
            return -ENOMEM;
        ssize_t count = read_fully(source->file, source->memory.len, room, PROC_STEP);
        if (count < 0)
            return (int)count;
        if (count == 0)
            break;
        source->memory.len += (size_t)count;
    }
    source->in_memory = true;
    source->size = source->memory.len;
    return 0;
}

/* `len` bytes (fewer at the end of the file) at `offset`. */
static int bytes_read(const struct source *source, uint64_t offset, size_t len, struct window *ret_window)
{
    CLEANUP(scope_free) unsigned char *bytes = malloc(len + 1);
    if (!bytes)
        return -ENOMEM;
    ssize_t count;
    if (source->in_memory) {
        size_t left = offset < source->size ? (size_t)(source->size - offset) : 0;
        count = (ssize_t)(len < left ? len : left);
        if (count > 0)
            memcpy(bytes, source->memory.data + offset, (size_t)count);
    } else {
        count = read_fully(source->file, offset, bytes, len);
    }
    if (count < 0)
        return (int)count;
    *ret_window = (struct window){ .bytes = TAKE(bytes), .len = (size_t)count, .offset = offset };
    return 0;
}

/* Whatever the encoding that is asked for: bytes of UTF-16 can be asked for as base64. */
static void mask_all(unsigned char *bytes, size_t len)
{
    secrets_mask(bytes, len, 1, 0);
    for (size_t first = 0; first < 2 && first < len; first++)
        secrets_mask(bytes + first, len - first, 2, 0);
}

/* A secret in these bytes of the window is masked. */
static bool is_masked(const struct window *window, size_t start, size_t len)
{
    return len > 0 && memcmp(window->bytes + start, window->unmasked + start, len) != 0;
}

/* `len` bytes (fewer at the end of the file) at `offset`, with the secrets masked: also those that begin
 * before or are known only by what stands behind. */
static int window_read(const struct source *source, uint64_t offset, size_t len, struct window *ret_window)
{
    if (len > EXCERPT_MAX_READ)
        len = EXCERPT_MAX_READ;
    size_t before = offset < SECRETS_BEFORE ? (size_t)offset : SECRETS_BEFORE;
    struct window wide = { 0 };
    int rc = bytes_read(source, offset - before, before + len + SECRETS_BEHIND, &wide);
    if (rc < 0)
        return rc;
    size_t read = wide.len;
    wide.len = read > before ? read - before : 0;
    if (wide.len > len)
        wide.len = len;
    wide.unmasked = malloc(wide.len + 1);
    if (!wide.unmasked) {
        window_done(&wide);
        return -ENOMEM;
    }
    memcpy(wide.unmasked, wide.bytes + before, wide.len);
    mask_all(wide.bytes, read);
    memmove(wide.bytes, wide.bytes + before, wide.len);
    wide.offset = offset;
    *ret_window = wide;
    return 0;
}

/* Where decoding has got to: bytes taken, text made, lines ended. */
struct progress {
    size_t taken, made;
    uint64_t lines;
};

/* Decodes the window from `start` until it ends (`is_end`: as the file does), `lines` are there or the room
 * is used up, then goes back to the end of a line if that was the reason. Returns the bytes taken. */
static size_t decode(const struct window *window, size_t start, bool is_end, enum charset charset,
    uint64_t lines, size_t room, struct excerpt *excerpt)
{
    struct progress now = { .taken = start }, line_end = now;
    size_t used = 0;
    bool is_full = false;
    while (now.taken < window->len && now.lines < lines) {
        char utf8[4];
        size_t len = 0,
               step = charset_step(charset, window->bytes + now.taken, window->len - now.taken, utf8, &len);
        if (step == 0 && !is_end)
            break;
        if (step == 0) {
            memcpy(utf8, "\xEF\xBF\xBD", len = 3);
            step = window->len - now.taken;
        }
        used += text_json_length(utf8, len);
        if (used > room) {
            is_full = true;
            break;
        }
        buf_add(&excerpt->text, utf8, len);
        now.taken += step;
        now.made += len;
        if (utf8[0] == '\n') {
            now.lines++;
            line_end = now;
        }
    }
    bool stops_early = is_full || (now.taken < window->len && now.lines < lines) || !is_end;
    if (stops_early && now.lines < lines && line_end.lines > 0)
        now = line_end;
    buf_cut(&excerpt->text, now.made);
    /* What follows the last line end is a line too. */
    excerpt->lines = now.lines + (now.taken > line_end.taken);
    excerpt->is_masked = is_masked(window, start, now.taken - start);
    return now.taken - start;
}

static bool is_newline(const struct window *window, enum charset charset, size_t at)
{
    if (charset == CHARSET_UTF16LE)
        return at + 1 < window->len && window->bytes[at] == '\n' && window->bytes[at + 1] == 0;
    if (charset == CHARSET_UTF16BE)
        return at + 1 < window->len && window->bytes[at] == 0 && window->bytes[at + 1] == '\n';
    return window->bytes[at] == '\n';
}

/* Where the last `lines` lines of the window begin. Sets *ret_found to how many of them are there entirely.
 */
static size_t find_tail(
    const struct window *window, enum charset charset, uint64_t lines, uint64_t *ret_found)
{
    size_t unit = charset == CHARSET_UTF16LE || charset == CHARSET_UTF16BE ? 2 : 1;
    size_t start = window->len - window->len % unit;
    uint64_t found = 0;
    for (size_t at = start; at >= unit && found < lines; at -= unit) {
        /* A newline begins the line behind it, unless it is the file's last character. */
        bool begins_line = is_newline(window, charset, at - unit) && at < window->len - window->len % unit;
        if (begins_line) {
            found++;
            start = at;
        }
    }
    if (found < lines && window->offset == 0) {
        found += window->len > 0;
        start = 0;
    } else if (found == 0) {
        start = 0;
    }
    *ret_found = found;
    return start;
}

/* The byte order mark is no content; a window that begins within a character begins behind it. */
static size_t skip_to_character(const struct window *window, enum charset charset)
{
    bool is_utf16 = charset == CHARSET_UTF16LE || charset == CHARSET_UTF16BE;
    enum charset marked;
    if (window->offset == 0) {
        if (is_utf16)
            return charset_from_mark(window->bytes, window->len, &marked) ? 2 : 0;
        return charset == CHARSET_UTF8 && window->len >= 3 && !memcmp(window->bytes, "\xEF\xBB\xBF", 3) ? 3
                                                                                                        : 0;
    }
    if (is_utf16)
        return window->offset % 2 && window->len > 0;
    size_t skipped = 0;
    while (charset == CHARSET_UTF8 && skipped < 3 && skipped < window->len &&
        (window->bytes[skipped] & 0xC0) == 0x80) {
        skipped++;
    }
    return skipped;
}

static int read_tail(const struct source *source, const struct excerpt_request *request, enum charset charset,
    struct excerpt *excerpt)
{
    /* One byte is left for the even beginning that UTF-16 needs. */
    uint64_t want =
        request->room + LOOK_AHEAD < EXCERPT_MAX_READ ? request->room + LOOK_AHEAD : EXCERPT_MAX_READ - 1;
    /* Text may be longer than its bytes: with fewer of them it fits in the end. */
    for (;; want = want / 8 * 7) {
        CLEANUP(window_done) struct window window = { 0 };
        uint64_t begin = source->size > want ? (source->size - want) & ~(uint64_t)1 : 0;
        int rc = window_read(source, begin, (size_t)(source->size - begin), &window);
        if (rc < 0)
            return rc;
        uint64_t found;
        size_t start = find_tail(&window, charset, request->tail, &found);
        if (start == 0)
            start = skip_to_character(&window, charset);
        buf_clear(&excerpt->text);
        size_t taken = decode(&window, start, true, charset, UNLIMITED, request->room, excerpt);
        if (start + taken < window.len && want > LOOK_AHEAD)
            continue;
        excerpt->offset = begin + start;
        excerpt->next_offset = begin + start + taken;
        excerpt->is_cut = excerpt->offset > 0 && found < request->tail;
        return 0;
    }
}

static int read_forward(const struct source *source, const struct excerpt_request *request,
    enum charset charset, struct excerpt *excerpt)
{
    CLEANUP(window_done) struct window window = { 0 };
    /* UTF-16 takes two bytes for what may be one byte of text. */
    size_t want = request->room * 2 + LOOK_AHEAD;
    int rc = window_read(source, request->offset, want, &window);
    if (rc < 0)
        return rc;
    bool is_end = window.len < (want < EXCERPT_MAX_READ ? want : EXCERPT_MAX_READ) ||
        window.offset + window.len >= source->size;
    size_t start = skip_to_character(&window, charset);
    uint64_t lines = request->lines ? request->lines : UNLIMITED;
    size_t taken = decode(&window, start, is_end, charset, lines, request->room, excerpt);
    excerpt->offset = window.offset + start;
    excerpt->next_offset = excerpt->offset + taken;
    excerpt->is_cut = start + taken < window.len || !is_end;
    return 0;
}

static int read_base64(
    const struct source *source, const struct excerpt_request *request, struct excerpt *excerpt)
{
    CLEANUP(window_done) struct window window = { 0 };
    size_t want = request->room / 4 * 3;
    if (want > EXCERPT_MAX_READ - 1)
        want = EXCERPT_MAX_READ / 3 * 3 - 3;
    int rc = window_read(source, request->offset, want + 1, &window);
    if (rc < 0)
        return rc;
    size_t len = window.len < want ? window.len : want;
    base64_add(&excerpt->text, window.bytes, len);
    excerpt->is_masked = is_masked(&window, 0, len);
    excerpt->encoding = "base64";
    excerpt->offset = window.offset;
    excerpt->next_offset = window.offset + len;
    excerpt->is_cut = window.len > len;
    return 0;
}

/* The character set of what will be returned. 1, 0 if that is no text, or a negative errno. */
static int choose_charset(
    const struct source *source, const struct excerpt_request *request, enum charset *ret_charset)
{
    CLEANUP(window_done) struct window first = { 0 }, window = { 0 };
    if (request->encoding == EXCERPT_UTF8 || request->encoding == EXCERPT_LATIN1) {
        *ret_charset = request->encoding == EXCERPT_UTF8 ? CHARSET_UTF8 : CHARSET_LATIN1;
        return 1;
    }
    int rc = window_read(source, 0, 4, &first);
    if (rc < 0)
        return rc;
    if (charset_from_mark(first.bytes, first.len, ret_charset))
        return 1;
    if (request->encoding == EXCERPT_UTF16) {
        *ret_charset = CHARSET_UTF16LE;
        return 1;
    }
    size_t want = request->room < EXCERPT_MAX_READ ? request->room : EXCERPT_MAX_READ;
    uint64_t begin = request->offset;
    if (request->tail > 0)
        begin = source->size > want ? source->size - want : 0;
    rc = window_read(source, begin, want, &window);
    if (rc < 0)
        return rc;
    return charset_guess(window.bytes, window.len, ret_charset);
}

static int read_piece(
    const struct source *source, const struct excerpt_request *request, struct excerpt *excerpt)
{
    if (request->encoding == EXCERPT_BASE64)
        return read_base64(source, request, excerpt);
    enum charset charset;
    int rc = choose_charset(source, request, &charset);
    if (rc < 0)
        return rc;
    if (rc == 0) {
        excerpt->encoding = "binary";
        excerpt->offset = excerpt->next_offset = request->tail > 0 ? source->size : request->offset;
        return 0;
    }
    excerpt->encoding = charset_name(charset);
    return request->tail > 0 ? read_tail(source, request, charset, excerpt)
                             : read_forward(source, request, charset, excerpt);
}

int excerpt_read(
    int file, uint64_t size_bytes, const struct excerpt_request *request, struct excerpt *ret_excerpt)
{
    CLEANUP(source_done) struct source source = { .file = file, .size = size_bytes };
    int rc = size_bytes == 0 ? load(&source) : 0;
    if (rc < 0)
        return rc;
    if (request->tail == 0 && request->offset > source.size)
        return -ERANGE;
    struct excerpt excerpt = { 0 };
    rc = read_piece(&source, request, &excerpt);
    if (rc == 0 && excerpt.text.failed)
        rc = -ENOMEM;
    if (rc < 0)
        excerpt_done(&excerpt);
    else
        *ret_excerpt = excerpt;
    return rc;
}

void excerpt_done(struct excerpt *excerpt)
{
    buf_done(&excerpt->text);
}
