/* French or English: the higher q wins, the earlier one when equal. */
#include "http/language.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* "q=0.8" in thousandths; 1000 when there is none or it is malformed. */
static long quality_of(const char *range, size_t len)
{
    const char *at = memmem(range, len, "q=", 2);
    if (!at || at + 2 >= range + len)
        return 1000;
    long whole = at[2] == '1' ? 1000 : 0;
    const char *digit = at + 4;
    for (long unit = 100; !whole && unit && digit < range + len && *digit >= '0' && *digit <= '9';
         unit /= 10, digit++)
        whole += (*digit - '0') * unit;
    return whole;
}

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
        long quality = lang < 0 ? 0 : quality_of(header, len);
        if (quality > best) {
            best = quality;
            chosen = lang;
        }
        header += len;
    }
    return chosen < 0 ? fallback : (enum mcp_lang)chosen;
}
