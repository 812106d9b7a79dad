/* A page of search results as DuckDuckGo's HTML endpoint serves it: what is on it, and which kind of page it
 * is. Facts only; knows no HTTP and no tools. */
#ifndef SYS_SEARCH_PAGE_H
#define SYS_SEARCH_PAGE_H

#include "base/arena.h"

#include <stddef.h>
#include <stdint.h>

struct buf;

#define SEARCH_PAGE_MAX_BYTES ((size_t)1 << 20)
#define SEARCH_PAGE_MAX_RESULTS 50

enum search_page_kind {
    SEARCH_PAGE_RESULTS, /* at least one result */
    SEARCH_PAGE_EMPTY, /* the engine says that it found nothing */
    SEARCH_PAGE_CHALLENGE, /* it wants proof of a human */
    SEARCH_PAGE_UNKNOWN, /* none of these: another site, another format */
};

struct search_result {
    const char *title, *url,
        *snippet; /* UTF-8, white space normalised; url is http or https; snippet may be "" */
};

struct search_page {
    enum search_page_kind kind;
    const char *title; /* of the page; "" = none */
    size_t count;
    struct search_result results[SEARCH_PAGE_MAX_RESULTS]; /* without advertisements, in the page's order */
    const char *next_form; /* the form to post for the next page, url-encoded; NULL = last page */
    int64_t next_offset; /* results before the next page, as the engine counts */
    struct arena arena; /* owns the strings */
};

/* Reads a page of at most SEARCH_PAGE_MAX_BYTES. 0 with *ret_page to be released; -E2BIG when it is larger,
 * or costs more memory to understand than any real page does. */
int search_page_read(const char *html, size_t len, struct search_page *ret_page);

/* Frees what a page owns. NULL and zeroed are fine. */
void search_page_done(struct search_page *page);

/* Appends "name=value" in application/x-www-form-urlencoded, with "&" in front when the form is not empty. */
void search_form_add(struct buf *form, const char *name, const char *value);

#endif
