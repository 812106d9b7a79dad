/* Command lines made fit to be shown: secrets masked, one line, bounded.
 *
 * Masked as "***": the value of a name like password, token, secret, api key (NAME=value, --name value,
 * "Name: value", JSON members), the user information of URLs, and the options by which well-known programs
 * take a password. */
#ifndef SYS_CMDLINE_H
#define SYS_CMDLINE_H

#include <stddef.h>

struct buf;

/* Appends the arguments `raw` (each ended by a NUL, as in /proc/PID/cmdline) to `ret_text`, separated by
 * spaces. */
void cmdline_show(const char *raw, size_t len, struct buf *ret_text);

/* Cuts `text` to `max_columns` characters, the last one an ellipsis if something was cut. */
void cmdline_shorten(struct buf *text, size_t max_columns);

#endif
