/* Tools of the fixture that take long: for a client that offers tasks, they become some. */
#include "fixture.h"

static const struct mcp_param filename_params[] = {
    MCP_ARG_STRING(struct words, filename, .required = true, ABOUT), { 0 }
};
static const struct mcp_param compute_rows[] = {
    MCP_ARG_NUMBER(struct words, seconds, .required = true, .min = 0, .max = 3600, ABOUT),
    MCP_ARG_STRING(struct words, label, ABOUT),
    { 0 },
};

static int slow_compute(struct mcp_call *call, const void *args)
{
    const struct words *words = args;
    mcp_progress(call, 0, words->seconds, NULL);
    int error = mcp_wait(call, NULL, 0, (int)(words->seconds * 1000));
    if (error < 0)
        return error;
    mcp_add_text(call, mcp_printf(call, "computed %s", words->label ? words->label : "it"));
    return 0;
}

static int failing_job(struct mcp_call *call, const void *args)
{
    (void)args;
    int error = mcp_wait(call, NULL, 0, 1000);
    return error < 0 ? error
                     : mcp_fail(call, MCP_UNSUPPORTED, "ce travail échoue toujours", "this job always fails");
}

static int protocol_error_job(struct mcp_call *call, const void *args)
{
    (void)args;
    int error = mcp_wait(call, NULL, 0, 100);
    return error < 0 ? error : mcp_fail(call, MCP_INTERNAL, "le travail a cassé", "the job broke");
}

static int confirm_delete(struct mcp_call *call, const void *args)
{
    const struct words *words = args;
    struct mcp_answer answer;
    int error =
        ask_form(call, "confirm", mcp_printf(call, "Delete %s?", words->filename), form_confirm, &answer);
    if (error)
        return error;
    mcp_add_text(call, mcp_printf(call, "%s %s", answer.accepted ? "deleted" : "kept", words->filename));
    return 0;
}

static int multi_input(struct mcp_call *call, const void *args)
{
    (void)args;
    struct mcp_answer name, color;
    int waits = ask_form(call, "name", "What is your name?", form_name, &name);
    /* The suite answers every form of this tool with a name. */
    int also = ask_form(call, "color", "What is the name of your favorite color?", form_name, &color);
    if (waits || also)
        return waits ? waits : also;
    mcp_add_text(
        call, mcp_printf(call, "%s likes %s", text_of(name.content, "name"), text_of(color.content, "name")));
    return 0;
}

static int tool_with_task(struct mcp_call *call, const void *args)
{
    (void)args;
    struct mcp_answer answer;
    int error = ask_form(call, "user_name", "What is your name?", form_name, &answer);
    if (error)
        return error;
    mcp_detach(call);
    error = mcp_wait(call, NULL, 0, 200);
    if (error < 0)
        return error;
    mcp_add_text(call, mcp_printf(call, "Hello, %s!", text_of(answer.content, "name")));
    return 0;
}

const struct row task_tools[] = {
    { .name = "slow_compute", .run = slow_compute, .params = compute_rows, .task = MCP_TASK_MAY },
    { .name = "failing_job", .run = failing_job, .task = MCP_TASK_MUST },
    { .name = "protocol_error_job", .run = protocol_error_job, .task = MCP_TASK_MAY },
    { .name = "confirm_delete", .run = confirm_delete, .params = filename_params, .task = MCP_TASK_MAY },
    { .name = "multi_input", .run = multi_input, .task = MCP_TASK_MAY },
    { .name = "test_tool_with_task", .run = tool_with_task, .task = MCP_TASK_LATER },
    { 0 },
};
