/* Libraries that most runs do not need: opened at first use, a table of symbols filled, and a sentence when
 * one is missing.
 *
 * A client of this keeps one static struct library beside its table of function pointers. */
#ifndef BASE_LIBRARY_H
#define BASE_LIBRARY_H

#include <stdbool.h>
#include <stddef.h>

struct err;

struct library_symbol {
    const char *name; /* "curl_easy_init" */
    void *at; /* the address of a function pointer of the right type */
    bool optional; /* newer versions only: stays NULL when missing */
};

struct library {
    const char *file; /* "libcurl.so.4" */
    const char *package; /* who brings it: "libcurl4" */
    const struct library_symbol *symbols;
    size_t symbols_count;
    int (*ready)(void); /* once, after the symbols are there: 0 or a negative errno; NULL = nothing to do */
    bool loaded; /* written by library_load() under its lock */
};

/* Opens `library` unless that was done, from any thread. It stays open for the life of the process. 0;
 * -ENOSYS with *err naming the file and what is wrong (the next call tries again); or what `ready` returned.
 */
int library_load(struct library *library, struct err *err);

#endif
