/* The store: a bounded queue in front of one writer thread. Knows no database by name. */
#include "store/store.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/health.h"
#include "base/scope.h"
#include "base/wait.h"
#include "store/backend.h"
#include "store/batch.h"
#include "store/entry.h"

#define FLUSH_MS 250 /* a row waits no longer than this before it is written */
#define BATCH_ROWS 4096
#define QUEUE_ROWS 65536 /* what waits while the database is away */
#define QUEUE_BYTES ((size_t)64 << 20)
#define RETRY_FIRST_MS 250 /* doubled with each failure in a row */
#define RETRY_MAX_MS 15000
#define PRUNE_EVERY_MS 600000
#define TOTALS_EVERY_MS 500 /* the totals are read again no more often */
#define STATEMENT_MS 10000 /* for everything that is asked of the database at once */
#define LOOK_MS 1000 /* for a look whether the wanted database is there, while rows go to the spare one */

/* Where rows can go. */
struct place {
    struct store_url url;
    const struct store_backend *backend; /* NULL: there is no such place */
};

struct store {
    struct arena arena;
    struct store_options options;
    pthread_t thread;

    pthread_mutex_t lock; /* guards everything down to the next blank line */
    pthread_cond_t wake;
    struct store_entry *first, **tail;
    uint64_t queued, written, dropped; /* queued: in the list or in the writer's hands */
    size_t queued_bytes;
    int64_t oldest_ms; /* clock_ms() of the first row in the list */
    bool is_asleep; /* the writer waits without a deadline for the first row */
    bool is_closing, is_up, wants_totals, is_over;
    struct store_totals totals;

    /* The writer's alone. */
    struct wait wait; /* bounds what the database does; its cancel_fd ends everything at close */
    struct place wanted, spare;
    const struct place *place; /* where `db` is, or was last looked for */
    const struct place *said; /* the place that was logged last */
    void *db;
    struct store_entry *held; /* taken from the queue, not written yet */
    size_t held_count;
    int64_t retry_ms, retry_at_ms, prune_at_ms, totals_at_ms;
    uint64_t dropped_said;
    struct store_totals fresh;
    struct batch_totals batch;
};

/* Health and log: only changes are worth a line. */

static void say_failed(struct store *store, const struct err *err)
{
    pthread_mutex_lock(&store->lock);
    bool was_up = store->is_up;
    store->is_up = false;
    uint64_t queued = store->queued;
    pthread_mutex_unlock(&store->lock);
    bool changed = true;
    if (store->options.health)
        changed = health_set(store->options.health, "store", HEALTH_DEGRADED, "%s", err->text);
    if (!changed && !was_up && store->retry_ms)
        return;
    log_event(store->options.complaint, "store_failed",
        (const struct log_field[]){
            log_str("database", store->place->url.shown),
            log_str("error", err->text),
            log_int("rows_waiting", (int64_t)queued),
            { 0 },
        });
}

static void say_works(struct store *store)
{
    pthread_mutex_lock(&store->lock);
    bool was_up = store->is_up;
    store->is_up = true;
    uint64_t queued = store->queued, dropped = store->dropped;
    pthread_mutex_unlock(&store->lock);
    bool changed = store->options.health && health_set(store->options.health, "store", HEALTH_OK, NULL);
    bool has_moved = store->said != store->place;
    store->said = store->place;
    if (!was_up || has_moved)
        log_event(changed ? store->options.complaint : LOG_LEVEL_INFO, "store_ready",
            (const struct log_field[]){
                log_str("database", store->place->url.shown),
                log_int("rows_waiting", (int64_t)queued),
                log_int("rows_dropped", (int64_t)dropped),
                { 0 },
            });
}

/* The I/O thread only counts what it drops: the writer says it. */
static void say_dropped(struct store *store)
{
    pthread_mutex_lock(&store->lock);
    uint64_t dropped = store->dropped;
    pthread_mutex_unlock(&store->lock);
    if (dropped != store->dropped_said)
        log_event(store->options.complaint, "store_dropped",
            (const struct log_field[]){
                log_int("rows", (int64_t)(dropped - store->dropped_said)),
                log_int("total", (int64_t)dropped),
                { 0 },
            });
    store->dropped_said = dropped;
}

/* The database */

static void disconnect(struct store *store)
{
    if (store->db)
        store->place->backend->close(store->db);
    store->db = NULL;
}

/* From now on the database has STATEMENT_MS for what it is asked. */
static void give_time(struct store *store)
{
    store->wait.deadline_ms = clock_ms() + STATEMENT_MS;
}

static void postpone(struct store *store)
{
    store->retry_ms = store->retry_ms ? store->retry_ms * 2 : RETRY_FIRST_MS;
    if (store->retry_ms > RETRY_MAX_MS)
        store->retry_ms = RETRY_MAX_MS;
    store->retry_at_ms = clock_ms() + store->retry_ms;
}

static void fail(struct store *store, const struct err *err)
{
    disconnect(store);
    say_failed(store, err);
    postpone(store);
}

/* True: rows go there from now on. */
static bool move_to(struct store *store, const struct place *place, struct err *err)
{
    void *db = NULL;
    give_time(store);
    if (store->db)
        store->wait.deadline_ms = clock_ms() + LOOK_MS;
    if (place->backend->open(&place->url, true, &store->wait, &db, err) < 0)
        return false;
    disconnect(store);
    store->place = place;
    store->db = db;
    say_works(store);
    return true;
}

/* What is no longer at its place is left, for what is there now. */
static void look_at_database(struct store *store)
{
    struct err err = { 0 };
    if (!store->db || !store->place->backend->look || store->place->backend->look(store->db, &err) == 0)
        return;
    disconnect(store);
    say_failed(store, &err);
    store->retry_at_ms = 0;
}

/* The wanted database, or the spare one as long as that was never reached. */
static bool connect_database(struct store *store)
{
    look_at_database(store);
    if (store->db && store->place == &store->wanted)
        return true;
    if (clock_ms() < store->retry_at_ms)
        return store->db != NULL;
    struct err err = { 0 };
    if (move_to(store, &store->wanted, &err)) {
        store->spare.backend = NULL;
        return true;
    }
    if (store->spare.backend && store->db) {
        postpone(store);
        return true;
    }
    if (store->spare.backend && move_to(store, &store->spare, &err)) {
        log_event(LOG_LEVEL_INFO, "store_fallback",
            (const struct log_field[]){
                log_str("database", store->wanted.url.shown), log_str("error", err.text), { 0 } });
        postpone(store);
        return true;
    }
    fail(store, &err);
    return false;
}

/* What the writer holds is settled: written, or given up. */
static void settle(struct store *store, bool is_written)
{
    size_t bytes = 0;
    for (const struct store_entry *entry = store->held; entry; entry = entry->next)
        bytes += entry->size;
    pthread_mutex_lock(&store->lock);
    store->queued -= store->held_count;
    store->queued_bytes -= bytes;
    if (is_written)
        store->written += store->held_count;
    else
        store->dropped += store->held_count;
    pthread_mutex_unlock(&store->lock);
    entry_free_all(store->held);
    store->held = NULL;
    store->held_count = 0;
}

/* Back in front of the queue with the second half of what the writer holds: one row that no database takes
 * must not cost the others. */
static void hold_half(struct store *store)
{
    struct store_entry *last = store->held;
    store->held_count /= 2;
    for (size_t i = 1; i < store->held_count; i++)
        last = last->next;
    struct store_entry *rest = TAKE(last->next);
    for (last = rest; last->next;)
        last = last->next;
    pthread_mutex_lock(&store->lock);
    if (!store->first)
        store->tail = &last->next;
    last->next = store->first;
    store->first = rest;
    store->oldest_ms = 0; /* they have waited */
    pthread_mutex_unlock(&store->lock);
}

static void write_held(struct store *store)
{
    if (!store->held || !connect_database(store))
        return;
    struct err err = { 0 };
    const struct store_batch batch = {
        .first = store->held,
        .count = store->held_count,
        .totals = store->batch.items,
        .totals_count = batch_sum(store->held, &store->batch),
    };
    give_time(store);
    int error = store->place->backend->write(store->db, &batch, &err);
    if (error && error != -EBADMSG) {
        fail(store, &err);
        return;
    }
    if (error && store->held_count > 1) {
        hold_half(store);
        return;
    }
    if (error)
        log_event(LOG_LEVEL_ERROR, "store_refused",
            (const struct log_field[]){
                log_int("rows", (int64_t)store->held_count), log_str("error", err.text), { 0 } });
    if (store->place == &store->wanted)
        store->retry_ms = 0;
    settle(store, error == 0);
}

static void prune(struct store *store)
{
    int64_t now_ms = clock_ms();
    if (!store->db || now_ms < store->prune_at_ms)
        return;
    const struct store_keep keep = {
        .since_ms =
            store->options.keep_days ? clock_wall_ms() - store->options.keep_days * 24 * 3600 * 1000 : 0,
        .calls = store->options.keep_calls,
    };
    struct err err = { 0 };
    give_time(store);
    int deleted = store->place->backend->prune(store->db, &keep, &err);
    if (deleted < 0) {
        fail(store, &err);
        return;
    }
    /* A full portion: there is more, but rows that wait come first. */
    store->prune_at_ms = deleted >= STORE_PRUNE_ROWS ? now_ms : now_ms + PRUNE_EVERY_MS;
    if (deleted > 0)
        log_event(
            LOG_LEVEL_INFO, "store_pruned", (const struct log_field[]){ log_int("rows", deleted), { 0 } });
}

static void read_totals(struct store *store, bool wanted)
{
    if (!store->db || !wanted || clock_ms() < store->totals_at_ms)
        return;
    struct err err = { 0 };
    give_time(store);
    if (store->place->backend->read_totals(store->db, &store->fresh, &err) < 0) {
        fail(store, &err);
        return;
    }
    store->fresh.as_of_ms = clock_wall_ms();
    store->totals_at_ms = clock_ms() + TOTALS_EVERY_MS;
    pthread_mutex_lock(&store->lock);
    store->totals = store->fresh;
    store->wants_totals = false;
    pthread_mutex_unlock(&store->lock);
}

/* The writer */

static void wait_until(struct store *store, int64_t until_ms)
{
    const struct timespec at = { .tv_sec = until_ms / 1000, .tv_nsec = until_ms % 1000 * 1000000 };
    pthread_cond_timedwait(&store->wake, &store->lock, &at);
}

/* When the writer must act although nobody wakes it; INT64_MAX: never. Under the lock. */
static int64_t due_ms(const struct store *store)
{
    int64_t due = INT64_MAX;
    if (!store->db)
        return store->retry_at_ms; /* also without rows: health must say when the database is back */
    if (store->place != &store->wanted)
        due = store->retry_at_ms; /* when the wanted database is looked for again */
    if (store->first && store->oldest_ms + FLUSH_MS < due)
        due = store->oldest_ms + FLUSH_MS;
    if (store->wants_totals && store->totals_at_ms < due)
        due = store->totals_at_ms;
    return store->prune_at_ms < due ? store->prune_at_ms : due;
}

/* Takes rows out of the queue into the writer's hands. Under the lock. */
static void take_rows(struct store *store)
{
    if (store->held || !store->first)
        return;
    struct store_entry *last = store->first;
    store->held = store->first;
    store->held_count = 1;
    for (; last->next && store->held_count < BATCH_ROWS; last = last->next)
        store->held_count++;
    store->first = TAKE(last->next);
    if (store->first)
        store->oldest_ms = clock_ms();
    else
        store->tail = &store->first;
}

/* Waits for something to do. */
static void take_work(struct store *store, bool *ret_wants_totals, bool *ret_is_closing)
{
    pthread_mutex_lock(&store->lock);
    while (!store->is_closing && !(store->db && store->queued - store->held_count >= BATCH_ROWS)) {
        int64_t due = due_ms(store);
        if (due <= clock_ms())
            break;
        store->is_asleep = !store->first;
        wait_until(store, due);
    }
    store->is_asleep = false;
    *ret_wants_totals = store->wants_totals;
    *ret_is_closing = store->is_closing;
    take_rows(store);
    pthread_mutex_unlock(&store->lock);
}

static void *write_rows(void *user)
{
    struct store *store = user;
    bool wants_totals = true, is_closing = false, has_work = true;
    while (has_work) {
        if (is_closing && !store->db)
            store->retry_at_ms = 0; /* one more try, at once */
        if (connect_database(store)) {
            write_held(store);
            read_totals(store, wants_totals);
            prune(store);
        }
        say_dropped(store);
        /* At the end there is no waiting for a database that is away. */
        if (is_closing && !store->db)
            break;
        take_work(store, &wants_totals, &is_closing);
        has_work = !is_closing || store->held;
    }
    disconnect(store);
    pthread_mutex_lock(&store->lock);
    store->is_over = true;
    pthread_cond_broadcast(&store->wake);
    pthread_mutex_unlock(&store->lock);
    return NULL;
}

/* Opening and closing */

static int start_thread(struct store *store, struct err *err)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_mutex_init(&store->lock, NULL);
    pthread_cond_init(&store->wake, &attributes);
    pthread_condattr_destroy(&attributes);
    /* Signals belong to the I/O thread. */
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&store->thread, NULL, write_rows, store);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return error ? err_set(err, -error, "no thread for the store: %s", strerrordesc_np(error)) : 0;
}

static void copy_place(struct store *store, const struct store_url *url, struct place *ret_place)
{
    struct arena *arena = &store->arena;
    ret_place->backend = store_backend_of(url->kind);
    ret_place->url = *url;
    ret_place->url.path = url->path ? arena_strdup(arena, url->path) : NULL;
    ret_place->url.full = url->full ? arena_strdup(arena, url->full) : NULL;
    ret_place->url.shown = arena_strdup(arena, url->shown);
}

struct store *store_open(const struct store_options *options, struct err *err)
{
    struct store *store = calloc(1, sizeof *store);
    if (!store) {
        err_set(err, -ENOMEM, "no memory for the store");
        return NULL;
    }
    store->options = *options;
    copy_place(store, options->url, &store->wanted);
    if (options->spare)
        copy_place(store, options->spare, &store->spare);
    store->place = &store->wanted;
    store->tail = &store->first;
    store->wait = (struct wait){ .cancel_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) };
    if (start_thread(store, err) < 0) {
        scope_close(&store->wait.cancel_fd);
        arena_done(&store->arena);
        free(store);
        return NULL;
    }
    return store;
}

/* Waits for the writer to end; false: the time is over. */
static bool wait_for_end(struct store *store, int patience_ms)
{
    int64_t until_ms = clock_ms() + patience_ms;
    pthread_mutex_lock(&store->lock);
    while (!store->is_over && clock_ms() < until_ms)
        wait_until(store, until_ms);
    bool is_over = store->is_over;
    pthread_mutex_unlock(&store->lock);
    return is_over;
}

void store_close(struct store *store, int patience_ms)
{
    if (!store)
        return;
    pthread_mutex_lock(&store->lock);
    store->is_closing = true;
    pthread_cond_broadcast(&store->wake);
    pthread_mutex_unlock(&store->lock);
    if (!wait_for_end(store, patience_ms) && store->wait.cancel_fd >= 0) {
        const uint64_t one = 1;
        ssize_t sent = write(store->wait.cancel_fd, &one, sizeof one);
        (void)sent; /* an eventfd of our own takes one */
    }
    pthread_join(store->thread, NULL);
    if (store->queued)
        log_event(store->options.complaint, "store_lost",
            (const struct log_field[]){ log_str("database", store->place->url.shown),
                log_int("rows", (int64_t)store->queued), { 0 } });
    entry_free_all(store->held);
    entry_free_all(store->first);
    pthread_cond_destroy(&store->wake);
    pthread_mutex_destroy(&store->lock);
    scope_close(&store->wait.cancel_fd);
    arena_done(&store->arena);
    free(store);
}

/* Rows */

void store_put(struct store *store, const struct store_row *row)
{
    struct store_entry *entry = entry_new(row);
    bool wakes = false;
    pthread_mutex_lock(&store->lock);
    if (entry && store->queued < QUEUE_ROWS && store->queued_bytes + entry->size <= QUEUE_BYTES) {
        if (!store->first)
            store->oldest_ms = clock_ms();
        *store->tail = entry;
        store->tail = &entry->next;
        store->queued++;
        store->queued_bytes += entry->size;
        entry = NULL;
        /* The first row sets the clock of the writer, a full batch need not wait for it: no other row wakes.
         */
        wakes = store->is_asleep || store->queued % BATCH_ROWS == 0;
        store->is_asleep = false;
    } else {
        store->dropped++;
    }
    pthread_mutex_unlock(&store->lock);
    if (wakes)
        pthread_cond_signal(&store->wake);
    free(entry);
}

struct store_counts store_counts(struct store *store)
{
    pthread_mutex_lock(&store->lock);
    struct store_counts counts = {
        .written = store->written,
        .dropped = store->dropped,
        .queued = store->queued,
        .is_up = store->is_up,
    };
    pthread_mutex_unlock(&store->lock);
    return counts;
}

void store_totals(struct store *store, struct store_totals *ret_totals)
{
    pthread_mutex_lock(&store->lock);
    *ret_totals = store->totals;
    store->wants_totals = true;
    pthread_cond_signal(&store->wake);
    pthread_mutex_unlock(&store->lock);
}
