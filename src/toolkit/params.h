/* Arguments: from JSON, or from texts (command line, query, settings), to the typed struct a tool reads.
 *
 * The same rows that publish the schema (schema.h) check the input here, so they cannot disagree. */
#ifndef TOOLKIT_PARAMS_H
#define TOOLKIT_PARAMS_H

#include <mcp/tool.h>

struct arena;
struct buf;

/* One thing that is wrong with the input. */
struct problem {
    const char *pointer; /* JSON Pointer (RFC 6901) into the arguments: "/count", "" for the whole */
    const char *message; /* in the caller's language: what was wrong, with which value */
    const char *accepted; /* in the caller's language: what is accepted instead; may be NULL */
    struct problem *next;
};

struct problems {
    struct problem *first, *last;
    unsigned count;
};

#define PARAMS_MAX_PROBLEMS 32 /* more are not listed */
#define PARAMS_DEFAULT_LENGTH 1024 /* characters of a STRING whose row gives no `max` */

/* Adds a problem; texts are copied into `arena`. */
void problems_add(struct arena *arena, struct problems *problems, const char *pointer, const char *message,
    const char *accepted);

/* Fills a zeroed struct of `args_size` bytes (allocated in `arena`, at least one byte) from `arguments` (an
 * object; NULL = no arguments). Defaults are filled in. Every fault is added to `problems`. Strings point
 * into `arguments` or `arena`. */
void *params_read(struct arena *arena, const struct mcp_param *rows, size_t args_size,
    const struct mcp_json *arguments, enum mcp_lang lang, struct problems *problems);

/* The row with that name or alias; NULL if there is none. `rows` may be NULL. */
const struct mcp_param *params_find(const struct mcp_param *rows, const char *name);

/* Name and value as text. */
struct params_text {
    const char *name, *value;
};

/* Writes the JSON object that the texts mean by the kinds of `rows`: "4" for an INT becomes 4, "a, b" or a
 * repeated name for STRINGS a list, "A: b" or "A=b" for a MAP a member. What does not fit its kind, and
 * unknown names, stay strings, so that params_read() complains about them in its own words. */
void params_from_texts(
    struct buf *out, const struct mcp_param *rows, const struct params_text *texts, size_t count);

/* Characters that a string of `row` has at least and at most: "" is nothing where a value or a shape is
 * wanted. */
unsigned params_min_length(const struct mcp_param *row);
unsigned params_max_length(const struct mcp_param *row);

/* What `row` accepts, for people: "an integer from 1 to 100", "one of auto, 4, 6". */
char *params_accepted(struct arena *arena, const struct mcp_param *row, enum mcp_lang lang);

#endif
