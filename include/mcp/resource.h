/* Resources and prompts: what a server offers beside tools. Each is answered by a handler of the same shape
 * as a tool's, so everything of <mcp/tool.h> works in it: typed arguments, waiting, faults, questions to the
 * client. */
#ifndef MCP_RESOURCE_H
#define MCP_RESOURCE_H

#include <mcp/tool.h>

/* Answers completion/complete: calls mcp_add_text() for each candidate, best first (at most 100 are sent).
 * `args` is a struct mcp_completion. */
typedef int mcp_completer(struct mcp_call *call, const void *args);

struct mcp_completion {
    const char *argument; /* which variable or argument */
    const char *value; /* what was typed so far */
    struct mcp_map context; /* the arguments that have their value already (MCP 2025-06-18, completion) */
};

struct mcp_resource {
    /* "assist://system"; with {name} in it a template (RFC 6570, level 1), whose variables are the parameters
     * of `reader`. A value may hold '/' percent-encoded, but no segment "..". */
    const char *uri;
    const char *mime_type;
    struct mcp_annotations annotations;
    uint64_t size; /* bytes of the contents before any encoding; 0 = unsaid; not for templates */
    /* How often a subscribed resource is read again to see whether it changed; 0: changes are told by
     * mcp_changed() only. */
    unsigned poll_s;
    /* Of this, name, title, about, icons, meta, params, args_size, cost, timeout_ms, scope and run count.
     * `run` adds the contents with mcp_add_resource() or mcp_add_blob(); MCP_NOT_FOUND says that there is no
     * such resource. */
    struct mcp_tool reader;
    /* Instead of reader.run: the contents are the structured result of this tool of the server, called as by
     * tools/call (its checks, settings, permissions and limits). Of `reader` then name, title, about, icons
     * and meta count. */
    const struct mcp_tool *tool;
    /* The tool's arguments, a JSON object; "{name}" in a string is the URI's variable of that name. NULL: the
     * variables are the arguments. */
    const char *arguments;
    /* Only these members of the result, ends with NULL; NULL: all of it. With a mime_type of "text/...", the
     * text that the first of them is; or, when the result lacks it, the result in words. */
    const char *const *members;
    mcp_completer *complete; /* may be NULL */
};

struct mcp_prompt {
    /* As above; its params are all STRING. `run` adds messages with mcp_role() and mcp_add_*(). */
    struct mcp_tool writer;
    mcp_completer *complete; /* may be NULL */
};

#endif
