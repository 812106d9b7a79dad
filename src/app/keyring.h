/* API keys: who may use the server, by name. Only hashes are kept.
 *
 * A key is "mcpa_" and 256 random bits in base64url. The file `keys` of the data directory has one line per
 * key: its name, the SHA-256 of the key in hexadecimal, when it was added. A random key that long needs no
 * slow hash. Further keys may be given at start, from the environment or a secret file. */
#ifndef APP_KEYRING_H
#define APP_KEYRING_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

struct err;

#define KEYRING_NAME_MAX 64
#define KEYRING_HASH_BYTES 32
#define KEYRING_KEY_SIZE 64 /* room for a key of ours, terminated */

struct keyring_key {
    char name[KEYRING_NAME_MAX + 1];
    unsigned char hash[KEYRING_HASH_BYTES];
    char added[32]; /* RFC 3339; "" for those given at start */
};

struct keyring_keys {
    struct keyring_key *items;
    size_t count;
};

/* Embedded by value; zeroed is an empty ring without a file. */
struct keyring {
    struct keyring_keys kept; /* of the file */
    struct keyring_keys given; /* at start */
    char *path; /* of the file */
    struct stat seen; /* the file as it was read */
    int error; /* why the file could not be read, negative errno; then `kept` is empty */
};

void keyring_done(struct keyring *ring);

/* Reads the file of `data_dir`; one that is not there is an empty one, one that is not understood is an
 * error: -EBADMSG, or what opening said, with *err. */
int keyring_open(struct keyring *ring, const char *data_dir, struct err *err);
/* Adds the keys of `text`, "NAME:KEY" divided by commas or blanks. -EINVAL with *err, which never quotes a
 * key; `origin` says where the text came from. */
int keyring_give(struct keyring *ring, const char *text, const char *origin, struct err *err);
/* The same from a file, whose lines may also be comments (#). */
int keyring_give_file(struct keyring *ring, const char *path, struct err *err);
/* Reads the file again if it has changed. False with *err if it has changed and cannot be read: from then on
 * its keys count no more, until it can. */
bool keyring_refresh(struct keyring *ring, struct err *err);
bool keyring_is_empty(const struct keyring *ring);
/* The name of a key, NULL if it is none of the ring. Takes the same time for every wrong key. */
const char *keyring_find(const struct keyring *ring, const char *key);

/* For the command line. They lock the file against each other and replace it whole. */

/* Makes a key and writes its hash; the key itself is in `ret_key` alone. -EINVAL (the name), -EEXIST, ... */
int keyring_add(const char *data_dir, const char *name, char ret_key[KEYRING_KEY_SIZE], struct err *err);
/* -ENOENT: there is no key of that name. */
int keyring_revoke(const char *data_dir, const char *name, struct err *err);

#endif
