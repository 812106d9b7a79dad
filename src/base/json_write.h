/* Streaming JSON writer: appends text to a buffer at once, no tree. Commas and nesting are its business.
 *
 * Errors stick to the buffer (buf.failed). Text that is not UTF-8 (file names, process titles) is written
 * with U+FFFD for each bad byte; a double that is not finite is written as null. */
#ifndef BASE_JSON_WRITE_H
#define BASE_JSON_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct mcp_json;

#define JSON_WRITE_MAX_DEPTH 64

/* Embedded by value. `w = (struct json_writer){ .out = &buf }` starts one. */
struct json_writer {
    struct buf *out;
    unsigned depth;
    uint64_t has_items; /* bit per depth: something was written there, so a comma comes first */
};

/* `key` is the member's name inside an object, NULL inside an array or at the top. */
void json_open_object(struct json_writer *w, const char *key);
void json_close_object(struct json_writer *w);
void json_open_array(struct json_writer *w, const char *key);
void json_close_array(struct json_writer *w);
void json_put_str(struct json_writer *w, const char *key, const char *text); /* NULL text: null */
void json_put_strn(struct json_writer *w, const char *key, const char *text, size_t len);
void json_put_int(struct json_writer *w, const char *key, int64_t value);
void json_put_num(
    struct json_writer *w, const char *key, double value); /* shortest form that reads back equal */
void json_put_bool(struct json_writer *w, const char *key, bool value);
void json_put_null(struct json_writer *w, const char *key);
/* `text` is JSON already. */
void json_put_raw(struct json_writer *w, const char *key, const char *text, size_t len);

/* One string literal with its quotes. */
void json_quote(struct buf *out, const char *text, size_t len);
/* The same document, indented by two spaces, one member a line. `text` must be valid JSON. */
void json_indent(struct buf *out, const char *text, size_t len);

#endif
