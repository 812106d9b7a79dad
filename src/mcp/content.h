/* Content blocks on the wire (MCP, schema ContentBlock). */
#ifndef MCP_CONTENT_H
#define MCP_CONTENT_H

#include "mcp/state.h"

/* A text block as the next element of the array that is open. */
void content_put_text(struct json_writer *w, const char *text, size_t len);
/* One block as member `key`, or as an element when `key` is NULL. A kind that the revision does not know
 * becomes text: an old client refuses what it cannot name. */
void content_put_block(
    struct json_writer *w, const char *key, const struct revision *revision, const struct call_block *block);
void content_put_blocks(
    struct json_writer *w, const struct revision *revision, const struct call_block *blocks);
/* ResourceContents of a RESOURCE or BLOB block as the next element; `uri` where the block names none. */
void content_put_contents(
    struct json_writer *w, const struct revision *revision, const struct call_block *block, const char *uri);

#endif
