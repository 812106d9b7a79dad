/* tools/list: written once per language when the server starts. */
#include "mcp/exchange.h"
#include "mcp/methods.h"

void tools_list(struct mcp_exchange *x)
{
    exchange_send_list(x, "tools", &x->server->tools[x->lang][!x->revision->has_structured_content]);
}
