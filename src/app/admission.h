/* Who may send requests at all: asked for each request before its route, its body not yet read. */
#ifndef APP_ADMISSION_H
#define APP_ADMISSION_H

#include <stdbool.h>

#include "http/origin.h"

struct http_request;

/* Embedded by value. */
struct admission {
    struct origin_policy origin;
};

/* For http_admit(), with a struct admission as `user`. False: it has answered. */
bool admission_admit(struct http_request *request, void *user);

#endif
