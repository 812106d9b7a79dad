/* The tools a server offers: a constant list, found by name or path, described once. */
#ifndef TOOLKIT_CATALOG_H
#define TOOLKIT_CATALOG_H

#include <mcp/tool.h>

struct buf;
struct err;

/* Embedded by value; borrowed array that ends with NULL. */
struct catalog {
    const struct mcp_tool *const *tools;
    size_t count;
};

/* Checks every table (names, duplicates, ranges, defaults that parse, both languages): a bad one is a
 * programming error, named in *err. 0 or -EINVAL. */
int catalog_init(struct catalog *catalog, const struct mcp_tool *const *tools, struct err *err);

/* The same for a handler that is no tool (of a resource, a prompt): name, words, rows, run. 0 or -EINVAL with
 * *err. */
int catalog_check_handler(const struct mcp_tool *handler, struct err *err);

/* Index into `tools`, or -1. */
int catalog_by_name(const struct catalog *catalog, const char *name);
/* The tool itself. */
int catalog_find(const struct catalog *catalog, const struct mcp_tool *tool);
/* By REST path ("ping"). */
int catalog_by_path(const struct catalog *catalog, const char *path);
/* True if people may mean this tool by `word`: its name or its path, a dash being as good as an underscore.
 */
bool catalog_is_called(const struct mcp_tool *tool, const char *word);
/* The tool that people mean by `word`; -1 if none. */
int catalog_by_word(const struct catalog *catalog, const char *word);

/* What a reader of descriptions can know, beside name, description and inputSchema. */
struct catalog_view {
    enum mcp_lang lang;
    bool has_output; /* outputSchema */
    bool has_titles; /* title and _meta */
    bool has_hints; /* annotations (and the title in them, for those who know no other) */
    bool has_icons;
};

/* Everything there is. */
struct catalog_view catalog_whole_view(enum mcp_lang lang);
/* Appends the Tool object of MCP tools/list. */
void catalog_describe(const struct mcp_tool *tool, const struct catalog_view *view, struct buf *out);

#endif
