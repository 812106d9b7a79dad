/* Resources that are the result of a tool: the arguments of its call, and the contents out of its outcome. */
#ifndef MCP_DERIVED_H
#define MCP_DERIVED_H

#include <mcp/resource.h>

struct arena;
struct buf;
struct call_outcome;
struct err;

/* Is resource->arguments a JSON object (or NULL)? 0 or -EINVAL with *err. */
int derived_check(const struct mcp_resource *resource, struct err *err);
/* The arguments of the tool, in `arena`; `variables` is what offer_find_resource() wrote. */
const struct mcp_json *derived_arguments(
    struct arena *arena, const struct mcp_resource *resource, const char *variables);
/* Appends the contents that `outcome` (no fault) makes. */
void derived_put(const struct mcp_resource *resource, const struct call_outcome *outcome, struct buf *out);

#endif
