/* The OpenAPI 3.1 document of this server, from the table of operations and the tables of the tools. */
#ifndef REST_OPENAPI_H
#define REST_OPENAPI_H

#include <stdbool.h>

#include <mcp/tool.h>

struct assets;
struct buf;
struct catalog;

struct openapi_options {
    const struct catalog *catalog;
    struct assets *assets; /* with the parts that are written by hand, and the examples */
    const char *version; /* of the server */
    const char *base_path; /* beneath which the routes are found; "" = none */
    bool needs_key; /* nobody may call without an API key */
};

/* Appends the document, with its texts in `lang`. */
void openapi_write(const struct openapi_options *options, enum mcp_lang lang, struct buf *out);

#endif
