/* The REST face: server information, health, the tool list, calls. Tools are known by the catalogue only. */
#ifndef REST_ROUTES_H
#define REST_ROUTES_H

#include <stdbool.h>

#include <mcp/tool.h>

struct engine;
struct health;
struct http_server;
struct metrics;
struct rest;
struct store;

/* What only the program around this face knows. */
struct rest_gauges {
    struct store *store; /* NULL: calls are not kept */
    unsigned mcp_sessions, mcp_streams;
    double cpu_s, started_s; /* of this process: time used, wall clock of its start */
    uint64_t resident_bytes, virtual_bytes, descriptors, descriptors_max;
};

struct rest_options {
    struct engine *engine; /* borrowed */
    const char *name, *version; /* of the server; borrowed */
    struct health *health; /* the parts of the program; borrowed */
    enum mcp_lang lang; /* for clients that ask for none of ours */
    const char *base_path; /* what links begin with: "/assist"; NULL = ""; borrowed */
    const struct metrics *metrics; /* borrowed */
    void (*measure)(void *user, struct rest_gauges *ret_gauges);
    void *measure_user;
    /* Looks at the machine for /stats, as a call of its own; its result is /stats's `services` and
     * `resources`. */
    const struct mcp_tool *survey;
    const struct mcp_json *survey_arguments; /* borrowed */
    bool needs_key; /* for the documentation: nobody may call without an API key */
};

/* Adds the routes of operations_table.c. Free it after the server. */
struct rest *rest_new(const struct rest_options *options, struct http_server *server);
/* NULL is fine. */
void rest_free(struct rest *rest);

#endif
