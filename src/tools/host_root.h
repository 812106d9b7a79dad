/* Which machine the tools look at: this one, or, from a container that is told to, its host (setting
 * host_root). */
#ifndef TOOLS_HOST_ROOT_H
#define TOOLS_HOST_ROOT_H

#include <stdbool.h>

#include <mcp/tool.h>

struct procfs;
struct units_options;

/* The row of a result that says so: the root directory that was looked at, absent when it is "/". */
#define HOST_ROOT_FIELD \
    { \
        .name = "root", .kind = MCP_STRING, .label = { "Racine examinée", "Root looked at" }, \
        .optional = true \
    }

/* The setting, or NULL when it is "/". */
const char *host_root(const struct mcp_call *call);
/* Puts HOST_ROOT_FIELD where it is not "/". */
void host_root_put(struct mcp_call *call);
/* 0 and *ret_fs; or the fault UNSUPPORTED: there is no /proc beneath the root. */
int host_root_open(struct mcp_call *call, struct procfs *ret_fs);
/* True if this process has the same network as the host's first process. */
bool host_root_shares_network(const struct mcp_call *call);
/* Fills in how to reach the host's service manager; what the options have already is kept. */
void host_root_units(struct mcp_call *call, struct units_options *options);

#endif
