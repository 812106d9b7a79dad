/* Bump allocation in a chain of blocks. Every piece is zeroed and aligned for any type. */
#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_BLOCK_BYTES = 4096, LARGEST_BLOCK_BYTES = 65536 };

struct arena_block {
    struct arena_block *next;
    size_t size, used; /* of bytes[] */
    alignas(max_align_t) unsigned char bytes[];
};

void arena_init(struct arena *arena, size_t max_bytes)
{
    *arena = (struct arena){ .max = max_bytes };
}

static void free_blocks(struct arena_block *block)
{
    while (block) {
        struct arena_block *next = block->next;
        free(block);
        block = next;
    }
}

void arena_done(struct arena *arena)
{
    if (!arena)
        return;
    free_blocks(arena->blocks);
    arena_init(arena, arena->max);
}

void arena_reset(struct arena *arena)
{
    struct arena_block *kept = arena->blocks;
    arena->used = 0;
    if (!kept)
        return;
    free_blocks(kept->next);
    kept->next = NULL;
    kept->used = 0;
}

/* A block with room for `size` bytes, in the chain. The head is the block that small pieces are cut from:
 * what is too large for it gets a block of its own behind, and so arena_reset() never keeps more than
 * LARGEST_BLOCK_BYTES. */
static struct arena_block *add_block(struct arena *arena, size_t size)
{
    struct arena_block *head = arena->blocks;
    size_t usual = !head ? FIRST_BLOCK_BYTES : head->size < LARGEST_BLOCK_BYTES ? head->size * 2 : head->size;
    size_t wanted = size > usual / 2 ? size : usual;
    if (!head && wanted != usual) {
        head = add_block(arena, 0);
        if (!head)
            return NULL;
    }
    struct arena_block *block = malloc(sizeof(*block) + wanted);
    if (!block)
        return NULL;
    block->size = wanted;
    block->used = 0;
    if (wanted == usual) {
        block->next = head;
        arena->blocks = block;
    } else {
        block->next = head->next;
        head->next = block;
    }
    return block;
}

/* NULL when memory is gone. */
static void *cut(struct arena *arena, size_t size)
{
    const size_t alignment = alignof(max_align_t);
    if (size > PTRDIFF_MAX - sizeof(struct arena_block) - alignment)
        return NULL;
    size_t padded = (size + alignment - 1) / alignment * alignment;
    struct arena_block *block = arena->blocks;
    if (!block || padded > block->size - block->used) {
        block = add_block(arena, padded);
        if (!block)
            return NULL;
    }
    void *piece = block->bytes + block->used;
    block->used += padded;
    arena->used += size;
    return memset(piece, 0, size);
}

void *arena_alloc(struct arena *arena, size_t size)
{
    void *piece = cut(arena, size);
    if (!piece)
        abort();
    return piece;
}

void *arena_try(struct arena *arena, size_t size)
{
    if (arena->max && (arena->used > arena->max || size > arena->max - arena->used))
        return NULL;
    return cut(arena, size);
}

char *arena_strdup(struct arena *arena, const char *text)
{
    return arena_strndup(arena, text, strlen(text));
}

char *arena_strndup(struct arena *arena, const char *text, size_t len)
{
    char *copy = arena_alloc(arena, len + 1);
    if (len > 0)
        memcpy(copy, text, len);
    return copy;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = arena_vprintf(arena, format, args);
    va_end(args);
    return text;
}

char *arena_vprintf(struct arena *arena, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    if (len < 0)
        abort();
    char *text = arena_alloc(arena, (size_t)len + 1);
    vsnprintf(text, (size_t)len + 1, format, again);
    va_end(again);
    return text;
}
