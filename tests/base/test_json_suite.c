/* The reader against JSONTestSuite (test_parsing/): y_ must be accepted, n_ refused, i_ survived; and the
 * same files cut and mutated must be survived, and whatever is accepted must be accepted again when it is
 * written out. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/json_read.h"
#include "base/json_write.h"
#include "base/scope.h"

/* The build says where the data is; the default fits a run from the top of the source tree. */
#ifndef SHARED_DATA
#ifdef MCP_TEST_DATA
#define SHARED_DATA MCP_TEST_DATA "/../../../shared/data"
#else
#define SHARED_DATA "../shared/data"
#endif
#endif

#define SUITE SHARED_DATA "/json-test-suite/test_parsing"

enum { ROUNDS_PER_FILE = 200, LARGEST_MUTATED = 5000 };

static uint32_t next_random(uint32_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed;
}

/* Reads an exact copy on the heap, so that a sanitizer sees one byte too many. */
static bool is_accepted(const char *text, size_t len, bool unique_keys)
{
    CLEANUP(arena_done) struct arena arena = { 0 };
    CLEANUP(scope_free) char *copy = malloc(len ? len : 1);
    CLEANUP(buf_done) struct buf again = { 0 };
    assert_non_null(copy);
    if (len)
        memcpy(copy, text, len);
    const struct json_limits limits = { .unique_keys = unique_keys };
    const struct mcp_json *value = NULL;
    struct json_error error = { 0 };
    if (json_read(&arena, copy, len, &limits, &value, &error) < 0) {
        assert_null(value);
        assert_non_null(error.what);
        assert_true(error.offset <= len);
        return false;
    }
    json_indent(&again, copy, len);
    if (json_read(&arena, again.data, again.len, &limits, &value, &error) < 0)
        fail_msg("indented: %s at %zu of %s", error.what, error.offset, buf_str(&again));
    return true;
}

static void read_file(const char *name, struct buf *ret_content)
{
    char path[sizeof(SUITE) + 256];
    snprintf(path, sizeof(path), "%s/%s", SUITE, name);
    FILE *file = fopen(path, "rbe");
    assert_non_null(file);
    buf_clear(ret_content);
    for (;;) {
        char *room = buf_reserve(ret_content, 65536);
        size_t got = fread(room, 1, 65536, file);
        ret_content->len += got;
        if (got == 0)
            break;
    }
    fclose(file);
}

/* Calls `check` for every file and returns how many there are. */
static unsigned each_file(void (*check)(const char *name, const struct buf *content))
{
    DIR *dir = opendir(SUITE);
    if (!dir) {
        print_message("skipped, needs ../shared/data\n");
        skip();
    }
    CLEANUP(buf_done) struct buf content = { 0 };
    unsigned count = 0;
    for (const struct dirent *entry = readdir(dir); entry; entry = readdir(dir)) {
        size_t len = strlen(entry->d_name);
        if (len > 5 && strcmp(entry->d_name + len - 5, ".json") == 0) {
            read_file(entry->d_name, &content);
            check(entry->d_name, &content);
            count++;
        }
    }
    closedir(dir);
    return count;
}

static void check_verdict(const char *name, const struct buf *content)
{
    bool accepted = is_accepted(content->data, content->len, false);
    if (name[0] == 'y' && !accepted)
        fail_msg("%s is refused", name);
    if (name[0] == 'n' && accepted)
        fail_msg("%s is accepted", name);
    is_accepted(content->data, content->len, true);
}

static void the_suite_is_judged_as_it_says(void **state)
{
    (void)state;
    assert_true(each_file(check_verdict) > 300);
}

static void check_truncations(const char *name, const struct buf *content)
{
    (void)name;
    size_t most = content->len < 400 ? content->len : 400;
    for (size_t len = 0; len < most; len++)
        is_accepted(content->data, len, true);
}

static void truncations_are_survived(void **state)
{
    (void)state;
    assert_true(each_file(check_truncations) > 300);
}

static void check_mutations(const char *name, const struct buf *content)
{
    static const char spice[] = "\"\\{}[]:,0-+.eE \n\xC3\xED\xF0\x80\xFF"
                                "utfn";
    if (content->len == 0 || content->len > LARGEST_MUTATED)
        return;
    uint32_t seed = 2463534242;
    for (const char *c = name; *c; c++)
        seed = seed * 31 + (unsigned char)*c + 1;
    if (seed == 0)
        seed = 1;
    CLEANUP(scope_free) char *mutated = malloc(content->len);
    assert_non_null(mutated);
    for (int round = 0; round < ROUNDS_PER_FILE; round++) {
        memcpy(mutated, content->data, content->len);
        for (uint32_t changes = 1 + next_random(&seed) % 4; changes > 0; changes--) {
            size_t at = next_random(&seed) % content->len;
            uint32_t dice = next_random(&seed);
            mutated[at] = dice % 2 ? spice[dice / 2 % (sizeof(spice) - 1)] : (char)(dice >> 8);
        }
        is_accepted(mutated, content->len, round % 2);
    }
}

static void mutations_are_survived(void **state)
{
    (void)state;
    assert_true(each_file(check_mutations) > 300);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_suite_is_judged_as_it_says),
        cmocka_unit_test(truncations_are_survived),
        cmocka_unit_test(mutations_are_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
