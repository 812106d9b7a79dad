/* `conformance --port N` serves HTTP at /mcp (0: any free port), `conformance --stdio` the pipe; behind it,
 * `--page-size N`, `--sessions N` and `--replay-bytes N` set limits of the library. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <mcp/http.h>
#include <mcp/server.h>

#include "fixture.h"

enum { TOOLS_MAX = 64, OTHERS_MAX = 8 };

/* Everything the server borrows. */
struct fixture {
    struct mcp_tool tools[TOOLS_MAX];
    struct mcp_resource resources[OTHERS_MAX];
    struct mcp_prompt prompts[OTHERS_MAX];
    const struct mcp_tool *tool_list[TOOLS_MAX + 1];
    const struct mcp_resource *resource_list[OTHERS_MAX + 1];
    const struct mcp_prompt *prompt_list[OTHERS_MAX + 1];
    int tool_count;
};

static struct mcp_tool handler_of(const struct row *row)
{
    return (struct mcp_tool){
        .name = row->name,
        .title = { row->name, row->name },
        .about = { "pour la suite de conformité", "for the conformance suite" },
        .params = row->params,
        .args_size = sizeof(struct words),
        .input_schema = row->input_schema,
        .icons = row->icons,
        .meta = row->meta,
        .cost = MCP_WORKER,
        .task = row->task,
        .traits = MCP_READ_ONLY,
        .timeout_ms = 300000,
        .scope = "test",
        .run = row->run,
    };
}

static void add_tools(struct fixture *fixture, const struct row *row)
{
    for (; row->name && fixture->tool_count < TOOLS_MAX; row++) {
        int at = fixture->tool_count++;
        fixture->tools[at] = handler_of(row);
        fixture->tool_list[at] = &fixture->tools[at];
    }
}

static void add_resources(struct fixture *fixture)
{
    const struct row *row = fixture_resources;
    for (int i = 0; i < OTHERS_MAX && row[i].name; i++) {
        fixture->resources[i] = (struct mcp_resource){ .uri = row[i].uri,
            .mime_type = row[i].mime_type,
            .annotations = row[i].annotations,
            .reader = handler_of(&row[i]),
            .complete = row[i].complete };
        fixture->resource_list[i] = &fixture->resources[i];
    }
}

static void add_prompts(struct fixture *fixture)
{
    const struct row *row = fixture_prompts;
    for (int i = 0; i < OTHERS_MAX && row[i].name; i++) {
        fixture->prompts[i] =
            (struct mcp_prompt){ .writer = handler_of(&row[i]), .complete = row[i].complete };
        fixture->prompt_list[i] = &fixture->prompts[i];
    }
}

static void say_port(int port)
{
    printf("Listening on http://127.0.0.1:%d/mcp\n", port);
    fflush(stdout);
}

/* The limits that follow at `words`. False: one of them is none. */
static bool read_limits(char **words, struct mcp_server_options *options)
{
    for (; words[0]; words += 2) {
        unsigned long number = words[1] ? strtoul(words[1], NULL, 10) : 0;
        if (!number)
            return false;
        if (strcmp(words[0], "--page-size") == 0)
            options->page_size = (unsigned)number;
        else if (strcmp(words[0], "--sessions") == 0)
            options->sessions_max = (unsigned)number;
        else if (strcmp(words[0], "--replay-bytes") == 0)
            options->replay_max_bytes = number;
        else
            return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    static struct fixture fixture;
    bool has_port = argc > 2 && strcmp(argv[1], "--port") == 0;
    bool is_pipe = argc > 1 && strcmp(argv[1], "--stdio") == 0;
    add_tools(&fixture, content_tools);
    add_tools(&fixture, question_tools);
    add_tools(&fixture, task_tools);
    add_resources(&fixture);
    add_prompts(&fixture);
    struct mcp_server_options options = {
        .name = "conformance",
        .version = "1.0.0",
        .title = { "Montage de conformité", "Conformance fixture" },
        .description = { "Ce que la suite de conformité demande", "What the conformance suite asks for" },
        .website_url = "https://modelcontextprotocol.io",
        .icons = fixture_icons,
        .tools = fixture.tool_list,
        .resources = fixture.resource_list,
        .prompts = fixture.prompt_list,
    };
    if ((!has_port && !is_pipe) || !read_limits(argv + (has_port ? 3 : 2), &options)) {
        fprintf(stderr,
            "usage: conformance (--port N | --stdio) [--page-size N] [--sessions N] [--replay-bytes N]\n");
        return 2;
    }
    char error[200];
    struct mcp_server *server = mcp_server_new(&options, error, sizeof error);
    if (!server) {
        fprintf(stderr, "conformance: %s\n", error);
        return 1;
    }
    int result = is_pipe ? mcp_serve_stdio(server, STDIN_FILENO, STDOUT_FILENO, MCP_EN)
                         : mcp_serve_http(server, NULL, (int)strtol(argv[2], NULL, 10), NULL, say_port);
    mcp_server_free(server);
    return result < 0;
}
