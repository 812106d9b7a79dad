/* The head of a reply as bytes. Knows no socket. */
#ifndef HTTP_REPLY_H
#define HTTP_REPLY_H

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct http_exchange;

/* The text of a Date header, made anew once a second. Embedded by value. */
struct reply_date {
    long long second;
    char text[32];
};

struct reply_head {
    int status;
    const char *content_type; /* NULL: none */
    bool chunked; /* else: `length` bytes follow, or everything until the connection closes */
    bool has_length;
    size_t length;
    bool close; /* this connection ends with the reply */
};

/* Appends status line and headers, those of http_set() and the empty line included. */
void reply_put_head(struct buf *out, const struct http_exchange *exchange, const struct reply_head *head,
    struct reply_date *date);

#endif
