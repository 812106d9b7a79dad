/* What this server offers beside its tools: resources to read and subscribe to, prompts that lead through a
 * diagnosis. */
#ifndef GUIDE_GUIDE_H
#define GUIDE_GUIDE_H

#include <mcp/resource.h>

/* Both end with NULL. */
extern const struct mcp_resource *const guide_resources[];
extern const struct mcp_prompt *const guide_prompts[];

/* Candidates for the variables of templates and the arguments of prompts. */
mcp_completer guide_complete_service, guide_complete_log;

#endif
