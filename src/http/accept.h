/* Accept, Accept-Encoding and their like (RFC 9110, section 12.5): how welcome is what we have? */
#ifndef HTTP_ACCEPT_H
#define HTTP_ACCEPT_H

#include <stddef.h>

/* How welcome `name` is by the header, in thousandths, 0 for not at all: a media type ("text/html") or any
 * other word ("gzip"). The most specific range that covers it decides. NULL is a header that was not sent:
 * everything is welcome. */
long accept_quality(const char *header, const char *name);

/* The weight of one range, "fr;q=0.8", in thousandths; 1000 when it has none or it is malformed. */
long accept_weight(const char *range, size_t len);

#endif
