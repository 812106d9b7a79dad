/* Counters of what the server did since it started: calls by tool and outcome, requests by face and status.
 *
 * They belong to the I/O thread, so nothing is locked. All names are given at the start and known by their
 * index: no request can make a new label. */
#ifndef STORE_METRICS_H
#define STORE_METRICS_H

#include <stddef.h>
#include <stdint.h>

struct metrics;

#define METRICS_BOUNDS 14
/* Upper bounds of the histograms, in seconds, ascending; more is counted behind the last. */
extern const double metrics_bounds_s[METRICS_BOUNDS];

/* NULL-terminated lists, borrowed. What has no index is counted under the last name of its list. */
struct metrics_options {
    const char *const *tools, *const *outcomes, *const *faces;
};

/* A histogram: each bucket counts what lies between the bound before and its own. */
struct metrics_series {
    uint64_t count;
    double sum_s;
    uint64_t buckets[METRICS_BOUNDS + 1];
};

/* Never NULL: aborts without memory. */
struct metrics *metrics_new(const struct metrics_options *options);
/* NULL is fine. */
void metrics_free(struct metrics *metrics);
const struct metrics_options *metrics_options_of(const struct metrics *metrics);

void metrics_call(struct metrics *metrics, int tool, int outcome, int64_t duration_ns);
void metrics_request(struct metrics *metrics, int face, int status);

const struct metrics_series *metrics_series(const struct metrics *metrics, int tool, int outcome);
/* Requests so far with a status from 0 to METRICS_STATUSES - 1. */
#define METRICS_STATUSES 600
uint64_t metrics_requests(const struct metrics *metrics, int face, int status);
/* The duration in seconds that the share `q` (0..1) of the tool's calls did not exceed, with an error of less
 * than 4 %; 0 without calls. */
double metrics_quantile(const struct metrics *metrics, int tool, double q);

#endif
