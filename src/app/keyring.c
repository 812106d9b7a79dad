/* API keys in memory: read, given, found. */
#include "app/keyring.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include "app/key_file.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/scope.h"

enum {
    GIVEN_MIN_CHARS = 32, /* of a key that somebody else made up */
    GIVEN_MAX_CHARS = 256,
    GIVEN_MAX_BYTES = 65536,
};

static const char blanks[] = ", \t\r\n";

void keyring_done(struct keyring *ring)
{
    free(ring->kept.items);
    free(ring->given.items);
    free(ring->path);
    *ring = (struct keyring){ 0 };
}

int keyring_open(struct keyring *ring, const char *data_dir, struct err *err)
{
    ring->path = key_file_path(data_dir);
    return key_file_read(ring->path, &ring->kept, &ring->seen, err);
}

/* Given keys */

static int give_one(struct keyring *ring, const char *item, size_t len, const char *origin, struct err *err)
{
    static const char key_chars[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~+/=";
    struct keyring_key key = { 0 };
    const char *colon = memchr(item, ':', len);
    size_t name_len = colon ? (size_t)(colon - item) : 0;
    size_t key_len = colon ? len - name_len - 1 : 0;
    if (name_len <= KEYRING_NAME_MAX)
        memcpy(key.name, item, name_len);
    size_t number = ring->given.count + 1;
    if (!key_file_is_name(key.name) || key_len < GIVEN_MIN_CHARS || key_len > GIVEN_MAX_CHARS ||
        strspn(colon + 1, key_chars) < key_len)
        return err_say(err, -EINVAL,
            "%s : la clé %zu n'est pas NOM:CLÉ ; accepté : des noms de 1 à %d lettres, chiffres, '.', '-', "
            "'_', et des clés de %d à %d caractères d'un jeton porteur",
            "%s: key %zu is not NAME:KEY; accepted: names of 1 to %d letters, digits, '.', '-', '_', and "
            "keys of %d to %d characters of a bearer token",
            origin, number, KEYRING_NAME_MAX, GIVEN_MIN_CHARS, GIVEN_MAX_CHARS);
    for (size_t i = 0; i < ring->given.count; i++)
        if (strcmp(ring->given.items[i].name, key.name) == 0)
            return err_say(err, -EINVAL, "%s : il y a deux clés nommées %s",
                "%s: there are two keys named %s", origin, key.name);
    SHA256((const unsigned char *)colon + 1, key_len, key.hash);
    key_file_append(&ring->given, &key);
    return 0;
}

int keyring_give(struct keyring *ring, const char *text, const char *origin, struct err *err)
{
    int error = 0;
    for (text += strspn(text, blanks); *text && !error; text += strspn(text, blanks)) {
        size_t len = strcspn(text, blanks);
        error = give_one(ring, text, len, origin, err);
        text += len;
    }
    return error;
}

/* Everything from # to the end of a line becomes blank. */
static void drop_comments(char *text)
{
    for (char *hash = strchr(text, '#'); hash; hash = strchr(hash, '#'))
        memset(hash, ' ', strcspn(hash, "\n"));
}

int keyring_give_file(struct keyring *ring, const char *path, struct err *err)
{
    CLEANUP(scope_close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    char text[GIVEN_MAX_BYTES + 1];
    size_t len = 0;
    ssize_t got = fd < 0 ? -1 : 1;
    while (got > 0 && len < GIVEN_MAX_BYTES) {
        got = read(fd, text + len, GIVEN_MAX_BYTES - len);
        len += got > 0 ? (size_t)got : 0;
    }
    int error = got < 0 ? errno : 0;
    text[len] = '\0';
    int result = 0;
    if (error)
        result = err_because(err, -error, error, "keys_file %.200s", "keys_file %.200s", path);
    else if (len == GIVEN_MAX_BYTES || strlen(text) != len)
        result = err_say(err, -EINVAL, "keys_file %.200s n'est pas un texte de moins de %d octets",
            "keys_file %.200s is no text of less than %d bytes", path, GIVEN_MAX_BYTES);
    if (!result) {
        drop_comments(text);
        result = keyring_give(ring, text, path, err);
    }
    OPENSSL_cleanse(text, sizeof text);
    return result;
}

/* Looking */

static bool same_time(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

bool keyring_refresh(struct keyring *ring, struct err *err)
{
    struct stat now = { 0 };
    if (!ring->path)
        return true;
    if (stat(ring->path, &now) < 0)
        now = (struct stat){ 0 };
    const struct stat *seen = &ring->seen;
    /* The mode and the time of the last change of any kind: a chmod may be what was asked for. */
    bool same = now.st_ino == seen->st_ino && now.st_size == seen->st_size && now.st_mode == seen->st_mode &&
        same_time(&now.st_mtim, &seen->st_mtim) && same_time(&now.st_ctim, &seen->st_ctim);
    if (same)
        return true;
    struct keyring_keys keys = { 0 };
    ring->seen = now;
    ring->error = key_file_read(ring->path, &keys, &ring->seen, err);
    free(ring->kept.items);
    ring->kept = keys;
    return ring->error == 0;
}

bool keyring_is_empty(const struct keyring *ring)
{
    return ring->kept.count + ring->given.count == 0;
}

/* Hashes are compared, all of them and each in constant time: nothing about a key shows in how long it takes.
 */
static const char *find_in(const struct keyring_keys *keys, const unsigned char hash[KEYRING_HASH_BYTES])
{
    const char *found = NULL;
    for (size_t i = 0; i < keys->count; i++)
        if (CRYPTO_memcmp(keys->items[i].hash, hash, KEYRING_HASH_BYTES) == 0)
            found = keys->items[i].name;
    return found;
}

const char *keyring_find(const struct keyring *ring, const char *key)
{
    unsigned char hash[KEYRING_HASH_BYTES];
    SHA256((const unsigned char *)key, strlen(key), hash);
    const char *kept = find_in(&ring->kept, hash);
    const char *given = find_in(&ring->given, hash);
    return kept ? kept : given;
}
