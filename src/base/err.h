/* An error a person must understand: a negative errno and one sentence, in English and perhaps in French. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#define ERR_SIZE 1000 /* the names of all settings fit */

struct err {
    int code; /* negative errno; 0 = no error */
    char text[ERR_SIZE]; /* English */
    char french[ERR_SIZE]; /* "" if it was set by err_set() */
};

/* Fills `err` (may be NULL) and returns `code`, so that `return err_set(err, -EINVAL, ...)` reads well. */
int err_set(struct err *err, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* The same in both languages: for what a person reads at a terminal. The compiler checks both formats. */
int err_say(struct err *err, int code, const char *fr, const char *en, ...)
    __attribute__((format(printf, 3, 5), format(printf, 4, 5)));

/* As err_say(), and behind the sentence why: ": " and what `error` (an errno) means, in each language. */
int err_because(struct err *err, int code, int error, const char *fr, const char *en, ...)
    __attribute__((format(printf, 4, 6), format(printf, 5, 6)));
/* What an errno means, in French where it is a common one. */
const char *err_reason_french(int error);

/* The French sentence; the English one where there is no other. */
const char *err_french(const struct err *err);

#endif
