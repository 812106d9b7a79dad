/* The directory for the server's own files. */
#ifndef APP_DATA_DIR_H
#define APP_DATA_DIR_H

#include <sys/types.h>

struct err;

/* Makes the directory, and what is missing above it, for its owner's eyes only. Each one made is given to
 * `owner` and `group` ((uid_t)-1: to us). 0 also if it is there already or `path` is ""; else a negative
 * errno with *err. */
int data_dir_make(const char *path, uid_t owner, gid_t group, struct err *err);

/* 0 if we can make files in it; else a negative errno with *err, also when `path` is "". */
int data_dir_check(const char *path, struct err *err);

#endif
