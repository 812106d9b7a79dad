/* Copies of the tools' tables with another maximum. */
#include "app/network.h"

#include <string.h>

#include "base/arena.h"

enum { SPARE_MS = 1000 }; /* of a call, beyond the operation itself: to say how it ended */

static const struct mcp_tool *raise(struct arena *arena, const struct mcp_tool *tool, int64_t max_ms)
{
    size_t count = 0;
    bool has_timeout = false;
    for (; tool->params && tool->params[count].name; count++)
        has_timeout |= strcmp(tool->params[count].name, "timeout_ms") == 0;
    if (!has_timeout)
        return tool;
    struct mcp_param *rows = arena_alloc(arena, (count + 1) * sizeof *rows);
    memcpy(rows, tool->params, (count + 1) * sizeof *rows);
    for (size_t i = 0; i < count; i++)
        if (strcmp(rows[i].name, "timeout_ms") == 0 && rows[i].max < (double)max_ms)
            rows[i].max = (double)max_ms;
    struct mcp_tool *copy = arena_alloc(arena, sizeof *copy);
    *copy = *tool;
    copy->params = rows;
    if (copy->timeout_ms < max_ms + SPARE_MS)
        copy->timeout_ms = (unsigned)(max_ms + SPARE_MS);
    return copy;
}

const struct mcp_tool *const *network_raise(
    struct arena *arena, const struct mcp_tool *const *tools, int64_t max_ms)
{
    size_t count = 0;
    while (tools[count])
        count++;
    const struct mcp_tool **raised = arena_alloc(arena, (count + 1) * sizeof *raised);
    for (size_t i = 0; i < count; i++)
        raised[i] = raise(arena, tools[i], max_ms);
    return raised;
}
