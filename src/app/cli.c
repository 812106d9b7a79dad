/* The command line face: one call from the shell, the list of tools. */
#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "app/assist.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/json_read.h"
#include "base/json_write.h"
#include "base/log.h"
#include "base/scope.h"
#include "base/text.h"
#include "base/wait.h"
#include "http/problem.h"
#include "rest/tool_call.h"
#include "toolkit/call.h"
#include "toolkit/faults.h"
#include "tools/registry.h"

#define EXIT_USAGE 2

struct cli_call {
    struct assist *assist;
    bool wants_json, is_over;
    int exit_code;
};

static void print_fault(const struct cli_call *cli, const struct call_outcome *outcome)
{
    bool fr = cli->assist->settings.lang == MCP_FR;
    const struct fault_row *row = fault_row(outcome->fault);
    if (!outcome->problems->first)
        fprintf(stderr, fr ? "%s : %s\n" : "%s: %s\n", fr ? row->title.fr : row->title.en, outcome->message);
    for (const struct problem *problem = outcome->problems->first; problem; problem = problem->next) {
        fprintf(stderr, fr ? "%s : %s\n" : "%s: %s\n", fr ? row->title.fr : row->title.en, problem->message);
        if (problem->accepted)
            fprintf(stderr, "  %s: %s\n", fr ? "accepté " : "accepted", problem->accepted);
    }
}

static void print_json(const char *json, size_t len)
{
    CLEANUP(buf_done) struct buf pretty = { 0 };
    json_indent(&pretty, json, len);
    fwrite(buf_str(&pretty), 1, pretty.len, stdout);
    fputc('\n', stdout);
}

/* What REST answers, for scripts. */
static void print_problem(const struct cli_call *cli, const struct call_outcome *outcome)
{
    struct arena *arena = &cli->assist->settings.arena;
    const struct fault_row *row = fault_row(outcome->fault);
    size_t count = 0;
    const struct http_problem_item *items = tool_call_items(arena, outcome->problems, &count);
    CLEANUP(buf_done) struct buf json = { 0 };
    http_problem_write(&json, row->http_status, row->word,
        cli->assist->settings.lang == MCP_FR ? row->title.fr : row->title.en, outcome->message, items, count);
    print_json(buf_str(&json), json.len);
}

static void on_done(void *user, const struct call_outcome *outcome)
{
    struct cli_call *cli = user;
    cli->is_over = true;
    cli->exit_code = fault_row(outcome->fault)->exit_code;
    if (outcome->fault && cli->wants_json)
        print_problem(cli, outcome);
    if (outcome->fault)
        print_fault(cli, outcome);
    else if (cli->wants_json)
        print_json(outcome->json, outcome->json_len);
    else
        printf("%s\n", outcome->text);
    if (fflush(stdout) != 0)
        cli->exit_code = 1;
}

/* Adds a value; a second one for a parameter that takes one only is a slip, often of missing quotes. */
static int add_text(const struct mcp_tool *tool, const char *name, const char *value,
    struct params_text *texts, size_t *count, struct err *err)
{
    const struct mcp_param *row = params_find(tool->params, name);
    bool gathers = row && (row->kind == MCP_STRINGS || row->kind == MCP_MAP);
    for (size_t i = 0; row && !gathers && i < *count; i++)
        if (params_find(tool->params, texts[i].name) == row)
            return err_say(err, -EINVAL,
                "%s est donné deux fois (%.60s, %.60s) ; une valeur avec des espaces se met entre guillemets",
                "%s is given twice (%.60s, %.60s); a value with blanks needs quotes", row->name,
                texts[i].value, value);
    texts[(*count)++] = (struct params_text){ name, value };
    return 0;
}

/* "-h" is no value, "-5" is. */
static bool is_short_flag(const char *word)
{
    return word[0] == '-' && isalpha((unsigned char)word[1]);
}

/* "--name value", "--name=value", "--name" (true, for a switch), and plain words for the first parameter. */
static int read_texts(struct assist *assist, const struct mcp_tool *tool, int argc, char **argv,
    struct params_text *texts, size_t *ret_count, bool *ret_json, struct err *err)
{
    struct arena *arena = &assist->settings.arena;
    bool is_plain = false;
    int error = 0;
    *ret_count = 0;
    for (int i = 0; i < argc && !error; i++) {
        if (!is_plain && strcmp(argv[i], "--json") == 0) {
            *ret_json = true;
        } else if (!is_plain && strcmp(argv[i], "--") == 0) {
            is_plain = true;
        } else if (is_plain || !text_starts(argv[i], "--")) {
            if (!is_plain && is_short_flag(argv[i]))
                return err_say(err, -EINVAL, "il n'y a pas d'option %.40s ; voir `mcp-assist call %s --help`",
                    "there is no flag %.40s; see `mcp-assist call %s --help`", argv[i], tool->name);
            if (!tool->params || !tool->params[0].name)
                return err_say(
                    err, -EINVAL, "%s ne prend pas d'argument", "%s takes no arguments", tool->name);
            error = add_text(tool, tool->params[0].name, argv[i], texts, ret_count, err);
        } else {
            const char *name = argv[i] + 2;
            size_t len = strcspn(name, "=");
            char *plain = arena_strndup(arena, name, len);
            for (char *c = plain; *c; c++)
                if (*c == '-')
                    *c = '_';
            const struct mcp_param *row = params_find(tool->params, plain);
            const char *value = name[len] ? name + len + 1 : NULL;
            if (!value && i + 1 < argc && !text_starts(argv[i + 1], "--"))
                value = argv[++i];
            if (!value && row && row->kind != MCP_BOOL)
                return err_say(err, -EINVAL, "--%s demande une valeur", "--%s needs a value", plain);
            error = add_text(tool, plain, value ? value : "true", texts, ret_count, err);
        }
    }
    return error;
}

/* Serves the one call until it is over; the first SIGINT or SIGTERM cancels it. */
static void wait_for(struct cli_call *cli, struct mcp_call *call)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    CLEANUP(scope_close) int signal_fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
    const struct wait forever = { .cancel_fd = -1, .deadline_ms = INT64_MAX };
    while (!cli->is_over) {
        struct pollfd fds[] = {
            { .fd = engine_fd(cli->assist->engine), .events = POLLIN },
            { .fd = signal_fd, .events = POLLIN },
        };
        if (wait_poll(&forever, fds, ARRAY_LEN(fds), -1) < 0)
            return;
        struct signalfd_siginfo info;
        if (fds[1].revents && read(signal_fd, &info, sizeof info) == (ssize_t)sizeof info)
            call_cancel(call);
        engine_pump(cli->assist->engine);
    }
}

static int report(const struct assist *assist, const struct err *err)
{
    assist_complain(assist, err);
    return EXIT_USAGE;
}

static int run_call(
    struct assist *assist, int tool, const struct params_text *texts, size_t count, bool wants_json)
{
    struct arena *arena = &assist->settings.arena;
    CLEANUP(buf_done) struct buf json = { 0 };
    params_from_texts(&json, assist->catalog.tools[tool]->params, texts, count);
    const struct mcp_json *arguments = NULL;
    struct json_error error;
    const struct json_limits limits = { .unique_keys = true };
    if (json_read(arena, buf_str(&json), json.len, &limits, &arguments, &error) < 0) {
        struct err err = { 0 };
        err_say(&err, -EINVAL, "les arguments ne sont pas acceptés : %s",
            "the arguments are not accepted: %s", error.what);
        return report(assist, &err);
    }
    struct cli_call cli = { .assist = assist, .wants_json = wants_json };
    const struct call_events events = { .done = on_done };
    const struct call_request request = {
        .tool = tool,
        .arguments = arguments,
        .lang = assist->settings.lang,
        .face = "cli",
        .id = "cli",
        .principal = "local",
        .client = "cli",
        .text_unwanted = wants_json,
        .events = &events,
        .user = &cli,
    };
    struct err err = { 0 };
    if (assist_open_store(assist, LOG_LEVEL_INFO, &err) < 0) /* one call is worth making all the same */
        log_event(
            LOG_LEVEL_WARNING, "store", (const struct log_field[]){ log_str("error", err.text), { 0 } });
    struct mcp_call *call = engine_call(assist->engine, &request);
    if (call)
        wait_for(&cli, call);
    return cli.exit_code;
}

static int unknown_tool(const struct assist *assist, const char *name)
{
    bool fr = assist->settings.lang == MCP_FR;
    fprintf(stderr,
        fr ? "mcp-assist : il n'y a pas d'outil « %s » ; voici ceux qui existent :"
           : "mcp-assist: there is no tool \"%s\"; these exist:",
        name);
    for (size_t i = 0; i < assist->catalog.count; i++)
        fprintf(stderr, " %s", assist->catalog.tools[i]->name);
    fputc('\n', stderr);
    return fault_row(MCP_NOT_FOUND)->exit_code;
}

/* By name, before the catalogue is there: the flags after it depend on its parameters. */
static const struct mcp_tool *find_tool(const char *name)
{
    for (const struct mcp_tool *const *tool = tools_registry; *tool; tool++)
        if (catalog_is_called(*tool, name))
            return *tool;
    return NULL;
}

static void print_tool(const struct mcp_tool *tool, enum mcp_lang lang)
{
    bool fr = lang == MCP_FR;
    struct arena arena = { 0 };
    printf("%s%s: %s\n", tool->name, fr ? " " : "", fr ? tool->about.fr : tool->about.en);
    for (const struct mcp_param *row = tool->params; row && row->name; row++) {
        printf("  --%-20s %s", row->name, fr ? row->about.fr : row->about.en);
        printf(" (%s", params_accepted(&arena, row, lang));
        if (row->required)
            fputs(fr ? " ; obligatoire" : "; required", stdout);
        if (row->preset)
            printf(fr ? " ; par défaut %s" : "; default %s", row->preset);
        fputs(")\n", stdout);
    }
    arena_done(&arena);
}

static bool asks_for_help(int argc, char **argv)
{
    for (int i = 0; i < argc; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return true;
    return false;
}

int cli_call(struct assist *assist, int argc, char **argv)
{
    struct err err = { 0 };
    if (argc < 1) {
        err_say(&err, -EINVAL, "call demande le nom d'un outil ; voir `mcp-assist tools`",
            "call needs the name of a tool; see `mcp-assist tools`");
        return report(assist, &err);
    }
    const char *name = argv[0];
    if (name[0] == '-') {
        err_say(&err, -EINVAL,
            "call demande d'abord le nom d'un outil, les options ensuite, pas %.64s ; voir `mcp-assist "
            "tools`",
            "call needs the name of a tool first, flags after it, not %.64s; see `mcp-assist tools`", name);
        return report(assist, &err);
    }
    const struct mcp_tool *tool = find_tool(name);
    argc--;
    argv++;
    if (assist_take_flags(assist, tool, &argc, argv, &err) < 0)
        return report(assist, &err);
    if (assist_init(assist, &err) < 0)
        return report(assist, &err);
    int index = catalog_by_word(&assist->catalog, name);
    if (index >= 0 && asks_for_help(argc, argv)) {
        print_tool(assist->catalog.tools[index], assist->settings.lang);
        return 0;
    }
    /* A person at a shell wants the answer, not the log, unless he asked for it. */
    if (!settings_given(&assist->settings, "log_level") && !assist->settings.values.debug)
        log_set_level(LOG_LEVEL_WARNING);
    if (index < 0)
        return unknown_tool(assist, name);
    struct params_text *texts = arena_alloc(&assist->settings.arena, ((size_t)argc + 1) * sizeof *texts);
    size_t count = 0;
    bool wants_json = false;
    if (read_texts(assist, tool, argc, argv, texts, &count, &wants_json, &err) < 0)
        return report(assist, &err);
    return run_call(assist, index, texts, count, wants_json);
}

/* All tools, or the one: as the answer to tools/list has them, or for people. */
static void print_tools(const struct assist *assist, int one, bool wants_json)
{
    const struct catalog_view view = catalog_whole_view(assist->settings.lang);
    CLEANUP(buf_done) struct buf list = { 0 };
    buf_adds(&list, "{\"tools\":[");
    for (size_t i = 0; i < assist->catalog.count; i++) {
        if (one >= 0 && (size_t)one != i)
            continue;
        if (i && one < 0)
            buf_addc(&list, ',');
        catalog_describe(assist->catalog.tools[i], &view, &list);
        if (!wants_json)
            print_tool(assist->catalog.tools[i], assist->settings.lang);
    }
    buf_adds(&list, "]}");
    if (wants_json)
        print_json(buf_str(&list), list.len);
}

int cli_tools(struct assist *assist, int argc, char **argv)
{
    struct err err = { 0 };
    if (assist_take_flags(assist, NULL, &argc, argv, &err) < 0 || assist_init(assist, &err) < 0)
        return report(assist, &err);
    bool wants_json = false;
    const char *name = NULL;
    for (int i = 0; i < argc; i++) {
        bool is_json = strcmp(argv[i], "--json") == 0;
        if (!is_json && (name || argv[i][0] == '-')) {
            err_say(&err, -EINVAL, "tools ne connaît pas %.64s ; accepté : --json, et le nom d'un seul outil",
                "tools does not know %.64s; accepted: --json, and the name of one tool", argv[i]);
            return report(assist, &err);
        }
        wants_json |= is_json;
        name = is_json ? name : argv[i];
    }
    int one = name ? catalog_by_word(&assist->catalog, name) : -1;
    if (name && one < 0)
        return unknown_tool(assist, name);
    print_tools(assist, one, wants_json);
    return 0;
}
