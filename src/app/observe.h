/* What the program learns of finished calls and requests: the one place from which log, store and metrics
 * hear of them. */
#ifndef APP_OBSERVE_H
#define APP_OBSERVE_H

#include <stddef.h>

struct call_record;
struct http_request;

/* For engine_options.observe, with the struct assist as `user`. */
void observe_call(const struct call_record *record, void *user);
/* For http_observe(), with the struct assist as `user`. */
void observe_request(const struct http_request *request, int status, size_t bytes, void *user);

#endif
