/* The body of an answer as UTF-8 text, whatever charset it came in. Knows what announces a charset, nothing
 * of transfers. */
#ifndef SYS_HTTPC_TEXT_H
#define SYS_HTTPC_TEXT_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

#define HTTPC_CHARSET_SIZE 41

/* What the bytes are written in: a byte order mark, else the charset of `content_type` (may be NULL), else
 * that of an HTML meta element or XML declaration in the first 1024 bytes, else "UTF-8" if they are, else
 * "windows-1252". `is_cut`: the last character may be incomplete. Returns `ret_charset`. */
char *httpc_text_charset(const char *bytes, size_t len, const char *content_type, bool is_cut,
    char ret_charset[HTTPC_CHARSET_SIZE]);

/* True if the bytes are text rather than data: judged by `content_type` where it is known, by the bytes else.
 */
bool httpc_text_is(const char *bytes, size_t len, const char *content_type);

/* Appends the bytes in UTF-8 to `out`, without byte order mark; what does not convert becomes U+FFFD. A
 * character cut at the end is left out when `is_cut`. 0; -EILSEQ: no such charset, `out` untouched; -ENOMEM.
 */
int httpc_text_convert(const char *charset, const char *bytes, size_t len, bool is_cut, struct buf *out);

#endif
