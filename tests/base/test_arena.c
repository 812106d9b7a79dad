/* The arena: zeroed, aligned, bounded when asked to be, reusable. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdalign.h>
#include <string.h>

#include "base/arena.h"
#include "base/scope.h"

static void pieces_are_zeroed_aligned_and_apart(void **state)
{
    (void)state;
    CLEANUP(arena_done) struct arena arena = { 0 };
    unsigned char *pieces[400];
    for (size_t i = 0; i < ARRAY_LEN(pieces); i++) {
        pieces[i] = arena_alloc(&arena, i);
        assert_int_equal((uintptr_t)pieces[i] % alignof(max_align_t), 0);
        for (size_t k = 0; k < i; k++)
            assert_int_equal(pieces[i][k], 0);
        memset(pieces[i], (int)(i & 0xFF), i);
    }
    for (size_t i = 0; i < ARRAY_LEN(pieces); i++) {
        for (size_t k = 0; k < i; k++)
            assert_int_equal(pieces[i][k], i & 0xFF);
    }
}

static void pieces_larger_than_a_block_are_fine(void **state)
{
    (void)state;
    CLEANUP(arena_done) struct arena arena = { 0 };
    char *first_large = arena_alloc(&arena, 1 << 20);
    memset(first_large, 'a', 1 << 20);
    char *small = arena_strdup(&arena, "small");
    char *second_large = arena_alloc(&arena, 3 << 20);
    memset(second_large, 'b', 3 << 20);
    assert_string_equal(small, "small");
    assert_int_equal(first_large[(1 << 20) - 1], 'a');
    assert_int_equal(arena.used, (1 << 20) + 6 + (3 << 20));
}

static void try_refuses_beyond_the_maximum_only(void **state)
{
    (void)state;
    CLEANUP(arena_done) struct arena arena;
    arena_init(&arena, 1000);
    assert_non_null(arena_try(&arena, 600));
    assert_null(arena_try(&arena, 401));
    assert_non_null(arena_try(&arena, 400));
    assert_null(arena_try(&arena, 1));
    assert_int_equal(arena.used, 1000);
    /* What the program itself needs is not refused, and then nothing is left for a client. */
    assert_non_null(arena_alloc(&arena, 5000));
    assert_null(arena_try(&arena, 0x10));
}

static void try_survives_absurd_sizes(void **state)
{
    (void)state;
    CLEANUP(arena_done) struct arena arena = { 0 };
    assert_null(arena_try(&arena, SIZE_MAX));
    assert_null(arena_try(&arena, SIZE_MAX - 8));
    assert_null(arena_try(&arena, PTRDIFF_MAX));
    assert_int_equal(arena.used, 0);
    assert_non_null(arena_try(&arena, 1));
}

static void reset_forgets_and_zeroes_again(void **state)
{
    (void)state;
    CLEANUP(arena_done) struct arena arena;
    arena_init(&arena, 100000);
    for (int round = 0; round < 50; round++) {
        unsigned char *piece = arena_try(&arena, 90000);
        assert_non_null(piece);
        assert_int_equal(piece[0] | piece[89999], 0);
        memset(piece, 0xFF, 90000);
        unsigned char *small = arena_try(&arena, 3000);
        assert_non_null(small);
        assert_int_equal(small[0] | small[2999], 0);
        memset(small, 0xFF, 3000);
        arena_reset(&arena);
        assert_int_equal(arena.used, 0);
        assert_int_equal(arena.max, 100000);
    }
}

static void done_can_be_called_on_anything(void **state)
{
    (void)state;
    arena_done(NULL);
    struct arena arena = { 0 };
    arena_done(&arena);
    arena_reset(&arena);
    arena_init(&arena, 50);
    arena_alloc(&arena, 40);
    arena_done(&arena);
    assert_int_equal(arena.used, 0);
    assert_null(arena_try(&arena, 51));
    assert_non_null(arena_try(&arena, 50));
    arena_done(&arena);
    arena_done(&arena);
}

static void texts_are_copied_and_formatted(void **state)
{
    (void)state;
    CLEANUP(arena_done) struct arena arena = { 0 };
    const char *source = "h\xC3\xA9llo world";
    assert_string_equal(arena_strdup(&arena, source), source);
    assert_string_equal(arena_strndup(&arena, source, 3), "h\xC3\xA9");
    assert_string_equal(arena_strndup(&arena, NULL, 0), "");
    const char with_nul[] = { 'a', '\0', 'b' };
    assert_memory_equal(arena_strndup(&arena, with_nul, 3), "a\0b", 4);
    assert_string_equal(arena_printf(&arena, "%s=%d", "answer", 42), "answer=42");
    assert_string_equal(arena_printf(&arena, "%s", ""), "");
    char *wide = arena_printf(&arena, "%20000d", 7);
    assert_int_equal(strlen(wide), 20000);
    assert_int_equal(wide[19999], '7');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_are_zeroed_aligned_and_apart),
        cmocka_unit_test(pieces_larger_than_a_block_are_fine),
        cmocka_unit_test(try_refuses_beyond_the_maximum_only),
        cmocka_unit_test(try_survives_absurd_sizes),
        cmocka_unit_test(reset_forgets_and_zeroes_again),
        cmocka_unit_test(done_can_be_called_on_anything),
        cmocka_unit_test(texts_are_copied_and_formatted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
