/* The file of the log. Rotation renames under a lock on the file itself, so that of several processes only
 * one does it and the others follow. */
#include "base/log_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/scope.h"

#define MODE 0640

int log_file_open(struct log_file *file)
{
    /* O_NONBLOCK: a FIFO must not hold us before it is refused. */
    CLEANUP(scope_close)
    int fd = open(file->path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, MODE);
    struct stat status;
    if (fd < 0 || fstat(fd, &status) < 0)
        return errno == ENXIO ? -EINVAL : -errno;
    if (!S_ISREG(status.st_mode))
        return -EINVAL;
    log_file_close(file);
    file->fd = fd;
    fd = -1;
    file->size = status.st_size;
    return 0;
}

void log_file_close(struct log_file *file)
{
    scope_close(&file->fd);
    file->fd = -1;
}

/* True if the path still leads to the file that is open. */
static bool is_ours(const struct log_file *file)
{
    struct stat named, opened;
    return stat(file->path, &named) == 0 && fstat(file->fd, &opened) == 0 && named.st_ino == opened.st_ino &&
        named.st_dev == opened.st_dev;
}

int log_file_look(struct log_file *file)
{
    struct stat status;
    if (file->fd < 0 || !is_ours(file))
        return log_file_open(file);
    if (fstat(file->fd, &status) < 0)
        return -errno;
    file->size = status.st_size;
    return 0;
}

/* path.1 becomes path.2 and so on, the last one goes, path becomes path.1. */
static int shift(const struct log_file *file)
{
    char older[PATH_MAX], newer[PATH_MAX];
    for (int i = file->keep; i > 1; i--) {
        snprintf(older, sizeof older, "%s.%d", file->path, i);
        snprintf(newer, sizeof newer, "%s.%d", file->path, i - 1);
        if (rename(newer, older) < 0 && errno != ENOENT)
            return -errno;
    }
    snprintf(newer, sizeof newer, "%s.1", file->path);
    return rename(file->path, newer) < 0 ? -errno : 0;
}

static int rotate(struct log_file *file)
{
    if (flock(file->fd, LOCK_EX | LOCK_NB) < 0)
        return errno == EWOULDBLOCK ? 0 : -errno; /* somebody else is at it: with the next line, then */
    int error = is_ours(file) ? shift(file) : 0;
    flock(file->fd, LOCK_UN);
    return error ? error : log_file_open(file);
}

/* What a full disk took of a line goes, unless somebody has written behind it. */
static void take_back(struct log_file *file, ssize_t written)
{
    struct stat status;
    off_t end = lseek(file->fd, 0, SEEK_CUR);
    if (end < written || fstat(file->fd, &status) < 0 || status.st_size != end ||
        ftruncate(file->fd, end - written) < 0)
        (void)!write(file->fd, "\n", 1); /* then at least no other line continues it */
}

int log_file_write(struct log_file *file, const char *line, size_t len)
{
    if (file->fd < 0)
        return -EBADF;
    if (file->max_bytes > 0 && file->size > 0 && file->size + (int64_t)len > file->max_bytes)
        file->rotate_error = rotate(file);
    ssize_t written = write(file->fd, line, len);
    if (written == (ssize_t)len) {
        file->size += written;
        return 0;
    }
    int error = written < 0 ? -errno : -ENOSPC;
    if (written > 0)
        take_back(file, written);
    return error;
}
