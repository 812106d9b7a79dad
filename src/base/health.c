/* The board of health: a short list under a lock. */
#include "base/health.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"

void health_init(struct health *health)
{
    *health = (struct health){ 0 };
    pthread_mutex_init(&health->lock, NULL);
}

void health_done(struct health *health)
{
    pthread_mutex_destroy(&health->lock);
}

/* The part of that name, new if need be; a new one is OK. */
static struct health_part *part_of(struct health *health, const char *name)
{
    for (size_t i = 0; i < health->count; i++)
        if (strcmp(health->parts[i].name, name) == 0)
            return &health->parts[i];
    assert(health->count < HEALTH_PARTS_MAX);
    struct health_part *part = &health->parts[health->count++];
    *part = (struct health_part){ .name = name, .since_ms = clock_wall_ms() };
    return part;
}

bool health_set(struct health *health, const char *name, enum health_status status, const char *reason, ...)
{
    pthread_mutex_lock(&health->lock);
    struct health_part *part = part_of(health, name);
    bool changed = part->status != status;
    if (changed)
        part->since_ms = clock_wall_ms();
    part->status = status;
    part->reason[0] = '\0';
    if (reason) {
        va_list args;
        va_start(args, reason);
        vsnprintf(part->reason, sizeof part->reason, reason, args);
        va_end(args);
    }
    pthread_mutex_unlock(&health->lock);
    return changed;
}

size_t health_read(struct health *health, struct health_part ret_parts[HEALTH_PARTS_MAX])
{
    pthread_mutex_lock(&health->lock);
    size_t count = health->count;
    memcpy(ret_parts, health->parts, count * sizeof *ret_parts);
    pthread_mutex_unlock(&health->lock);
    return count;
}

enum health_status health_worst(struct health *health)
{
    enum health_status worst = HEALTH_OK;
    pthread_mutex_lock(&health->lock);
    for (size_t i = 0; i < health->count; i++)
        if (health->parts[i].status > worst)
            worst = health->parts[i].status;
    pthread_mutex_unlock(&health->lock);
    return worst;
}

const char *health_word(enum health_status status)
{
    switch (status) {
    case HEALTH_OK:
        return "ok";
    case HEALTH_DEGRADED:
        return "degraded";
    case HEALTH_FAILING:
        return "failing";
    }
    return "unknown";
}
