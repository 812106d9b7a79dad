/* What is mounted where, and which types of file system can keep a caller waiting. */
#include "sys/mounts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "base/buf.h"
#include "base/scope.h"
#include "base/text.h"
#include "sys/procfs.h"

/* "\040" is a space: the kernel writes space, tab, newline, backslash and '#' so. Decodes in place. */
static void decode_octal(char *text)
{
    char *out = text;
    for (const char *in = text; *in; out++) {
        bool is_octal = in[0] == '\\' && in[1] >= '0' && in[1] <= '3' && in[2] >= '0' && in[2] <= '7' &&
            in[3] >= '0' && in[3] <= '7';
        *out = is_octal ? (char)((in[1] - '0') * 64 + (in[2] - '0') * 8 + (in[3] - '0')) : *in;
        in += is_octal ? 4 : 1;
    }
    *out = '\0';
}

static bool is_one_of(const char *type, const char *const *types, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(type, types[i]) == 0)
            return true;
    }
    return false;
}

static bool is_remote_type(const char *type)
{
    static const char *const types[] = {
        "nfs",
        "nfs4",
        "cifs",
        "smb3",
        "smbfs",
        "ncpfs",
        "9p",
        "virtiofs",
        "afs",
        "ceph",
        "lustre",
        "gfs",
        "gfs2",
        "ocfs2",
        "coda",
        "pvfs2",
        "orangefs",
        "gpfs",
        "beegfs",
        "acfs",
        "mfs",
        "panfs",
        "vboxsf",
        "vmhgfs",
        "prl_fs",
        "shfs",
        "davfs",
    };
    return text_starts(type, "fuse") ? strcmp(type, "fusectl") != 0
                                     : is_one_of(type, types, ARRAY_LEN(types));
}

static bool is_pseudo_type(const char *type)
{
    static const char *const types[] = {
        "autofs",
        "bdev",
        "binder",
        "binfmt_misc",
        "bpf",
        "cgroup",
        "cgroup2",
        "configfs",
        "cpuset",
        "debugfs",
        "devpts",
        "efivarfs",
        "fuse.portal",
        "fuse.lxcfs",
        "fusectl",
        "hugetlbfs",
        "ipathfs",
        "mqueue",
        "nfsd",
        "none",
        "nsfs",
        "pipefs",
        "proc",
        "pstore",
        "resctrl",
        "rootfs",
        "rpc_pipefs",
        "securityfs",
        "selinuxfs",
        "smackfs",
        "sockfs",
        "spufs",
        "subfs",
        "sysfs",
        "tracefs",
        "usbfs",
        "fuse.gvfsd-fuse",
    };
    return is_one_of(type, types, ARRAY_LEN(types));
}

static bool is_volatile_type(const char *type)
{
    static const char *const types[] = { "tmpfs", "ramfs", "devtmpfs" };
    return is_one_of(type, types, ARRAY_LEN(types));
}

/* Cuts the next blank-separated word out of *at; NULL at the end. */
static char *take_word(char **at)
{
    char *word = *at;
    if (*word == '\0')
        return NULL;
    char *end = word + strcspn(word, " ");
    *at = *end ? end + 1 : end;
    *end = '\0';
    return word;
}

static bool has_option(const char *options, const char *name)
{
    size_t len = strlen(name);
    for (const char *at = options; at; at = strchr(at, ',')) {
        at += *at == ',';
        if (strncmp(at, name, len) == 0 && (at[len] == ',' || at[len] == '\0'))
            return true;
    }
    return false;
}

static bool parse_ids(const char *id, const char *device, struct mount *mount)
{
    uint64_t major, minor;
    if (!procfs_next_number(&id, &mount->id) || !procfs_next_number(&device, &major) || *device++ != ':' ||
        !procfs_next_number(&device, &minor))
        return false;
    mount->device = makedev((unsigned)major, (unsigned)minor);
    return true;
}

/* "id parent major:minor root point options [optional...] - type source super-options" */
static bool parse_line(char *line, bool is_host, struct mount *ret_mount)
{
    struct mount mount = { 0 };
    char *id = take_word(&line), *parent = take_word(&line), *device = take_word(&line);
    char *root = take_word(&line), *point = take_word(&line), *options = take_word(&line), *word;
    if (!id || !parent || !device || !root || !point || !options || !parse_ids(id, device, &mount))
        return false;
    while ((word = take_word(&line)) && strcmp(word, "-") != 0)
        continue;
    char *type = take_word(&line), *source = take_word(&line), *super = take_word(&line);
    if (!type || !source)
        return false;
    decode_octal(root);
    decode_octal(point);
    decode_octal(type);
    decode_octal(source);
    mount.root = root;
    mount.point = point;
    mount.type = type;
    mount.source = strcmp(source, "none") == 0 ? "" : source;
    mount.is_read_only = (!is_host && has_option(options, "ro")) || (super && has_option(super, "ro"));
    mount.is_remote = is_remote_type(type);
    mount.is_pseudo = is_pseudo_type(type);
    mount.is_volatile = is_volatile_type(type);
    *ret_mount = mount;
    return true;
}

static size_t count_lines(const char *text)
{
    size_t lines = 1;
    for (const char *at = text; (at = strchr(at, '\n')); at++)
        lines++;
    return lines;
}

static int compare_points(const void *a, const void *b)
{
    const struct mount *const *left = a, *const *right = b;
    int order = strcmp((*left)->point, (*right)->point);
    return order ? order : (*left > *right) - (*left < *right); /* mounted later comes later */
}

/* Keeps the last mount of each mount point: the others cannot be reached. */
static int drop_hidden(struct mount_table *table)
{
    if (table->count == 0)
        return 0;
    CLEANUP(scope_free) const struct mount **sorted = calloc(table->count, sizeof(*sorted));
    if (!sorted)
        return -ENOMEM;
    for (size_t i = 0; i < table->count; i++)
        sorted[i] = &table->items[i];
    qsort(sorted, table->count, sizeof(*sorted), compare_points);
    for (size_t i = 0; i + 1 < table->count; i++) {
        if (strcmp(sorted[i]->point, sorted[i + 1]->point) == 0)
            table->items[sorted[i] - table->items].type = NULL;
    }
    size_t kept = 0;
    for (size_t i = 0; i < table->count; i++) {
        if (table->items[i].type)
            table->items[kept++] = table->items[i];
    }
    table->count = kept;
    return 0;
}

/* True if `path` is `point` or beneath it. */
static bool is_beneath(const char *path, const char *point)
{
    size_t len = strlen(point);
    if (len == 1)
        return path[0] == '/';
    return strncmp(path, point, len) == 0 && (path[len] == '/' || path[len] == '\0');
}

/* A walk to a mount beneath a remote one passes the server. */
static void mark_stalling(struct mount_table *table)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct mount *remote = &table->items[i];
        for (size_t j = 0; remote->is_remote && j < table->count; j++)
            table->items[j].may_stall |= is_beneath(table->items[j].point, remote->point);
    }
}

/* The mount point as it is called beneath `root`; NULL if it is not. */
static const char *point_beneath(const char *root, const char *point)
{
    const char *rest = is_beneath(point, root) ? point + strlen(root) : NULL;
    return rest && *rest == '\0' ? "/" : rest;
}

/* With `root` only what is mounted beneath it. */
static int read_table(const struct procfs *fs, const char *root, struct mount_table *ret_table)
{
    CLEANUP(buf_done) struct buf text = { .max = (size_t)32 << 20 };
    int rc = procfs_load(fs, "proc/self/mountinfo", &text);
    if (rc < 0)
        return rc;
    CLEANUP(mount_table_done)
    struct mount_table table = { .text = buf_take(&text), .root = root ? root : "" };
    table.items = calloc(count_lines(table.text), sizeof(*table.items));
    if (!table.items)
        return -ENOMEM;
    for (char *line = table.text, *end; *line; line = end) {
        size_t len = strcspn(line, "\n");
        end = line + len + (line[len] != '\0');
        line[len] = '\0';
        struct mount *mount = &table.items[table.count];
        if (!parse_line(line, root != NULL, mount))
            continue;
        if (root)
            mount->point = point_beneath(root, mount->point);
        table.count += mount->point != NULL;
    }
    rc = drop_hidden(&table);
    if (rc < 0)
        return rc;
    mark_stalling(&table);
    *ret_table = table;
    table = (struct mount_table){ 0 };
    return 0;
}

int mount_table_read(const struct procfs *fs, struct mount_table *ret_table)
{
    return read_table(fs, NULL, ret_table);
}

int mount_table_read_host(const char *root, struct mount_table *ret_table)
{
    CLEANUP(procfs_close) struct procfs own = { .root_fd = -1 };
    int rc = procfs_open("/", &own);
    return rc < 0 ? rc : read_table(&own, strcmp(root, "/") == 0 ? NULL : root, ret_table);
}

void mount_table_done(struct mount_table *table)
{
    free(table->items);
    free(table->text);
    *table = (struct mount_table){ 0 };
}

const struct mount *mount_table_by_id(const struct mount_table *table, uint64_t id)
{
    for (size_t i = 0; i < table->count; i++) {
        if (table->items[i].id == id)
            return &table->items[i];
    }
    return NULL;
}

bool mount_is_better(const struct mount *a, const struct mount *b)
{
    bool a_is_root = strcmp(a->point, "/") == 0, b_is_root = strcmp(b->point, "/") == 0;
    if (a_is_root != b_is_root)
        return a_is_root;
    bool a_is_whole = strcmp(a->root, "/") == 0, b_is_whole = strcmp(b->root, "/") == 0;
    if (a_is_whole != b_is_whole)
        return a_is_whole;
    return strlen(a->point) < strlen(b->point);
}

const struct mount *mount_table_by_device(const struct mount_table *table, dev_t device)
{
    const struct mount *best = NULL;
    for (size_t i = 0; i < table->count; i++) {
        const struct mount *mount = &table->items[i];
        if (mount->device == device && (!best || mount_is_better(mount, best)))
            best = mount;
    }
    return best;
}

const struct mount *mount_table_by_path(const struct mount_table *table, const char *path)
{
    const struct mount *longest = NULL;
    for (size_t i = 0; i < table->count; i++) {
        const struct mount *mount = &table->items[i];
        if (is_beneath(path, mount->point) && (!longest || strlen(mount->point) >= strlen(longest->point)))
            longest = mount;
    }
    return longest;
}
