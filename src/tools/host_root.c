/* Which machine the tools look at. A host is seen through directories of its own that somebody mounted into
 * the container: what is not mounted is not seen, and never taken from the container instead. */
#include "tools/host_root.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "sys/procfs.h"
#include "sys/units.h"

const char *host_root(const struct mcp_call *call)
{
    const char *root = mcp_host_root(call);
    return strcmp(root, "/") == 0 ? NULL : root;
}

void host_root_put(struct mcp_call *call)
{
    mcp_put_str(call, "root", host_root(call));
}

int host_root_open(struct mcp_call *call, struct procfs *ret_fs)
{
    const char *root = host_root(call);
    char first[8];
    if (procfs_open_host(root ? root : "/", ret_fs) == 0 &&
        procfs_read(ret_fs->root_fd, "proc/stat", first, sizeof(first)) > 0)
        return 0;
    procfs_close(ret_fs);
    return mcp_fail(call, MCP_UNSUPPORTED, "%s/proc est illisible%s", "cannot read %s/proc%s",
        root ? root : "",
        root ? mcp_pick(call,
                   (struct mcp_text){ " ; montez-y la racine de l'hôte", "; mount the host's root there" })
             : "");
}

/* Files of /proc/PID/net are of the network namespace of that process, and each namespace has its own. */
bool host_root_shares_network(const struct mcp_call *call)
{
    const char *root = host_root(call);
    struct stat own, host;
    char path[4200];
    if (!root)
        return true;
    snprintf(path, sizeof(path), "%s/proc/1/net/dev", root);
    return stat("/proc/self/net/dev", &own) == 0 && stat(path, &host) == 0 && own.st_ino == host.st_ino;
}

void host_root_units(struct mcp_call *call, struct units_options *options)
{
    const char *root = host_root(call);
    struct stat info;
    if (!root || (options->root && options->root[0]) || (options->bus_address && options->bus_address[0]))
        return;
    options->root = root;
    if (stat(mcp_printf(call, "%s/run/systemd/system", root), &info) == 0 && S_ISDIR(info.st_mode))
        options->bus_address = mcp_printf(call, "unix:path=%s/run/dbus/system_bus_socket", root);
}
