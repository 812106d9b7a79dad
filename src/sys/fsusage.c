/* How full the file systems are. Local ones are asked at once, the others each by a probe of its own. */
#include "sys/fsusage.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/scope.h"
#include "base/wait.h"
#include "sys/fsprobe.h"
#include "sys/mounts.h"

static uint64_t times(uint64_t blocks, uint64_t block_bytes)
{
    uint64_t bytes;
    /* A FUSE program may answer anything; JSON numbers are signed. */
    return __builtin_mul_overflow(blocks, block_bytes, &bytes) || bytes > INT64_MAX ? INT64_MAX : bytes;
}

/* ceil(100 * used / whole); -1 of nothing. */
static int percent_up(uint64_t used, uint64_t whole)
{
    if (whole == 0)
        return -1;
    if (used >= whole)
        return 100;
    for (; whole > UINT64_MAX / 100; whole /= 256)
        used /= 256; /* only nonsense is that large: precision is no matter */
    return (int)(used * 100 / whole + (used * 100 % whole != 0));
}

void fsusage_compute(const struct statvfs *space, struct fsusage *usage)
{
    uint64_t unit = space->f_frsize ? space->f_frsize : space->f_bsize;
    uint64_t used = space->f_blocks > space->f_bfree ? space->f_blocks - space->f_bfree : 0;
    uint64_t inodes_used = space->f_files > space->f_ffree ? space->f_files - space->f_ffree : 0;
    usage->total_bytes = times(space->f_blocks, unit);
    usage->used_bytes = times(used, unit);
    usage->available_bytes = times(space->f_bavail, unit);
    usage->inodes_total = times(space->f_files, 1);
    usage->inodes_used = times(inodes_used, 1);
    /* What is kept for root counts neither as used nor as available. */
    usage->used_percent = percent_up(times(used, 1), times(used, 1) + times(space->f_bavail, 1));
    usage->inodes_used_percent = percent_up(inodes_used, space->f_files);
}

/* A probe that was asked for, while it is waited for. */
struct question {
    const char *root; /* of the mount table */
    struct fsusage *usage;
    struct fsprobe *probe; /* NULL = not begun yet, or over */
    bool is_over;
};

static void take_answer(struct fsusage *usage, const struct fsprobe_result *result)
{
    usage->error = result->error;
    if (result->error)
        return;
    if (result->mount_id && result->mount_id != usage->mount->id)
        usage->mount = NULL; /* something else answered: a mount above hides this one */
    else
        fsusage_compute(&result->space, usage);
}

static void begin(struct question *question)
{
    const struct mount *mount = question->usage->mount;
    int rc = fsprobe_start(question->root, mount->point, mount->id, &question->probe);
    question->is_over = rc < 0 && rc != -EBUSY;
    if (question->is_over) {
        question->usage->is_stalled = rc == -EINPROGRESS;
        question->usage->error = rc == -EINPROGRESS ? 0 : rc;
    }
}

/* Begins what can begin, collects what was answered. Fills ret_fds with what is in flight. */
static nfds_t advance(
    struct question *questions, size_t count, struct pollfd ret_fds[FSPROBE_MAX], size_t *ret_open)
{
    nfds_t waiting = 0;
    size_t open = 0;
    for (size_t i = 0; i < count; i++) {
        struct question *question = &questions[i];
        struct fsprobe_result result;
        if (!question->is_over && !question->probe)
            begin(question);
        if (question->probe && fsprobe_is_done(question->probe, &result)) {
            take_answer(question->usage, &result);
            fsprobe_release(TAKE(question->probe));
            question->is_over = true;
        }
        open += !question->is_over;
        if (question->probe && waiting < FSPROBE_MAX)
            ret_fds[waiting++] = (struct pollfd){ .fd = fsprobe_fd(question->probe), .events = POLLIN };
    }
    *ret_open = open;
    return waiting;
}

/* Waits until all are answered or patience ends. 0 or -ECANCELED. Whoever did not answer is stalled. */
static int ask_all(struct question *questions, size_t count, const struct wait *wait)
{
    const struct wait patience = wait_within(wait, FSPROBE_PATIENCE_MS);
    struct pollfd fds[FSPROBE_MAX];
    size_t open = 0;
    int rc = 0;
    for (;;) {
        nfds_t waiting = advance(questions, count, fds, &open);
        if (open == 0)
            break;
        /* With none of ours in flight the room is taken by probes of others: look again soon. */
        rc = wait_poll(&patience, fds, waiting, waiting > 0 ? -1 : 50);
        if (rc < 0)
            break;
    }
    for (size_t i = 0; i < count; i++) {
        questions[i].usage->is_stalled |= !questions[i].is_over;
        fsprobe_release(TAKE(questions[i].probe));
    }
    return rc == -ECANCELED ? rc : 0;
}

static bool is_wanted(const struct mount *mount, enum fsusage_choice choice)
{
    if (mount->is_pseudo)
        return false;
    return choice == FSUSAGE_ALL ||
        (!mount->is_volatile && (!mount->is_remote || strcmp(mount->type, "fuseblk") == 0));
}

static int compare_devices(const void *a, const void *b)
{
    const struct mount *const *left = a, *const *right = b;
    if ((*left)->device != (*right)->device)
        return (*left)->device < (*right)->device ? -1 : 1;
    if (mount_is_better(*left, *right))
        return -1;
    return mount_is_better(*right, *left) ? 1 : (*left > *right) - (*left < *right);
}

/* In the order of mounting, but what lives in memory comes last. */
static int compare_order(const void *a, const void *b)
{
    const struct mount *const *left = a, *const *right = b;
    if ((*left)->is_volatile != (*right)->is_volatile)
        return (*left)->is_volatile ? 1 : -1;
    return (*left > *right) - (*left < *right);
}

/* The best mount of each device. */
static size_t choose(
    const struct mount_table *mounts, enum fsusage_choice choice, const struct mount **ret_chosen)
{
    size_t count = 0, kept = 0;
    for (size_t i = 0; i < mounts->count; i++) {
        if (is_wanted(&mounts->items[i], choice))
            ret_chosen[count++] = &mounts->items[i];
    }
    qsort(ret_chosen, count, sizeof(struct mount *), compare_devices);
    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || ret_chosen[kept - 1]->device != ret_chosen[i]->device)
            ret_chosen[kept++] = ret_chosen[i];
    }
    qsort(ret_chosen, kept, sizeof(struct mount *), compare_order);
    return kept;
}

/* Local ones are answered here; the others become questions. Returns how many. */
static size_t ask_local(const char *root, struct fsusage *items, size_t count, struct question *ret_questions)
{
    size_t questions = 0;
    for (size_t i = 0; i < count; i++) {
        struct fsprobe_result result;
        if (items[i].mount->may_stall) {
            ret_questions[questions++] = (struct question){ .root = root, .usage = &items[i] };
            continue;
        }
        fsprobe_now(root, items[i].mount->point, &result);
        take_answer(&items[i], &result);
    }
    return questions;
}

/* Nothing to tell: hidden, gone meanwhile, or without room by nature. */
static bool is_empty(const struct fsusage *usage)
{
    if (!usage->mount || usage->error == -ENOENT)
        return true;
    return !usage->is_stalled && !usage->error && usage->total_bytes == 0;
}

int fsusage_read_all(const struct mount_table *mounts, enum fsusage_choice choice, const struct wait *wait,
    struct fsusage_table *ret_table)
{
    size_t room = mounts->count + 1;
    CLEANUP(scope_free) const struct mount **chosen = calloc(room, sizeof(*chosen));
    CLEANUP(scope_free) struct question *questions = calloc(room, sizeof(*questions));
    CLEANUP(fsusage_table_done) struct fsusage_table table = { .items = calloc(room, sizeof(*table.items)) };
    if (!chosen || !questions || !table.items)
        return -ENOMEM;
    size_t count = choose(mounts, choice, chosen);
    for (size_t i = 0; i < count; i++)
        table.items[i].mount = chosen[i];
    int rc = ask_all(questions, ask_local(mounts->root, table.items, count, questions), wait);
    if (rc < 0)
        return rc;
    for (size_t i = 0; i < count; i++) {
        if (!is_empty(&table.items[i]))
            table.items[table.count++] = table.items[i];
    }
    *ret_table = table;
    table.items = NULL;
    return 0;
}

void fsusage_table_done(struct fsusage_table *table)
{
    free(table->items);
    *table = (struct fsusage_table){ 0 };
}

/* Asks `path` by a probe. 0 and *ret_result, -EINPROGRESS when it stalls, or a negative errno. */
static int ask_path(const char *root, const char *path, uint64_t mount_id, const struct wait *wait,
    struct fsprobe_result *ret_result)
{
    struct fsprobe *probe = NULL;
    int rc = fsprobe_start(root, path, mount_id, &probe);
    if (rc < 0)
        return rc;
    const struct wait patience = wait_within(wait, FSPROBE_PATIENCE_MS);
    rc = wait_fd(&patience, fsprobe_fd(probe), POLLIN, -1);
    bool is_done = fsprobe_is_done(probe, ret_result);
    fsprobe_release(probe);
    if (is_done)
        return ret_result->error;
    return rc == -ETIMEDOUT ? -EINPROGRESS : rc;
}

static const struct mount *mount_of(const struct mount_table *mounts, const struct fsprobe_result *result)
{
    const struct mount *mount = result->mount_id ? mount_table_by_id(mounts, result->mount_id) : NULL;
    return mount ? mount : mount_table_by_device(mounts, result->device);
}

int fsusage_read_path(
    const struct mount_table *mounts, const char *path, const struct wait *wait, struct fsusage *ret_usage)
{
    struct fsprobe_result result = { 0 };
    struct fsusage usage = { .mount = mount_table_by_path(mounts, path) };
    int rc = 0;
    /* The mount itself first: then paths on a dead one share the one probe that its mount may have. */
    if (usage.mount && usage.mount->may_stall)
        rc = ask_path(mounts->root, usage.mount->point, usage.mount->id, wait, &result);
    if (result.error) { /* its server is known to have gone: that is what there is to say of every path */
        usage.error = result.error;
        *ret_usage = usage;
        return 0;
    }
    if (rc != -EINPROGRESS)
        rc = ask_path(mounts->root, path, 0, wait, &result);
    if (rc == 0 && result.special && mount_table_by_device(mounts, result.special)) {
        usage.mount = mount_table_by_device(mounts, result.special);
        rc = ask_path(mounts->root, usage.mount->point, usage.mount->id, wait, &result);
    } else if (rc == 0) {
        usage.mount = mount_of(mounts, &result);
        if (!usage.mount &&
            mounts->root[0]) /* a directory of ours, beneath which nothing of the host is mounted */
            rc = -ENOENT;
    }
    if (rc < 0 && rc != -EINPROGRESS)
        return rc;
    usage.is_stalled = rc == -EINPROGRESS;
    if (!usage.is_stalled)
        fsusage_compute(&result.space, &usage);
    *ret_usage = usage;
    return 0;
}
