/* JSON texts for what is under test. */
#ifndef TOOLKIT_JSON_H
#define TOOLKIT_JSON_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/arena.h"
#include "base/json_read.h"

/* The tree of `text`, in `arena`; fails the test when it is no JSON. */
static inline const struct mcp_json *toolkit_json(struct arena *arena, const char *text)
{
    const struct mcp_json *value = NULL;
    struct json_error error = { 0 };
    const struct json_limits limits = { .unique_keys = true };
    const char *copy = arena_strdup(arena, text);
    if (json_read(arena, copy, strlen(copy), &limits, &value, &error) < 0)
        fail_msg("%s: byte %zu: %s", text, error.offset, error.what);
    return value;
}

#endif
