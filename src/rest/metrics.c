/* GET /metrics: the counters as text for Prometheus, in the format of OpenMetrics 1.0 or its older form
 * 0.0.4.
 *
 * Every label value is a name of ours or of a setting: no request can make a new one. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/scope.h"
#include "rest/state.h"
#include "store/metrics.h"
#include "store/store.h"
#include "toolkit/call.h"

#define OPENMETRICS "application/openmetrics-text"

struct page {
    struct buf *out;
    bool is_open; /* OpenMetrics */
    const char *name; /* of the family that is being written */
    const char *suffix; /* of its samples: "_total", "_info", "" */
};

/* In the older form counters bear their suffix from the beginning, and there is neither unit nor info. */
static void begin(struct page *page, const char *name, const char *type, const char *unit, const char *help)
{
    bool is_info = strcmp(type, "info") == 0;
    page->name = name;
    page->suffix = strcmp(type, "counter") == 0 ? "_total" : is_info ? "_info" : "";
    const char *own = page->is_open ? "" : page->suffix;
    buf_addf(page->out, "# TYPE %s%s %s\n", name, own, is_info && !page->is_open ? "gauge" : type);
    if (unit && page->is_open)
        buf_addf(page->out, "# UNIT %s %s\n", name, unit);
    buf_addf(page->out, "# HELP %s%s %s\n", name, own, help);
}

/* A label value: backslash, quote and line end are escaped. */
static void add_label(struct buf *out, const char *name, const char *value, bool is_first)
{
    buf_addf(out, "%s%s=\"", is_first ? "" : ",", name);
    for (const char *c = value; *c; c++) {
        if (*c == '\\' || *c == '"')
            buf_addc(out, '\\');
        if (*c == '\n')
            buf_adds(out, "\\n");
        else
            buf_addc(out, *c);
    }
    buf_addc(out, '"');
}

struct label {
    const char *name, *value;
};

static void add_name(struct page *page, const char *suffix, const struct label *labels, size_t count)
{
    buf_addf(page->out, "%s%s", page->name, suffix);
    for (size_t i = 0; i < count; i++) {
        buf_adds(page->out, i ? "" : "{");
        add_label(page->out, labels[i].name, labels[i].value, i == 0);
    }
    buf_adds(page->out, count ? "} " : " ");
}

static void put_count(struct page *page, const struct label *labels, size_t count, uint64_t value)
{
    add_name(page, page->suffix, labels, count);
    buf_addf(page->out, "%llu\n", (unsigned long long)value);
}

static void put_number(struct page *page, double value)
{
    add_name(page, page->suffix, NULL, 0);
    buf_addf(page->out, "%.14g\n", value);
}

static void put_gauge(struct page *page, const char *name, const char *unit, const char *help, uint64_t value)
{
    begin(page, name, "gauge", unit, help);
    put_count(page, NULL, 0, value);
}

static void put_build(struct page *page, const struct rest *rest)
{
    begin(page, "mcp_assist_build", "info", NULL, "The program.");
    const struct label labels[] = { { "version", rest->options.version } };
    put_count(page, labels, ARRAY_LEN(labels), 1);
}

static void put_requests(struct page *page, const struct metrics *metrics)
{
    const char *const *faces = metrics_options_of(metrics)->faces;
    begin(page, "mcp_assist_http_requests", "counter", NULL,
        "HTTP requests that are over, by face and status.");
    for (int face = 0; faces[face]; face++) {
        for (int status = 0; status < METRICS_STATUSES; status++) {
            uint64_t requests = metrics_requests(metrics, face, status);
            if (!requests)
                continue;
            char text[4] = { (char)('0' + status / 100), (char)('0' + status / 10 % 10),
                (char)('0' + status % 10), '\0' };
            const struct label labels[] = { { "face", faces[face] }, { "status", text } };
            put_count(page, labels, ARRAY_LEN(labels), requests);
        }
    }
}

/* Tools that were never called show as successes of number zero, so that rates begin somewhere. */
static bool is_shown(const struct metrics_series *series, int outcome)
{
    return series->count || outcome == 0;
}

static void put_calls(struct page *page, const struct metrics *metrics)
{
    const struct metrics_options *names = metrics_options_of(metrics);
    begin(page, "mcp_assist_tool_calls", "counter", NULL, "Finished calls of tools, by tool and outcome.");
    for (int tool = 0; names->tools[tool]; tool++) {
        for (int outcome = 0; names->outcomes[outcome]; outcome++) {
            const struct metrics_series *series = metrics_series(metrics, tool, outcome);
            const struct label labels[] = { { "tool", names->tools[tool] },
                { "outcome", names->outcomes[outcome] } };
            if (is_shown(series, outcome))
                put_count(page, labels, ARRAY_LEN(labels), series->count);
        }
    }
}

/* As OpenMetrics writes numbers: 1.0, not 1. */
static const char *bound_text(int bucket, char ret_text[16])
{
    double bound = bucket < METRICS_BOUNDS ? metrics_bounds_s[bucket] : 0;
    snprintf(ret_text, 16, "%g", bound);
    if (!strchr(ret_text, '.'))
        snprintf(ret_text, 16, "%.1f", bound);
    return bucket < METRICS_BOUNDS ? ret_text : "+Inf";
}

static void put_histogram(
    struct page *page, const struct metrics_series *series, const char *tool, const char *outcome)
{
    struct label labels[] = { { "tool", tool }, { "outcome", outcome }, { "le", NULL } };
    uint64_t below = 0;
    char text[16];
    for (int i = 0; i <= METRICS_BOUNDS; i++) {
        below += series->buckets[i];
        labels[2].value = bound_text(i, text);
        add_name(page, "_bucket", labels, 3);
        buf_addf(page->out, "%llu\n", (unsigned long long)below);
    }
    add_name(page, "_count", labels, 2);
    buf_addf(page->out, "%llu\n", (unsigned long long)series->count);
    add_name(page, "_sum", labels, 2);
    buf_addf(page->out, "%.14g\n", series->sum_s);
}

static void put_durations(struct page *page, const struct metrics *metrics)
{
    const struct metrics_options *names = metrics_options_of(metrics);
    begin(page, "mcp_assist_tool_call_duration_seconds", "histogram", "seconds",
        "Time from a call's arguments to its outcome.");
    for (int tool = 0; names->tools[tool]; tool++) {
        for (int outcome = 0; names->outcomes[outcome]; outcome++) {
            const struct metrics_series *series = metrics_series(metrics, tool, outcome);
            if (is_shown(series, outcome))
                put_histogram(page, series, names->tools[tool], names->outcomes[outcome]);
        }
    }
}

static void put_state(struct page *page, const struct rest *rest, const struct rest_gauges *gauges)
{
    const struct engine *engine = rest->options.engine;
    unsigned running = engine_running(engine), queued = engine_queued(engine);
    put_gauge(page, "mcp_assist_calls_running", NULL, "Calls that a worker has.",
        running > queued ? running - queued : 0);
    put_gauge(page, "mcp_assist_calls_queued", NULL, "Calls that wait for a worker.", queued);
    put_gauge(page, "mcp_assist_workers_lost", NULL, "Workers that hang in calls past their deadline.",
        engine_lost(engine));
    put_gauge(
        page, "mcp_assist_http_connections", NULL, "Open HTTP connections.", http_connections(rest->server));
    put_gauge(page, "mcp_assist_mcp_sessions", NULL, "MCP sessions over HTTP.", gauges->mcp_sessions);
    put_gauge(
        page, "mcp_assist_mcp_streams", NULL, "Streams on which clients of MCP listen.", gauges->mcp_streams);
    begin(
        page, "mcp_assist_log_lines_dropped", "counter", NULL, "Lines of the log that could not be written.");
    put_count(page, NULL, 0, log_dropped());
}

static void put_store(struct page *page, struct store *store)
{
    if (!store)
        return;
    struct store_counts counts = store_counts(store);
    put_gauge(page, "mcp_assist_store_up", NULL, "1 if the database answered last time.", counts.is_up);
    put_gauge(page, "mcp_assist_store_queued_rows", "rows", "Calls that wait to be written.", counts.queued);
    begin(page, "mcp_assist_store_rows", "counter", "rows",
        "Calls that were written, or dropped without a database.");
    const struct label written = { "state", "written" }, dropped = { "state", "dropped" };
    put_count(page, &written, 1, counts.written);
    put_count(page, &dropped, 1, counts.dropped);
}

/* The names that Prometheus's own clients use for a process. */
static void put_process(struct page *page, const struct rest_gauges *gauges)
{
    begin(page, "process_cpu_seconds", "counter", "seconds", "Processor time used.");
    put_number(page, gauges->cpu_s);
    begin(page, "process_start_time_seconds", "gauge", "seconds", "When the process started, since 1970.");
    put_number(page, gauges->started_s);
    put_gauge(page, "process_resident_memory_bytes", "bytes", "Memory in use.", gauges->resident_bytes);
    put_gauge(page, "process_virtual_memory_bytes", "bytes", "Address space.", gauges->virtual_bytes);
    put_gauge(page, "process_open_fds", NULL, "Open descriptors.", gauges->descriptors);
    put_gauge(page, "process_max_fds", NULL, "Descriptors it may open.", gauges->descriptors_max);
}

static void put_services(struct page *page, struct arena *arena, const struct survey *survey)
{
    const struct mcp_json *services = mcp_json_get(survey_result(survey, arena), "services");
    if (!services || !services->count)
        return;
    begin(page, "mcp_assist_service_up", "gauge", NULL,
        "1 if a service of the setting watch_services is active.");
    for (const struct mcp_json *service = services->first; service; service = service->next) {
        const struct label name = { "service", mcp_json_get_text(service, "name") };
        const struct mcp_json *up = mcp_json_get(service, "service_up");
        put_count(page, &name, 1, up && up->truth);
    }
}

static void reply(struct rest *rest, struct http_request *request)
{
    struct rest_gauges gauges = { 0 };
    rest->options.measure(rest->options.measure_user, &gauges);
    const char *accept = http_header(request, "Accept");
    CLEANUP(buf_done) struct buf out = { 0 };
    struct page page = { .out = &out, .is_open = accept && strcasestr(accept, OPENMETRICS) };
    put_build(&page, rest);
    put_requests(&page, rest->options.metrics);
    put_calls(&page, rest->options.metrics);
    put_durations(&page, rest->options.metrics);
    put_state(&page, rest, &gauges);
    put_store(&page, gauges.store);
    put_services(&page, request->arena, &rest->survey);
    put_process(&page, &gauges);
    if (page.is_open)
        buf_adds(&out, "# EOF\n");
    http_set(request, "Cache-Control", "no-store");
    http_set(request, "Vary", "Accept");
    http_reply(request, 200,
        page.is_open ? OPENMETRICS "; version=1.0.0; charset=utf-8"
                     : "text/plain; version=0.0.4; charset=utf-8",
        buf_str(&out), out.len);
}

/* The machine is looked at only where a service is to be watched. */
void metrics_show(struct http_request *request, void *user)
{
    struct rest *rest = user;
    const struct mcp_json *services = mcp_json_get(rest->options.survey_arguments, "service");
    if (services && services->count)
        survey_then(rest, request, reply);
    else
        reply(rest, request);
}
