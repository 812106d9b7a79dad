/* Pressure stall information. */
#include "sys/pressure.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/scope.h"
#include "sys/procfs.h"

/* "avg10=1.60 avg60=1.19 avg300=0.38 total=5391572" */
static bool parse_averages(const char *at, double *ret_avg10, double *ret_avg60, double *ret_avg300)
{
    static const char *const keys[] = { "avg10=", "avg60=", "avg300=" };
    double *const values[] = { ret_avg10, ret_avg60, ret_avg300 };
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        at += strspn(at, " ");
        if (strncmp(at, keys[i], strlen(keys[i])) != 0)
            return false;
        at += strlen(keys[i]);
        if (!procfs_next_decimal(&at, values[i]))
            return false;
    }
    return true;
}

int pressure_read(const struct procfs *fs, const char *resource, struct pressure *ret_pressure)
{
    char path[64], text[512];
    struct pressure pressure = { 0 };
    snprintf(path, sizeof(path), "proc/pressure/%s", resource);
    ssize_t len = procfs_read(fs->root_fd, path, text, sizeof(text));
    if (len < 0)
        return (int)len;
    const char *some = procfs_find(text, "some ");
    if (!some || !parse_averages(some, &pressure.some_avg10, &pressure.some_avg60, &pressure.some_avg300))
        return -EBADMSG;
    const char *full = procfs_find(text, "full ");
    pressure.has_full =
        full && parse_averages(full, &pressure.full_avg10, &pressure.full_avg60, &pressure.full_avg300);
    *ret_pressure = pressure;
    return 0;
}
