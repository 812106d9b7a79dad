/* JSON Schemas (2020-12) of a tool, from its tables. */
#ifndef TOOLKIT_SCHEMA_H
#define TOOLKIT_SCHEMA_H

#include <mcp/tool.h>

struct json_writer;

/* The object schema of the arguments, as member `key`; descriptions in `lang`. Closed: additionalProperties
 * is false. */
void schema_put_input(
    struct json_writer *w, const char *key, const struct mcp_param *rows, enum mcp_lang lang);

/* The schema of one parameter, as member `key`. */
void schema_put_param(
    struct json_writer *w, const char *key, const struct mcp_param *row, enum mcp_lang lang);

/* `text` as a value of the kind of `row` ("4" of an INT is 4), as member `key`. */
void schema_put_value(struct json_writer *w, const char *key, const struct mcp_param *row, const char *text);

/* The object schema of the structured result, as member `key`. */
void schema_put_output(struct json_writer *w, const char *key, const struct mcp_tool *tool);

#endif
