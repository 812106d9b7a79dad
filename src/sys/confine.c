/* openat2(2) beneath a root's descriptor, then questions to what was opened: never to a path that may change
 * meanwhile. */
#include "sys/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/scope.h"
#include "base/text.h"

/* openat2() asks to try again when something was renamed while it resolved "..". */
#define MAX_RETRIES 16
#define DESCRIPTOR_PATH_SIZE 40

/* Without "//", "/./" and a final "/". False if it is not absolute or too long. */
static bool clean_path(const char *path, char ret_path[PATH_MAX])
{
    size_t len = 0;
    if (path[0] != '/' || strlen(path) >= PATH_MAX)
        return false;
    while (*path) {
        size_t step = strcspn(path + 1, "/") + 1;
        bool is_empty = step == 1 || (step == 2 && path[1] == '.');
        if (!is_empty) {
            memcpy(ret_path + len, path, step);
            len += step;
        }
        path += step;
    }
    if (len == 0)
        ret_path[len++] = '/';
    ret_path[len] = '\0';
    return true;
}

static bool is_component_denied(const char *pattern, const char *component)
{
    return fnmatch(pattern, component, FNM_CASEFOLD) == 0;
}

bool confine_is_denied(const struct confine *confine, const char *path)
{
    char prefix[PATH_MAX];
    size_t len = strlen(path);
    if (len >= sizeof(prefix))
        return true;
    /* Each prefix that ends at a component, with that component's name. */
    for (size_t end = 1; end <= len; end++) {
        if (path[end] && path[end] != '/')
            continue;
        memcpy(prefix, path, end);
        prefix[end] = '\0';
        const char *slash = strrchr(prefix, '/');
        const char *component = slash ? slash + 1 : prefix;
        for (size_t i = 0; i < confine->denied_count; i++) {
            const char *pattern = confine->denied[i];
            bool is_match = strchr(pattern, '/') ? fnmatch(pattern, prefix, FNM_PATHNAME | FNM_CASEFOLD) == 0
                                                 : is_component_denied(pattern, component);
            if (is_match)
                return true;
        }
    }
    return false;
}

/* What of `path` lies behind `root`: "" for the root itself, NULL if it is not beneath it. */
static const char *path_beneath(const char *root, const char *path)
{
    size_t len = strlen(root);
    if (len == 1)
        return path + 1;
    if (strncmp(path, root, len) != 0)
        return NULL;
    if (path[len] == '\0')
        return path + len;
    return path[len] == '/' ? path + len + 1 : NULL;
}

static enum confine_fault fault_of(int error)
{
    switch (error) {
    case ENOENT:
    case ENOTDIR:
        return CONFINE_MISSING;
    case EACCES:
    case EPERM:
        return CONFINE_NO_PERMISSION;
    case EXDEV:
    case ELOOP:
        return CONFINE_ESCAPES;
    case ENAMETOOLONG:
        return CONFINE_BAD_PATH;
    case ENOSYS:
        return CONFINE_UNSUPPORTED;
    default:
        return CONFINE_ERROR;
    }
}

/* A descriptor that only names what stands there. */
static enum confine_fault find(int directory, const char *path, uint64_t resolve, int *ret_fd)
{
    struct open_how how = { .flags = O_PATH | O_CLOEXEC, .resolve = resolve | RESOLVE_NO_MAGICLINKS };
    for (int i = 0; i < MAX_RETRIES; i++) {
        long fd = syscall(SYS_openat2, directory, path, &how, sizeof(how));
        if (fd >= 0) {
            *ret_fd = (int)fd;
            return CONFINE_OK;
        }
        if (errno != EAGAIN && errno != EINTR)
            return fault_of(errno);
    }
    return CONFINE_ERROR;
}

static enum confine_fault find_beneath(int directory, const char *path, int *ret_fd)
{
    return find(directory, path, RESOLVE_BENEATH, ret_fd);
}

/* Anywhere in the tree: links are followed as the tree means them. */
static enum confine_fault find_in_tree(const char *tree, const char *path, int *ret_fd)
{
    CLEANUP(scope_close) int top = open(tree[0] ? tree : "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    return top < 0 ? fault_of(errno) : find(top, path, RESOLVE_IN_ROOT, ret_fd);
}

/* The same for `rest` beneath `root`, which is a directory; or for `root` itself, when it is a single file.
 */
static enum confine_fault find_in_root(const char *tree, const char *root, const char *rest, int *ret_fd)
{
    char parent[PATH_MAX];
    struct stat info;
    CLEANUP(scope_close) int found = -1;
    enum confine_fault fault = find_in_tree(tree, root, &found);
    if (fault != CONFINE_OK)
        return fault;
    if (fstat(found, &info) < 0)
        return CONFINE_ERROR;
    if (S_ISDIR(info.st_mode))
        return *rest ? find_beneath(found, rest, ret_fd) : CONFINE_DIRECTORY;
    if (*rest)
        return CONFINE_OUTSIDE;
    snprintf(parent, sizeof(parent), "%s", root);
    char *slash = strrchr(parent, '/');
    const char *name = root + (slash - parent) + 1;
    *(slash == parent ? slash + 1 : slash) = '\0';
    CLEANUP(scope_close) int directory = -1;
    fault = find_in_tree(tree, parent, &directory);
    return fault == CONFINE_OK ? find_beneath(directory, name, ret_fd) : fault;
}

static const char *tree_of(const struct confine *confine)
{
    return confine->tree ? confine->tree : "";
}

/* Where the descriptor's file is now, as the tree names it. */
static enum confine_fault read_real_path(const char *tree, const char *descriptor, char ret_path[PATH_MAX])
{
    size_t tree_len = strlen(tree);
    ssize_t len = readlink(descriptor, ret_path, PATH_MAX - 1);
    if (len < 0)
        return CONFINE_ERROR;
    ret_path[len] = '\0';
    /* Its name is gone, and with it what the deny list could be held against. */
    if (text_ends(ret_path, " (deleted)"))
        return CONFINE_MISSING;
    if (!path_beneath(tree_len ? tree : "/", ret_path))
        return CONFINE_ESCAPES;
    memmove(ret_path, ret_path + tree_len, (size_t)len - tree_len + 1);
    return CONFINE_OK;
}

/* Looks at what was found before really opening it: opening a device or a pipe may already do something. */
static enum confine_fault open_found(const struct confine *confine, int found, struct confine_file *ret_file)
{
    char descriptor[DESCRIPTOR_PATH_SIZE];
    struct confine_file file = { .fd = -1 };
    snprintf(descriptor, sizeof(descriptor), "/proc/self/fd/%d", found);
    enum confine_fault fault = read_real_path(tree_of(confine), descriptor, file.path);
    if (fault != CONFINE_OK)
        return fault;
    if (confine_is_denied(confine, file.path))
        return CONFINE_LISTED;
    if (fstat(found, &file.info) < 0)
        return CONFINE_ERROR;
    if (S_ISDIR(file.info.st_mode))
        return CONFINE_DIRECTORY;
    if (!S_ISREG(file.info.st_mode))
        return CONFINE_SPECIAL;
    if (file.info.st_nlink > 1)
        return CONFINE_LINKED;
    file.fd = open(descriptor, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (file.fd < 0)
        return fault_of(errno);
    *ret_file = file;
    return CONFINE_OK;
}

static enum confine_fault open_beneath_roots(
    const struct confine *confine, const char *path, struct confine_file *ret_file)
{
    char wanted[PATH_MAX], root[PATH_MAX];
    if (!clean_path(path, wanted))
        return CONFINE_BAD_PATH;
    if (confine_is_denied(confine, wanted))
        return CONFINE_LISTED;
    enum confine_fault fault = CONFINE_OUTSIDE;
    for (size_t i = 0; i < confine->root_count; i++) {
        const char *rest = clean_path(confine->roots[i], root) ? path_beneath(root, wanted) : NULL;
        if (!rest)
            continue;
        CLEANUP(scope_close) int found = -1;
        fault = find_in_root(tree_of(confine), root, rest, &found);
        if (fault == CONFINE_OK)
            return open_found(confine, found, ret_file);
        /* It may be beneath a wider root too. */
        if (fault != CONFINE_ESCAPES && fault != CONFINE_OUTSIDE)
            return fault;
    }
    return fault;
}

/* What the links of `path` lead to, which need not be allowed. */
static enum confine_fault follow_links(const char *tree, const char *path, char ret_path[PATH_MAX])
{
    char descriptor[DESCRIPTOR_PATH_SIZE];
    CLEANUP(scope_close) int found = -1;
    enum confine_fault fault = find_in_tree(tree, path, &found);
    if (fault != CONFINE_OK)
        return fault;
    snprintf(descriptor, sizeof(descriptor), "/proc/self/fd/%d", found);
    return read_real_path(tree, descriptor, ret_path);
}

enum confine_fault confine_open(
    const struct confine *confine, const char *path, struct confine_file *ret_file)
{
    char real[PATH_MAX];
    enum confine_fault fault = open_beneath_roots(confine, path, ret_file);
    bool climbs = strstr(path, "/../") || text_ends(path, "/..");
    if (fault != CONFINE_ESCAPES || climbs || follow_links(tree_of(confine), path, real) != CONFINE_OK)
        return fault;
    /* A link out of one root may lead beneath another (/etc/os-release): its end is asked for by its own
     * name, with the same care, so whatever is swapped meanwhile still has to be beneath a root. */
    return open_beneath_roots(confine, real, ret_file) == CONFINE_OK ? CONFINE_OK : fault;
}
