/* Which files read_file opens: for others that name such files. */
#ifndef TOOLS_READ_FILE_H
#define TOOLS_READ_FILE_H

#include <mcp/tool.h>

#include "sys/confine.h"

struct read_file_settings {
    struct mcp_strings roots, deny;
};

/* What the settings allow of the tree that `path` is in: the server's data directory is its own, everything
 * else the machine's that is looked at. In the call's memory. */
struct confine read_file_confine(
    struct mcp_call *call, const struct read_file_settings *settings, const char *path);

#endif
