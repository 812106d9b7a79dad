/* Messages, tool uses and tool results. */
#include "toolkit/sampling.h"

#include <string.h>

/* A message's content is one block or a list of them: the first. */
static const struct mcp_json *first_block(const struct mcp_json *message)
{
    const struct mcp_json *content = mcp_json_get(message, "content");
    return content && content->kind == MCP_JSON_ARRAY ? content->first : content;
}

static const struct mcp_json *next_block(const struct mcp_json *message, const struct mcp_json *block)
{
    const struct mcp_json *content = mcp_json_get(message, "content");
    return content->kind == MCP_JSON_ARRAY ? block->next : NULL;
}

static bool is_type(const struct mcp_json *block, const char *type)
{
    return mcp_json_is(mcp_json_get(block, "type"), type);
}

/* How many blocks of that type a message has. */
static unsigned count_type(const struct mcp_json *message, const char *type)
{
    unsigned count = 0;
    for (const struct mcp_json *block = first_block(message); block; block = next_block(message, block))
        count += is_type(block, type);
    return count;
}

static unsigned count_blocks(const struct mcp_json *message)
{
    const struct mcp_json *content = mcp_json_get(message, "content");
    return content->kind == MCP_JSON_ARRAY ? content->count : 1;
}

static bool is_good_block(const struct mcp_json *block)
{
    static const struct {
        const char *type, *members[3];
    } rows[] = {
        { "text", { "text" } },
        { "image", { "data", "mimeType" } },
        { "audio", { "data", "mimeType" } },
        { "tool_use", { "id", "name", "input" } },
        { "tool_result", { "toolUseId", "content" } },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (!is_type(block, rows[i].type))
            continue;
        bool has_all = true;
        for (size_t j = 0; j < 3 && rows[i].members[j]; j++)
            has_all = has_all && mcp_json_get(block, rows[i].members[j]);
        return has_all;
    }
    return false;
}

static bool is_message(const struct mcp_json *message)
{
    const struct mcp_json *role = mcp_json_get(message, "role");
    const struct mcp_json *content = mcp_json_get(message, "content");
    bool has_content = content && (content->kind == MCP_JSON_OBJECT || content->kind == MCP_JSON_ARRAY);
    if (!has_content || (!mcp_json_is(role, "user") && !mcp_json_is(role, "assistant")))
        return false;
    for (const struct mcp_json *block = first_block(message); block; block = next_block(message, block))
        if (!is_good_block(block))
            return false;
    return true;
}

static const struct mcp_json *find_block(
    const struct mcp_json *message, const char *type, const char *member, const char *id)
{
    const struct mcp_json *block = first_block(message);
    while (block && !(is_type(block, type) && mcp_json_is(mcp_json_get(block, member), id)))
        block = next_block(message, block);
    return block;
}

/* Every tool use of `message` has its result in `next`, and every result there answers one. */
static bool is_balanced(const struct mcp_json *message, const struct mcp_json *next)
{
    unsigned uses = count_type(message, "tool_use");
    unsigned results = next ? count_type(next, "tool_result") : 0;
    if (uses != results)
        return false;
    for (const struct mcp_json *block = uses ? first_block(message) : NULL; block;
         block = next_block(message, block)) {
        const char *id = is_type(block, "tool_use") ? mcp_json_get_text(block, "id") : NULL;
        if (id && !find_block(next, "tool_result", "toolUseId", id))
            return false;
    }
    return true;
}

const char *sampling_bad_params(const struct mcp_json *params)
{
    int64_t tokens = 0;
    const struct mcp_json *messages = mcp_json_get(params, "messages");
    if (!mcp_json_int(mcp_json_get(params, "maxTokens"), &tokens) || tokens < 1)
        return "maxTokens must be a positive integer";
    if (!messages || messages->kind != MCP_JSON_ARRAY)
        return "messages must be a list";
    const struct mcp_json *first = messages->first;
    if (first && is_message(first) && count_type(first, "tool_result"))
        return "a tool result answers no tool use";
    for (const struct mcp_json *message = first; message; message = message->next) {
        if (!is_message(message) || (message->next && !is_message(message->next)))
            return "a message has a role (user or assistant) and content that is complete";
        unsigned results = count_type(message, "tool_result");
        if (results && results != count_blocks(message))
            return "a message with tool results contains only tool results";
        if (!is_balanced(message, message->next))
            return "each tool use must be answered by a tool result in the next message, and nothing else be";
    }
    return NULL;
}

unsigned sampling_needs(const struct mcp_json *params)
{
    unsigned needs = 1U << MCP_ASK_SAMPLE;
    const struct mcp_json *context = mcp_json_get(params, "includeContext");
    if (mcp_json_get(params, "tools") || mcp_json_get(params, "toolChoice"))
        needs |= 1U << MCP_ASK_SAMPLE_TOOLS;
    if (context && !mcp_json_is(context, "none"))
        needs |= 1U << MCP_ASK_SAMPLE_CONTEXT;
    return needs;
}

bool sampling_is_answer(const struct mcp_json *answer)
{
    return is_message(answer) && mcp_json_get_text(answer, "model");
}
