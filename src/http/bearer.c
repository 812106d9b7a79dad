/* The Authorization header, strictly: one header, the scheme, blanks, one token68. */
#include "http/bearer.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "http/server.h"

enum { TOKEN_MAX_BYTES = 4096 };

/* RFC 9110, 11.2. */
static bool is_token68(const char *text)
{
    static const char characters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~+/";
    size_t len = strspn(text, characters);
    size_t padding = strspn(text + len, "=");
    return len > 0 && len + padding <= TOKEN_MAX_BYTES && text[len + padding] == '\0';
}

static bool look_for_token(const char *name, const char *value, void *user)
{
    (void)value;
    bool *found = user;
    *found |= strcmp(name, "access_token") == 0;
    return true;
}

/* True also of a query that cannot be read: what is behind the fault may be a token for another reader. */
static bool query_may_hold_token(struct http_request *request)
{
    bool found = false;
    return !http_query_each(request, look_for_token, &found) || found;
}

enum bearer bearer_read(struct http_request *request, const char **ret_token)
{
    static const char scheme[] = "Bearer";
    if (query_may_hold_token(request))
        return BEARER_MALFORMED;
    unsigned count = http_header_count(request, "Authorization");
    if (count != 1)
        return count ? BEARER_MALFORMED : BEARER_NONE;
    const char *value = http_header(request, "Authorization");
    size_t len = strcspn(value, " ");
    if (len != sizeof scheme - 1 || strncasecmp(value, scheme, len) != 0)
        return BEARER_NONE;
    value += len + strspn(value + len, " ");
    if (!is_token68(value))
        return BEARER_MALFORMED;
    *ret_token = value;
    return BEARER_TOKEN;
}
