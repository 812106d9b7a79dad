/* One row per revision, oldest first. */
#include "mcp/revision.h"

#include <string.h>

#include "base/buf.h"
#include "base/scope.h"

static const struct revision rows[] = {
    { .name = "2024-11-05", .era = ERA_LEGACY, .has_batches = true, .has_null_id = true },
    { .name = "2025-03-26",
        .era = ERA_LEGACY,
        .has_batches = true,
        .has_null_id = true,
        .has_audio = true,
        .has_tool_hints = true,
        .has_completions = true },
    {
        .name = "2025-06-18",
        .era = ERA_LEGACY,
        .has_null_id = true,
        .has_audio = true,
        .has_links = true,
        .has_tool_hints = true,
        .has_titles = true,
        .has_elicitation = true,
        .has_completions = true,
        .has_structured_content = true,
    },
    {
        .name = "2025-11-25",
        .era = ERA_LEGACY,
        .has_audio = true,
        .has_links = true,
        .has_tool_hints = true,
        .has_titles = true,
        .has_elicitation = true,
        .has_icons = true,
        .has_completions = true,
        .has_structured_content = true,
        .has_polling = true,
        .has_url_elicitation = true,
        .has_url_ids = true,
        .has_form_lists = true,
        .has_sampling_tools = true,
    },
    {
        .name = "2026-07-28",
        .era = ERA_MODERN,
        .has_audio = true,
        .has_links = true,
        .has_tool_hints = true,
        .has_titles = true,
        .has_elicitation = true,
        .has_icons = true,
        .has_completions = true,
        .has_structured_content = true,
        .has_result_type = true,
        .has_modern_errors = true,
        .has_url_elicitation = true,
        .has_form_lists = true,
        .has_sampling_tools = true,
        .cancels_on_close = true,
    },
};

static const struct revision bare = {
    .name = "bare",
    .era = ERA_BARE,
    .has_audio = true,
    .has_links = true,
    .has_tool_hints = true,
    .has_titles = true,
    .has_icons = true,
    .has_completions = true,
    .has_structured_content = true,
    .cancels_on_close = true,
};

const struct revision *revision_find(const char *name)
{
    for (size_t i = 0; name && i < ARRAY_LEN(rows); i++)
        if (strcmp(rows[i].name, name) == 0)
            return &rows[i];
    return NULL;
}

const struct revision *revision_bare(void)
{
    return &bare;
}

static const struct revision *newest(enum era era)
{
    const struct revision *found = NULL;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (rows[i].era == era)
            found = &rows[i];
    return found;
}

const struct revision *revision_newest_legacy(void)
{
    return newest(ERA_LEGACY);
}

const struct revision *revision_newest_modern(void)
{
    return newest(ERA_MODERN);
}

void revision_put_modern(struct buf *out)
{
    const char *separator = "[";
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (rows[i].era != ERA_MODERN)
            continue;
        buf_addf(out, "%s\"%s\"", separator, rows[i].name);
        separator = ",";
    }
    buf_addc(out, ']');
}
