/* Release at the end of scope, handing over, array length: the only function-like macros in these sources. */
#ifndef BASE_SCOPE_H
#define BASE_SCOPE_H

#define ARRAY_LEN(array) (sizeof(array) / sizeof((array)[0]))

/* CLEANUP(buf_done) struct buf b = {0};   calls buf_done(&b) when b leaves scope. */
#define CLEANUP(done) __attribute__((cleanup(done), unused))

/* return TAKE(pointer);   hands the value over and leaves NULL, so that CLEANUP has nothing to release. */
#define TAKE(pointer) \
    __extension__({ \
        __typeof__(pointer) taken_ = (pointer); \
        (pointer) = 0; \
        taken_; \
    })

/* For CLEANUP: closes a descriptor that is >= 0. */
void scope_close(int *fd);
/* For CLEANUP on a pointer from malloc: void *, char *, struct x *. */
void scope_free(void *pointer_to_pointer);

#endif
