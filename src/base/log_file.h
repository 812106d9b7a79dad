/* A log file: appended to line by line, rotated by size, found again after somebody renamed it. Not for
 * several threads at once; several processes may share one. */
#ifndef BASE_LOG_FILE_H
#define BASE_LOG_FILE_H

#include <stddef.h>
#include <stdint.h>

/* Embedded by value. */
struct log_file {
    const char *path; /* borrowed */
    int64_t max_bytes; /* rotated before it grows over this; 0 = never */
    int keep; /* how many old ones stay: path.1 ... path.keep */
    int fd; /* -1 = not open */
    int64_t size; /* as far as this process knows */
    int rotate_error; /* negative errno: it could not be rotated and grows on; 0 = fine */
};

/* Opens `path` for appending, made with mode 0640 if need be; one that is open already is given up only for a
 * new one. Only a regular file will do. 0, -EINVAL if it is none, or a negative errno. */
int log_file_open(struct log_file *file);
void log_file_close(struct log_file *file);

/* Appends one line, after rotation if it is due. All of it or nothing: what a full disk took of it is taken
 * back. 0 or a negative errno. */
int log_file_write(struct log_file *file, const char *line, size_t len);
/* Looks how large the file is really, since others may write to it too, and follows its name if that leads to
 * another one by now. 0 or a negative errno as log_file_open(). */
int log_file_look(struct log_file *file);

#endif
