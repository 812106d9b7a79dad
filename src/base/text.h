/* Questions about strings: UTF-8, numbers, cutting. Nothing here allocates. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* True if all `len` bytes are well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms, up to U+10FFFF).
 */
bool text_is_utf8(const char *text, size_t len);
/* Length in bytes of the well-formed UTF-8 sequence at `text` (1..4), 0 if there is none within `len`. */
size_t text_utf8_step(const char *text, size_t len);
/* The largest n <= `max` that does not cut a UTF-8 sequence of `text` (len bytes) in two. */
size_t text_utf8_cut(const char *text, size_t len, size_t max);
/* The bytes that `text` takes within the quotes of a JSON string, as base/json_write.h writes it; 0x7F counts
 * as the U+FFFD that a person is shown for it. */
size_t text_json_length(const char *text, size_t len);
/* The largest n whose whole characters take at most `room` bytes there. */
size_t text_json_cut(const char *text, size_t len, size_t room);
/* Columns on a terminal, one per code point (good enough for tables). */
size_t text_columns(const char *text, size_t len);

/* The whole of `text` as a decimal number: optional '-', digits; nothing else, no overflow. */
bool text_int(const char *text, int64_t *ret_value);
/* The whole of `text` as a finite decimal number: 1, -1.5, 2e3. Never depends on the locale. */
bool text_number(const char *text, double *ret_value);
/* "true", "yes", "on", "1" and their opposites, any case. */
bool text_bool(const char *text, bool *ret_value);

bool text_starts(const char *text, const char *prefix);
bool text_ends(const char *text, const char *suffix);
/* Equal when ASCII case is ignored. */
bool text_same(const char *a, const char *b);

/* Bytes for people: "512 B", "1.5 KiB", "3.2 GiB", where `byte` is 'B'; it is 'o' in French. `ret_text` of
 * `size` bytes. Returns `ret_text`. */
char *text_bytes(uint64_t bytes, char byte, char *ret_text, size_t size);

#endif
