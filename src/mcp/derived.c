/* Filling in arguments, picking members. */
#include "mcp/derived.h"

#include <errno.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/json_read.h"
#include "base/json_write.h"
#include "base/text.h"
#include "mcp/template.h"
#include "toolkit/call.h"

static const struct mcp_json *read_object(struct arena *arena, const char *text, size_t len)
{
    const struct mcp_json *value = NULL;
    const struct json_limits limits = { .max_depth = 64 };
    struct json_error error;
    int rc = json_read(arena, text, len, &limits, &value, &error);
    return rc == 0 && value->kind == MCP_JSON_OBJECT ? value : NULL;
}

int derived_check(const struct mcp_resource *resource, struct err *err)
{
    struct arena arena = { 0 };
    const char *text = resource->arguments;
    bool is_good = !text || read_object(&arena, text, strlen(text));
    arena_done(&arena);
    return is_good ? 0 : err_set(err, -EINVAL, "%s: its arguments are not a JSON object", resource->uri);
}

const struct mcp_json *derived_arguments(
    struct arena *arena, const struct mcp_resource *resource, const char *variables)
{
    variables = arena_strdup(arena, variables);
    const struct mcp_json *values = read_object(arena, variables, strlen(variables));
    if (!resource->arguments)
        return values;
    const struct mcp_json *given = read_object(arena, resource->arguments, strlen(resource->arguments));
    struct buf json = { 0 }, filled = { 0 };
    struct json_writer w = { .out = &json };
    json_open_object(&w, NULL);
    for (const struct mcp_json *member = given ? given->first : NULL; member; member = member->next) {
        if (member->kind != MCP_JSON_STRING) {
            json_put_raw(&w, member->key, member->raw, member->raw_len);
            continue;
        }
        buf_clear(&filled);
        template_fill(member->text, values, &filled);
        json_put_strn(&w, member->key, buf_str(&filled), filled.len);
    }
    json_close_object(&w);
    const char *text = arena_strndup(arena, buf_str(&json), json.len);
    const struct mcp_json *arguments = read_object(arena, text, json.len);
    buf_done(&filled);
    buf_done(&json);
    return arguments;
}

static void put_members(const struct mcp_json *result, const char *const *members, struct buf *out)
{
    struct json_writer w = { .out = out };
    json_open_object(&w, NULL);
    for (; *members; members++) {
        const struct mcp_json *member = mcp_json_get(result, *members);
        if (member)
            json_put_raw(&w, *members, member->raw, member->raw_len);
    }
    json_close_object(&w);
}

void derived_put(const struct mcp_resource *resource, const struct call_outcome *outcome, struct buf *out)
{
    if (!resource->members) {
        buf_add(out, outcome->json, outcome->json_len);
        return;
    }
    struct arena arena = { 0 };
    const struct mcp_json *result = read_object(&arena, outcome->json, outcome->json_len);
    const struct mcp_json *first = mcp_json_get(result, resource->members[0]);
    if (!resource->mime_type || !text_starts(resource->mime_type, "text/"))
        put_members(result, resource->members, out);
    else if (first && first->kind == MCP_JSON_STRING)
        buf_add(out, first->text, first->len);
    else
        buf_add(out, outcome->text, outcome->text_len);
    arena_done(&arena);
}
