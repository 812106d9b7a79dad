/* User names for numbers and back. */
#include "sys/users.h"

#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/scope.h"
#include "base/text.h"

enum { ENTRY_SIZE = 16384 };

static void close_file(FILE **file)
{
    if (*file)
        fclose(*file);
}

/* One entry of a host's file, by name or, if `name` is NULL, by number. */
static bool find_in_file(
    const char *root, const char *name, uid_t uid, char entry[ENTRY_SIZE], struct passwd *user)
{
    char path[PATH_MAX];
    struct passwd *found = NULL;
    int len = snprintf(path, sizeof(path), "%s/etc/passwd", root);
    CLEANUP(close_file) FILE *file = len > 0 && (size_t)len < sizeof(path) ? fopen(path, "re") : NULL;
    while (file && fgetpwent_r(file, user, entry, ENTRY_SIZE, &found) == 0) {
        if (name ? strcmp(user->pw_name, name) == 0 : user->pw_uid == uid)
            return true;
    }
    return false;
}

static bool find_name(const char *root, uid_t uid, char entry[ENTRY_SIZE], struct passwd *user)
{
    struct passwd *found = NULL;
    if (root)
        return find_in_file(root, NULL, uid, entry, user);
    return getpwuid_r(uid, user, entry, ENTRY_SIZE, &found) == 0 && found;
}

static void look_up(const char *root, uid_t uid, char ret_name[USERS_NAME_SIZE])
{
    char entry[ENTRY_SIZE];
    struct passwd user;
    if (find_name(root, uid, entry, &user))
        snprintf(ret_name, USERS_NAME_SIZE, "%s", user.pw_name);
    else
        snprintf(ret_name, USERS_NAME_SIZE, "%u", (unsigned)uid);
}

const char *users_name(struct users *users, uid_t uid)
{
    for (size_t i = 0; i < users->count; i++) {
        if (users->known[i].uid == uid)
            return users->known[i].name;
    }
    /* When it is full the last place is used again and again: right, only slower. */
    size_t place = users->count < USERS_CACHED ? users->count++ : USERS_CACHED - 1;
    users->known[place].uid = uid;
    look_up(users->root, uid, users->known[place].name);
    return users->known[place].name;
}

static bool find_uid(const char *root, const char *name, char entry[ENTRY_SIZE], struct passwd *user)
{
    struct passwd *found = NULL;
    if (root)
        return find_in_file(root, name, 0, entry, user);
    return getpwnam_r(name, user, entry, ENTRY_SIZE, &found) == 0 && found;
}

int users_find(const char *root, const char *name_or_uid, uid_t *ret_uid)
{
    char entry[ENTRY_SIZE];
    struct passwd user;
    int64_t number;
    if (find_uid(root, name_or_uid, entry, &user)) {
        *ret_uid = user.pw_uid;
        return 0;
    }
    if (!text_int(name_or_uid, &number) || number < 0 || number > UINT32_MAX)
        return -ENOENT;
    *ret_uid = (uid_t)number;
    return 0;
}
