/* Accept-Language (RFC 9110, section 12.5.4) between the two languages there are. */
#ifndef HTTP_LANGUAGE_H
#define HTTP_LANGUAGE_H

#include <mcp/tool.h>

/* The one the client prefers; `fallback` if it names neither, or `header` is NULL. */
enum mcp_lang language_choose(const char *header, enum mcp_lang fallback);

#endif
