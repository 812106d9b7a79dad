/* In the spirit of RFC 8785; integers that fit 64 bits keep all their digits. */
#include "base/json_canonical.h"

#include <stdlib.h>
#include <string.h>

#include <mcp/json.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/decimal.h"
#include "base/json_write.h"

static int compare_keys(const void *a, const void *b)
{
    const struct mcp_json *first = *(const struct mcp_json *const *)a;
    const struct mcp_json *second = *(const struct mcp_json *const *)b;
    size_t len = first->key_len < second->key_len ? first->key_len : second->key_len;
    int order = memcmp(first->key, second->key, len);
    return order ? order : (first->key_len > second->key_len) - (first->key_len < second->key_len);
}

static void put_number(struct buf *out, const struct mcp_json *number)
{
    char text[DECIMAL_SIZE];
    int64_t integer = 0;
    double real = 0;
    if (mcp_json_int(number, &integer))
        buf_add(out, text, decimal_from_int(integer, text));
    else if (mcp_json_number(number, &real))
        buf_add(out, text, decimal_from_double(real, text));
    else
        buf_add(out, number->raw, number->raw_len);
}

static void put_object(struct buf *out, struct arena *arena, const struct mcp_json *object)
{
    const struct mcp_json **members = arena_alloc(arena, (object->count + 1) * sizeof *members);
    size_t count = 0;
    for (const struct mcp_json *member = object->first; member; member = member->next)
        members[count++] = member;
    qsort(members, count, sizeof *members, compare_keys);
    buf_addc(out, '{');
    for (size_t i = 0; i < count; i++) {
        if (i)
            buf_addc(out, ',');
        json_quote(out, members[i]->key, members[i]->key_len);
        buf_addc(out, ':');
        json_canonical(out, arena, members[i]);
    }
    buf_addc(out, '}');
}

void json_canonical(struct buf *out, struct arena *arena, const struct mcp_json *value)
{
    switch (value->kind) {
    case MCP_JSON_OBJECT:
        put_object(out, arena, value);
        return;
    case MCP_JSON_ARRAY:
        buf_addc(out, '[');
        for (const struct mcp_json *item = value->first; item; item = item->next) {
            if (item != value->first)
                buf_addc(out, ',');
            json_canonical(out, arena, item);
        }
        buf_addc(out, ']');
        return;
    case MCP_JSON_STRING:
        json_quote(out, value->text, value->len);
        return;
    case MCP_JSON_NUMBER:
        put_number(out, value);
        return;
    case MCP_JSON_BOOL:
        buf_adds(out, value->truth ? "true" : "false");
        return;
    case MCP_JSON_NULL:
        buf_adds(out, "null");
        return;
    }
}
