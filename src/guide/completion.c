/* Candidates: names of units, names of log files that read_file would open. */
#include "guide/guide.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/scope.h"
#include "base/text.h"
#include "sys/confine.h"
#include "sys/units.h"
#include "tools/check_service.h"
#include "tools/host_root.h"
#include "tools/read_file.h"
#include "tools/registry.h"

#define LOG_ROOT "/var/log"
#define NAMES_MAX 200 /* gathered; a client is sent the first hundred */
#define FOLDERS_MAX 64 /* looked into */
#define ENTRIES_MAX 5000 /* looked at */

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* ---- Services ---- */

static void close_units(struct units **units)
{
    units_close(*units);
}

int guide_complete_service(struct mcp_call *call, const void *args)
{
    const struct mcp_completion *asked = args;
    const struct check_service_settings *settings = mcp_settings_of(call, &tool_check_service);
    if (!settings)
        return 0;
    struct units_options options = { .bus_address = settings->bus_address, .root = settings->root };
    host_root_units(call, &options);
    struct err err = { 0 };
    struct unit_names names = { 0 };
    CLEANUP(close_units) struct units *units = NULL;
    CLEANUP(arena_done) struct arena arena = { 0 };
    int rc = units_open(&options, &units, &err);
    if (rc == 0)
        rc = units_list(units, mcp_waiter(call), asked->value, &arena, &names, &err);
    if (rc < 0)
        return rc == -ECANCELED ? rc : 0;
    qsort(names.items, names.count, sizeof *names.items, compare_names);
    for (size_t i = 0; i < names.count; i++)
        mcp_add_text(call, names.items[i]);
    return 0;
}

/* ---- Logs ---- */

/* Breadth first, so that what lies deep cannot crowd out what lies on top. */
struct walk {
    struct mcp_call *call;
    const struct confine *confine;
    struct confine_file *file; /* for each attempt anew */
    const char *start; /* what was typed */
    const char *folders[FOLDERS_MAX]; /* relative to LOG_ROOT, "" or with '/' behind */
    size_t folder_count;
    const char *names[NAMES_MAX];
    size_t name_count;
    unsigned entries;
};

static void close_dir(DIR **dir)
{
    if (*dir)
        closedir(*dir);
}

static bool is_readable(const struct walk *walk, const char *path)
{
    if (confine_open(walk->confine, path, walk->file) != CONFINE_OK)
        return false;
    close(walk->file->fd);
    return true;
}

/* One entry: a name to offer, a folder to look into, or nothing. */
static void take_entry(struct walk *walk, int directory, const char *folder, const char *entry)
{
    struct stat info;
    size_t folder_len = strlen(folder), start_len = strlen(walk->start);
    bool is_above = start_len > folder_len; /* the entry's own name is what is being typed */
    const char *typed = is_above ? walk->start + folder_len : "";
    size_t typed_len = strcspn(typed, "/");
    bool is_folder_typed = typed[typed_len] == '/';
    if (entry[0] == '.' || strncmp(entry, typed, typed_len) != 0 || !text_is_utf8(entry, strlen(entry)) ||
        fstatat(directory, entry, &info, AT_SYMLINK_NOFOLLOW) < 0)
        return;
    const char *name = mcp_printf(walk->call, "%s%s", folder, entry);
    if (S_ISDIR(info.st_mode) && walk->folder_count < FOLDERS_MAX &&
        (!is_folder_typed || strlen(entry) == typed_len))
        walk->folders[walk->folder_count++] = mcp_printf(walk->call, "%s/", name);
    else if (S_ISREG(info.st_mode) && walk->name_count < NAMES_MAX && !is_folder_typed &&
        is_readable(walk, mcp_printf(walk->call, LOG_ROOT "/%s", name)))
        walk->names[walk->name_count++] = name;
}

static void look_into(struct walk *walk, const char *folder)
{
    const char *tree = host_root(walk->call),
               *path = mcp_printf(walk->call, "%s" LOG_ROOT "/%s", tree ? tree : "", folder);
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    CLEANUP(close_dir) DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    const struct dirent *entry;
    if (fd >= 0 && !dir)
        close(fd);
    while (dir && walk->entries < ENTRIES_MAX && (entry = readdir(dir))) {
        walk->entries++;
        take_entry(walk, fd, folder, entry->d_name);
    }
}

int guide_complete_log(struct mcp_call *call, const void *args)
{
    const struct mcp_completion *asked = args;
    const struct read_file_settings *settings = mcp_settings_of(call, &tool_read_file);
    if (!settings)
        return 0;
    const struct confine confine = read_file_confine(call, settings, LOG_ROOT);
    struct walk *walk = mcp_alloc(call, sizeof *walk);
    *walk = (struct walk){ .call = call, .confine = &confine, .start = asked->value };
    walk->file = mcp_alloc(call, sizeof *walk->file);
    walk->folders[walk->folder_count++] = "";
    for (size_t i = 0; i < walk->folder_count; i++) {
        if (mcp_cancelled(call))
            return -ECANCELED;
        look_into(walk, walk->folders[i]);
    }
    qsort(walk->names, walk->name_count, sizeof *walk->names, compare_names);
    for (size_t i = 0; i < walk->name_count; i++)
        mcp_add_text(call, walk->names[i]);
    return 0;
}
