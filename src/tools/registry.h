/* The list of tools that this server offers. */
#ifndef TOOLS_REGISTRY_H
#define TOOLS_REGISTRY_H

struct mcp_tool;

/* In the order in which they are listed; ends with NULL. */
extern const struct mcp_tool *const tools_registry[];

/* Those that others name: resources are their results, completions share their settings. */
extern const struct mcp_tool tool_check_service, tool_network_interfaces, tool_process_list, tool_read_file,
    tool_system_info;

#endif
