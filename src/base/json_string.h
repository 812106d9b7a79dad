/* The inside of a JSON string, as it is sent: where it ends, and what its escapes stand for. */
#ifndef BASE_JSON_STRING_H
#define BASE_JSON_STRING_H

#include <stdbool.h>
#include <stddef.h>

/* Both return NULL; or what was expected (English, static) with *at moved to the byte where it was.
 *
 * Moves *at from the first byte of the content to the closing quote, checking everything but the escapes. */
const char *json_string_end(const char **at, const char *end, bool *ret_has_escapes);
/* Decodes the content [*at, end), which json_string_end() has accepted. `to` has room for as many bytes. */
const char *json_string_decode(const char **at, const char *end, char *to, size_t *ret_len);

#endif
