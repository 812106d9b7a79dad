/* Time: a monotonic clock for deadlines and durations, the wall clock for people. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

int64_t clock_ns(void); /* monotonic */
int64_t clock_ms(void); /* monotonic */
int64_t clock_wall_ms(void); /* since 1970-01-01 UTC */

/* RFC 3339 in UTC with milliseconds, "2026-11-22T14:03:07.250Z"; needs CLOCK_STAMP_SIZE bytes. Returns
 * `ret_text`. */
#define CLOCK_STAMP_SIZE 32
char *clock_stamp(int64_t wall_ms, char ret_text[CLOCK_STAMP_SIZE]);

#endif
