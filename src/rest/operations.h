/* What can be asked of this server over HTTP: one row is a route and its documentation in /openapi.json. */
#ifndef REST_OPERATIONS_H
#define REST_OPERATIONS_H

#include <stdbool.h>

#include <mcp/tool.h>

#include "http/server.h"

/* A row whose path ends with "{...}" stands for many paths. */
enum operation_each {
    OPERATION_ONCE,
    OPERATION_BY_NAME, /* one for each tool, by its name */
    OPERATION_BY_PATH, /* one for each tool that has a path */
    OPERATION_LOCAL_BY_PATH, /* one for each of these that acts on this machine only and changes nothing */
};

/* A success. Refusals are the same everywhere, see openapi.c. */
struct operation_answer {
    int status;
    struct mcp_text about;
    const char *type; /* media type; NULL: no content */
    const char *schema; /* one of components.json; NULL: text or bytes */
};

struct operation {
    const char *method, *path; /* as for http_route() */
    http_handler *handler; /* gets the struct rest; NULL: another part serves this route (the MCP endpoint) */
    bool is_open; /* asks nobody for a key, see http_route_open() */
    const char *id; /* operationId; for many paths their beginning */
    const char *tag; /* NULL: the scope of the tool */
    struct mcp_text summary; /* empty: the title of the tool */
    struct mcp_text about; /* may be empty; for tools the text of the tool */
    enum operation_each each;
    const char *param; /* a parameter of components.json; NULL = none (for tools their own) */
    const char
        *body; /* the schema of the request body, in components.json; NULL = none (for tools their own) */
    const struct operation_answer *answers; /* ends with { 0 }; NULL: the result of the tool */
};

/* Ends with { 0 }. */
extern const struct operation operations_table[];

/* True if the row stands for the tool. */
bool operation_covers(const struct operation *operation, const struct mcp_tool *tool);

#endif
