/* The file of API keys, and how it is changed: under a lock on its directory, by a new file that takes its
 * name. */
#include "app/key_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include "base/base64.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/scope.h"

#define FILE_NAME "keys"
#define PREFIX "mcpa_"

enum { RANDOM_BYTES = 32, FILE_MAX_BYTES = 1 << 20 };

bool key_file_is_name(const char *name)
{
    static const char characters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
    size_t len = strspn(name, characters);
    return len >= 1 && len <= KEYRING_NAME_MAX && name[len] == '\0';
}

char *key_file_path(const char *data_dir)
{
    struct buf path = { 0 };
    buf_addf(&path, "%s/" FILE_NAME, data_dir);
    return buf_take(&path);
}

void key_file_append(struct keyring_keys *keys, const struct keyring_key *key)
{
    struct keyring_key *items = realloc(keys->items, (keys->count + 1) * sizeof *items);
    if (!items)
        abort(); /* a few hundred bytes, from files of bounded size */
    items[keys->count++] = *key;
    keys->items = items;
}

/* Reading */

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool read_hash(const char *text, unsigned char ret_hash[KEYRING_HASH_BYTES])
{
    for (size_t i = 0; i < KEYRING_HASH_BYTES; i++) {
        int high = hex_digit(text[2 * i]);
        int low = high < 0 ? -1 : hex_digit(text[2 * i + 1]);
        if (low < 0)
            return false;
        ret_hash[i] = (unsigned char)(high << 4 | low);
    }
    return text[(size_t)2 * KEYRING_HASH_BYTES] == '\0';
}

/* "NAME HASH ADDED", single blanks, and nothing behind a NUL that sscanf would stop at. */
static bool read_line(const char *line, size_t len, struct keyring_key *ret_key)
{
    char hash[2 * KEYRING_HASH_BYTES + 2];
    int end = 0;
    *ret_key = (struct keyring_key){ 0 };
    return sscanf(line, "%64[^ \n] %65[^ \n] %31[^ \n]\n%n", ret_key->name, hash, ret_key->added, &end) ==
        3 &&
        end > 0 && (size_t)end == len && key_file_is_name(ret_key->name) && read_hash(hash, ret_key->hash);
}

static const struct keyring_key *by_name(const struct keyring_keys *keys, const char *name)
{
    for (size_t i = 0; i < keys->count; i++)
        if (strcmp(keys->items[i].name, name) == 0)
            return &keys->items[i];
    return NULL;
}

static int read_lines(FILE *file, const char *path, struct keyring_keys *keys, struct err *err)
{
    CLEANUP(scope_free) char *line = NULL;
    size_t room = 0;
    ssize_t len;
    for (int number = 1; (len = getline(&line, &room, file)) >= 0; number++) {
        struct keyring_key key;
        if (!read_line(line, (size_t)len, &key) || by_name(keys, key.name))
            return err_say(err, -EBADMSG,
                "%.200s, ligne %d : ce n'est pas une clé telle que `mcp-assist key add` l'écrit",
                "%.200s, line %d is not a key as `mcp-assist key add` writes it", path, number);
        key_file_append(keys, &key);
    }
    return ferror(file) ? err_say(err, -EIO, "%.200s est illisible", "cannot read %.200s", path) : 0;
}

static void close_file(FILE **file)
{
    if (*file)
        fclose(*file);
}

int key_file_read(const char *path, struct keyring_keys *ret_keys, struct stat *ret_seen, struct err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 && errno == ENOENT)
        return 0;
    if (fd < 0)
        return err_because(
            err, -errno, errno, "les clés de %.200s sont illisibles", "cannot read the keys in %.200s", path);
    CLEANUP(close_file) FILE *file = fdopen(fd, "r");
    if (!file || fstat(fd, ret_seen) < 0)
        abort(); /* of an open file only for lack of memory */
    if (!S_ISREG(ret_seen->st_mode) || ret_seen->st_size > FILE_MAX_BYTES)
        return err_say(err, -EBADMSG, "%.200s n'est pas un fichier ordinaire de %d octets au plus",
            "%.200s is not a regular file of at most %d bytes", path, FILE_MAX_BYTES);
    if (ret_seen->st_mode & 077)
        return err_say(err, -EBADMSG, "d'autres peuvent lire ou modifier %.200s : chmod 600",
            "%.200s may be read or written by others: chmod 600", path);
    struct keyring_keys keys = { 0 };
    int error = read_lines(file, path, &keys, err);
    if (error)
        free(keys.items);
    else
        *ret_keys = keys;
    return error;
}

/* Changing */

/* The directory, locked until it is closed. */
static int lock_directory(const char *data_dir, struct err *err)
{
    CLEANUP(scope_close) int fd = open(data_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || flock(fd, LOCK_EX) < 0)
        return err_because(err, -errno, errno, "les clés ne peuvent être gardées dans %.200s",
            "cannot keep keys in %.200s", data_dir);
    int locked = fd;
    fd = -1;
    return locked;
}

static bool write_all(int fd, const struct buf *text)
{
    for (size_t at = 0; at < text->len;) {
        ssize_t wrote = write(fd, text->data + at, text->len - at);
        if (wrote < 0)
            return false;
        at += (size_t)wrote;
    }
    return true;
}

/* Whoever owns the directory reads the file: the server may not be root, the person at the shell may. */
static bool hand_over(int directory_fd, int fd)
{
    struct stat directory;
    if (fstat(directory_fd, &directory) < 0)
        return false;
    return directory.st_uid == geteuid() || geteuid() != 0 ||
        fchown(fd, directory.st_uid, directory.st_gid) == 0;
}

static int replace_file(
    int directory_fd, const char *data_dir, const struct keyring_keys *keys, struct err *err)
{
    CLEANUP(buf_done) struct buf text = { 0 };
    for (size_t i = 0; i < keys->count; i++) {
        buf_addf(&text, "%s ", keys->items[i].name);
        for (size_t j = 0; j < KEYRING_HASH_BYTES; j++)
            buf_addf(&text, "%02x", keys->items[i].hash[j]);
        buf_addf(&text, " %s\n", keys->items[i].added);
    }
    if (text.len > FILE_MAX_BYTES)
        return err_say(err, -E2BIG, "il y a trop de clés", "there are too many keys");
    char name[64];
    snprintf(name, sizeof name, "." FILE_NAME ".%ld", (long)getpid());
    unlinkat(directory_fd, name, 0); /* of a process that died here and had our number */
    CLEANUP(scope_close)
    int fd = openat(directory_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd >= 0 && write_all(fd, &text) && hand_over(directory_fd, fd) && fsync(fd) == 0 &&
        renameat(directory_fd, name, directory_fd, FILE_NAME) == 0 && fsync(directory_fd) == 0)
        return 0;
    int error = errno;
    unlinkat(directory_fd, name, 0);
    return err_because(err, -error, error, "les clés ne peuvent être écrites dans %.200s",
        "cannot write the keys in %.200s", data_dir);
}

static void make_key(char ret_key[KEYRING_KEY_SIZE])
{
    unsigned char bytes[RANDOM_BYTES];
    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
        abort(); /* so few bytes come whole */
    memcpy(ret_key, PREFIX, strlen(PREFIX));
    base64_encode(bytes, sizeof bytes, ret_key + strlen(PREFIX));
    ret_key[strlen(PREFIX) + base64_length(sizeof bytes)] = '\0';
    for (char *c = ret_key; *c; c++) {
        if (*c == '+')
            *c = '-';
        else if (*c == '/')
            *c = '_';
        else if (*c == '=')
            *c = '\0';
    }
    OPENSSL_cleanse(bytes, sizeof bytes);
}

/* For CLEANUP. */
static void free_keys(struct keyring_keys *keys)
{
    free(keys->items);
}

static int read_locked(const char *data_dir, struct keyring_keys *ret_keys, struct err *err)
{
    CLEANUP(scope_free) char *path = key_file_path(data_dir);
    struct stat seen;
    return key_file_read(path, ret_keys, &seen, err);
}

int keyring_add(const char *data_dir, const char *name, char ret_key[KEYRING_KEY_SIZE], struct err *err)
{
    if (!key_file_is_name(name))
        return err_say(err, -EINVAL,
            "« %.80s » n'est pas un nom de clé ; accepté : 1 à %d lettres, chiffres, '.', '-', '_'",
            "\"%.80s\" is no name of a key; accepted: 1 to %d letters, digits, '.', '-', '_'", name,
            KEYRING_NAME_MAX);
    CLEANUP(scope_close) int directory_fd = lock_directory(data_dir, err);
    CLEANUP(free_keys) struct keyring_keys keys = { 0 };
    if (directory_fd < 0)
        return directory_fd;
    int error = read_locked(data_dir, &keys, err);
    if (error)
        return error;
    if (by_name(&keys, name))
        return err_say(err, -EEXIST,
            "il y a déjà une clé nommée %s ; la révoquer d'abord, ou choisir un autre nom",
            "there is a key named %s already; revoke it first, or take another name", name);
    struct keyring_key key = { 0 };
    snprintf(key.name, sizeof key.name, "%s", name);
    clock_stamp(clock_wall_ms(), key.added);
    make_key(ret_key);
    SHA256((const unsigned char *)ret_key, strlen(ret_key), key.hash);
    key_file_append(&keys, &key);
    return replace_file(directory_fd, data_dir, &keys, err);
}

int keyring_revoke(const char *data_dir, const char *name, struct err *err)
{
    CLEANUP(scope_close) int directory_fd = lock_directory(data_dir, err);
    CLEANUP(free_keys) struct keyring_keys keys = { 0 };
    if (directory_fd < 0)
        return directory_fd;
    int error = read_locked(data_dir, &keys, err);
    if (error)
        return error;
    const struct keyring_key *key = by_name(&keys, name);
    if (!key)
        return err_say(err, -ENOENT, "il n'y a pas de clé nommée %.80s ; voir `mcp-assist key list`",
            "there is no key named %.80s; see `mcp-assist key list`", name);
    size_t index = (size_t)(key - keys.items);
    memmove(&keys.items[index], &keys.items[index + 1], (keys.count - index - 1) * sizeof *keys.items);
    keys.count--;
    return replace_file(directory_fd, data_dir, &keys, err);
}
