/* The REST face: server information, health, the tool list, calls. Tools are known by the catalogue only. */
#ifndef REST_ROUTES_H
#define REST_ROUTES_H

#include <stdbool.h>

#include <mcp/tool.h>

struct engine;
struct health;
struct http_server;
struct rest;

struct rest_options {
    struct engine *engine; /* borrowed */
    const char *name, *version; /* of the server; borrowed */
    struct health *health; /* the parts of the program; borrowed */
    enum mcp_lang lang; /* for clients that ask for none of ours */
    const char *base_path; /* what links begin with: "/assist"; NULL = ""; borrowed */
    bool needs_key; /* for the documentation: nobody may call without an API key */
};

/* Adds the routes of operations_table.c. Free it after the server. */
struct rest *rest_new(const struct rest_options *options, struct http_server *server);
/* NULL is fine. */
void rest_free(struct rest *rest);

#endif
