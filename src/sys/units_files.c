/* OpenRC keeps the state of a service as links under /run/openrc; SysV keeps none but the pid file. */
#include "sys/units_files.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/scope.h"
#include "base/text.h"
#include "sys/units.h"

#define SCRIPT_BYTES 8192 /* of a script are looked at for its description */

static void close_dir(DIR **dir)
{
    if (*dir)
        closedir(*dir);
}

static bool exists(struct arena *arena, const char *root, const char *folder, const char *name)
{
    struct stat st;
    return lstat(arena_printf(arena, "%s%s/%s", root, folder, name), &st) == 0;
}

/* The beginning of a regular file as a string, "" when there is none. Never waits: a FIFO or a device is not
 * read. */
static const char *read_start(const char *path, char *ret_text, size_t size)
{
    ret_text[0] = '\0';
    CLEANUP(scope_close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
        return ret_text;
    ssize_t len = read(fd, ret_text, size - 1);
    ret_text[len > 0 ? len : 0] = '\0';
    return ret_text;
}

/* The pid of a pid file whose process lives, and since when; else -1. */
static int64_t read_pid(struct arena *arena, const char *root, const char *path, int64_t *ret_since_ms)
{
    char text[32];
    int64_t pid = 0;
    read_start(arena_printf(arena, "%s%s", root, path), text, sizeof(text));
    const char *number = text + strspn(text, " \t");
    text[number - text + (ptrdiff_t)strcspn(number, " \t\r\n")] = '\0';
    if (!text_int(number, &pid) || pid <= 0 || pid > INT_MAX)
        return -1;
    struct stat st;
    if (stat(arena_printf(arena, "%s/proc/%lld", root, (long long)pid), &st) < 0)
        return -1;
    *ret_since_ms = (int64_t)st.st_ctim.tv_sec * 1000 + st.st_ctim.tv_nsec / 1000000;
    return pid;
}

/* The rest of the line behind `key`, without the quotes around it; NULL if no line begins with `key`. */
static const char *find_line(struct arena *arena, const char *text, const char *key)
{
    size_t key_len = strlen(key);
    for (const char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, key, key_len) != 0)
            continue;
        const char *value = line + key_len + strspn(line + key_len, " \t\"'");
        size_t len = strcspn(value, "\n");
        while (len > 0 && strchr(" \t\r\"'", value[len - 1]))
            len--;
        return len > 0 ? arena_strndup(arena, value, len) : NULL;
    }
    return NULL;
}

static bool has_script(const char *root, const char *name, struct arena *arena, struct unit_facts *facts)
{
    const char *path = arena_printf(arena, "%s/etc/init.d/%s", root, name);
    struct stat st;
    if (stat(path, &st) < 0 || !S_ISREG(st.st_mode) || !(st.st_mode & 0111))
        return false;
    char text[SCRIPT_BYTES];
    read_start(path, text, sizeof(text));
    facts->description = find_line(arena, text, "description=");
    if (!facts->description)
        facts->description = find_line(arena, text, "# Short-Description:");
    facts->path = arena_printf(arena, "/etc/init.d/%s", name);
    facts->found = true;
    facts->load_state = "loaded";
    return true;
}

static void note_absent(const char *root, const char *name, struct arena *arena, struct unit_facts *facts)
{
    facts->load_state = "not-found";
    CLEANUP(close_dir) DIR *dir = opendir(arena_printf(arena, "%s/etc/init.d", root));
    const struct dirent *entry;
    while (dir && facts->similar_count < UNITS_SIMILAR_MAX && (entry = readdir(dir))) {
        if (entry->d_name[0] != '.' && strstr(entry->d_name, name))
            facts->similar[facts->similar_count++] = arena_strdup(arena, entry->d_name);
    }
}

void units_scripts_list(const char *root, const char *start, struct arena *arena, struct unit_names *names)
{
    const char *folder = arena_printf(arena, "%s/etc/init.d", root);
    CLEANUP(close_dir) DIR *dir = opendir(folder);
    const struct dirent *entry;
    while (dir && names->count < UNITS_LISTED_MAX && (entry = readdir(dir))) {
        struct stat st;
        bool is_script = entry->d_name[0] != '.' && text_starts(entry->d_name, start) &&
            fstatat(dirfd(dir), entry->d_name, &st, 0) == 0 && S_ISREG(st.st_mode) && st.st_mode & 0111;
        if (is_script)
            names->items[names->count++] = arena_strdup(arena, entry->d_name);
    }
}

/* True if "S<digits>`name`" is in `folder`. */
static bool is_ordered(struct arena *arena, const char *root, const char *folder, const char *name)
{
    CLEANUP(close_dir) DIR *dir = opendir(arena_printf(arena, "%s%s", root, folder));
    const struct dirent *entry;
    while (dir && (entry = readdir(dir))) {
        const char *linked = entry->d_name;
        if (linked[0] != 'S' || !isdigit((unsigned char)linked[1]))
            continue;
        if (strcmp(linked + 1 + strspn(linked + 1, "0123456789"), name) == 0)
            return true;
    }
    return false;
}

/* OpenRC */

bool units_has_openrc(const char *root)
{
    char path[PATH_MAX];
    struct stat st;
    int len = snprintf(path, sizeof(path), "%s/run/openrc", root);
    return len > 0 && (size_t)len < sizeof(path) && stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool is_in_runlevel(struct arena *arena, const char *root, const char *name)
{
    CLEANUP(close_dir) DIR *dir = opendir(arena_printf(arena, "%s/etc/runlevels", root));
    const struct dirent *entry;
    while (dir && (entry = readdir(dir))) {
        if (entry->d_name[0] == '.')
            continue;
        if (exists(arena, root, arena_printf(arena, "/etc/runlevels/%s", entry->d_name), name))
            return true;
    }
    return false;
}

/* OpenRC notes for each daemon of a service where its pid file is. */
static int64_t openrc_pid(struct arena *arena, const char *root, const char *name, int64_t *ret_since_ms)
{
    char text[1024];
    read_start(arena_printf(arena, "%s/run/openrc/daemons/%s/001", root, name), text, sizeof(text));
    const char *path = find_line(arena, text, "pidfile=");
    return read_pid(arena, root, path ? path : arena_printf(arena, "/run/%s.pid", name), ret_since_ms);
}

void units_openrc_read(const char *root, const char *name, struct arena *arena, struct unit_facts *facts)
{
    static const struct {
        const char *folder, *active_state, *sub_state;
    } states[] = {
        { "/run/openrc/failed", "failed", "failed" },
        { "/run/openrc/starting", "activating", "starting" },
        { "/run/openrc/stopping", "deactivating", "stopping" },
        { "/run/openrc/inactive", "inactive", "waiting" },
        { "/run/openrc/started", "active", "started" },
    };
    if (!has_script(root, name, arena, facts)) {
        note_absent(root, name, arena, facts);
        return;
    }
    facts->active_state = "inactive";
    facts->sub_state = "stopped";
    for (size_t i = 0; i < ARRAY_LEN(states); i++) {
        if (!exists(arena, root, states[i].folder, name))
            continue;
        facts->active_state = states[i].active_state;
        facts->sub_state = states[i].sub_state;
        break;
    }
    facts->enabled = is_in_runlevel(arena, root, name) ? "enabled" : "disabled";
    if (strcmp(facts->active_state, "active") != 0)
        return;
    int64_t since_ms = -1;
    facts->main_pid = openrc_pid(arena, root, name, &since_ms);
    facts->since_ms = since_ms;
    if (facts->main_pid < 0 && exists(arena, root, "/run/openrc/daemons", name))
        facts->sub_state = "crashed";
}

/* SysV */

bool units_has_sysv(const char *root)
{
    char path[PATH_MAX];
    int len = snprintf(path, sizeof(path), "%s/etc/inittab", root);
    if (len <= 0 || (size_t)len >= sizeof(path) - 16)
        return false;
    if (access(path, F_OK) == 0)
        return true;
    snprintf(path, sizeof(path), "%s/etc/init.d/rc", root);
    return access(path, F_OK) == 0;
}

void units_sysv_read(const char *root, const char *name, struct arena *arena, struct unit_facts *facts)
{
    static const char *const runlevels[] = { "/etc/rc2.d", "/etc/rc3.d", "/etc/rc4.d", "/etc/rc5.d",
        "/etc/rc.d/rc3.d", "/etc/rc.d/rc5.d", "/etc/rcS.d" };
    if (!has_script(root, name, arena, facts)) {
        note_absent(root, name, arena, facts);
        return;
    }
    facts->enabled = "disabled";
    for (size_t i = 0; i < ARRAY_LEN(runlevels); i++) {
        if (is_ordered(arena, root, runlevels[i], name))
            facts->enabled = "enabled";
    }
    const char *const paths[] = { arena_printf(arena, "/run/%s.pid", name),
        arena_printf(arena, "/run/%s/%s.pid", name, name), arena_printf(arena, "/var/run/%s.pid", name) };
    bool has_file = false;
    int64_t since_ms = -1;
    for (size_t i = 0; i < ARRAY_LEN(paths) && facts->main_pid < 0; i++) {
        has_file = has_file || exists(arena, root, "", paths[i] + 1);
        facts->main_pid = read_pid(arena, root, paths[i], &since_ms);
    }
    facts->since_ms = since_ms;
    facts->active_state = facts->main_pid > 0 ? "active" : has_file ? "failed" : "inactive";
    facts->sub_state = facts->main_pid > 0 ? "running" : has_file ? "dead" : NULL;
}
