/* Blocks to JSON; what a revision lacks is said in text. */
#include "mcp/content.h"

#include <stdio.h>
#include <string.h>

#include "toolkit/look.h"

void content_put_text(struct json_writer *w, const char *text, size_t len)
{
    json_open_object(w, NULL);
    json_put_str(w, "type", "text");
    json_put_strn(w, "text", text, len);
    json_close_object(w);
}

static void put_contents(struct json_writer *w, const char *key, const struct revision *revision,
    const struct call_block *block, const char *uri)
{
    json_open_object(w, key);
    json_put_str(w, "uri", block->uri ? block->uri : uri);
    if (block->mime_type)
        json_put_str(w, "mimeType", block->mime_type);
    json_put_strn(w, block->kind == BLOCK_BLOB ? "blob" : "text", block->text, block->len);
    if (revision->has_titles)
        look_put_meta(w, block->meta);
    json_close_object(w);
}

void content_put_contents(
    struct json_writer *w, const struct revision *revision, const struct call_block *block, const char *uri)
{
    put_contents(w, NULL, revision, block, uri);
}

/* "[audio/wav, 44 bytes of base64]": for clients whose revision has no such block. */
static void put_substitute(struct json_writer *w, const char *key, const struct call_block *block)
{
    char text[600];
    if (block->kind == BLOCK_LINK)
        snprintf(text, sizeof text, "%.200s: %.300s", block->name, block->uri);
    else
        snprintf(text, sizeof text, "[%.100s, %zu bytes of base64 that this protocol revision cannot carry]",
            block->mime_type, block->len);
    json_open_object(w, key);
    json_put_str(w, "type", "text");
    json_put_str(w, "text", text);
    json_close_object(w);
}

void content_put_block(
    struct json_writer *w, const char *key, const struct revision *revision, const struct call_block *block)
{
    bool is_known = (block->kind != BLOCK_AUDIO || revision->has_audio) &&
        (block->kind != BLOCK_LINK || revision->has_links);
    if (!is_known) {
        put_substitute(w, key, block);
        return;
    }
    json_open_object(w, key);
    switch (block->kind) {
    case BLOCK_TEXT:
        json_put_str(w, "type", "text");
        json_put_strn(w, "text", block->text, block->len);
        break;
    case BLOCK_IMAGE:
    case BLOCK_AUDIO:
        json_put_str(w, "type", block->kind == BLOCK_IMAGE ? "image" : "audio");
        json_put_strn(w, "data", block->text, block->len);
        json_put_str(w, "mimeType", block->mime_type);
        break;
    case BLOCK_LINK:
        json_put_str(w, "type", "resource_link");
        json_put_str(w, "uri", block->uri);
        json_put_str(w, "name", block->name);
        if (block->mime_type)
            json_put_str(w, "mimeType", block->mime_type);
        break;
    case BLOCK_RESOURCE:
    case BLOCK_BLOB:
        json_put_str(w, "type", "resource");
        put_contents(w, "resource", revision, block, "");
        break;
    }
    look_put_annotations(w, &block->annotations, revision->has_titles);
    /* Of an embedded resource the contents have it. */
    if (revision->has_titles && block->kind != BLOCK_RESOURCE && block->kind != BLOCK_BLOB)
        look_put_meta(w, block->meta);
    json_close_object(w);
}

void content_put_blocks(
    struct json_writer *w, const struct revision *revision, const struct call_block *blocks)
{
    for (const struct call_block *block = blocks; block; block = block->next)
        content_put_block(w, NULL, revision, block);
}
