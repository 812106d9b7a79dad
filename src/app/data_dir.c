/* The directory for the server's own files. */
#include "app/data_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/scope.h"

int data_dir_make(const char *path, uid_t owner, gid_t group, struct err *err)
{
    char part[PATH_MAX];
    size_t len = strlen(path);
    if (len >= sizeof part)
        return err_say(err, -ENAMETOOLONG, "le nom du répertoire de données est trop long",
            "the name of the data directory is too long");
    for (size_t i = 1; i <= len; i++) {
        if (path[i] != '/' && path[i] != '\0')
            continue;
        memcpy(part, path, i);
        part[i] = '\0';
        bool is_made = mkdir(part, 0700) == 0;
        if (!is_made && errno != EEXIST)
            return err_because(err, -errno, errno, "le répertoire %.200s ne peut être créé",
                "cannot make the directory %.200s", part);
        if (is_made && owner != (uid_t)-1 && lchown(part, owner, group) < 0)
            return err_because(err, -errno, errno, "%.200s ne peut changer de propriétaire",
                "cannot give away %.200s", part);
    }
    return 0;
}

/* A file without a name, where the file system has them: only making one proves that one can be made. */
int data_dir_check(const char *path, struct err *err)
{
    if (!path[0])
        return err_say(err, -ENOENT, "il n'y a pas de répertoire de données : régler data_dir",
            "there is no data directory: set data_dir");
    CLEANUP(scope_close) int fd = open(path, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
    if (fd >= 0)
        return 0;
    if ((errno == EOPNOTSUPP || errno == EISDIR) && faccessat(AT_FDCWD, path, W_OK | X_OK, AT_EACCESS) == 0)
        return 0;
    return err_because(err, -errno, errno, "%.80s n'est pas inscriptible", "%.80s cannot be written", path);
}
