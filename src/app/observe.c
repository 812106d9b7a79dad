/* Finished calls and requests, told to whoever keeps account of them. */
#include "app/observe.h"

#include "base/log.h"
#include "http/server.h"
#include "toolkit/call.h"
#include "toolkit/faults.h"

/* One line per finished call; the arguments are not the log's business. */
void observe_call(const struct call_record *record, void *user)
{
    (void)user;
    log_write(LOG_LEVEL_INFO, "event=call tool=%s face=%s outcome=%s ms=%.3f bytes=%zu id=%s",
        record->tool->name, record->face, fault_row(record->fault)->word, (double)record->duration_ns / 1e6,
        record->answer_bytes, record->id);
}

void observe_request(const struct http_request *request, int status, size_t bytes, void *user)
{
    (void)user;
    if (!log_enabled(LOG_LEVEL_DEBUG))
        return;
    char path[256];
    log_write(LOG_LEVEL_DEBUG, "event=request method=%s path=%s status=%d bytes=%zu id=%s", request->method,
        log_quote(request->path, path, sizeof path), status, bytes, request->id);
}
