/* A server for the targets that talk to one: tools, resources and prompts that answer at once, on this
 * thread. */
#ifndef FUZZ_SERVED_H
#define FUZZ_SERVED_H

#include <mcp/server.h>

/* Pages of two, so that there are cursors. Tools: echo (arguments of every kind, three of them as headers),
 * ask (a form, then the client's model), later (may become a task), raw (a schema of its own), talk (log,
 * progress, changes, content). Resources fuzz://one, fuzz://text/{name}, fuzz://echo/{word}; prompts hello,
 * ask_first. */
struct mcp_server *served_new(void);

/* Aborts unless `json` is a message of ours: an object or a batch of objects with "jsonrpc":"2.0". */
void served_check_message(const char *json, size_t len);

#endif
