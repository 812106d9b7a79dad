/* Ranges and weights of the Accept headers. */
#include "http/accept.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

enum { FULL = 1000 };

/* "0.8" in thousandths. */
static long thousandths(const char *text, const char *end)
{
    if (text == end || (*text != '0' && *text != '1'))
        return FULL;
    if (*text == '1' || text + 1 == end || text[1] != '.')
        return *text == '1' ? FULL : 0;
    long sum = 0, unit = 100;
    for (const char *digit = text + 2; digit < end && unit && *digit >= '0' && *digit <= '9'; digit++) {
        sum += (*digit - '0') * unit;
        unit /= 10;
    }
    return sum;
}

long accept_weight(const char *range, size_t len)
{
    const char *end = range + len;
    for (const char *at = memchr(range, ';', len); at; at = memchr(at, ';', (size_t)(end - at))) {
        for (at++; at < end && (*at == ' ' || *at == '\t'); at++)
            continue;
        if (at + 1 < end && (*at == 'q' || *at == 'Q') && at[1] == '=')
            return thousandths(at + 2, end);
    }
    return FULL;
}

/* How closely the range of `len` bytes, without its parameters, fits: 3 exactly, 2 by its type, 1 as every
 * other, 0 not at all. */
static int fit(const char *range, size_t len, const char *name)
{
    if (len == strlen(name) && strncasecmp(range, name, len) == 0)
        return 3;
    const char *slash = strchr(name, '/');
    size_t stem = slash ? (size_t)(slash - name) + 1 : 0;
    if (slash && len == stem + 1 && range[stem] == '*' && strncasecmp(range, name, stem) == 0)
        return 2;
    bool is_any = slash ? len == 3 && memcmp(range, "*/*", 3) == 0 : len == 1 && *range == '*';
    return is_any ? 1 : 0;
}

long accept_quality(const char *header, const char *name)
{
    if (!header)
        return FULL;
    int closest = 0;
    long quality = 0;
    while (*header) {
        header += strspn(header, ", \t");
        size_t len = strcspn(header, ",");
        int close = fit(header, strcspn(header, ",; \t"), name);
        if (close > closest) {
            closest = close;
            quality = accept_weight(header, len);
        }
        header += len;
    }
    return quality;
}
