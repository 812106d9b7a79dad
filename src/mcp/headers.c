/* A request is refused when what its headers say is not what its body says: intermediaries act on the
 * headers. */
#include "mcp/headers.h"

#include <string.h>

#include "base/text.h"

static int digit_value(char c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c ? strchr(digits, c) : NULL;
    return at ? (int)(at - digits) : -1;
}

/* Canonical base64 (RFC 4648, section 4: padded, no spare bits). Length, or -1. */
static long decode_base64(const char *text, size_t len, unsigned char *ret_bytes)
{
    if (len % 4 != 0)
        return -1;
    long count = 0;
    for (size_t i = 0; i < len; i += 4) {
        bool is_last = i + 4 == len;
        int pad = is_last && text[i + 3] == '=' ? (text[i + 2] == '=' ? 2 : 1) : 0;
        unsigned group = 0;
        for (int j = 0; j < 4; j++) {
            int value = j >= 4 - pad ? 0 : digit_value(text[i + (size_t)j]);
            if (value < 0)
                return -1;
            group = group << 6 | (unsigned)value;
        }
        if (group & ((1U << (8 * pad)) - 1))
            return -1;
        for (int j = 0; j < 3 - pad; j++)
            ret_bytes[count++] = (unsigned char)(group >> (16 - 8 * j));
    }
    return count;
}

char *headers_decode(struct arena *arena, const char *value)
{
    static const char prefix[] = "=?base64?";
    size_t len = strlen(value), prefix_len = sizeof prefix - 1;
    if (len < prefix_len + 2 || !text_starts(value, prefix) || !text_ends(value, "?="))
        return arena_strndup(arena, value, len);
    size_t middle = len - prefix_len - 2;
    char *bytes = arena_alloc(arena, middle + 1);
    long count = decode_base64(value + prefix_len, middle, (unsigned char *)bytes);
    if (count < 0 || !text_is_utf8(bytes, (size_t)count) || memchr(bytes, 0, (size_t)count))
        return NULL;
    bytes[count] = '\0';
    return bytes;
}

/* Which member of params Mcp-Name mirrors, by method. */
static const char *mirrored_member(const char *method)
{
    static const struct {
        const char *method, *member;
    } rows[] = {
        { "tools/call", "name" },
        { "prompts/get", "name" },
        { "resources/read", "uri" },
        { "tasks/get", "taskId" },
        { "tasks/update", "taskId" },
        { "tasks/cancel", "taskId" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strcmp(rows[i].method, method) == 0)
            return rows[i].member;
    return NULL;
}

/* "42", "-7", "42.0": what a header may say for an integer. */
static bool is_same_integer(const char *text, const struct mcp_json *value)
{
    int64_t wanted = 0, given = 0;
    char whole[24];
    size_t len = strcspn(text, ".");
    bool is_whole = len < sizeof whole && strspn(text + len, text[len] ? ".0" : "") == strlen(text + len);
    if (!is_whole || (text[len] && !text[len + 1]) || !mcp_json_int(value, &wanted))
        return false;
    memcpy(whole, text, len);
    whole[len] = '\0';
    return text_int(whole, &given) && given == wanted;
}

/* MCP 2026-07-28, server/tools, x-mcp-header: an argument that is there travels as a header too. */
static const char *param_disagrees(struct mcp_exchange *x, const struct mcp_envelope *envelope,
    const struct mcp_param *row, const struct mcp_json *value)
{
    char *header = arena_printf(&x->arena, "mcp-param-%s", row->header);
    const char *raw = envelope->header(envelope->user, header);
    if (!raw)
        return arena_printf(&x->arena, "the header Mcp-Param-%s is missing", row->header);
    const char *text = headers_decode(&x->arena, raw);
    bool is_same = false;
    if (text && value->kind == MCP_JSON_STRING)
        is_same = mcp_json_is(value, text);
    else if (text && value->kind == MCP_JSON_BOOL)
        is_same = strcmp(text, value->truth ? "true" : "false") == 0;
    else if (text && value->kind == MCP_JSON_NUMBER)
        is_same = is_same_integer(text, value);
    return is_same ? NULL
                   : arena_printf(&x->arena, "Mcp-Param-%s is not the argument %s", row->header, row->name);
}

static const char *params_disagree(struct mcp_exchange *x, const struct mcp_envelope *envelope)
{
    const struct catalog *catalog = engine_catalog(x->server->engine);
    const char *name = mcp_json_get_text(x->message.params, "name");
    int tool = name ? catalog_by_name(catalog, name) : -1;
    const struct mcp_json *arguments = mcp_json_get(x->message.params, "arguments");
    const char *fault = NULL;
    for (const struct mcp_param *row = tool < 0 ? NULL : catalog->tools[tool]->params;
         row && row->name && !fault; row++) {
        const struct mcp_json *value = row->header ? mcp_json_get(arguments, row->name) : NULL;
        enum mcp_json_kind kind = row->kind == MCP_STRING ? MCP_JSON_STRING
            : row->kind == MCP_BOOL                       ? MCP_JSON_BOOL
                                                          : MCP_JSON_NUMBER;
        if (value && value->kind == kind) /* another kind is a wrong argument, and is told as one later */
            fault = param_disagrees(x, envelope, row, value);
    }
    return fault;
}

const char *headers_disagree(struct mcp_exchange *x, const struct mcp_envelope *envelope)
{
    const struct jsonrpc_message *message = &x->message;
    const char *method = envelope->header(envelope->user, "mcp-method");
    if (!method && message->kind == JSONRPC_NOTIFICATION)
        return NULL; /* tolerated there, unlike a wrong one */
    if (!method)
        return "the header Mcp-Method is missing";
    if (strcmp(method, message->method) != 0)
        return arena_printf(
            &x->arena, "Mcp-Method is %.64s but the body's method is %.64s", method, message->method);
    const char *member = mirrored_member(message->method);
    if (!member)
        return NULL;
    const char *header = envelope->header(envelope->user, "mcp-name");
    if (!header)
        return "the header Mcp-Name is missing";
    const char *name = headers_decode(&x->arena, header);
    if (!name)
        return "the header Mcp-Name is not valid base64 of UTF-8";
    if (!mcp_json_is(mcp_json_get(message->params, member), name))
        return arena_printf(&x->arena, "Mcp-Name is not the body's %s", member);
    return strcmp(message->method, "tools/call") == 0 ? params_disagree(x, envelope) : NULL;
}
