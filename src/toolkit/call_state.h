/* The inside of a call, for the files of toolkit only. */
#ifndef TOOLKIT_CALL_STATE_H
#define TOOLKIT_CALL_STATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/json_write.h"
#include "base/wait.h"
#include "toolkit/call.h"
#include "toolkit/render.h"
#include "toolkit/workers.h"

#define RESULT_MAX_DEPTH 12

/* One level of the result being written. */
struct result_frame {
    const struct mcp_field *fields; /* what may be put here; NULL in lists of scalars and maps */
    const struct mcp_field *more; /* a second table in force: a single target beside `output`; or NULL */
    const struct mcp_field *self; /* the field that was opened; NULL at the top and for list elements */
    uint64_t seen, seen_more; /* bit per row of `fields`, of `more` */
    unsigned hint; /* where the next field probably is */
};

struct result {
    struct buf json;
    struct json_writer writer;
    struct render render;
    struct result_frame frames[RESULT_MAX_DEPTH];
    unsigned depth;
    bool several; /* mcp_targets() said more than one */
    bool targets_said;
    bool partial;
    const char *bug; /* the tool broke its own contract: how */
};

enum note_kind { NOTE_PROGRESS, NOTE_LOG, NOTE_CHANGED, NOTE_HANG_UP, NOTE_DETACH, NOTE_PAGE_DONE };

/* A note from a worker to the I/O thread. */
struct note {
    struct note *next;
    enum note_kind kind;
    double done, total; /* PROGRESS */
    int code; /* LOG: enum mcp_level; CHANGED: enum mcp_change */
    const char *name; /* LOG: the logger, static or NULL */
    char message[]; /* PROGRESS, LOG: text; CHANGED: uri; PAGE_DONE: key */
};

struct mcp_call {
    /* Written before dispatch, then read-only. */
    struct engine *engine;
    const struct mcp_tool *tool;
    int tool_index;
    const void *args;
    enum mcp_lang lang;
    struct mcp_trace trace;
    const char *face, *id, *principal, *client;
    const char *kept_arguments; /* for the observer; "" when it does not want them */
    size_t argument_bytes;
    size_t answer_max;
    unsigned asks, round;
    const struct mcp_json *answers;
    const struct mcp_json *arguments; /* for tools with an input schema of their own */
    int log_level; /* enum mcp_level, or negative: none wanted */
    bool wants_progress, wants_text;
    struct wait wait; /* soft deadline and cancel descriptor */

    /* The runner's while it runs, the I/O thread's before and after. */
    struct arena arena;
    struct result result;
    enum mcp_fault fault;
    char *message;
    struct problems problems;
    const struct call_question *questions, **questions_tail;
    const struct call_block *blocks, **blocks_tail;
    struct call_block *last_block; /* what mcp_annotate() is about */
    const char *result_meta;
    enum mcp_role role;
    unsigned lacks; /* kinds of questions that were asked and cannot be answered */
    int returned; /* what run() returned */
    double progress_done;

    /* Shared while a worker has it. */
    atomic_bool cancelled;
    _Atomic int64_t run_deadline_ms; /* set by the worker that takes it; 0: it waits for one */
    pthread_mutex_t notes_lock;
    struct note *notes, **notes_tail; /* guarded by notes_lock */
    int64_t note_last_ms; /* the runner's */
    unsigned note_credit; /* the runner's */

    /* The I/O thread's alone. */
    struct work work;
    bool is_listed; /* a worker has it, or will */
    bool is_withdrawn; /* cancelled while it waited for a worker */
    bool is_recorded; /* the observer was told */
    const struct call_events *events; /* NULL once answered or abandoned */
    void *user;
    int64_t started_ns, started_wall_ms;
    struct mcp_call *next, *prev; /* engine's list of calls that a worker has or will have */
};

/* Makes engine_fd() readable; from any thread. */
void call_wake(struct mcp_call *call);
/* Prepares the result of a call that is about to run. */
void result_init(struct mcp_call *call);
/* Closes the JSON and the text; true if both are whole and every required field was put. Else call->fault is
 * set. */
bool result_finish(struct mcp_call *call);
void result_done(struct result *result);

#endif
