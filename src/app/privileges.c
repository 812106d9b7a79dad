/* From root to an ordinary account, once, before anything is served. Capabilities by the system calls: the
 * library adds nothing here. */
#include "app/privileges.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/err.h"
#include "base/scope.h"

#define DEFAULT_USER "mcp-assist"
#define NOBODY 65534

enum { GROUPS_MAX = 256, NAMES_SIZE = 16384, CAPABILITIES_MAX = 64 };

/* Masks as the kernel takes them: two words each of 32 bits. */
typedef struct __user_cap_data_struct capabilities[_LINUX_CAPABILITY_U32S_3];

/* `operation`: the call that said no, the same word in every language. */
static int failed(struct err *err, const char *operation)
{
    int error = errno;
    return err_because(err, -error, error, "les privilèges ne peuvent être rendus : %s",
        "privileges cannot be given up: %s", operation);
}

static int get_capabilities(capabilities ret_sets)
{
    struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
    return (int)syscall(SYS_capget, &header, ret_sets);
}

/* CAP_NET_RAW if it is permitted, and nothing else; without it ping falls back to other means. */
static int keep_net_raw_only(struct err *err)
{
    struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
    capabilities sets = { 0 };
    if (get_capabilities(sets) < 0)
        return failed(err, "capget");
    uint32_t kept = sets[CAP_TO_INDEX(CAP_NET_RAW)].permitted & CAP_TO_MASK(CAP_NET_RAW);
    memset(sets, 0, sizeof sets);
    sets[CAP_TO_INDEX(CAP_NET_RAW)].permitted = kept;
    sets[CAP_TO_INDEX(CAP_NET_RAW)].effective = kept;
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0 ||
        syscall(SYS_capset, &header, sets) < 0)
        return failed(err, "capset");
    return 0;
}

int privileges_bound(struct err *err)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return failed(err, "no_new_privs");
    return geteuid() == 0 ? 0 : keep_net_raw_only(err);
}

int privileges_hide(struct err *err)
{
    return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 ? failed(err, "PR_SET_DUMPABLE") : 0;
}

/* 0, or 1: there is no such account, or a negative errno. */
static int find_account(const char *user, struct privileges_account *ret_account)
{
    struct passwd entry, *found = NULL;
    char names[NAMES_SIZE];
    int error = getpwnam_r(user, &entry, names, sizeof names, &found);
    if (!found)
        return error ? -error : 1;
    *ret_account = (struct privileges_account){ .uid = entry.pw_uid, .gid = entry.pw_gid };
    snprintf(ret_account->name, sizeof ret_account->name, "%s", user);
    return 0;
}

int privileges_choose(const char *user, struct privileges_account *ret_account, struct err *err)
{
    struct privileges_account account = { .uid = geteuid(), .gid = getegid() };
    bool is_root = account.uid == 0;
    int error = user ? find_account(user, &account) : is_root ? find_account(DEFAULT_USER, &account) : 0;
    if (!user && error > 0) {
        account = (struct privileges_account){ .name = "65534", .uid = NOBODY, .gid = NOBODY };
        error = 0;
    }
    if (error)
        return err_say(err, error < 0 ? error : -ENOENT, "compte %.64s : il n'existe pas",
            "user %.64s: there is no such account", user);
    account.is_other = account.uid != geteuid();
    if (account.is_other && !is_root)
        return err_say(err, -EPERM, "compte %.64s : seul root peut servir sous un autre compte",
            "user %.64s: only root can serve as somebody else", user);
    *ret_account = account;
    return 0;
}

/* The groups of the account and those that read logs. */
static int set_groups(const struct privileges_account *account, struct err *err)
{
    static const char *const readers[] = { "adm", "systemd-journal" };
    gid_t groups[GROUPS_MAX + ARRAY_LEN(readers)];
    int count = GROUPS_MAX;
    if (account->uid == NOBODY || getgrouplist(account->name, account->gid, groups, &count) < 0)
        count = 0; /* nobody has none; with more than fits the one of the account has to do */
    for (size_t i = 0; i < ARRAY_LEN(readers); i++) {
        struct group entry, *found = NULL;
        char names[NAMES_SIZE];
        if (getgrnam_r(readers[i], &entry, names, sizeof names, &found) == 0 && found)
            groups[count++] = entry.gr_gid;
    }
    return setgroups((size_t)count, groups) < 0 ? failed(err, "setgroups") : 0;
}

/* Not even a program with file capabilities could bring back what is gone from the bounding set. */
static int bound_to_net_raw(struct err *err)
{
    for (int capability = 0; capability < CAPABILITIES_MAX; capability++) {
        bool exists = prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0;
        if (exists && capability != CAP_NET_RAW && prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) < 0)
            return failed(err, "PR_CAPBSET_DROP");
    }
    return 0;
}

/* What is given up here is given up by this thread only. */
static int check_alone(struct err *err)
{
    struct stat tasks;
    if (stat("/proc/self/task", &tasks) == 0 && tasks.st_nlink > 3)
        return err_say(err, -EBUSY, "il y a déjà des fils d'exécution, qui garderaient les capacités de root",
            "there are threads already, which would keep root's capabilities");
    return 0;
}

int privileges_give_up(const struct privileges_account *account, struct err *err)
{
    if (!account->is_other)
        return 0;
    int error = check_alone(err);
    if (!error)
        error = bound_to_net_raw(err);
    if (!error)
        error = set_groups(account, err);
    if (error)
        return error;
    if (setresgid(account->gid, account->gid, account->gid) < 0 || prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0 ||
        setresuid(account->uid, account->uid, account->uid) < 0) {
        error = errno;
        return err_because(err, -error, error, "impossible de devenir %s (--user root reste root)",
            "cannot become user %s (--user root stays root)", account->name);
    }
    prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0);
    return keep_net_raw_only(err);
}
