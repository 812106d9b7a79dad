/* How the parts of the program are: a board on which each part writes its own state and which `/health`
 * reads.
 *
 * Any thread may write and read. A part is known by its name; it appears with its first report. */
#ifndef BASE_HEALTH_H
#define BASE_HEALTH_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HEALTH_PARTS_MAX 16

enum health_status {
    HEALTH_OK,
    HEALTH_DEGRADED, /* serves on, with less */
    HEALTH_FAILING, /* does not do its work */
};

struct health_part {
    const char *name; /* static */
    enum health_status status;
    int64_t since_ms; /* wall clock, ms since the epoch: when it took this status */
    char reason[160]; /* one English sentence; "" when OK */
};

/* Embedded by value. */
struct health {
    pthread_mutex_t lock;
    struct health_part parts[HEALTH_PARTS_MAX];
    size_t count;
};

void health_init(struct health *health);
/* Once nobody writes any more. */
void health_done(struct health *health);

/* Reports the status of the part `name` (a static string). The reason is a printf format, NULL when OK.
 * Returns true if the status is another than before, so that the caller can log the change; the first report
 * is a change unless it is OK. */
bool health_set(struct health *health, const char *name, enum health_status status, const char *reason, ...)
    __attribute__((format(printf, 4, 5)));

/* Copies all parts in order of their first report; returns how many. */
size_t health_read(struct health *health, struct health_part ret_parts[HEALTH_PARTS_MAX]);
/* The worst status of all parts; OK when there are none. */
enum health_status health_worst(struct health *health);
/* "ok", "degraded", "failing". */
const char *health_word(enum health_status status);

#endif
