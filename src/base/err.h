/* An error a person must understand: a negative errno and one English sentence. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

struct err {
    int code; /* negative errno; 0 = no error */
    char text[400];
};

/* Fills `err` (may be NULL) and returns `code`, so that `return err_set(err, -EINVAL, ...)` reads well. */
int err_set(struct err *err, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
