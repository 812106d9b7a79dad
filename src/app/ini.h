/* Configuration files: [section] lines and `name = value` lines, one line per setting, any length. A line
 * that begins with # or ; is a comment. Nothing is continued and nothing is unquoted: what is not understood
 * is an error with its line. */
#ifndef APP_INI_H
#define APP_INI_H

struct err;

/* Called for each setting, trimmed; 0, or a negative errno to stop with *err filled. */
typedef int ini_taker(
    void *user, const char *section, const char *name, const char *value, int line, struct err *err);

/* 0, what `take` returned, or a negative errno with *err: the file cannot be read, or a line is not
 * understood. */
int ini_read(const char *path, ini_taker *take, void *user, struct err *err);

#endif
