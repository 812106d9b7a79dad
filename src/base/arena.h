/* Memory that is freed all at once: one arena per call, per message, per HTTP request. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

struct arena_block;

/* Embedded by value; a zeroed one is valid and unlimited. */
struct arena {
    struct arena_block *blocks;
    size_t used; /* bytes asked for so far */
    size_t max; /* arena_try() refuses beyond; 0 = no limit */
};

/* `max_bytes` bounds arena_try() only. No memory is taken before the first use. */
void arena_init(struct arena *arena, size_t max_bytes);
/* Frees everything and leaves a valid empty arena. NULL is fine. */
void arena_done(struct arena *arena);
/* Forgets all content but keeps one block for reuse. */
void arena_reset(struct arena *arena);

/* Zeroed memory aligned for any type, never NULL: aborts when memory is gone (small, bounded things only). */
void *arena_alloc(struct arena *arena, size_t size);
/* The same for what a client sizes: NULL when over `max` or when memory is gone. */
void *arena_try(struct arena *arena, size_t size);

/* Copies with a NUL behind; never NULL. */
char *arena_strdup(struct arena *arena, const char *text);
char *arena_strndup(struct arena *arena, const char *text, size_t len);
char *arena_printf(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *arena, const char *format, va_list args)
    __attribute__((format(printf, 2, 0), nonnull(2)));

#endif
