/* Finished calls and requests, told to whoever keeps account of them. */
#include "app/observe.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "app/assist.h"
#include "app/gauges.h"
#include "base/clock.h"
#include "base/log.h"
#include "http/server.h"
#include "store/metrics.h"
#include "store/store.h"
#include "toolkit/call.h"
#include "toolkit/faults.h"

static void keep_call(struct store *store, const struct call_record *record)
{
    const struct store_row row = {
        .time_ms = record->started_ms,
        .duration_us = record->duration_ns / 1000,
        .bytes_in = (int64_t)record->argument_bytes,
        .bytes_out = (int64_t)record->answer_bytes,
        .tool = record->tool->name,
        .outcome = fault_row(record->fault)->word,
        .face = record->face,
        .client = record->client,
        .principal = record->principal,
        .id = record->id,
        .arguments = record->arguments,
    };
    store_put(store, &row);
}

/* One line per finished call; the arguments are not the log's business. */
void observe_call(const struct call_record *record, void *user)
{
    const struct assist *assist = user;
    bool is_ours = strcmp(record->face, "watch") == 0 || strcmp(record->face, "stats") == 0;
    if (assist->metrics && !is_ours)
        metrics_call(assist->metrics, record->index, (int)record->fault, record->duration_ns);
    if (assist->store && !is_ours)
        keep_call(assist->store, record);
    log_event(is_ours ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO, "call",
        (const struct log_field[]){
            log_str("tool", record->tool->name),
            log_str("face", record->face),
            log_str("outcome", fault_row(record->fault)->word),
            log_num("ms", (double)record->duration_ns / 1e6, 3),
            log_int("bytes", (int64_t)record->answer_bytes),
            log_str("principal", record->principal),
            log_str("trace", record->trace_id),
            log_str("id", record->id),
            { 0 },
        });
}

/* Who connected, without the port; NULL where that is not an address. */
static const char *peer_text(const struct sockaddr_storage *peer, char ret_text[INET6_ADDRSTRLEN])
{
    const void *address = peer->ss_family == AF_INET
        ? (const void *)&((const struct sockaddr_in *)peer)->sin_addr
        : peer->ss_family == AF_INET6 ? (const void *)&((const struct sockaddr_in6 *)peer)->sin6_addr
                                      : NULL;
    return address ? inet_ntop(peer->ss_family, address, ret_text, INET6_ADDRSTRLEN) : NULL;
}

/* The access log. No query: people put secrets there; no header but the name of the program that asks. */
void observe_request(const struct http_request *request, int status, size_t bytes, void *user)
{
    const struct assist *assist = user;
    char client[INET6_ADDRSTRLEN];
    if (assist->metrics)
        metrics_request(assist->metrics, gauges_face(request->path), status);
    if (!assist->settings.values.access_log || !log_enabled(LOG_LEVEL_INFO))
        return;
    log_event(LOG_LEVEL_INFO, "request",
        (const struct log_field[]){
            log_str("method", request->method),
            log_str("path", request->path),
            log_int("status", status),
            log_int("bytes", (int64_t)bytes),
            log_num("ms", (double)(clock_ns() - request->start_ns) / 1e6, 3),
            log_str("client", request->client ? request->client : peer_text(&request->peer, client)),
            log_str("principal", request->principal),
            log_str("agent", http_header(request, "User-Agent")),
            log_str("id", request->id),
            { 0 },
        });
}
