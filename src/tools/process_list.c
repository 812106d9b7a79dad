/* process_list: what runs here, sorted and filtered, one page at a time. Reading processes is
 * sys/procfs_process's. */
#include <mcp/tool.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/scope.h"
#include "sys/cmdline.h"
#include "sys/cpu.h"
#include "sys/memory.h"
#include "sys/procfs.h"
#include "sys/procfs_page.h"
#include "sys/procfs_process.h"
#include "sys/users.h"
#include "tools/host_root.h"

/* Short pages may show long commands: in all about this much, so that an answer stays readable. */
enum { COMMANDS_CHARS = 1600, COMMAND_MIN_CHARS = 48, COMMAND_MAX_CHARS = 400 };

struct args {
    const char *filter, *user, *cursor;
    int sort;
    int64_t limit, sample_ms;
};

static const char *const sorts[] = { [PROCESS_BY_CPU] = "cpu",
    [PROCESS_BY_MEMORY] = "memory",
    [PROCESS_BY_PID] = "pid",
    [PROCESS_BY_NAME] = "name",
    [PROCESS_BY_NAME + 1] = NULL };

static const struct mcp_param params[] = {
    MCP_ARG_STRING(struct args, filter, .min = 1, .max = 200,
        .about = { "Partie du nom ou de la commande, sans égard à la casse",
            "Part of the name or command, any case" },
        .example = "nginx"),
    MCP_ARG_STRING(struct args, user, .min = 1, .max = 64,
        .about = { "Utilisateur : nom ou numéro", "User: name or number" }, .example = "www-data"),
    MCP_ARG_ENUM(struct args, sort, .preset = "cpu", .choices = sorts,
        .about = { "Ordre : les plus gourmands d'abord, ou croissant",
            "Order: the greediest first, or ascending" }),
    MCP_ARG_INT(struct args, limit, .preset = "20", .min = 1, .max = 500,
        .about = { "Processus par page", "Processes in a page" }),
    MCP_ARG_STRING(struct args, cursor, .min = 1, .max = 400,
        .about = { "`next_cursor` de la page précédente", "`next_cursor` of the page before" }),
    MCP_ARG_INT(struct args, sample_ms, .preset = "200", .min = 0, .max = 5000, .unit = "ms",
        .about = { "Durée de mesure du processeur ; 0 = depuis le lancement du processus",
            "How long CPU use is measured; 0 = since the process started" }),
    { 0 },
};

static const struct mcp_field process_fields[] = {
    { .name = "pid", .kind = MCP_INT, .label = { "PID", "PID" } },
    { .name = "ppid", .kind = MCP_INT },
    { .name = "user", .kind = MCP_STRING, .label = { "Utilisateur", "User" } },
    { .name = "name", .kind = MCP_STRING },
    { .name = "state", .kind = MCP_STRING, .label = { "État", "State" } },
    { .name = "cpu_percent", .kind = MCP_NUMBER, .label = { "CPU", "CPU" }, .unit = "%" },
    { .name = "memory_percent", .kind = MCP_NUMBER, .label = { "Mémoire", "Memory" }, .unit = "%" },
    { .name = "rss_bytes", .kind = MCP_INT, .label = { "Résident", "Resident" }, .unit = "bytes" },
    { .name = "threads", .kind = MCP_INT },
    { .name = "started", .kind = MCP_STRING },
    { .name = "command", .kind = MCP_STRING, .label = { "Commande", "Command" } },
    { 0 },
};

static const struct mcp_field output[] = {
    HOST_ROOT_FIELD,
    { .name = "total", .kind = MCP_INT, .label = { "Processus trouvés", "Processes found" } },
    { .name = "truncated", .kind = MCP_BOOL },
    { .name = "next_cursor",
        .kind = MCP_STRING,
        .label = { "Page suivante", "Next page" },
        .optional = true },
    { .name = "processes",
        .kind = MCP_LIST,
        .label = { "Processus", "Processes" },
        .fields = process_fields },
    { 0 },
};

/* What one call works with. */
struct list {
    struct mcp_call *call;
    const struct args *args;
    const struct procfs *fs;
    struct process_table before, now; /* `before` stays empty without a sample */
    double elapsed_s; /* between both readings */
    double uptime_s;
    uint64_t booted_at_s, memory_bytes;
    bool has_uid;
    uid_t uid;
    uint64_t question;
    struct process_row *rows; /* that match */
    size_t count;
};

static void list_done(struct list *list)
{
    process_table_done(&list->before);
    process_table_done(&list->now);
    free(list->rows);
}

/* Both readings of the process table, or one. 0, -ECANCELED or another negative errno. */
static int sample(struct list *list)
{
    int64_t begun_ns = clock_ns();
    if (list->args->sample_ms == 0)
        return process_table_read(list->fs, &list->now);
    int rc = process_table_read(list->fs, &list->before);
    if (rc < 0)
        return rc;
    rc = mcp_wait(list->call, NULL, 0, (int)list->args->sample_ms);
    if (rc < 0 && rc != -ETIMEDOUT)
        return rc;
    list->elapsed_s = (double)(clock_ns() - begun_ns) / 1e9;
    return process_table_read(list->fs, &list->now);
}

static uint32_t cpu_permille(const struct list *list, const struct process *process)
{
    double ticks_per_s = process_ticks_per_s(), ticks = (double)process->cpu_ticks, seconds = list->elapsed_s;
    if (list->args->sample_ms == 0) {
        seconds = list->uptime_s - (double)process->start_ticks / ticks_per_s;
    } else {
        const struct process *before = process_table_find(&list->before, process->pid);
        /* Another start time: another process that got the same number. */
        if (before && before->start_ticks == process->start_ticks && before->cpu_ticks <= process->cpu_ticks)
            ticks -= (double)before->cpu_ticks;
    }
    double permille = seconds > 0 ? 1000 * ticks / ticks_per_s / seconds : 0;
    return permille < 1e9 ? (uint32_t)(permille + 0.5) : 0;
}

/* What is searched is what is shown: masked, or a filter could guess secrets letter by letter. */
static bool matches(const struct list *list, const struct process *process, struct buf *command)
{
    const char *filter = list->args->filter;
    if (list->has_uid && process->uid != list->uid)
        return false;
    if (!filter || strcasestr(process->name, filter))
        return true;
    buf_clear(command);
    process_command(list->fs, process, command);
    return strcasestr(buf_str(command), filter) != NULL;
}

static int choose(struct list *list)
{
    CLEANUP(buf_done) struct buf command = { 0 };
    list->rows = calloc(list->now.count + 1, sizeof(*list->rows));
    if (!list->rows)
        return -ENOMEM;
    for (size_t i = 0; i < list->now.count; i++) {
        const struct process *process = &list->now.items[i];
        if (i % 256 == 0 && mcp_cancelled(list->call))
            return -ECANCELED;
        if (matches(list, process, &command))
            list->rows[list->count++] = (struct process_row){ process, cpu_permille(list, process) };
    }
    process_rows_sort(list->rows, list->count, (enum process_sort)list->args->sort);
    return 0;
}

static void put_started(struct mcp_call *call, const struct list *list, const struct process *process)
{
    char stamp[CLOCK_STAMP_SIZE];
    uint64_t wall_s = list->booted_at_s + process->start_ticks / process_ticks_per_s();
    clock_stamp((int64_t)wall_s * 1000, stamp);
    mcp_put_fmt(call, "started", "%.19sZ", stamp); /* whole seconds: the time of boot is not known better */
}

static void put_process(
    const struct list *list, const struct process_row *row, struct users *users, size_t command_chars)
{
    struct mcp_call *call = list->call;
    const struct process *process = row->process;
    CLEANUP(buf_done) struct buf text = { 0 };
    mcp_open(call, NULL);
    mcp_put_int(call, "pid", process->pid);
    mcp_put_int(call, "ppid", process->ppid);
    mcp_put_str(call, "user", users_name(users, process->uid));
    cmdline_show(process->name, strlen(process->name), &text);
    mcp_put_str(call, "name", buf_str(&text));
    mcp_put_str(call, "state", process_state_name(process->state));
    mcp_put_round(call, "cpu_percent", row->cpu_permille / 10.0, 1);
    double share = list->memory_bytes ? 100 * (double)process->rss_bytes / (double)list->memory_bytes : 0;
    mcp_put_round(call, "memory_percent", share, 1);
    mcp_put_int(call, "rss_bytes", (int64_t)process->rss_bytes);
    mcp_put_int(call, "threads", process->threads);
    put_started(call, list, process);
    buf_clear(&text);
    process_command(list->fs, process, &text);
    cmdline_shorten(&text, command_chars);
    mcp_put_str(call, "command", buf_str(&text));
    mcp_close(call);
}

static void put_page(const struct list *list, size_t from, size_t count)
{
    struct mcp_call *call = list->call;
    struct users *users = mcp_alloc(call, sizeof(*users));
    users->root = host_root(call);
    size_t chars = count ? COMMANDS_CHARS / count : COMMAND_MAX_CHARS;
    chars = chars < COMMAND_MIN_CHARS ? COMMAND_MIN_CHARS
        : chars > COMMAND_MAX_CHARS   ? COMMAND_MAX_CHARS
                                      : chars;
    bool is_cut = from + count < list->count;
    host_root_put(call);
    mcp_put_int(call, "total", (int64_t)list->count);
    mcp_put_bool(call, "truncated", is_cut);
    if (is_cut) {
        char cursor[PROCESS_CURSOR_SIZE];
        const struct process_row *last = &list->rows[from + count - 1];
        process_cursor_write(last, (enum process_sort)list->args->sort, list->question, cursor);
        mcp_put_str(call, "next_cursor", cursor);
    }
    mcp_open(call, "processes");
    for (size_t i = from; i < from + count; i++)
        put_process(list, &list->rows[i], users, chars);
    mcp_close(call);
}

/* Facts of the machine that percentages and times refer to. */
static void read_machine(struct list *list)
{
    CLEANUP(cpu_sample_done) struct cpu_sample cpu = { 0 };
    struct memory memory = { 0 };
    if (cpu_sample_read(list->fs, &cpu) == 0)
        list->booted_at_s = cpu.booted_at_s;
    if (memory_read(list->fs, &memory) == 0)
        list->memory_bytes = memory.total_bytes;
    cpu_uptime_read(list->fs, &list->uptime_s);
}

/* Where the page begins. A cursor is looked at before anything is measured, so that a wrong one is refused at
 * once. */
static int find_start(const struct list *list, size_t *ret_from)
{
    const char *cursor = list->args->cursor;
    *ret_from = 0;
    if (!cursor ||
        process_cursor_read(cursor, (enum process_sort)list->args->sort, list->question, list->rows,
            list->count, ret_from) == 0)
        return 0;
    return mcp_reject(list->call, "cursor",
        "\"%s\" n'est pas un curseur pour cette demande (attendu : `next_cursor` tel quel, avec les mêmes "
        "filter, user et "
        "sort)",
        "\"%s\" is not a cursor for this request (expected: `next_cursor` as it is, with the same filter, "
        "user and sort)",
        cursor);
}

static int check_arguments(struct list *list)
{
    const struct args *args = list->args;
    size_t from;
    int fault = 0;
    if (args->user && users_find(host_root(list->call), args->user, &list->uid) < 0)
        fault = mcp_reject(list->call, "user",
            "utilisateur \"%s\" inconnu (attendu : un nom d'utilisateur ou un numéro)",
            "unknown user \"%s\" (expected: a user name or number)", args->user);
    list->has_uid = args->user != NULL;
    list->question = process_question(list->fs, args->filter, args->user, (enum process_sort)args->sort);
    int cursor_fault = find_start(list, &from);
    return fault ? fault : cursor_fault;
}

static int run_list(struct list *list)
{
    int rc = check_arguments(list);
    if (rc)
        return rc;
    rc = sample(list);
    if (rc < 0)
        return rc;
    read_machine(list);
    rc = choose(list);
    if (rc < 0)
        return rc;
    size_t from = 0, limit = (size_t)list->args->limit;
    rc = find_start(list, &from);
    if (rc)
        return rc;
    size_t left = list->count - from;
    put_page(list, from, left < limit ? left : limit);
    return 0;
}

static int run(struct mcp_call *call, const void *args)
{
    CLEANUP(procfs_close) struct procfs fs = { .root_fd = -1 };
    CLEANUP(list_done) struct list list = { .call = call, .args = args, .fs = &fs };
    int rc = host_root_open(call, &fs);
    return rc ? rc : run_list(&list);
}

const struct mcp_tool tool_process_list = {
    .name = "process_list",
    .path = "process-list",
    .title = { "Processus", "Processes" },
    .about = { "Processus en cours, avec leur usage du processeur et de la mémoire ; les secrets des "
               "commandes sont masqués.",
        "Running processes with their CPU and memory use; secrets in command lines are masked." },
    .params = params,
    .args_size = sizeof(struct args),
    .output = output,
    .cost = MCP_WORKER,
    .traits = MCP_READ_ONLY,
    .timeout_ms = 15000,
    .scope = "system",
    .run = run,
};
