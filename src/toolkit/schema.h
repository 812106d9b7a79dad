/* JSON Schemas (2020-12) of a tool, from its tables. */
#ifndef TOOLKIT_SCHEMA_H
#define TOOLKIT_SCHEMA_H

#include <mcp/tool.h>

struct json_writer;

/* The object schema of the arguments, as member `key`; descriptions in `lang`. Closed: additionalProperties
 * is false. */
void schema_put_input(
    struct json_writer *w, const char *key, const struct mcp_param *rows, enum mcp_lang lang);

/* The object schema of the structured result, as member `key`. */
void schema_put_output(struct json_writer *w, const char *key, const struct mcp_tool *tool);

#endif
