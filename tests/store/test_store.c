/* store.c: the queue is bounded and nobody waits for it, rows and totals arrive, a failing database is told.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/health.h"
#include "base/scope.h"
#include "base/wait.h"
#include "store/store.h"

struct place {
    char folder[64], path[96];
    struct arena arena;
    struct store_url url;
    struct health health;
};

static int make_place(void **state)
{
    struct place *place = calloc(1, sizeof *place);
    const char *tmp = getenv("TMPDIR");
    snprintf(place->folder, sizeof place->folder, "%.40s/store-XXXXXX", tmp ? tmp : "/tmp");
    assert_non_null(mkdtemp(place->folder));
    assert_int_equal(store_url_parse(&place->arena, NULL, place->folder, &place->url, NULL), 0);
    health_init(&place->health);
    log_set_level(LOG_LEVEL_ERROR);
    *state = place;
    return 0;
}

static int drop_place(void **state)
{
    struct place *place = *state;
    static const char *const ends[] = { "", "-wal", "-shm", "-journal" };
    for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
        snprintf(place->path, sizeof place->path, "%s/assist.db%s", place->folder, ends[i]);
        unlink(place->path);
    }
    rmdir(place->folder);
    health_done(&place->health);
    arena_done(&place->arena);
    free(place);
    return 0;
}

static struct store *open_store(struct place *place)
{
    const struct store_options options = {
        .url = &place->url, .health = &place->health, .complaint = LOG_LEVEL_INFO
    };
    struct store *store = store_open(&options, NULL);
    assert_non_null(store);
    return store;
}

static const struct store_row row = { .tool = "calc", .outcome = "ok", .duration_us = 7, .bytes_in = 2 };

static void test_rows_and_totals(void **state)
{
    struct place *place = *state;
    struct store *store = open_store(place);
    for (int i = 0; i < 10000; i++)
        store_put(store, &row);
    store_put(store, &(struct store_row){ .tool = "calc", .outcome = "bad\xFF", .arguments = "\xC3" });
    store_close(store, 60000);
    CLEANUP(buf_done) struct buf json = { 0 };
    struct err err = { 0 };
    assert_int_equal(store_describe(&place->url, &json, &err), 0);
    assert_non_null(strstr(buf_str(&json), "\"calls\":10001"));
    assert_non_null(strstr(buf_str(&json), "\"outcome\":\"bad?\""));
    assert_non_null(strstr(buf_str(&json), "\"bytes_in\":20000"));
    assert_int_equal(health_worst(&place->health), HEALTH_OK);
}

static void test_a_database_that_cannot_be(void **state)
{
    struct place *place = *state;
    place->url.path = place->url.shown = "/nowhere-at-all/assist.db";
    struct store *store = open_store(place);
    const struct wait forever = { .cancel_fd = -1, .deadline_ms = INT64_MAX };
    while (health_worst(&place->health) == HEALTH_OK)
        wait_sleep(&forever, 1);
    for (int i = 0; i < 70000; i++)
        store_put(store, &row);
    struct store_counts counts = store_counts(store);
    assert_int_equal(counts.queued, 65536);
    assert_int_equal(counts.dropped, 70000 - 65536);
    assert_int_equal(counts.written, 0);
    assert_false(counts.is_up);
    store_close(store, 1000);
    assert_int_equal(health_worst(&place->health), HEALTH_DEGRADED);
}

static void test_large_rows_are_bounded_by_bytes(void **state)
{
    struct place *place = *state;
    place->url.path = place->url.shown = "/nowhere-at-all/assist.db";
    struct store *store = open_store(place);
    CLEANUP(scope_free) char *large = malloc(1 << 20);
    memset(large, 'x', (1 << 20) - 1);
    large[(1 << 20) - 1] = '\0';
    struct store_row heavy = row;
    heavy.arguments = large;
    for (int i = 0; i < 70; i++)
        store_put(store, &heavy);
    assert_int_equal(store_counts(store).queued, 63);
    store_close(store, 1000);
}

static void *put_many(void *user)
{
    for (int i = 0; i < 2000; i++) {
        store_put(user, &row);
        store_counts(user);
    }
    return NULL;
}

static void test_many_threads_and_readers(void **state)
{
    struct place *place = *state;
    struct store *store = open_store(place);
    pthread_t threads[4];
    for (size_t i = 0; i < ARRAY_LEN(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, put_many, store), 0);
    static struct store_totals totals;
    const struct wait forever = { .cancel_fd = -1, .deadline_ms = INT64_MAX };
    do {
        store_totals(store, &totals);
        wait_sleep(&forever, 1);
    } while (!totals.count || totals.items[0].calls < 8000);
    for (size_t i = 0; i < ARRAY_LEN(threads); i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(totals.items[0].calls, 8000);
    assert_int_equal(totals.items[0].longest_us, 7);
    assert_int_equal(store_counts(store).written, 8000);
    store_close(store, 60000);
    store_close(NULL, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_rows_and_totals, make_place, drop_place),
        cmocka_unit_test_setup_teardown(test_a_database_that_cannot_be, make_place, drop_place),
        cmocka_unit_test_setup_teardown(test_large_rows_are_bounded_by_bytes, make_place, drop_place),
        cmocka_unit_test_setup_teardown(test_many_threads_and_readers, make_place, drop_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
