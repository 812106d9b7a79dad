/* Every tool, one line each: the order is the order of tools/list. */
#include "tools/registry.h"

#include <mcp/tool.h>

#define TOOLS(X) \
    X(ping_host) \
    X(port_scan) \
    X(dns_lookup) \
    X(network_interfaces) \
    X(http_request) \
    X(system_info) \
    X(disk_usage) \
    X(process_list) \
    X(check_service) \
    X(calculator) \
    X(read_file) \
    X(web_search)

#define DECLARE(name) extern const struct mcp_tool tool_##name;
TOOLS(DECLARE)

#define ENTRY(name) &tool_##name,
const struct mcp_tool *const tools_registry[] = { TOOLS(ENTRY) 0 };
