/* Arguments fit to be kept: secrets masked, bounded. The one place that decides what a call may leave behind.
 */
#ifndef TOOLKIT_REDACT_H
#define TOOLKIT_REDACT_H

#include <mcp/tool.h>

struct buf;

#define REDACT_TEXT_MAX 256 /* bytes of one value; what is longer is cut */
#define REDACT_ITEMS_MAX 16 /* of a list or a map; the others are counted */
#define REDACT_MASK "***"

/* Appends `arguments` (an object, or NULL) as one compact JSON object of the parameters that `rows` know:
 * - a row that is `secret` becomes "***";
 * - in a URL the password, and the values of query parameters with a name like "token", become "***";
 * - in a MAP (headers, variables) the values whose name tells that they are secret become "***";
 * - what no row knows is left out: a slip of the keyboard may hold anything. */
void redact_arguments(struct buf *out, const struct mcp_param *rows, const struct mcp_json *arguments);

#endif
