/* The files in which a machine tells about itself (/proc, /sys, /etc) beneath one root, and the few ways to
 * read them.
 *
 * The root is "/" in service and a recorded tree in tests; every path is relative to it ("proc/stat"). */
#ifndef SYS_PROCFS_H
#define SYS_PROCFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct buf;

struct procfs {
    int root_fd;
    bool is_host; /* of another machine than this process's: a container looks at its host */
};

/* 0 and *ret_fs, which the caller closes; or a negative errno. */
int procfs_open(const char *root, struct procfs *ret_fs);
/* The same for the machine whose root directory is seen at `root`: with "/" this process's own. What "self"
 * is in /proc belongs to the reader, so of a host its first process is looked at instead. */
int procfs_open_host(const char *root, struct procfs *ret_fs);
/* For CLEANUP too; `root_fd` below 0 is fine. */
void procfs_close(struct procfs *fs);

/* Reads the beginning of a file, at most size - 1 bytes, and terminates it. Returns its length or a negative
 * errno. */
ssize_t procfs_read(int dir_fd, const char *path, char *ret_text, size_t size);
/* The same without the white space at the end; -ENODATA when nothing is left. */
ssize_t procfs_read_line(const struct procfs *fs, const char *path, char *ret_text, size_t size);
/* Appends a whole file to `ret_text`, whose maximum bounds it (-EFBIG). 0 or a negative errno. */
int procfs_load(const struct procfs *fs, const char *path, struct buf *ret_text);
/* The number a file begins with. 0, -EBADMSG when there is none, or another negative errno. */
int procfs_read_number(const struct procfs *fs, const char *path, uint64_t *ret_value);

/* What follows `key` on the first line that begins with it, blanks skipped; NULL if no line does. */
const char *procfs_find(const char *text, const char *key);
/* The line behind the one `text` points into; NULL at the end. */
const char *procfs_next_line(const char *text);
/* The next number on this line: blanks skipped, *at moved behind it. False, nothing moved, if there is none
 * or it does not fit. */
bool procfs_next_number(const char **at, uint64_t *ret_value);
/* The same for a number with an optional fraction. */
bool procfs_next_decimal(const char **at, double *ret_value);
/* The next word on this line, cut to fit `ret_word`; *at moves behind the whole of it. */
bool procfs_next_word(const char **at, char *ret_word, size_t size);
/* Copies this line from `text` on, without white space at its end; cut to fit. Returns `ret_line`. */
char *procfs_copy_line(const char *text, char *ret_line, size_t size);

#endif
