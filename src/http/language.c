/* French or English: the higher q wins, the earlier one when equal. */
#include "http/language.h"

#include <string.h>
#include <strings.h>

#include "http/accept.h"

/* The language of a range: "fr", "fr-CA", "en"...; -1 for others. */
static int language_of(const char *range, size_t len)
{
    bool is_short = len < 2 || (len > 2 && range[2] != '-' && range[2] != ';' && range[2] != ' ');
    if (is_short)
        return -1;
    if (strncasecmp(range, "fr", 2) == 0)
        return MCP_FR;
    return strncasecmp(range, "en", 2) == 0 ? MCP_EN : -1;
}

enum mcp_lang language_choose(const char *header, enum mcp_lang fallback)
{
    long best = 0;
    int chosen = -1;
    while (header && *header) {
        header += strspn(header, ", \t");
        size_t len = strcspn(header, ",");
        int lang = language_of(header, len);
        long quality = lang < 0 ? 0 : accept_weight(header, len);
        if (quality > best) {
            best = quality;
            chosen = lang;
        }
        header += len;
    }
    return chosen < 0 ? fallback : (enum mcp_lang)chosen;
}
