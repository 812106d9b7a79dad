/* The server of the targets, and what every message of it must be. */
#include "served.h"

#include <string.h>

#include "base/arena.h"
#include "base/json_read.h"
#include "fuzz.h"

#define WORDS .title = { "Titre", "Title" }, .about = { "Fait.", "Does." }
#define ABOUT .about = { "sens", "meaning" }

struct args {
    const char *word;
    int64_t count;
    bool flag;
    double ratio;
    int mode;
    struct mcp_strings hosts;
    struct mcp_map pairs;
};

static const char *const modes[] = { "auto", "fast", NULL };

static const struct mcp_param params[] = {
    MCP_ARG_STRING(struct args, word, .preset = "word", .max = 20, .header = "Word", ABOUT),
    MCP_ARG_INT(struct args, count, .preset = "1", .min = -9, .max = 100, .header = "Count", ABOUT),
    MCP_ARG_BOOL(struct args, flag, .preset = "false", .header = "Flag", ABOUT),
    MCP_ARG_NUMBER(struct args, ratio, .preset = "0.5", .min = 0, .max = 1, ABOUT),
    MCP_ARG_ENUM(struct args, mode, .preset = "auto", .choices = modes, ABOUT),
    MCP_ARG_STRINGS(struct args, hosts, .format = MCP_HOST, .max = 30, .max_items = 3, ABOUT),
    MCP_ARG_MAP(struct args, pairs, .max = 20, .max_items = 2, ABOUT),
    { 0 },
};
static const struct mcp_field output[] = {
    { .name = "said", .kind = MCP_STRING, .label = { "Dit", "Said" } },
    { .name = "count", .kind = MCP_INT, .optional = true },
    { .name = "hosts", .kind = MCP_LIST, .of = MCP_STRING, .optional = true },
    { 0 },
};

static int echo(struct mcp_call *call, const void *data)
{
    const struct args *args = data;
    mcp_put_str(call, "said", args->word);
    mcp_put_int(call, "count", args->count);
    mcp_open(call, "hosts");
    for (size_t i = 0; i < args->hosts.count; i++)
        mcp_put_str(call, NULL, args->hosts.items[i]);
    mcp_close(call);
    return 0;
}

/* A rule of every kind that a form may have. */
static const char form_schema[] =
    "{\"type\":\"object\",\"properties\":{"
    "\"name\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":9},"
    "\"mail\":{\"type\":\"string\",\"format\":\"email\"},\"at\":{\"type\":\"string\",\"format\":\"date-"
    "time\"},"
    "\"day\":{\"type\":\"string\",\"format\":\"date\"},\"link\":{\"type\":\"string\",\"format\":\"uri\"},"
    "\"count\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":9},\"ratio\":{\"type\":\"number\"},"
    "\"sure\":{\"type\":\"boolean\",\"default\":true},\"size\":{\"type\":\"string\",\"enum\":[\"S\",\"L\"]},"
    "\"kind\":{\"type\":\"string\",\"oneOf\":[{\"const\":\"a\",\"title\":\"A\"}]},"
    "\"many\":{\"type\":\"array\",\"minItems\":1,\"maxItems\":2,\"items\":{\"type\":\"string\",\"enum\":["
    "\"x\",\"y\"]}}"
    "},\"required\":[\"name\"]}";

/* The word "page" leads to a page first. */
static int ask(struct mcp_call *call, const void *data)
{
    const struct args *args = data;
    static const struct mcp_question form = {
        .kind = MCP_ASK_FORM, .message = { "Quel nom ?", "Which name?" }, .params = form_schema
    };
    static const struct mcp_question page = {
        .kind = MCP_ASK_URL, .message = { "Par ici", "This way" }, .url = "https://fuzz.example/page"
    };
    static const struct mcp_question sample = { .kind = MCP_ASK_SAMPLE,
        .params = "{\"messages\":[{\"role\":\"user\",\"content\":{\"type\":\"text\",\"text\":\"x\"}}],"
                  "\"maxTokens\":9}" };
    bool is_page = strcmp(args->word, "page") == 0;
    struct mcp_answer who, how;
    int result = mcp_ask(call, "name", is_page ? &page : &form, &who);
    if (!result && who.accepted)
        result = mcp_ask(call, "greeting", &sample, &how);
    if (result)
        return result;
    if (is_page)
        mcp_page_done(call, "name");
    mcp_put_fmt(call, "said", "%s %s", args->word, who.accepted ? "yes" : who.action);
    return 0;
}

static int later(struct mcp_call *call, const void *data)
{
    mcp_detach(call);
    return echo(call, data);
}

static int raw(struct mcp_call *call, const void *data)
{
    (void)data;
    const struct mcp_json *given = mcp_json_get(mcp_arguments(call), "any");
    if (mcp_json_is(given, "fail"))
        return mcp_fail(call, MCP_NOT_FOUND, "rien", "nothing");
    mcp_add_text(call, given ? mcp_json_kind_name(given->kind) : "absent");
    return 0;
}

static int talk(struct mcp_call *call, const void *data)
{
    const struct args *args = data;
    for (int i = 1; i <= 3; i++)
        mcp_progress(call, i, 3, args->word);
    mcp_log(call, MCP_WARNING, "fuzz", "%s", args->word);
    mcp_changed(call, MCP_TOOLS_CHANGED, NULL);
    mcp_changed(call, MCP_RESOURCE_UPDATED, "fuzz://one");
    mcp_hang_up(call);
    mcp_add_text(call, args->word);
    mcp_add_image(call, "\x89PNG", 4, "image/png");
    mcp_add_link(call, "fuzz://one", "one", "text/plain");
    mcp_put_str(call, "said", "x");
    return args->flag ? mcp_reject(call, "flag", "non", "no") : 0;
}

static int read_word(struct mcp_call *call, const void *data)
{
    const struct args *args = data;
    if (strcmp(args->word, "none") == 0)
        return mcp_fail(call, MCP_NOT_FOUND, "rien", "nothing");
    mcp_add_resource(call, NULL, "text/plain", args->word);
    mcp_add_blob(call, NULL, "application/octet-stream", args->word, strlen(args->word));
    return 0;
}

static int write_prompt(struct mcp_call *call, const void *data)
{
    const struct args *args = data;
    mcp_role(call, args->word[0] == 'a' ? MCP_ASSISTANT : MCP_USER);
    mcp_add_text(call, args->word);
    return 0;
}

static int write_asking(struct mcp_call *call, const void *data)
{
    struct mcp_answer roots;
    static const struct mcp_question question = { .kind = MCP_ASK_ROOTS };
    int result = mcp_ask(call, "roots", &question, &roots);
    return result ? result : write_prompt(call, data);
}

#define TOOL(name_, run_, ...) \
    { \
        .name = name_, WORDS, .scope = "fuzz", .timeout_ms = 60000, .run = run_, __VA_ARGS__ \
    }
#define ARGS .params = params, .args_size = sizeof(struct args)

static const struct mcp_tool tool_echo = TOOL("echo", echo, ARGS, .output = output, .traits = MCP_READ_ONLY);
static const struct mcp_tool tool_ask = TOOL("ask", ask, ARGS, .output = output);
static const struct mcp_tool tool_later =
    TOOL("later", later, ARGS, .output = output, .task = MCP_TASK_LATER);
static const struct mcp_tool tool_raw = TOOL("raw", raw, .input_schema = "{\"type\":\"object\"}");
static const struct mcp_tool tool_talk = TOOL("talk", talk, ARGS, .output = output, .task = MCP_TASK_MAY);

/* Prompts and readers take one word. */
#define WORD \
    .params = \
        (const struct mcp_param[]){ MCP_ARG_STRING(struct args, word, .preset = "word", .max = 20, ABOUT), \
            { 0 } }, \
    .args_size = sizeof(struct args)

static const struct mcp_resource one = { .uri = "fuzz://one",
    .mime_type = "text/plain",
    .poll_s = 60,
    .reader = { .name = "one", WORDS, WORD, .run = read_word } };
static const struct mcp_resource text = { .uri = "fuzz://text/{word}",
    .reader = { .name = "text", WORDS, WORD, .run = read_word } };
static const struct mcp_resource echoed = { .uri = "fuzz://echo/{name}",
    .mime_type = "text/plain",
    .reader = { .name = "echoed", WORDS },
    .tool = &tool_echo,
    .arguments = "{\"word\":\"<{name}>\"}" };
static const struct mcp_prompt hello = { .writer = { .name = "hello", WORDS, WORD, .run = write_prompt } };
static const struct mcp_prompt ask_first = { .writer = {
                                                 .name = "ask_first", WORDS, WORD, .run = write_asking } };

struct mcp_server *served_new(void)
{
    static const struct mcp_tool *const tools[] = { &tool_echo, &tool_ask, &tool_later, &tool_raw, &tool_talk,
        NULL };
    static const struct mcp_resource *const resources[] = { &one, &text, &echoed, NULL };
    static const struct mcp_prompt *const prompts[] = { &hello, &ask_first, NULL };
    static const struct mcp_server_options options = { .name = "fuzz",
        .version = "1",
        .tools = tools,
        .resources = resources,
        .prompts = prompts,
        .page_size = 2 };
    char error[200] = "";
    struct mcp_server *server = mcp_server_new(&options, error, sizeof error);
    if (!server)
        fprintf(stderr, "%s\n", error);
    MUST(server);
    return server;
}

void served_check_message(const char *json, size_t len)
{
    struct arena arena = { 0 };
    const struct json_limits limits = { .unique_keys = true };
    const struct mcp_json *value = NULL;
    struct json_error error = { 0 };
    int result = json_read(&arena, json, len, &limits, &value, &error);
    if (result < 0)
        fprintf(stderr, "byte %zu: %s in %.*s\n", error.offset, error.what, (int)len, json);
    MUST(result == 0);
    MUST(!memchr(json, '\n', len)); /* it must fit a line */
    bool is_batch = value->kind == MCP_JSON_ARRAY;
    MUST(!is_batch || value->count > 0);
    for (const struct mcp_json *one_of = is_batch ? value->first : value; one_of;
         one_of = is_batch ? one_of->next : NULL) {
        MUST(one_of->kind == MCP_JSON_OBJECT);
        MUST(mcp_json_is(mcp_json_get(one_of, "jsonrpc"), "2.0"));
        MUST(mcp_json_get(one_of, "method") ||
            !mcp_json_get(one_of, "result") != !mcp_json_get(one_of, "error"));
    }
    arena_done(&arena);
}
