/* Who may send requests at all: asked for each request before its route, its body not yet read. */
#ifndef APP_ADMISSION_H
#define APP_ADMISSION_H

#include <stdbool.h>

#include "app/keyring.h"
#include "app/proxies.h"
#include "app/rate.h"
#include "http/origin.h"

struct health;
struct http_request;

/* Embedded by value. */
struct admission {
    struct origin_policy origin;
    struct keyring keys; /* a request that has one of these is its owner's: principal "key:NAME" */
    bool needs_key; /* none is admitted without, but on open routes */
    bool frees_loopback; /* clients of this machine need none, whatever stands between */
    struct proxies proxies;
    struct rate rate; /* per principal; without one per address. None for loopback without authentication */
    struct health *health; /* keys that cannot be read show here */
};

/* For http_admit(), with a struct admission as `user`. False: it has answered. */
bool admission_admit(struct http_request *request, void *user);
void admission_done(struct admission *admission);

#endif
