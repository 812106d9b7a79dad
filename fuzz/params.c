/* Arguments against the rows of a tool: from JSON, and from the texts of a command line or a query. What is
 * accepted is within its row; everything else is a problem with a place and a sentence. */
#include "fuzz.h"

#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/json_read.h"
#include "base/text.h"
#include "toolkit/params.h"

struct args {
    bool flag;
    int64_t count;
    double ratio;
    const char *name, *url, *address, *path, *key;
    int mode;
    struct mcp_strings hosts;
    struct mcp_map headers;
};

static const char *const modes[] = { "auto", "fast", "slow", NULL };

#define ABOUT .about = { "fr", "en" }

static const struct mcp_param rows[] = {
    MCP_ARG_BOOL(struct args, flag, .preset = "true", ABOUT),
    MCP_ARG_INT(
        struct args, count, .preset = "4", .min = -5, .max = 100, .unit = "ms", .alias = "number", ABOUT),
    MCP_ARG_NUMBER(struct args, ratio, .preset = "0.5", .min = 0, .max = 1, ABOUT),
    MCP_ARG_STRING(struct args, name, .required = true, .min = 1, .max = 8, ABOUT),
    MCP_ARG_STRING(struct args, url, .format = MCP_URL, ABOUT),
    MCP_ARG_STRING(struct args, address, .format = MCP_IP, ABOUT),
    MCP_ARG_STRING(struct args, path, .format = MCP_PATH, ABOUT),
    MCP_ARG_STRING(struct args, key, .secret = true, .max = 6, ABOUT),
    MCP_ARG_ENUM(struct args, mode, .preset = "fast", .choices = modes, ABOUT),
    MCP_ARG_STRINGS(
        struct args, hosts, .preset = "a,b.example", .format = MCP_HOST, .max = 12, .max_items = 3, ABOUT),
    MCP_ARG_MAP(struct args, headers, .max = 4, .max_items = 2, ABOUT),
    { 0 },
};

static const struct mcp_json *read_text(struct arena *arena, const char *text, size_t len)
{
    const struct json_limits limits = { .unique_keys = true };
    const struct mcp_json *value = NULL;
    struct json_error error = { 0 };
    return json_read(arena, text, len, &limits, &value, &error) == 0 ? value : NULL;
}

static void check_text(const char *text, size_t max_chars)
{
    if (text)
        MUST(text_is_utf8(text, strlen(text)) && text_columns(text, strlen(text)) <= max_chars);
}

static void check_args(const struct args *args)
{
    MUST(args->count >= -5 && args->count <= 100);
    MUST(args->ratio >= 0 && args->ratio <= 1);
    MUST(args->mode >= 0 && args->mode < 3);
    MUST(args->name && args->name[0]);
    check_text(args->name, 8);
    check_text(args->key, 6);
    check_text(args->url, PARAMS_DEFAULT_LENGTH);
    check_text(args->address, PARAMS_DEFAULT_LENGTH);
    check_text(args->path, PARAMS_DEFAULT_LENGTH);
    MUST(args->hosts.count <= 3 && args->headers.count <= 2);
    for (size_t i = 0; i < args->hosts.count; i++)
        check_text(args->hosts.items[i], 12);
    for (size_t i = 0; i < args->headers.count; i++)
        check_text(args->headers.items[i].value, 4);
}

static void read_arguments(struct arena *arena, const struct mcp_json *value, enum mcp_lang lang)
{
    struct problems problems = { 0 };
    const struct args *args = params_read(arena, rows, sizeof *args, value, lang, &problems);
    MUST(args);
    if (problems.count == 0)
        check_args(args);
    for (const struct problem *problem = problems.first; problem; problem = problem->next) {
        MUST(problem->pointer && problem->message && problem->message[0]);
        check_text(problem->pointer, 2000);
        check_text(problem->message, 2000);
        check_text(problem->accepted, 2000);
    }
}

/* The members as a command line would have them. */
static void read_as_texts(struct arena *arena, const struct mcp_json *object)
{
    struct params_text texts[16];
    size_t count = 0;
    for (const struct mcp_json *member = object->first; member && count < 16; member = member->next) {
        if (strlen(member->key) != member->key_len)
            continue; /* no word of a command line holds a NUL */
        bool is_text = member->kind == MCP_JSON_STRING;
        const char *value = is_text ? member->text : arena_strndup(arena, member->raw, member->raw_len);
        texts[count++] = (struct params_text){ member->key, value };
    }
    struct buf out = { 0 };
    params_from_texts(&out, rows, texts, count);
    MUST(!out.failed);
    const struct mcp_json *value = read_text(arena, buf_str(&out), out.len);
    MUST(value && value->kind == MCP_JSON_OBJECT);
    read_arguments(arena, value, MCP_EN);
    buf_done(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct arena arena = { 0 };
    const char *text = arena_strndup(&arena, (const char *)bytes, len);
    const struct mcp_json *value = read_text(&arena, text, len);
    if (value && value->kind == MCP_JSON_OBJECT) {
        read_arguments(&arena, value, MCP_EN);
        read_arguments(&arena, value, MCP_FR);
        read_as_texts(&arena, value);
    }
    arena_done(&arena);
    return 0;
}
