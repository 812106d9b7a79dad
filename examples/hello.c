/* A whole MCP server with one tool, on the public headers alone: `hello` serves standard input and output,
 * `hello PORT` HTTP. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <mcp/http.h>
#include <mcp/server.h>
#include <mcp/tool.h>

struct args {
    const char *name;
};

static const struct mcp_param params[] = {
    MCP_ARG_STRING(struct args, name, .preset = "world", .about = { "qui saluer", "whom to greet" }),
    { 0 },
};

static const struct mcp_field output[] = {
    { .name = "greeting", .kind = MCP_STRING, .label = { "Salutation", "Greeting" } },
    { 0 },
};

static int run(struct mcp_call *call, const void *data)
{
    const struct args *args = data;
    mcp_put_fmt(call, "greeting", mcp_language(call) == MCP_FR ? "Bonjour, %s !" : "Hello, %s!", args->name);
    return 0;
}

static const struct mcp_tool hello = {
    .name = "hello",
    .path = "hello",
    .title = { "Bonjour", "Hello" },
    .about = { "Salue quelqu'un.", "Greets somebody." },
    .params = params,
    .args_size = sizeof(struct args),
    .output = output,
    .traits = MCP_READ_ONLY,
    .scope = "demo",
    .run = run,
};

static void say_port(int port)
{
    printf("Listening on http://127.0.0.1:%d/mcp\n", port);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    static const struct mcp_tool *const tools[] = { &hello, NULL };
    const struct mcp_server_options options = { .name = "hello", .version = "1.0.0", .tools = tools };
    char error[200];
    struct mcp_server *server = mcp_server_new(&options, error, sizeof error);
    if (!server) {
        fprintf(stderr, "hello: %s\n", error);
        return 1;
    }
    int result = argc > 1 ? mcp_serve_http(server, NULL, (int)strtol(argv[1], NULL, 10), NULL, say_port)
                          : mcp_serve_stdio(server, STDIN_FILENO, STDOUT_FILENO, MCP_EN);
    mcp_server_free(server);
    return result < 0;
}
