/* Opens regular files beneath allowed roots and nowhere else, whatever links, races and special files are in
 * the way. Knows nothing of what is in them. */
#ifndef SYS_CONFINE_H
#define SYS_CONFINE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

/* All is borrowed. */
struct confine {
    const char
        *tree; /* NULL or "", or the directory at which the tree of all these paths is seen ("/host") */
    const char *const *roots; /* absolute paths of directories, or of single files; others are ignored */
    size_t root_count;
    /* What is refused even there, in any case: "/etc/shadow*" matches that path and all beneath it ('*' stops
     * at '/'),
     * "*.key" (no '/') any component of a path. */
    const char *const *denied;
    size_t denied_count;
};

enum confine_fault {
    CONFINE_OK,
    CONFINE_BAD_PATH, /* not absolute, or longer than PATH_MAX */
    CONFINE_OUTSIDE, /* beneath no root */
    CONFINE_ESCAPES, /* leaves its root by "..", a symbolic link, or a link of /proc */
    CONFINE_LISTED, /* by the list of what is denied */
    CONFINE_LINKED, /* a file of several names: one of them might be denied */
    CONFINE_MISSING,
    CONFINE_NO_PERMISSION, /* the kernel says no */
    CONFINE_DIRECTORY,
    CONFINE_SPECIAL, /* a device, pipe or socket */
    CONFINE_UNSUPPORTED, /* no openat2(2): nothing can be opened safely */
    CONFINE_ERROR, /* any other error */
};

struct confine_file {
    int fd; /* O_RDONLY, to be closed by the caller */
    struct stat info;
    char path[PATH_MAX]; /* the real one, as the tree names it */
};

/* Never follows a link out of the roots, never opens (nor waits for) anything but a regular file. The deny
 * list is held against the path as given and against the real path of what was opened. */
enum confine_fault confine_open(
    const struct confine *confine, const char *path, struct confine_file *ret_file);

/* True if the deny list names `path` or a directory it is in. */
bool confine_is_denied(const struct confine *confine, const char *path);

#endif
