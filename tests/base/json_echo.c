/* For test_json_differential.py: reads documents on standard input and answers each one on standard output,
 * read and written again by our own code, or 'E' if it is refused. Both ways a document is its length (4
 * bytes, big-endian) and its bytes. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <mcp/json.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/json_read.h"
#include "base/json_write.h"
#include "base/scope.h"

static void write_value(struct json_writer *w, const struct mcp_json *value);

static void write_children(struct json_writer *w, const struct mcp_json *value)
{
    for (const struct mcp_json *child = value->first; child; child = child->next)
        write_value(w, child);
}

/* A number is written as what the accessors make of it; one that fits no C type, as it came. */
static void write_number(struct json_writer *w, const struct mcp_json *value)
{
    int64_t whole;
    double number;
    if (mcp_json_int(value, &whole))
        json_put_int(w, value->key, whole);
    else if (mcp_json_number(value, &number))
        json_put_num(w, value->key, number);
    else
        json_put_raw(w, value->key, value->text, value->len);
}

/* Recursion as deep as the reader's limit at most. */
static void write_value(struct json_writer *w, const struct mcp_json *value)
{
    switch (value->kind) {
    case MCP_JSON_NULL:
        json_put_null(w, value->key);
        break;
    case MCP_JSON_BOOL:
        json_put_bool(w, value->key, value->truth);
        break;
    case MCP_JSON_NUMBER:
        write_number(w, value);
        break;
    case MCP_JSON_STRING:
        json_put_strn(w, value->key, value->text, value->len);
        break;
    case MCP_JSON_ARRAY:
        json_open_array(w, value->key);
        write_children(w, value);
        json_close_array(w);
        break;
    case MCP_JSON_OBJECT:
        json_open_object(w, value->key);
        write_children(w, value);
        json_close_object(w);
        break;
    }
}

static bool read_exactly(void *bytes, size_t len)
{
    return fread(bytes, 1, len, stdin) == len;
}

static void answer(const struct buf *text)
{
    uint32_t len = (uint32_t)text->len;
    const unsigned char head[] = { (unsigned char)(len >> 24), (unsigned char)(len >> 16),
        (unsigned char)(len >> 8), (unsigned char)len };
    fwrite(head, 1, sizeof(head), stdout);
    fwrite(text->data, 1, text->len, stdout);
    fflush(stdout);
}

/* False at the end of the input. */
static bool echo_one(const struct json_limits *limits)
{
    unsigned char head[4];
    if (!read_exactly(head, sizeof(head)))
        return false;
    size_t len = (size_t)head[0] << 24 | (size_t)head[1] << 16 | (size_t)head[2] << 8 | head[3];
    CLEANUP(scope_free) char *text = malloc(len ? len : 1);
    if (!text || !read_exactly(text, len))
        return false;

    CLEANUP(arena_done) struct arena arena = { 0 };
    CLEANUP(buf_done) struct buf out = { 0 };
    const struct mcp_json *value = NULL;
    struct json_error error;
    if (json_read(&arena, text, len, limits, &value, &error) == 0)
        write_value(&(struct json_writer){ .out = &out }, value);
    else
        buf_addc(&out, 'E');
    if (out.failed)
        return false;
    answer(&out);
    return true;
}

/* An argument of any kind asks for unique member names. */
int main(int argc, char **argv)
{
    (void)argv;
    const struct json_limits limits = { .unique_keys = argc > 1 };
    while (echo_one(&limits))
        continue;
    return ferror(stdin) || ferror(stdout) ? EXIT_FAILURE : EXIT_SUCCESS;
}
