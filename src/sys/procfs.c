/* Reading the files in which a machine tells about itself. Knows how they are written, not what they mean. */
#include "sys/procfs.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/scope.h"

int procfs_open(const char *root, struct procfs *ret_fs)
{
    int fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    *ret_fs = (struct procfs){ .root_fd = fd };
    return 0;
}

int procfs_open_host(const char *root, struct procfs *ret_fs)
{
    int rc = procfs_open(root, ret_fs);
    if (rc == 0)
        ret_fs->is_host = strcmp(root, "/") != 0;
    return rc;
}

void procfs_close(struct procfs *fs)
{
    scope_close(&fs->root_fd);
    fs->root_fd = -1;
}

static ssize_t read_some(int fd, char *ret_text, size_t size)
{
    for (;;) {
        ssize_t len = read(fd, ret_text, size);
        if (len >= 0)
            return len;
        if (errno != EINTR)
            return -errno;
    }
}

static int open_file(int dir_fd, const char *path)
{
    int fd = openat(dir_fd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    return fd < 0 ? -errno : fd;
}

ssize_t procfs_read(int dir_fd, const char *path, char *ret_text, size_t size)
{
    CLEANUP(scope_close) int fd = open_file(dir_fd, path);
    if (fd < 0)
        return fd;
    size_t len = 0;
    while (len < size - 1) {
        ssize_t got = read_some(fd, ret_text + len, size - 1 - len);
        if (got < 0)
            return got;
        if (got == 0)
            break;
        len += (size_t)got;
    }
    ret_text[len] = '\0';
    return (ssize_t)len;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

ssize_t procfs_read_line(const struct procfs *fs, const char *path, char *ret_text, size_t size)
{
    ssize_t len = procfs_read(fs->root_fd, path, ret_text, size);
    if (len < 0)
        return len;
    char *end = memchr(ret_text, '\n', (size_t)len);
    if (end)
        len = end - ret_text;
    while (len > 0 && is_blank(ret_text[len - 1]))
        len--;
    ret_text[len] = '\0';
    return len > 0 ? len : -ENODATA;
}

int procfs_load(const struct procfs *fs, const char *path, struct buf *ret_text)
{
    CLEANUP(scope_close) int fd = open_file(fs->root_fd, path);
    if (fd < 0)
        return fd;
    for (;;) {
        char piece[16384];
        ssize_t got = read_some(fd, piece, sizeof(piece));
        if (got <= 0)
            return (int)got;
        buf_add(ret_text, piece, (size_t)got);
        if (ret_text->failed)
            return -EFBIG;
    }
}

int procfs_read_number(const struct procfs *fs, const char *path, uint64_t *ret_value)
{
    char text[64];
    ssize_t len = procfs_read(fs->root_fd, path, text, sizeof(text));
    if (len < 0)
        return (int)len;
    const char *at = text;
    return procfs_next_number(&at, ret_value) ? 0 : -EBADMSG;
}

const char *procfs_next_line(const char *text)
{
    const char *end = strchr(text, '\n');
    return end && end[1] != '\0' ? end + 1 : NULL;
}

static const char *skip_blanks(const char *text)
{
    return text + strspn(text, " \t");
}

const char *procfs_find(const char *text, const char *key)
{
    size_t len = strlen(key);
    for (; text; text = procfs_next_line(text)) {
        if (strncmp(text, key, len) == 0)
            return skip_blanks(text + len);
    }
    return NULL;
}

bool procfs_next_number(const char **at, uint64_t *ret_value)
{
    const char *digit = skip_blanks(*at);
    if (*digit < '0' || *digit > '9')
        return false;
    uint64_t value = 0;
    for (; *digit >= '0' && *digit <= '9'; digit++) {
        if (__builtin_mul_overflow(value, 10U, &value) ||
            __builtin_add_overflow(value, (unsigned)(*digit - '0'), &value))
            return false;
    }
    *at = digit;
    *ret_value = value;
    return true;
}

bool procfs_next_decimal(const char **at, double *ret_value)
{
    uint64_t whole;
    const char *digit = *at;
    if (!procfs_next_number(&digit, &whole))
        return false;
    double value = (double)whole;
    if (*digit == '.') {
        double place = 0.1;
        for (digit++; *digit >= '0' && *digit <= '9'; digit++) {
            value += place * (*digit - '0');
            place /= 10;
        }
    }
    *at = digit;
    *ret_value = value;
    return true;
}

bool procfs_next_word(const char **at, char *ret_word, size_t size)
{
    const char *word = skip_blanks(*at);
    size_t len = strcspn(word, " \t\r\n");
    if (len == 0)
        return false;
    *at = word + len;
    size_t kept = len < size ? len : size - 1;
    memcpy(ret_word, word, kept);
    ret_word[kept] = '\0';
    return true;
}

char *procfs_copy_line(const char *text, char *ret_line, size_t size)
{
    size_t len = strcspn(text, "\n");
    while (len > 0 && is_blank(text[len - 1]))
        len--;
    if (len > size - 1)
        len = size - 1;
    memcpy(ret_line, text, len);
    ret_line[len] = '\0';
    return ret_line;
}
