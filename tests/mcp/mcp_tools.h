/* The tools that the tests of the protocol call. */
#ifndef MCP_TOOLS_H
#define MCP_TOOLS_H

#include <errno.h>

#include "mcp_client.h"

struct test_args {
    const char *word;
};

static const struct mcp_param test_params[] = {
    MCP_ARG_STRING(struct test_args, word, .preset = "word", .max = 20, .about = { "mot", "word" }),
    { 0 },
};
static const struct mcp_field test_output[] = {
    { .name = "said", .kind = MCP_STRING, .label = { "Dit", "Said" } },
    { 0 },
};

static inline int test_echo(struct mcp_call *call, const void *data)
{
    const struct test_args *args = data;
    mcp_put_str(call, "said", args->word);
    return 0;
}

static inline int test_count(struct mcp_call *call, const void *data)
{
    (void)data;
    for (int i = 1; i <= 4; i++)
        mcp_progress(call, i, 4, "step");
    mcp_put_str(call, "said", "counted");
    return 0;
}

/* Goes on until it is cancelled. */
static inline int test_wait(struct mcp_call *call, const void *data)
{
    (void)data;
    mcp_progress(call, 1, 0, NULL);
    return mcp_wait(call, NULL, 0, 60000);
}

/* Cancelled, it needs a moment to let go; `test_holds` tells whether it has. */
static volatile bool test_holds;

static inline int test_hold(struct mcp_call *call, const void *data)
{
    (void)data;
    test_holds = true;
    mcp_progress(call, 1, 0, NULL);
    int result = mcp_wait(call, NULL, 0, 60000);
    const struct wait forever = { .cancel_fd = -1, .deadline_ms = INT64_MAX };
    wait_poll(&forever, NULL, 0, 50);
    test_holds = false;
    return result;
}

static inline int test_look(struct mcp_call *call, const void *data)
{
    (void)data;
    mcp_put_str(call, "said", test_holds ? "held" : "gone");
    return 0;
}

static inline int test_ask(struct mcp_call *call, const void *data)
{
    const struct test_args *args = data;
    const struct mcp_question name = { .kind = MCP_ASK_FORM,
        .message = { "Quel nom ?", "Which name?" },
        .params = "{\"type\":\"object\",\"properties\":{\"name\":{\"type\":\"string\"}}}" };
    const struct mcp_question greeting = { .kind = MCP_ASK_SAMPLE,
        .params = "{\"messages\":[{\"role\":\"user\",\"content\":{\"type\":\"text\",\"text\":\"greet\"}}],"
                  "\"maxTokens\":9}" };
    struct mcp_answer who, how;
    int result = mcp_ask(call, "name", &name, &who);
    if (!result && who.accepted)
        result = mcp_ask(call, "greeting", &greeting, &how);
    if (result)
        return result;
    if (!who.accepted)
        mcp_put_fmt(call, "said", "%s: %s", args->word, who.action);
    else
        mcp_put_fmt(call, "said", "%s: %s, %s", args->word,
            mcp_json_get_text(mcp_json_get(how.content, "content"), "text"),
            mcp_json_get_text(who.content, "name"));
    return 0;
}

#define TEST_TOOL(name_, path_, run_, ...) \
    { \
        .name = name_, .path = path_, .title = { "Titre", "Title" }, .about = { "Fait.", "Does." }, \
        .scope = "t", .params = test_params, .args_size = sizeof(struct test_args), .output = test_output, \
        .run = run_, .traits = MCP_READ_ONLY, __VA_ARGS__ \
    }

static const struct mcp_tool test_tool_echo = TEST_TOOL("echo", "echo", test_echo, .timeout_ms = 1000);
static const struct mcp_tool test_tool_count =
    TEST_TOOL("count", "count", test_count, .cost = MCP_WORKER, .timeout_ms = 10000);
static const struct mcp_tool test_tool_wait =
    TEST_TOOL("wait", "wait", test_wait, .cost = MCP_WORKER, .timeout_ms = 60000);
static const struct mcp_tool test_tool_hold =
    TEST_TOOL("hold", "hold", test_hold, .cost = MCP_WORKER, .timeout_ms = 60000);
static const struct mcp_tool test_tool_look = TEST_TOOL("look", "look", test_look, .timeout_ms = 1000);
static const struct mcp_tool test_tool_ask = TEST_TOOL("ask", "ask", test_ask, .timeout_ms = 1000);

/* A client of a fresh server with these tools; `pipe`: over a pipe, else HTTP. */
static inline void client_init(struct client *client, bool pipe)
{
    static const struct mcp_tool *const tools[] = { &test_tool_echo, &test_tool_count, &test_tool_wait,
        &test_tool_ask, &test_tool_hold, &test_tool_look, NULL };
    const struct mcp_server_options options = {
        .name = "under-test",
        .version = "1.2.3",
        .title = { "Serveur", "Server" },
        .instructions = { "Consignes.", "Instructions." },
        .tools = tools,
    };
    char error[200] = "";
    *client = (struct client){ .server = mcp_server_new(&options, error, sizeof error) };
    if (!client->server)
        fail_msg("%s", error);
    if (pipe)
        client->peer = mcp_peer_new(client->server, &client_sink, client);
}

#endif
