/* Host and Origin checks: host names are parsed and compared whole, never as prefixes. */
#include "http/origin.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "http/server.h"

/* A piece of a header: the host of "host:port", without brackets or port. */
struct host {
    const char *name;
    size_t len;
    bool bracketed; /* [IPv6] */
};

static bool is_port(const char *text)
{
    if (*text == '\0')
        return true;
    if (*text != ':')
        return false;
    size_t digits = strspn(text + 1, "0123456789");
    return digits <= 5 && text[1 + digits] == '\0';
}

/* The whole of `authority` must be host[:port]. */
static bool read_host(const char *authority, struct host *ret_host)
{
    static const char name_chars[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
    struct host host = { .name = authority, .bracketed = authority[0] == '[' };
    const char *behind;
    if (host.bracketed) {
        host.name++;
        host.len = strspn(host.name, "0123456789abcdefABCDEF:.");
        if (host.name[host.len] != ']')
            return false;
        behind = host.name + host.len + 1;
    } else {
        host.len = strspn(host.name, name_chars);
        behind = host.name + host.len;
    }
    if (host.len == 0 || !is_port(behind))
        return false;
    *ret_host = host;
    return true;
}

static bool host_is(const struct host *host, const char *name)
{
    bool bracketed = name[0] == '[';
    size_t len = strlen(name) - (bracketed ? 2 : 0);
    return host->bracketed == bracketed && host->len == len &&
        strncasecmp(host->name, name + bracketed, len) == 0;
}

static bool is_ours(const struct host *host, const struct origin_policy *policy)
{
    if (host_is(host, "localhost") || host_is(host, "127.0.0.1") || host_is(host, "[::1]"))
        return true;
    for (const char *const *name = policy->allowed_hosts; name && *name; name++) {
        if (**name && host_is(host, *name))
            return true;
    }
    return false;
}

static bool read_origin(const char *origin, struct host *ret_host)
{
    if (text_starts(origin, "http://"))
        return read_host(origin + strlen("http://"), ret_host);
    if (text_starts(origin, "https://"))
        return read_host(origin + strlen("https://"), ret_host);
    return false;
}

static bool same_host(const struct host *a, const struct host *b)
{
    return a->bracketed == b->bracketed && a->len == b->len && strncasecmp(a->name, b->name, a->len) == 0;
}

/* An address cannot be rebound: only a name can lead a browser to a foreign server. */
static bool is_address(const struct host *host)
{
    return host->bracketed || strspn(host->name, "0123456789.") >= host->len;
}

bool origin_is_name(const char *name)
{
    struct host host;
    return read_host(name, &host) && host_is(&host, name);
}

bool origin_allowed(const struct http_request *request, const struct origin_policy *policy)
{
    const char *authority = http_header(request, "Host");
    struct host host;
    if (!authority || !read_host(authority, &host))
        return false;
    bool any_address = !policy->loopback && is_address(&host);
    if (!any_address && !is_ours(&host, policy))
        return false;

    const char *sender = http_header(request, "Origin");
    if (!sender)
        return true;
    struct host origin;
    if (!read_origin(sender, &origin))
        return false;
    return any_address ? same_host(&origin, &host) : is_ours(&origin, policy);
}

bool origin_cross_site(const struct http_request *request)
{
    const char *site = http_header(request, "Sec-Fetch-Site");
    return site && text_same(site, "cross-site");
}
