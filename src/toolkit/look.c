/* Icons, annotations and _meta: tables of a program, so what is wrong with them is said at start. */
#include "toolkit/look.h"

#include <errno.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/json_read.h"
#include "base/json_write.h"
#include "base/text.h"

void look_put_icons(struct json_writer *w, const struct mcp_icon *icons)
{
    static const char *const themes[] = { [MCP_LIGHT] = "light", [MCP_DARK] = "dark" };
    if (!icons || !icons->src)
        return;
    json_open_array(w, "icons");
    for (; icons->src; icons++) {
        json_open_object(w, NULL);
        json_put_str(w, "src", icons->src);
        if (icons->mime_type)
            json_put_str(w, "mimeType", icons->mime_type);
        if (icons->sizes) {
            json_open_array(w, "sizes");
            for (const char *at = icons->sizes; *at; at += strspn(at, " ")) {
                size_t len = strcspn(at, " ");
                json_put_strn(w, NULL, at, len);
                at += len;
            }
            json_close_array(w);
        }
        if (icons->theme != MCP_ANY_THEME)
            json_put_str(w, "theme", themes[icons->theme]);
        json_close_object(w);
    }
    json_close_array(w);
}

void look_put_annotations(
    struct json_writer *w, const struct mcp_annotations *annotations, bool has_last_modified)
{
    const char *modified = has_last_modified ? annotations->last_modified : NULL;
    if (!annotations->audience && !annotations->has_priority && !modified)
        return;
    json_open_object(w, "annotations");
    if (annotations->audience) {
        json_open_array(w, "audience");
        if (annotations->audience & (1U << MCP_USER))
            json_put_str(w, NULL, "user");
        if (annotations->audience & (1U << MCP_ASSISTANT))
            json_put_str(w, NULL, "assistant");
        json_close_array(w);
    }
    if (annotations->has_priority)
        json_put_num(w, "priority", annotations->priority);
    if (modified)
        json_put_str(w, "lastModified", modified);
    json_close_object(w);
}

void look_put_meta(struct json_writer *w, const char *meta)
{
    if (meta)
        json_put_raw(w, "_meta", meta, strlen(meta));
}

static const struct mcp_json *read_object(struct arena *arena, const char *text)
{
    const struct mcp_json *value = NULL;
    const struct json_limits limits = { .unique_keys = true };
    struct json_error error;
    int failed = json_read(arena, text, strlen(text), &limits, &value, &error);
    return !failed && value->kind == MCP_JSON_OBJECT ? value : NULL;
}

void look_put_members(struct json_writer *w, const char *meta)
{
    struct arena arena = { 0 };
    const struct mcp_json *object = meta ? read_object(&arena, meta) : NULL;
    for (const struct mcp_json *member = object ? object->first : NULL; member; member = member->next)
        json_put_raw(w, member->key, member->raw, member->raw_len);
    arena_done(&arena);
}

bool look_is_meta(const char *meta)
{
    struct arena arena = { 0 };
    bool is_object = read_object(&arena, meta) != NULL;
    arena_done(&arena);
    return is_object;
}

/* "48x48 96x96", "any". */
static bool is_sizes(const char *text)
{
    if (!*text)
        return false;
    while (*text) {
        size_t len = strcspn(text, " ");
        size_t width = strspn(text, "0123456789");
        size_t height = text[width] == 'x' ? strspn(text + width + 1, "0123456789") : 0;
        bool is_any = len == 3 && strncmp(text, "any", 3) == 0;
        if (!is_any && (!width || !height || width + 1 + height != len))
            return false;
        text += len;
        text += strspn(text, " ");
    }
    return true;
}

int look_check(const char *name, const struct mcp_icon *icons, const char *meta, struct err *err)
{
    /* MCP 2026-07-28, basic, icons: consumers refuse every other scheme. */
    for (const struct mcp_icon *icon = icons; icon && icon->src; icon++) {
        if (!text_starts(icon->src, "https://") && !text_starts(icon->src, "data:image/"))
            return err_set(
                err, -EINVAL, "%s: icon %.80s is no https: or data:image/... URI", name, icon->src);
        if (icon->sizes && !is_sizes(icon->sizes))
            return err_set(err, -EINVAL, "%s: icon sizes are \"48x48 96x96\" or \"any\"", name);
    }
    if (meta && !look_is_meta(meta))
        return err_set(err, -EINVAL, "%s: its _meta is not a JSON object", name);
    return 0;
}

int look_check_annotations(const char *name, const struct mcp_annotations *annotations, struct err *err)
{
    bool is_good = !annotations->has_priority || (annotations->priority >= 0 && annotations->priority <= 1);
    return is_good ? 0 : err_set(err, -EINVAL, "%s: its priority is not between 0 and 1", name);
}
