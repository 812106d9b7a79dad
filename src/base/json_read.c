/* Strict JSON reader: one pass, no recursion. Open arrays and objects are a chain of frames in the arena, so
 * nesting costs no stack. Knows RFC 8259 and nothing of what the documents mean. */
#include "base/json_read.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/json_string.h"

enum { DEFAULT_MAX_DEPTH = 64, FEW_MEMBERS = 8 };

/* An array or object that is not closed yet. Frames are used again for siblings. */
struct frame {
    struct frame *outer, *inner;
    struct mcp_json *container, *last;
};

struct reader {
    struct arena *arena;
    const char *start, *at, *end;
    struct json_limits limits;
    struct json_error error;
    struct frame *open, *spare; /* innermost open container; the outermost frame ever made */
    unsigned depth;
    const char *key; /* the name read for the value that comes next */
    size_t key_len;
};

static int fail_at(struct reader *r, const char *where, const char *what)
{
    r->error.offset = (size_t)(where - r->start);
    r->error.what = what;
    return -EBADMSG;
}

static int fail(struct reader *r, const char *what)
{
    return fail_at(r, r->at, what);
}

static int fail_too_large(struct reader *r)
{
    r->error.too_large = true;
    return fail(r, "the document needs more memory than is allowed");
}

static void skip_space(struct reader *r)
{
    while (r->at < r->end && (*r->at == ' ' || *r->at == '\n' || *r->at == '\r' || *r->at == '\t'))
        r->at++;
}

/* The next byte, -1 at the end. */
static int peek(const struct reader *r)
{
    return r->at < r->end ? (unsigned char)*r->at : -1;
}

/* Scalars */

/* Reads the string at r->at, its opening quote, into a copy of its own. */
static int read_string(struct reader *r, const char **ret_text, size_t *ret_len)
{
    const char *first = ++r->at;
    bool has_escapes;
    const char *expected = json_string_end(&r->at, r->end, &has_escapes);
    if (expected)
        return fail(r, expected);
    size_t len = (size_t)(r->at - first);
    char *copy = arena_try(r->arena, len + 1);
    if (!copy)
        return fail_too_large(r);
    if (has_escapes) {
        expected = json_string_decode(&first, r->at, copy, &len);
        if (expected)
            return fail_at(r, first, expected);
    } else {
        memcpy(copy, first, len);
    }
    *ret_text = copy;
    *ret_len = len;
    r->at++;
    return 0;
}

static bool skip_digits(struct reader *r)
{
    const char *first = r->at;
    while (r->at < r->end && *r->at >= '0' && *r->at <= '9')
        r->at++;
    return r->at > first;
}

static int read_number(struct reader *r, struct mcp_json *value)
{
    const char *first = r->at;
    if (*r->at == '-')
        r->at++;
    if (peek(r) == '0')
        r->at++;
    else if (!skip_digits(r))
        return fail(r, "expected a digit");
    if (peek(r) == '.') {
        r->at++;
        if (!skip_digits(r))
            return fail(r, "expected a digit after the decimal point");
    }
    if (peek(r) == 'e' || peek(r) == 'E') {
        r->at++;
        if (peek(r) == '+' || peek(r) == '-')
            r->at++;
        if (!skip_digits(r))
            return fail(r, "expected a digit in the exponent");
    }
    value->kind = MCP_JSON_NUMBER;
    value->text = first;
    value->len = (size_t)(r->at - first);
    return 0;
}

static int read_word(struct reader *r, const char *word, size_t len)
{
    if ((size_t)(r->end - r->at) < len || memcmp(r->at, word, len) != 0)
        return fail(r, "expected a value");
    r->at += len;
    return 0;
}

/* Arrays and objects */

static int push(struct reader *r, struct mcp_json *container)
{
    if (r->depth >= r->limits.max_depth) {
        r->error.too_deep = true;
        return fail(r, "expected less nesting of arrays and objects");
    }
    struct frame *frame = r->open ? r->open->inner : r->spare;
    if (!frame) {
        frame = arena_try(r->arena, sizeof(*frame));
        if (!frame)
            return fail_too_large(r);
        frame->outer = r->open;
        if (r->open)
            r->open->inner = frame;
        else
            r->spare = frame;
    }
    frame->container = container;
    frame->last = NULL;
    r->open = frame;
    r->depth++;
    return 0;
}

static int compare_keys(const struct mcp_json *a, const struct mcp_json *b)
{
    if (a->key_len != b->key_len)
        return a->key_len < b->key_len ? -1 : 1;
    return memcmp(a->key, b->key, a->key_len);
}

static int compare_members(const void *a, const void *b)
{
    return compare_keys(*(const struct mcp_json *const *)a, *(const struct mcp_json *const *)b);
}

static int fail_twice(struct reader *r, const struct mcp_json *member)
{
    return fail_at(r, member->raw, "expected each member name once in an object");
}

/* For few members, comparing each with each is fastest; many are sorted, so that no input makes it quadratic.
 */
static int check_unique(struct reader *r, const struct mcp_json *object)
{
    if (object->count <= FEW_MEMBERS) {
        for (const struct mcp_json *a = object->first; a; a = a->next) {
            for (const struct mcp_json *b = a->next; b; b = b->next) {
                if (compare_keys(a, b) == 0)
                    return fail_twice(r, b);
            }
        }
        return 0;
    }
    const struct mcp_json **sorted = arena_try(r->arena, object->count * sizeof(const struct mcp_json *));
    if (!sorted)
        return fail_too_large(r);
    size_t count = 0;
    for (const struct mcp_json *member = object->first; member; member = member->next)
        sorted[count++] = member;
    qsort(sorted, count, sizeof(const struct mcp_json *), compare_members);
    for (size_t i = 1; i < count; i++) {
        if (compare_keys(sorted[i - 1], sorted[i]) == 0)
            return fail_twice(r, sorted[i]->raw > sorted[i - 1]->raw ? sorted[i] : sorted[i - 1]);
    }
    return 0;
}

/* The closing bracket has been read. */
static int pop(struct reader *r)
{
    struct mcp_json *container = r->open->container;
    container->raw_len = (size_t)(r->at - container->raw);
    r->open = r->open->outer;
    r->depth--;
    if (container->kind == MCP_JSON_OBJECT && r->limits.unique_keys && container->count > 1)
        return check_unique(r, container);
    return 0;
}

/* Reads the name and the colon, if an object is open; then a value must follow. */
static int read_key(struct reader *r)
{
    skip_space(r);
    if (r->open->container->kind == MCP_JSON_ARRAY)
        return 0;
    if (peek(r) != '"')
        return fail(r, "expected '\"' at the start of a member name");
    int rc = read_string(r, &r->key, &r->key_len);
    if (rc < 0)
        return rc;
    skip_space(r);
    if (peek(r) != ':')
        return fail(r, "expected ':' after a member name");
    r->at++;
    skip_space(r);
    return 0;
}

static bool closes(const struct reader *r)
{
    return peek(r) == (r->open->container->kind == MCP_JSON_ARRAY ? ']' : '}');
}

/* Opens `container` at r->at, its bracket. Stops where its first value begins, or behind its end if it is
 * empty. */
static int open_container(struct reader *r, struct mcp_json *container, enum mcp_json_kind kind)
{
    container->kind = kind;
    int rc = push(r, container);
    if (rc < 0)
        return rc;
    r->at++;
    skip_space(r);
    if (!closes(r))
        return read_key(r);
    r->at++;
    return pop(r);
}

/* Values */

/* A new node, the next child of what is open, with the name that was read for it. */
static struct mcp_json *add_node(struct reader *r)
{
    struct mcp_json *node = arena_try(r->arena, sizeof(*node));
    if (!node)
        return NULL;
    node->raw = r->at;
    if (!r->open)
        return node;
    struct frame *frame = r->open;
    if (frame->container->kind == MCP_JSON_OBJECT) {
        node->key = r->key;
        node->key_len = r->key_len;
    }
    if (frame->last)
        frame->last->next = node;
    else
        frame->container->first = node;
    frame->last = node;
    frame->container->count++;
    return node;
}

/* Reads a scalar, or opens an array or object, into `value`. */
static int fill_node(struct reader *r, struct mcp_json *value)
{
    switch (peek(r)) {
    case '{':
        return open_container(r, value, MCP_JSON_OBJECT);
    case '[':
        return open_container(r, value, MCP_JSON_ARRAY);
    case '"':
        value->kind = MCP_JSON_STRING;
        return read_string(r, &value->text, &value->len);
    case 't':
        value->kind = MCP_JSON_BOOL;
        value->truth = true;
        return read_word(r, "true", 4);
    case 'f':
        value->kind = MCP_JSON_BOOL;
        return read_word(r, "false", 5);
    case 'n':
        value->kind = MCP_JSON_NULL;
        return read_word(r, "null", 4);
    default:
        if (peek(r) == '-' || (peek(r) >= '0' && peek(r) <= '9'))
            return read_number(r, value);
        return fail(r, "expected a value");
    }
}

/* Behind a complete value: closes what ends here and stops where the next value begins, or where nothing is
 * open. */
static int after_value(struct reader *r)
{
    while (r->open) {
        skip_space(r);
        if (peek(r) == ',') {
            r->at++;
            return read_key(r);
        }
        if (!closes(r))
            return fail(r,
                r->open->container->kind == MCP_JSON_ARRAY ? "expected ',' or ']'" : "expected ',' or '}'");
        r->at++;
        int rc = pop(r);
        if (rc < 0)
            return rc;
    }
    return 0;
}

static int read_tree(struct reader *r, const struct mcp_json **ret_root)
{
    const struct mcp_json *root = NULL;
    do {
        struct mcp_json *value = add_node(r);
        if (!value)
            return fail_too_large(r);
        if (!root)
            root = value;
        int rc = fill_node(r, value);
        if (rc < 0)
            return rc;
        if (r->open && r->open->container == value)
            continue;
        value->raw_len = (size_t)(r->at - value->raw);
        rc = after_value(r);
        if (rc < 0)
            return rc;
    } while (r->open);
    *ret_root = root;
    return 0;
}

int json_read(struct arena *arena, const char *text, size_t len, const struct json_limits *limits,
    const struct mcp_json **ret_value, struct json_error *ret_error)
{
    if (len == 0)
        text = ""; /* an empty buffer has no memory */
    struct reader r = { .arena = arena, .start = text, .at = text, .end = text + len };
    if (limits)
        r.limits = *limits;
    if (r.limits.max_depth == 0)
        r.limits.max_depth = DEFAULT_MAX_DEPTH;

    const struct mcp_json *root = NULL;
    skip_space(&r);
    /* Children are counted in 32 bits. */
    int rc = len > UINT32_MAX ? fail_too_large(&r) : read_tree(&r, &root);
    if (rc == 0) {
        skip_space(&r);
        if (r.at < r.end)
            rc = fail(&r, "expected the end of the document");
    }
    if (rc < 0)
        *ret_error = r.error;
    else
        *ret_value = root;
    return rc;
}
