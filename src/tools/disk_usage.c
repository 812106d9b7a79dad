/* disk_usage: how full the file systems are. The figures are sys/fsusage's; here are the choice of rows and
 * words. */
#include <mcp/tool.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/scope.h"
#include "sys/fsusage.h"
#include "sys/mounts.h"
#include "tools/host_root.h"

struct args {
    const char *path;
    int64_t limit;
};

static const struct mcp_param params[] = {
    MCP_ARG_STRING(struct args, path, .format = MCP_PATH, .min = 1, .max = 4095,
        .about = { "Fichier, dossier, point de montage ou périphérique ; tous les systèmes de fichiers si "
                   "absent",
            "File, directory, mount point or device; all file systems if absent" },
        .example = "/var/log"),
    MCP_ARG_INT(struct args, limit, .preset = "20", .min = 1, .max = 500,
        .about = { "Nombre de systèmes de fichiers ; s'il y en a plus, les plus remplis",
            "How many file systems; if there are more, the fullest" }),
    { 0 },
};

static const struct mcp_field filesystem_fields[] = {
    { .name = "source", .kind = MCP_STRING, .label = { "Source", "Source" } },
    { .name = "mount", .kind = MCP_STRING, .label = { "Monté sur", "Mounted on" } },
    { .name = "type", .kind = MCP_STRING, .label = { "Type", "Type" } },
    { .name = "total_bytes",
        .kind = MCP_INT,
        .label = { "Taille", "Size" },
        .unit = "bytes",
        .optional = true },
    { .name = "used_bytes",
        .kind = MCP_INT,
        .label = { "Utilisé", "Used" },
        .unit = "bytes",
        .optional = true },
    { .name = "available_bytes",
        .kind = MCP_INT,
        .label = { "Disponible", "Available" },
        .unit = "bytes",
        .optional = true },
    { .name = "used_percent", .kind = MCP_INT, .label = { "Rempli", "Full" }, .unit = "%", .optional = true },
    { .name = "inodes_total", .kind = MCP_INT, .optional = true },
    { .name = "inodes_used", .kind = MCP_INT, .optional = true },
    { .name = "inodes_used_percent",
        .kind = MCP_INT,
        .label = { "Inodes", "Inodes" },
        .unit = "%",
        .optional = true },
    { .name = "read_only", .kind = MCP_BOOL, .label = { "Lecture seule", "Read-only" } },
    { .name = "stalled", .kind = MCP_BOOL, .label = { "Ne répond pas", "Not answering" }, .optional = true },
    { .name = "error", .kind = MCP_STRING, .label = { "Erreur", "Error" }, .optional = true },
    { 0 },
};

static const struct mcp_field output[] = {
    HOST_ROOT_FIELD,
    { .name = "total", .kind = MCP_INT },
    { .name = "truncated", .kind = MCP_BOOL },
    { .name = "filesystems",
        .kind = MCP_LIST,
        .label = { "Systèmes de fichiers", "File systems" },
        .fields = filesystem_fields },
    { 0 },
};

static void put_figures(struct mcp_call *call, const struct fsusage *usage, bool with_inodes)
{
    mcp_put_int(call, "total_bytes", (int64_t)usage->total_bytes);
    mcp_put_int(call, "used_bytes", (int64_t)usage->used_bytes);
    mcp_put_int(call, "available_bytes", (int64_t)usage->available_bytes);
    if (usage->used_percent >= 0)
        mcp_put_int(call, "used_percent", usage->used_percent);
    if (with_inodes && usage->inodes_total > 0) {
        mcp_put_int(call, "inodes_total", (int64_t)usage->inodes_total);
        mcp_put_int(call, "inodes_used", (int64_t)usage->inodes_used);
    }
    if (usage->inodes_used_percent >= 0)
        mcp_put_int(call, "inodes_used_percent", usage->inodes_used_percent);
}

static const char *reason(int error)
{
    const char *text = strerrordesc_np(-error);
    return text ? text : "unknown error";
}

static void put_filesystem(struct mcp_call *call, const struct fsusage *usage, bool with_inodes)
{
    const struct mount *mount = usage->mount;
    mcp_open(call, NULL);
    mcp_put_str(call, "source", mount ? mount->source : "");
    mcp_put_str(call, "mount", mount ? mount->point : "");
    mcp_put_str(call, "type", mount ? mount->type : "");
    if (!usage->is_stalled && !usage->error)
        put_figures(call, usage, with_inodes);
    mcp_put_bool(call, "read_only", mount && mount->is_read_only);
    if (usage->is_stalled)
        mcp_put_bool(call, "stalled", true);
    if (usage->error)
        mcp_put_str(call, "error", reason(usage->error));
    mcp_close(call);
}

static void put_table(
    struct mcp_call *call, const struct fsusage_table *table, size_t shown, bool with_inodes)
{
    size_t stalled = 0;
    mcp_put_int(call, "total", (int64_t)table->count);
    mcp_put_bool(call, "truncated", shown < table->count);
    mcp_open(call, "filesystems");
    for (size_t i = 0; i < shown; i++) {
        put_filesystem(call, &table->items[i], with_inodes);
        stalled += table->items[i].is_stalled;
    }
    mcp_close(call);
    if (stalled > 0)
        mcp_say(call, "Systèmes de fichiers sans réponse : %zu (serveur arrêté ou injoignable ?).",
            "File systems that do not answer: %zu (server down or unreachable?).", stalled);
    if (shown < table->count)
        mcp_say(call, "Les %zu plus remplis de %zu ; `limit` en montre davantage.",
            "The %zu fullest of %zu; `limit` shows more.", shown, table->count);
}

/* Those in trouble first, then the fullest. */
static int rank(const struct fsusage *usage)
{
    return usage->is_stalled || usage->error ? 101 : usage->used_percent;
}

static int compare_fullness(const void *a, const void *b)
{
    const struct fsusage *left = a, *right = b;
    int order = rank(right) - rank(left);
    return order ? order : (left->mount > right->mount) - (left->mount < right->mount);
}

static int list_all(struct mcp_call *call, const struct mount_table *mounts, size_t limit)
{
    CLEANUP(fsusage_table_done) struct fsusage_table table = { 0 };
    int rc = fsusage_read_all(mounts, FSUSAGE_ALL, mcp_waiter(call), &table);
    if (rc < 0)
        return rc;
    if (table.count > limit)
        qsort(table.items, table.count, sizeof(*table.items), compare_fullness);
    put_table(call, &table, table.count < limit ? table.count : limit, false);
    return 0;
}

static int fail_path(struct mcp_call *call, const char *path, int error)
{
    switch (-error) {
    case ENOENT:
    case ENOTDIR:
        return mcp_fail(call, MCP_NOT_FOUND, "%s n'existe pas", "%s does not exist", path);
    case EACCES:
    case EPERM:
        return mcp_fail(
            call, MCP_DENIED, "accès à %s refusé par le système", "the system denies access to %s", path);
    case ELOOP:
    case ENAMETOOLONG:
        return mcp_reject(call, "path", "%s : trop long, ou liens symboliques en boucle",
            "%s: too long, or symbolic links in a loop", path);
    case EBUSY:
        return mcp_fail(call, MCP_BUSY, "trop de systèmes de fichiers ne répondent pas",
            "too many file systems do not answer");
    case ECANCELED:
        return error;
    default:
        return mcp_fail(call, MCP_UNSUPPORTED, "%s : %s", "%s: %s", path, reason(error));
    }
}

static int show_path(struct mcp_call *call, const struct mount_table *mounts, const char *path)
{
    struct fsusage usage = { 0 };
    if (path[0] != '/')
        return mcp_reject(call, "path", "\"%s\" n'est pas un chemin absolu (attendu : /...)",
            "\"%s\" is not an absolute path (expected: /...)", path);
    int rc = fsusage_read_path(mounts, path, mcp_waiter(call), &usage);
    if (rc < 0)
        return fail_path(call, path, rc);
    const struct fsusage_table table = { .items = &usage, .count = 1 };
    put_table(call, &table, 1, true);
    return 0;
}

static int run(struct mcp_call *call, const void *arguments)
{
    const struct args *args = arguments;
    CLEANUP(mount_table_done) struct mount_table mounts = { 0 };
    if (mount_table_read_host(mcp_host_root(call), &mounts) < 0)
        return mcp_fail(
            call, MCP_UNSUPPORTED, "/proc/self/mountinfo est illisible", "cannot read /proc/self/mountinfo");
    host_root_put(call);
    return args->path ? show_path(call, &mounts, args->path) : list_all(call, &mounts, (size_t)args->limit);
}

const struct mcp_tool tool_disk_usage = {
    .name = "disk_usage",
    .path = "disk-usage",
    .title = { "Espace disque", "Disk usage" },
    .about = { "Remplissage des systèmes de fichiers montés, avec les chiffres de df ; dit lesquels ne "
               "répondent pas.",
        "How full the mounted file systems are, with the figures of df; says which do not answer." },
    .params = params,
    .args_size = sizeof(struct args),
    .output = output,
    .cost = MCP_WORKER,
    .traits = MCP_READ_ONLY | MCP_IDEMPOTENT,
    .timeout_ms = 10000,
    .scope = "system",
    .run = run,
};
