/* How often one caller may ask: a bucket of tokens each, refilled all the time, one token a request. */
#ifndef APP_RATE_H
#define APP_RATE_H

#include <stdint.h>

struct rate_bucket;

/* Embedded by value; zeroed limits nobody. */
struct rate {
    double per_s; /* 0: no limit */
    double burst;
    struct rate_bucket *buckets;
    uint64_t seed;
};

/* `per_minute` 0: no limit. */
void rate_init(struct rate *rate, int64_t per_minute, int64_t burst);
void rate_done(struct rate *rate);

/* Takes a token of `who` (any text). 0, or after how many seconds there will be one. A caller without a
 * bucket gets a full one; the memory is fixed, and the bucket given up for it is the fullest of its
 * neighbours. */
unsigned rate_take(struct rate *rate, const char *who, int64_t now_ms);

#endif
