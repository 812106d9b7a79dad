/* The JSON reader and writers: what was read and written reads back as the same, in every form we write. */
#include "fuzz.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/json_canonical.h"
#include "base/json_read.h"
#include "base/json_write.h"

static const struct mcp_json *read_text(struct arena *arena, const char *text, size_t len, bool unique_keys)
{
    const struct json_limits limits = { .unique_keys = unique_keys };
    const struct mcp_json *value = NULL;
    struct json_error error = { 0 };
    if (json_read(arena, text, len, &limits, &value, &error) == 0)
        return value;
    MUST(error.what && error.offset <= len);
    return NULL;
}

static const char *canonical(struct arena *arena, const struct mcp_json *value)
{
    struct buf out = { 0 };
    json_canonical(&out, arena, value);
    MUST(!out.failed);
    const char *text = arena_strndup(arena, buf_str(&out), out.len);
    MUST(strlen(text) == out.len); /* no control character is written as it is */
    buf_done(&out);
    return text;
}

/* The tree through the streaming writer. False: a key that it does not take, for it takes C strings. */
static bool rewrite(struct json_writer *w, const char *key, const struct mcp_json *value)
{
    int64_t integer = 0;
    double number = 0;
    if (value->key && strlen(value->key) != value->key_len)
        return false;
    switch (value->kind) {
    case MCP_JSON_NULL:
        json_put_null(w, key);
        return true;
    case MCP_JSON_BOOL:
        json_put_bool(w, key, value->truth);
        return true;
    case MCP_JSON_STRING:
        json_put_strn(w, key, value->text, value->len);
        return true;
    case MCP_JSON_NUMBER:
        if (mcp_json_int(value, &integer))
            json_put_int(w, key, integer);
        else if (mcp_json_number(value, &number))
            json_put_num(w, key, number);
        else
            json_put_raw(w, key, value->raw, value->raw_len);
        return true;
    default:
        break;
    }
    bool is_object = value->kind == MCP_JSON_OBJECT;
    is_object ? json_open_object(w, key) : json_open_array(w, key);
    uint32_t count = 0;
    for (const struct mcp_json *child = value->first; child; child = child->next, count++)
        if (!rewrite(w, child->key, child))
            return false;
    MUST(count == value->count);
    is_object ? json_close_object(w) : json_close_array(w);
    return true;
}

/* `text` must say what `expected`, in canonical form, says. */
static void check_same(struct arena *arena, const char *text, size_t len, const char *expected)
{
    const struct mcp_json *value = read_text(arena, text, len, false);
    MUST(value);
    MUST(strcmp(canonical(arena, value), expected) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct arena arena;
    arena_init(&arena, (size_t)8 << 20);
    const char *text = arena_strndup(&arena, (const char *)bytes, len);
    const struct mcp_json *value = read_text(&arena, text, len, false);
    const struct mcp_json *strict = read_text(&arena, text, len, true);
    MUST(value || !strict);
    if (value) {
        const char *once = canonical(&arena, value);
        check_same(&arena, once, strlen(once), once);
        check_same(&arena, value->raw, value->raw_len, once);
        struct buf indented = { 0 }, written = { 0 };
        json_indent(&indented, text, len);
        check_same(&arena, buf_str(&indented), indented.len, once);
        struct json_writer w = { .out = &written };
        if (rewrite(&w, NULL, value))
            check_same(&arena, buf_str(&written), written.len, once);
        buf_done(&indented);
        buf_done(&written);
    }
    arena_done(&arena);
    return 0;
}
