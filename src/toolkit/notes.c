/* What a running tool tells while it runs: notes on their way from a worker to the I/O thread. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "toolkit/call_state.h"
#include "toolkit/notes.h"

/* NULL: no memory; a note is a courtesy. */
static struct note *new_note(enum note_kind kind, const char *message)
{
    size_t len = message ? strlen(message) : 0;
    struct note *note = malloc(sizeof *note + len + 1);
    if (!note)
        return NULL;
    *note = (struct note){ .kind = kind };
    memcpy(note->message, len ? message : "", len + 1);
    return note;
}

static void send_note(struct mcp_call *call, struct note *note)
{
    pthread_mutex_lock(&call->notes_lock);
    *call->notes_tail = note;
    call->notes_tail = &note->next;
    pthread_mutex_unlock(&call->notes_lock);
    call_wake(call);
}

/* At most a burst of ten, refilled ten a second: a client is told, not flooded. */
static bool has_credit(struct mcp_call *call)
{
    int64_t now = clock_ms();
    int64_t gained = (now - call->note_last_ms) / 100;
    if (gained > 0) {
        call->note_credit = call->note_credit + gained > 10 ? 10 : call->note_credit + (unsigned)gained;
        call->note_last_ms = now;
    }
    if (call->note_credit == 0)
        return false;
    call->note_credit--;
    return true;
}

void mcp_progress(struct mcp_call *call, double done, double total, const char *message)
{
    if (!call->wants_progress || done <= call->progress_done)
        return;
    bool is_last = total > 0 && done >= total;
    struct note *note = has_credit(call) || is_last ? new_note(NOTE_PROGRESS, message) : NULL;
    if (!note)
        return;
    call->progress_done = done;
    note->done = done;
    note->total = total;
    send_note(call, note);
}

void mcp_log(struct mcp_call *call, enum mcp_level level, const char *logger, const char *format, ...)
{
    if (call->log_level < 0 || (int)level < call->log_level)
        return;
    va_list args;
    va_start(args, format);
    struct note *note = new_note(NOTE_LOG, arena_vprintf(&call->arena, format, args));
    va_end(args);
    if (!note)
        return;
    note->code = (int)level;
    note->name = logger ? arena_strdup(&call->arena, logger) : NULL;
    send_note(call, note);
}

void mcp_changed(struct mcp_call *call, enum mcp_change change, const char *uri)
{
    struct note *note = new_note(NOTE_CHANGED, uri);
    if (!note)
        return;
    note->code = (int)change;
    send_note(call, note);
}

void mcp_detach(struct mcp_call *call)
{
    struct note *note = call->tool->task == MCP_TASK_LATER ? new_note(NOTE_DETACH, NULL) : NULL;
    if (note)
        send_note(call, note);
}

void mcp_hang_up(struct mcp_call *call)
{
    struct note *note = new_note(NOTE_HANG_UP, NULL);
    if (note)
        send_note(call, note);
}

void mcp_page_done(struct mcp_call *call, const char *key)
{
    struct note *note = new_note(NOTE_PAGE_DONE, key);
    if (note)
        send_note(call, note);
}

static void deliver(struct mcp_call *call, const struct note *note)
{
    const struct call_events *events = call->events;
    if (!events)
        return;
    if (note->kind == NOTE_PROGRESS && events->progress)
        events->progress(call->user, note->done, note->total, note->message[0] ? note->message : NULL);
    else if (note->kind == NOTE_LOG && events->log)
        events->log(call->user, (enum mcp_level)note->code, note->name, note->message);
    else if (note->kind == NOTE_CHANGED && events->changed)
        events->changed(call->user, (enum mcp_change)note->code, note->message[0] ? note->message : NULL);
    else if (note->kind == NOTE_HANG_UP && events->hang_up)
        events->hang_up(call->user);
    else if (note->kind == NOTE_DETACH && events->detach)
        events->detach(call->user);
    else if (note->kind == NOTE_PAGE_DONE && events->page_done)
        events->page_done(call->user, note->message);
}

void notes_deliver(struct mcp_call *call)
{
    pthread_mutex_lock(&call->notes_lock);
    struct note *note = call->notes;
    call->notes = NULL;
    call->notes_tail = &call->notes;
    pthread_mutex_unlock(&call->notes_lock);
    while (note) {
        struct note *next = note->next;
        deliver(call, note);
        free(note);
        note = next;
    }
}
