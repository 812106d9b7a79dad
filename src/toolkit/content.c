/* mcp_add_*: content that is not data, kept with the call until a face writes it. */
#include <string.h>

#include "base/base64.h"
#include "toolkit/call_state.h"
#include "toolkit/look.h"

static struct call_block *add_block(struct mcp_call *call, enum call_block_kind kind)
{
    struct call_block *block = arena_alloc(&call->arena, sizeof *block);
    *block = (struct call_block){ .kind = kind, .role = call->role };
    *call->blocks_tail = block;
    call->blocks_tail = &block->next;
    call->last_block = block;
    return block;
}

static const char *copy(struct mcp_call *call, const char *text)
{
    return text ? arena_strdup(&call->arena, text) : NULL;
}

/* In the call's memory. */
static const char *encode(struct mcp_call *call, const void *bytes, size_t len, size_t *ret_len)
{
    char *text = arena_try(&call->arena, base64_length(len) + 1);
    if (!text) {
        mcp_fail(call, MCP_TOO_LARGE, "contenu de %zu octets : trop volumineux",
            "content of %zu bytes: too large", len);
        *ret_len = 0;
        return "";
    }
    base64_encode(bytes, len, text);
    *ret_len = base64_length(len);
    return text;
}

void mcp_add_text(struct mcp_call *call, const char *text)
{
    struct call_block *block = add_block(call, BLOCK_TEXT);
    block->text = copy(call, text);
    block->len = strlen(text);
}

static void add_bytes(
    struct mcp_call *call, enum call_block_kind kind, const void *bytes, size_t len, const char *mime_type)
{
    struct call_block *block = add_block(call, kind);
    block->text = encode(call, bytes, len, &block->len);
    block->mime_type = copy(call, mime_type);
}

void mcp_add_image(struct mcp_call *call, const void *bytes, size_t len, const char *mime_type)
{
    add_bytes(call, BLOCK_IMAGE, bytes, len, mime_type);
}

void mcp_add_audio(struct mcp_call *call, const void *bytes, size_t len, const char *mime_type)
{
    add_bytes(call, BLOCK_AUDIO, bytes, len, mime_type);
}

void mcp_add_link(struct mcp_call *call, const char *uri, const char *name, const char *mime_type)
{
    struct call_block *block = add_block(call, BLOCK_LINK);
    block->uri = copy(call, uri);
    block->name = copy(call, name);
    block->mime_type = copy(call, mime_type);
}

void mcp_add_resource(struct mcp_call *call, const char *uri, const char *mime_type, const char *text)
{
    struct call_block *block = add_block(call, BLOCK_RESOURCE);
    block->uri = copy(call, uri);
    block->mime_type = copy(call, mime_type);
    block->text = copy(call, text);
    block->len = strlen(text);
}

void mcp_add_blob(
    struct mcp_call *call, const char *uri, const char *mime_type, const void *bytes, size_t len)
{
    struct call_block *block = add_block(call, BLOCK_BLOB);
    block->uri = copy(call, uri);
    block->mime_type = copy(call, mime_type);
    block->text = encode(call, bytes, len, &block->len);
}

/* A handler that writes no JSON object where one belongs has a bug, which a client must not see as bad JSON.
 */
static const char *copy_meta(struct mcp_call *call, const char *meta)
{
    if (!meta || look_is_meta(meta))
        return copy(call, meta);
    mcp_fail(call, MCP_INTERNAL, "_meta n'est pas un objet JSON", "_meta is not a JSON object");
    return NULL;
}

void mcp_annotate(struct mcp_call *call, const struct mcp_annotations *annotations, const char *meta)
{
    struct call_block *block = call->last_block;
    if (!block)
        return;
    if (annotations) {
        block->annotations = *annotations;
        block->annotations.last_modified = copy(call, annotations->last_modified);
    }
    block->meta = copy_meta(call, meta);
}

void mcp_result_meta(struct mcp_call *call, const char *meta)
{
    call->result_meta = copy_meta(call, meta);
}

void mcp_role(struct mcp_call *call, enum mcp_role role)
{
    call->role = role;
}
