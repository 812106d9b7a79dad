/* Bytes of text files to UTF-8, one character at a time. */
#ifndef SYS_CHARSET_H
#define SYS_CHARSET_H

#include <stdbool.h>
#include <stddef.h>

enum charset { CHARSET_UTF8, CHARSET_LATIN1, CHARSET_UTF16LE, CHARSET_UTF16BE };

/* "utf-8", "latin-1", "utf-16le", "utf-16be" */
const char *charset_name(enum charset charset);

/* Decodes the character at `bytes` into 1 to 4 bytes of UTF-8 (U+FFFD for what is wrong). Returns how many
 * bytes it took, 0 if `len` bytes are not all of it. */
size_t charset_step(
    enum charset charset, const unsigned char *bytes, size_t len, char ret_utf8[4], size_t *ret_len);

/* The UTF-16 of a byte order mark at the beginning of a file; false if there is none. */
bool charset_from_mark(const unsigned char *bytes, size_t len, enum charset *ret_charset);

/* What a piece of a file without byte order mark is written in: UTF-8 where most bytes above 127 are, else
 * Latin-1. False: it is no text (a NUL, or more than one control character in ten). A character cut at either
 * end does not count. */
bool charset_guess(const unsigned char *bytes, size_t len, enum charset *ret_charset);

#endif
