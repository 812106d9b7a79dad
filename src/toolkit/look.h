/* What clients show beside the words: icons, annotations, _meta; as JSON, and checked. */
#ifndef TOOLKIT_LOOK_H
#define TOOLKIT_LOOK_H

#include <mcp/tool.h>

struct arena;
struct err;
struct json_writer;

/* The member `icons` (MCP 2025-11-25, schema Icons); nothing if there are none. */
void look_put_icons(struct json_writer *w, const struct mcp_icon *icons);
/* The member `annotations` (MCP, schema Annotations); nothing if all is unsaid. `lastModified` came later
 * than the rest. */
void look_put_annotations(
    struct json_writer *w, const struct mcp_annotations *annotations, bool has_last_modified);
/* The member `_meta`; nothing if `meta` is NULL. */
void look_put_meta(struct json_writer *w, const char *meta);
/* The members of the JSON object `meta` into the object that is open. */
void look_put_members(struct json_writer *w, const char *meta);

/* Are the icons named by https: or data: URIs, their sizes "WxH" or "any", is `meta` a JSON object? 0 or
 * -EINVAL with *err that begins with `name`. */
int look_check(const char *name, const struct mcp_icon *icons, const char *meta, struct err *err);
/* Is the priority between 0 and 1? As look_check(). */
int look_check_annotations(const char *name, const struct mcp_annotations *annotations, struct err *err);
/* True if `meta` is a JSON object. */
bool look_is_meta(const char *meta);

#endif
