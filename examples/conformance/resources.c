/* Resources and prompts of the fixture. */
#include <string.h>

#include "fixture.h"

static const struct mcp_param resource_uri_rows[] = {
    MCP_ARG_STRING(struct words, resourceUri, .required = true, ABOUT), { 0 }
};
static const struct mcp_param argument_rows[] = {
    MCP_ARG_STRING(struct words, arg1, .required = true, ABOUT),
    MCP_ARG_STRING(struct words, arg2, .required = true, ABOUT),
    { 0 },
};
static const struct mcp_param id_rows[] = { MCP_ARG_STRING(struct words, id, .required = true, ABOUT),
    { 0 } };

static int static_text(struct mcp_call *call, const void *args)
{
    (void)args;
    mcp_add_resource(call, NULL, "text/plain", "This is the content of the static text resource.");
    return 0;
}

static int static_binary(struct mcp_call *call, const void *args)
{
    (void)args;
    mcp_add_blob(call, NULL, "image/png", fixture_png, fixture_png_size);
    return 0;
}

static int template_data(struct mcp_call *call, const void *args)
{
    const struct words *words = args;
    const char *id = mcp_json_quote(call, words->id);
    const char *data = mcp_json_quote(call, mcp_printf(call, "Data for ID: %s", words->id));
    mcp_add_resource(call, NULL, "application/json",
        mcp_printf(call, "{\"id\":%s,\"templateTest\":true,\"data\":%s}", id, data));
    return 0;
}

static int simple_prompt(struct mcp_call *call, const void *args)
{
    (void)args;
    mcp_add_text(call, "This is a simple prompt for testing.");
    return 0;
}

static int prompt_with_arguments(struct mcp_call *call, const void *args)
{
    const struct words *words = args;
    mcp_add_text(
        call, mcp_printf(call, "Prompt with arguments: arg1='%s', arg2='%s'", words->arg1, words->arg2));
    return 0;
}

static int complete_argument(struct mcp_call *call, const void *args)
{
    static const char *const candidates[] = { "paris", "park", "party" };
    const struct mcp_completion *completion = args;
    for (size_t i = 0; i < completion->context.count; i++)
        mcp_add_text(call,
            mcp_printf(call, "%s+%s=%s", completion->value, completion->context.items[i].name,
                completion->context.items[i].value));
    for (size_t i = 0; i < sizeof candidates / sizeof *candidates; i++)
        if (strncmp(candidates[i], completion->value, strlen(completion->value)) == 0)
            mcp_add_text(call, candidates[i]);
    return 0;
}

static int prompt_with_resource(struct mcp_call *call, const void *args)
{
    const struct words *words = args;
    mcp_add_resource(call, words->resourceUri, "text/plain", "Embedded resource content for testing.");
    mcp_add_text(call, "Please process the embedded resource above.");
    return 0;
}

static int prompt_with_image(struct mcp_call *call, const void *args)
{
    (void)args;
    mcp_add_image(call, fixture_png, fixture_png_size, "image/png");
    mcp_add_text(call, "Please analyze the image above.");
    return 0;
}

static int prompt_with_input(struct mcp_call *call, const void *args)
{
    (void)args;
    struct mcp_answer answer;
    int error = ask_form(call, "user_context", "What is the context?", form_context, &answer);
    if (error)
        return error;
    mcp_add_text(call, mcp_printf(call, "Use this context: %s", text_of(answer.content, "context")));
    return 0;
}

const struct row fixture_resources[] = {
    { .name = "static_text",
        .uri = "test://static-text",
        .mime_type = "text/plain",
        .run = static_text,
        .icons = fixture_icons,
        .meta = "{\"example.org/resource\":true}",
        .annotations = { .audience = 1U << MCP_USER, .has_priority = true, .priority = 1 } },
    { .name = "static_binary",
        .uri = "test://static-binary",
        .mime_type = "image/png",
        .run = static_binary },
    { .name = "watched_resource",
        .uri = "test://watched-resource",
        .mime_type = "text/plain",
        .run = static_text },
    { .name = "template_data",
        .uri = "test://template/{id}/data",
        .mime_type = "application/json",
        .run = template_data,
        .icons = fixture_icons,
        .params = id_rows },
    { 0 },
};

const struct row fixture_prompts[] = {
    { .name = "test_simple_prompt", .run = simple_prompt, .icons = fixture_icons },
    { .name = "test_prompt_with_arguments",
        .run = prompt_with_arguments,
        .params = argument_rows,
        .complete = complete_argument },
    { .name = "test_prompt_with_embedded_resource",
        .run = prompt_with_resource,
        .params = resource_uri_rows },
    { .name = "test_prompt_with_image", .run = prompt_with_image },
    { .name = "test_input_required_result_prompt", .run = prompt_with_input },
    { 0 },
};
