/* Looks at the machine for GET /stats: watched services and resources. */
#ifndef APP_SURVEY_H
#define APP_SURVEY_H

#include <mcp/tool.h>

/* No tool of the catalogue: the handler of a call that the REST face makes for itself. */
extern const struct mcp_tool survey_handler;

#endif
