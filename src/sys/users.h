/* User names for numbers and back, by the system's own databases (which may be slow: LDAP), or by the
 * passwd file of the host that is looked at. */
#ifndef SYS_USERS_H
#define SYS_USERS_H

#include <stddef.h>
#include <sys/types.h>

#define USERS_NAME_SIZE 64
#define USERS_CACHED 64

/* Names already asked for. A zeroed one is empty. */
struct users {
    const char *root; /* of that host; NULL = of this system, by all its databases */
    size_t count;
    struct {
        uid_t uid;
        char name[USERS_NAME_SIZE];
    } known[USERS_CACHED];
};

/* The name of `uid`, or its number as text. Valid until the next call with the same `users`. */
const char *users_name(struct users *users, uid_t uid);

/* A name or a number; `root` as in struct users. 0 and *ret_uid, or -ENOENT. */
int users_find(const char *root, const char *name_or_uid, uid_t *ret_uid);

#endif
