/* Token buckets in a table of fixed size. */
#include "app/rate.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { SETS = 512, WAYS = 8, WHO_SIZE = 96 };

struct rate_bucket {
    char who[WHO_SIZE]; /* "": free */
    double tokens; /* at `at_ms` */
    int64_t at_ms;
};

void rate_init(struct rate *rate, int64_t per_minute, int64_t burst)
{
    *rate = (struct rate){ .per_s = (double)per_minute / 60, .burst = (double)burst };
    if (per_minute == 0)
        return;
    rate->buckets = calloc((size_t)SETS * WAYS, sizeof *rate->buckets);
    if (!rate->buckets || getrandom(&rate->seed, sizeof rate->seed, 0) != (ssize_t)sizeof rate->seed)
        abort(); /* half a megabyte, at start */
}

void rate_done(struct rate *rate)
{
    free(rate->buckets);
    *rate = (struct rate){ 0 };
}

/* FNV-1a with a seed of this process: who shares a set with whom is not for callers to choose. */
static size_t set_of(const struct rate *rate, const char *who)
{
    uint64_t hash = 0xcbf29ce484222325 ^ rate->seed;
    for (; *who; who++)
        hash = (hash ^ (unsigned char)*who) * 0x100000001b3;
    return (size_t)((hash ^ hash >> 32) % SETS);
}

static double tokens_now(const struct rate *rate, const struct rate_bucket *bucket, int64_t now_ms)
{
    double tokens = bucket->tokens + (double)(now_ms - bucket->at_ms) / 1000 * rate->per_s;
    return tokens < rate->burst ? tokens : rate->burst;
}

/* The bucket of `who`, or the one that is least missed: the fuller, the less it limits. */
static struct rate_bucket *bucket_of(struct rate *rate, const char *who, int64_t now_ms)
{
    struct rate_bucket *set = &rate->buckets[set_of(rate, who) * WAYS];
    struct rate_bucket *least = &set[0];
    for (size_t i = 0; i < WAYS; i++) {
        if (strcmp(set[i].who, who) == 0)
            return &set[i];
        bool is_free = set[i].who[0] == '\0';
        if (least->who[0] && (is_free || tokens_now(rate, &set[i], now_ms) > tokens_now(rate, least, now_ms)))
            least = &set[i];
    }
    *least = (struct rate_bucket){ .tokens = rate->burst, .at_ms = now_ms };
    snprintf(least->who, sizeof least->who, "%s", who);
    return least;
}

unsigned rate_take(struct rate *rate, const char *who, int64_t now_ms)
{
    if (!rate->buckets)
        return 0;
    struct rate_bucket *bucket = bucket_of(rate, who, now_ms);
    bucket->tokens = tokens_now(rate, bucket, now_ms);
    bucket->at_ms = now_ms;
    if (bucket->tokens >= 1) {
        bucket->tokens -= 1;
        return 0;
    }
    double wait_s = (1 - bucket->tokens) / rate->per_s;
    return (unsigned)wait_s + 1;
}
