/* URLs as libcurl reads them: one parser judges, resolves names from, and sends the same text. */
#ifndef SYS_HTTPC_URL_H
#define SYS_HTTPC_URL_H

#include "sys/httpc_curl.h"

#include <stdbool.h>

struct err;

#define HTTPC_HOST_SIZE 300

/* An http or https URL taken apart. */
struct httpc_url {
    const struct httpc_curl *api;
    CURLU *parts;
    char *text; /* ASCII, normalised, without user and fragment: what is asked and shown */
    char *host; /* ASCII; IPv6 with brackets */
    char *port; /* always there */
    bool is_tls;
};

/* Parses. 0, or -EINVAL with *err saying what is wrong. Release with httpc_url_done() in both cases. */
int httpc_url_parse(
    const struct httpc_curl *api, const char *text, struct httpc_url *ret_url, struct err *err);
/* `location` may be relative. A user and a password in it are dropped. On failure *url is as it was. */
int httpc_url_follow(struct httpc_url *url, const char *location, struct err *err);
void httpc_url_done(struct httpc_url *url);

/* The host in brackets is an IPv6 address. */
bool httpc_url_is_v6(const struct httpc_url *url);

#endif
