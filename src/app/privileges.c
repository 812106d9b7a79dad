/* From root to an ordinary account, once, before anything is served. */
#include "app/privileges.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/err.h"

int privileges_become(const char *user, struct err *err)
{
    struct passwd account, *found = NULL;
    char names[4096];
    int error = getpwnam_r(user, &account, names, sizeof names, &found);
    if (!found)
        return err_set(err, error ? -error : -ENOENT, "user %.64s: there is no such account", user);
    if (geteuid() == account.pw_uid)
        return 0;
    if (geteuid() != 0)
        return err_set(err, -EPERM, "user %.64s: only root can serve as somebody else", user);
    if (initgroups(user, account.pw_gid) < 0 ||
        setresgid(account.pw_gid, account.pw_gid, account.pw_gid) < 0 ||
        setresuid(account.pw_uid, account.pw_uid, account.pw_uid) < 0)
        return err_set(err, -errno, "cannot become user %.64s: %s", user, strerrordesc_np(errno));
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return err_set(err, -errno, "cannot give up new privileges: %s", strerrordesc_np(errno));
    return 0;
}
