/* The revisions of the protocol as data: what a handler needs to know is a column here, never a date in an
 * `if`. */
#ifndef MCP_REVISION_H
#define MCP_REVISION_H

#include <stdbool.h>

struct buf;

enum era {
    ERA_BARE = 1 << 0, /* one HTTP request without handshake, session or version: curl */
    ERA_LEGACY = 1 << 1, /* sessions that begin with `initialize` */
    ERA_MODERN = 1 << 2, /* stateless: all context in each request's _meta */
};

struct revision {
    const char *name; /* as on the wire */
    enum era era;
    bool has_batches; /* a message may be an array of messages */
    bool has_structured_content; /* else the data goes into a second text block */
    bool has_result_type; /* resultType, server info in _meta, cache hints on lists */
    bool has_null_id; /* an error without a readable id says "id": null, else it has no id */
    bool has_audio, has_links; /* content blocks `audio`, `resource_link` */
    bool has_tool_hints; /* annotations of tools */
    bool has_titles; /* title and _meta of what is offered, _meta of content, annotations.lastModified */
    bool has_icons; /* and description and website of the server */
    bool has_completions; /* the capability is declared */
    bool has_polling; /* SSE: a first empty event with an id, so that the client can come back */
    bool has_modern_errors; /* a missing resource is -32602, not -32002 */
    bool has_elicitation, has_url_elicitation; /* can be declared by clients: forms, pages */
    bool has_url_ids; /* each has an elicitationId; error -32042; a notification when the page is done with */
    bool has_form_lists; /* a choice in a form may take several values */
    bool has_sampling_tools; /* sampling.tools and sampling.context can be declared */
    bool cancels_on_close; /* a client that leaves has cancelled */
};

/* The row with that name; NULL if there is none. The bare row cannot be named. */
const struct revision *revision_find(const char *name);
/* The row for requests without any handshake. */
const struct revision *revision_bare(void);
/* The newest revision that has sessions: what `initialize` answers to a version it does not know. */
const struct revision *revision_newest_legacy(void);
/* The newest stateless revision: for errors that must be shaped before a revision is known. */
const struct revision *revision_newest_modern(void);
/* Appends the stateless revisions as a JSON array of strings. */
void revision_put_modern(struct buf *out);

#endif
