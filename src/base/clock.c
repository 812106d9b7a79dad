/* The two clocks of the kernel and one way to write a date. */
#include "base/clock.h"

#include <stdio.h>
#include <time.h>

static int64_t read_ns(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t clock_ns(void)
{
    return read_ns(CLOCK_MONOTONIC);
}

int64_t clock_ms(void)
{
    return clock_ns() / 1000000;
}

int64_t clock_wall_ms(void)
{
    return read_ns(CLOCK_REALTIME) / 1000000;
}

/* `count` digits of `value` and `then`; returns what is behind them. */
static char *put_digits(char *at, int value, int count, char then)
{
    for (int i = count - 1; i >= 0; i--, value /= 10)
        at[i] = (char)('0' + value % 10);
    at[count] = then;
    return at + count + 1;
}

char *clock_stamp(int64_t wall_ms, char ret_text[CLOCK_STAMP_SIZE])
{
    int64_t ms = wall_ms % 1000;
    time_t seconds = (time_t)(wall_ms / 1000);
    if (ms < 0) {
        ms += 1000;
        seconds--;
    }
    struct tm utc;
    /* RFC 3339 has four digits for the year; outside of them there is nothing true to write. */
    if (!gmtime_r(&seconds, &utc) || utc.tm_year < -1900 || utc.tm_year > 9999 - 1900) {
        snprintf(ret_text, CLOCK_STAMP_SIZE, "unknown");
        return ret_text;
    }
    char *at = put_digits(ret_text, 1900 + utc.tm_year, 4, '-');
    at = put_digits(at, utc.tm_mon + 1, 2, '-');
    at = put_digits(at, utc.tm_mday, 2, 'T');
    at = put_digits(at, utc.tm_hour, 2, ':');
    at = put_digits(at, utc.tm_min, 2, ':');
    at = put_digits(at, utc.tm_sec, 2, '.');
    at = put_digits(at, (int)ms, 3, 'Z');
    *at = '\0';
    return ret_text;
}
