/* User names for numbers and back. */
#include "sys/users.h"

#include <errno.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>

#include "base/text.h"

enum { ENTRY_SIZE = 16384 };

static void look_up(uid_t uid, char ret_name[USERS_NAME_SIZE])
{
    char entry[ENTRY_SIZE];
    struct passwd user, *found = NULL;
    if (getpwuid_r(uid, &user, entry, sizeof(entry), &found) == 0 && found)
        snprintf(ret_name, USERS_NAME_SIZE, "%s", found->pw_name);
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
    look_up(uid, users->known[place].name);
    return users->known[place].name;
}

int users_find(const char *name_or_uid, uid_t *ret_uid)
{
    char entry[ENTRY_SIZE];
    struct passwd user, *found = NULL;
    int64_t number;
    if (getpwnam_r(name_or_uid, &user, entry, sizeof(entry), &found) == 0 && found) {
        *ret_uid = found->pw_uid;
        return 0;
    }
    if (!text_int(name_or_uid, &number) || number < 0 || number > UINT32_MAX)
        return -ENOENT;
    *ret_uid = (uid_t)number;
    return 0;
}
