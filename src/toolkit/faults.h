/* One table of faults for every face: MCP error result, HTTP status, exit code, word in logs. */
#ifndef TOOLKIT_FAULTS_H
#define TOOLKIT_FAULTS_H

#include <mcp/tool.h>

struct fault_row {
    const char *word; /* "invalid": in logs, and the last part of a problem's type URI */
    int http_status;
    int exit_code;
    struct mcp_text title;
};

/* The row of `fault`; never NULL. */
const struct fault_row *fault_row(enum mcp_fault fault);

#endif
