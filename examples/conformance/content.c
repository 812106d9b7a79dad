/* Tools of the fixture that only answer: every kind of content, progress, log messages, announcements. */
#include "fixture.h"

static const struct mcp_param region_rows[] = {
    MCP_ARG_STRING(struct words, region, .header = "Region", ABOUT), { 0 }
};
const struct mcp_param name_params[] = { MCP_ARG_STRING(struct words, name, .required = true, ABOUT), { 0 } };

static int simple_text(struct mcp_call *call, const void *args)
{
    (void)args;
    mcp_add_text(call, "This is a simple text response for testing.");
    return 0;
}

static int image_content(struct mcp_call *call, const void *args)
{
    (void)args;
    mcp_add_image(call, fixture_png, fixture_png_size, "image/png");
    return 0;
}

static int audio_content(struct mcp_call *call, const void *args)
{
    (void)args;
    mcp_add_audio(call, fixture_wav, fixture_wav_size, "audio/wav");
    return 0;
}

static int embedded_resource(struct mcp_call *call, const void *args)
{
    (void)args;
    mcp_add_resource(call, "test://embedded-resource", "text/plain", "This is an embedded resource content.");
    return 0;
}

static int link_content(struct mcp_call *call, const void *args)
{
    (void)args;
    mcp_add_link(call, "test://static-text", "static_text", "text/plain");
    return 0;
}

static int multiple_content(struct mcp_call *call, const void *args)
{
    (void)args;
    mcp_add_text(call, "Multiple content types test:");
    mcp_add_image(call, fixture_png, fixture_png_size, "image/png");
    mcp_add_resource(
        call, "test://mixed-content-resource", "application/json", "{\"test\":\"data\",\"value\":123}");
    return 0;
}

/* Everything that can be said about content beside the content. */
static int annotated_content(struct mcp_call *call, const void *args)
{
    (void)args;
    const struct mcp_annotations both = { .audience = 1U << MCP_USER | 1U << MCP_ASSISTANT,
        .has_priority = true,
        .priority = 0.5,
        .last_modified = "2026-07-28T12:00:00Z" };
    mcp_add_text(call, "annotated");
    mcp_annotate(call, &both, "{\"example.org/block\":1}");
    mcp_add_resource(call, "test://annotated", "text/plain", "annotated too");
    mcp_annotate(call, &both, "{\"example.org/contents\":2}");
    mcp_result_meta(call, "{\"example.org/result\":3}");
    return 0;
}

static int with_logging(struct mcp_call *call, const void *args)
{
    (void)args;
    static const char *const lines[] = { "Tool execution started", "Tool processing data",
        "Tool execution completed" };
    for (int i = 0; i < 3; i++) {
        mcp_log(call, MCP_INFO, NULL, "%s", lines[i]);
        int error = i < 2 ? mcp_wait(call, NULL, 0, 50) : 0;
        if (error < 0)
            return error;
    }
    mcp_add_text(call, "Tool with logging executed successfully");
    return 0;
}

static int with_progress(struct mcp_call *call, const void *args)
{
    (void)args;
    for (int done = 0; done <= 100; done += 50) {
        mcp_progress(call, done, 100, NULL);
        int error = done < 100 ? mcp_wait(call, NULL, 0, 50) : 0;
        if (error < 0)
            return error;
    }
    mcp_add_text(call, "Tool with progress executed successfully");
    return 0;
}

static int error_handling(struct mcp_call *call, const void *args)
{
    (void)args;
    mcp_add_text(call, "This tool intentionally returns an error for testing");
    return mcp_fail(call, MCP_UNSUPPORTED, "erreur voulue", "intended error");
}

static int reconnection(struct mcp_call *call, const void *args)
{
    (void)args;
    mcp_hang_up(call);
    int error = mcp_wait(call, NULL, 0, 100);
    if (error < 0)
        return error;
    mcp_add_text(call, "Reconnection test completed successfully");
    return 0;
}

static int greet(struct mcp_call *call, const void *args)
{
    const struct words *words = args;
    mcp_add_text(call, mcp_printf(call, "Hello, %s!", words->name));
    return 0;
}

static int x_mcp_header(struct mcp_call *call, const void *args)
{
    const struct words *words = args;
    mcp_add_text(call, mcp_printf(call, "region: %s", words->region ? words->region : "none"));
    return 0;
}

/* What a handler would hand on. */
static int trace_tool(struct mcp_call *call, const void *args)
{
    (void)args;
    const struct mcp_trace *trace = mcp_trace(call);
    const char *const texts[] = { trace->id, trace->traceparent, trace->tracestate, trace->baggage };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        mcp_add_text(call, texts[i] ? texts[i] : "none");
    return 0;
}

static int logging_tool(struct mcp_call *call, const void *args)
{
    (void)args;
    mcp_log(call, MCP_INFO, "fixture", "for those who asked");
    mcp_add_text(call, "logged");
    return 0;
}

static int tool_change(struct mcp_call *call, const void *args)
{
    (void)args;
    mcp_changed(call, MCP_TOOLS_CHANGED, NULL);
    mcp_add_text(call, "announced");
    return 0;
}

static int prompt_change(struct mcp_call *call, const void *args)
{
    (void)args;
    mcp_changed(call, MCP_PROMPTS_CHANGED, NULL);
    mcp_add_text(call, "announced");
    return 0;
}

static int resource_change(struct mcp_call *call, const void *args)
{
    (void)args;
    mcp_changed(call, MCP_RESOURCE_UPDATED, "test://watched-resource");
    mcp_add_text(call, "announced");
    return 0;
}

const struct row content_tools[] = {
    { .name = "test_simple_text", .run = simple_text },
    { .name = "test_image_content", .run = image_content },
    { .name = "test_audio_content", .run = audio_content },
    { .name = "test_link_content", .run = link_content },
    { .name = "test_embedded_resource", .run = embedded_resource },
    { .name = "test_multiple_content_types", .run = multiple_content },
    { .name = "test_annotated_content",
        .run = annotated_content,
        .icons = fixture_icons,
        .meta = "{\"example.org/tool\":true}" },
    { .name = "test_tool_with_logging", .run = with_logging },
    { .name = "test_tool_with_progress", .run = with_progress },
    { .name = "test_error_handling", .run = error_handling },
    { .name = "test_reconnection", .run = reconnection },
    { .name = "json_schema_2020_12_tool", .run = simple_text, .input_schema = schema_2020_12 },
    { .name = "test_streaming_elicitation", .run = simple_text },
    { .name = "test_logging_tool", .run = logging_tool },
    { .name = "test_trace", .run = trace_tool },
    { .name = "test_trigger_tool_change", .run = tool_change },
    { .name = "test_trigger_prompt_change", .run = prompt_change },
    { .name = "test_trigger_resource_change", .run = resource_change },
    { .name = "test_x_mcp_header", .run = x_mcp_header, .params = region_rows },
    { .name = "greet", .run = greet, .params = name_params },
    { 0 },
};
