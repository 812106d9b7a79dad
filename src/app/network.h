/* How long one network operation may take: an echo, a connection, a query, a request. The tools say 10 s at
 * most, in their tables; the setting network_timeout_max_ms alone raises that. */
#ifndef APP_NETWORK_H
#define APP_NETWORK_H

#include <mcp/tool.h>

struct arena;

/* The tools, those with a parameter `timeout_ms` as copies (in `arena`) that take up to `max_ms`, and have
 * the time for it: so check and published schema agree. The array ends with NULL. */
const struct mcp_tool *const *network_raise(
    struct arena *arena, const struct mcp_tool *const *tools, int64_t max_ms);

#endif
