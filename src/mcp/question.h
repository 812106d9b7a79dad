/* Questions to the client on the wire: elicitation, sampling, roots, as each revision writes them. */
#ifndef MCP_QUESTION_H
#define MCP_QUESTION_H

#include "mcp/state.h"

#define QUESTION_ID_SIZE 33 /* 128 random bits in hexadecimal and a NUL */

/* Writes the members `method` and `params` of one question. `id`: of a page, where the revision has such ids
 * (MCP 2025-11-25: elicitationId); else NULL. */
void question_put(struct json_writer *w, const struct revision *revision,
    const struct call_question *question, const char *id);
/* Writes the members of a page (MCP 2025-11-25, ElicitRequestURLParams). */
void question_put_page(struct json_writer *w, const struct call_question *question, const char *id);
/* An id for a page that nobody can guess. False: no randomness. */
bool question_new_id(char ret_id[QUESTION_ID_SIZE]);
/* Why this revision cannot carry the questions, for a person; NULL: it can. */
const char *question_unfit(
    const struct revision *revision, const struct call_question *questions, enum mcp_lang lang);
/* The data of a -32021 error for the kinds of questions in `lacks`, in `arena`. */
const char *question_lacks_data(struct arena *arena, unsigned lacks);

#endif
