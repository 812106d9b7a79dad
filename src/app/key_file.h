/* The file of API keys: read whole, replaced whole. */
#ifndef APP_KEY_FILE_H
#define APP_KEY_FILE_H

#include <stdbool.h>

#include "app/keyring.h"

/* True for 1 to KEYRING_NAME_MAX letters, digits, '.', '-', '_'. */
bool key_file_is_name(const char *name);
/* To be freed. */
char *key_file_path(const char *data_dir);
/* Appends a copy. */
void key_file_append(struct keyring_keys *keys, const struct keyring_key *key);
/* Reads the file into `ret_keys` and what it was into *ret_seen. No such file: no keys. -EBADMSG: it is not
 * understood, with *err; nothing of it is returned then. */
int key_file_read(const char *path, struct keyring_keys *ret_keys, struct stat *ret_seen, struct err *err);

#endif
