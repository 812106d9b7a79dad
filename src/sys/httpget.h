/* One plain GET without any library: for asking a server of ours how it is, also where libcurl is not there.
 *
 * http only, no redirects, no proxy, HTTP/1.0 so that the answer ends with the connection. Whom to ask is the
 * caller's decision: no address is refused here. */
#ifndef SYS_HTTPGET_H
#define SYS_HTTPGET_H

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct err;
struct wait;

#define HTTPGET_HOST_SIZE 256
#define HTTPGET_PATH_SIZE 1024
#define HTTPGET_ANSWER_MAX ((size_t)256 << 10) /* head and body */

/* An http URL taken apart. */
struct httpget_url {
    char host[HTTPGET_HOST_SIZE]; /* without brackets */
    bool is_v6; /* it stood in brackets */
    unsigned port;
    char path[HTTPGET_PATH_SIZE]; /* with the query; "" if the URL has none but "/" */
};

/* False if `text` is not http://host[:port][/path] in printable ASCII, without user and fragment. */
bool httpget_parse(const char *text, struct httpget_url *ret_url);

/* Asks each address of the host until one takes the connection. 0 with *ret_status, and the body added to
 * `body` (whose memory the caller releases). Or -ENOENT: no such name; -ECONNREFUSED, -EHOSTUNREACH and
 * others of connect(2); -ETIMEDOUT: the wait's deadline, which covers everything; -ECONNRESET: closed before
 * the answer was complete; -EPROTO: what came is not HTTP; -EMSGSIZE: over HTTPGET_ANSWER_MAX; -ECANCELED. */
int httpget(const struct wait *wait, const struct httpget_url *url, int *ret_status, struct buf *body);

#endif
