/* A piece of a file as UTF-8 text or as base64: from an offset, a number of lines, or the last lines.
 * Secrets in it are masked, also in base64. */
#ifndef SYS_EXCERPT_H
#define SYS_EXCERPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

#define EXCERPT_MAX_READ ((size_t)10 << 20) /* bytes touched, whatever the file's size */

enum excerpt_encoding {
    EXCERPT_AUTO, /* a byte order mark, else UTF-8 or Latin-1, or binary */
    EXCERPT_UTF8,
    EXCERPT_LATIN1,
    EXCERPT_UTF16, /* by its byte order mark, little endian without */
    EXCERPT_BASE64,
};

struct excerpt_request {
    enum excerpt_encoding encoding;
    uint64_t offset; /* in bytes of the file; ignored with `tail` */
    uint64_t lines; /* 0 = no limit; not for BASE64 */
    uint64_t tail; /* the last lines; 0 = from `offset`; not for BASE64 */
    size_t room; /* bytes of text at most, where what JSON escapes counts as long as its escape */
};

struct excerpt {
    const char *encoding; /* "utf-8", "latin-1", "utf-16le", "utf-16be", "base64"; "binary": no text */
    struct buf text; /* cut at a line's end if there is one, else between two characters */
    uint64_t offset, next_offset; /* which bytes of the file that is; next_offset goes on without loss */
    uint64_t lines;
    bool is_masked; /* a secret in the piece is masked (sys/secrets.h) */
    bool is_cut; /* more follows; with `tail`: fewer lines than asked for */
};

/* `size_bytes` as fstat(2) tells it; 0 for files of /proc, which are read from their beginning to the
 * window's end. 0 and *ret_excerpt, to be released with excerpt_done(); -ERANGE: `offset` is beyond the end;
 * or another negative errno. `file` is read by pread(2) only. */
int excerpt_read(
    int file, uint64_t size_bytes, const struct excerpt_request *request, struct excerpt *ret_excerpt);
void excerpt_done(struct excerpt *excerpt);

#endif
