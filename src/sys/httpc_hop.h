/* One request to one URL over libcurl: no redirect is followed here, no name is resolved here. */
#ifndef SYS_HTTPC_HOP_H
#define SYS_HTTPC_HOP_H

#include "sys/guard.h"
#include "sys/httpc.h"
#include "sys/httpc_curl.h"

struct wait;

/* The first group is borrowed input, the second what happened. */
struct httpc_hop {
    const struct httpc_curl *api;
    const struct wait *wait;
    const struct httpc_request *request;
    const char *url; /* ASCII, without user and fragment */
    const char *method;
    const char *pin; /* "host:port:address,address" for libcurl's name cache; NULL = the host is an address */
    bool with_body;
    bool with_credentials; /* Host and the headers whose names are a secret's go along */
    bool look_only; /* connect and make the handshake with anyone, send nothing */

    struct httpc_header *headers; /* HTTPC_HEADERS_MAX of them, in the response's arena */
    struct httpc_response *response; /* gets headers, body, timings, remote address, TLS facts */
    CURL *easy; /* while httpc_hop_run() runs */
    CURLcode code;
    long os_error; /* errno of the last failing system call of libcurl, 0 = none */
    bool connected; /* handshakes done */
    bool denied; /* the guard refused an address, `denial` says which */
    struct httpc_denial denial;
    bool headers_over, body_over; /* ended by our limits */
    size_t header_bytes;
    char message[CURL_ERROR_SIZE]; /* libcurl's words for `code` */
};

/* 0 when libcurl has come to an end, see `code`; -ECANCELED, -ETIMEDOUT (`response` has what came), -ENOMEM,
 * -ENOSYS. */
int httpc_hop_run(struct httpc_hop *hop);

#endif
