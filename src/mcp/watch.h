/* Subscribed resources: who wants to hear of which, and reading those again that cannot tell by themselves.
 */
#ifndef MCP_WATCH_H
#define MCP_WATCH_H

#include "mcp/state.h"

#define WATCHES_MAX 64 /* per list */

/* Puts `uri` (2,048 bytes at most) on the list; true if it is there now. The resource is polled from now on
 * if it wants to be. */
bool watch_add(struct mcp_server *server, struct watch **list, const char *uri);
void watch_remove(struct watch **list, const char *uri);
bool watch_has(const struct watch *list, const char *uri);
void watch_free(struct watch **list);

/* Reads what is due; a change is announced. */
void watch_poll(struct mcp_server *server, int64_t now_ms);
void watch_poll_stop(struct mcp_server *server);

#endif
