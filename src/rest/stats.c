/* GET /stats: services, resources, calls, response times and what the store holds, as one JSON object. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/json_write.h"
#include "base/scope.h"
#include "rest/state.h"
#include "rest/tool_call.h"
#include "store/metrics.h"
#include "store/store.h"
#include "toolkit/call.h"

/* All calls of a tool, whatever their outcome. The first outcome of the list is success. */
struct sum {
    uint64_t calls, errors;
    double seconds;
};

static struct sum sum_of(const struct metrics *metrics, int tool)
{
    struct sum sum = { 0 };
    const char *const *outcomes = metrics_options_of(metrics)->outcomes;
    for (int i = 0; outcomes[i]; i++) {
        const struct metrics_series *series = metrics_series(metrics, tool, i);
        sum.calls += series->count;
        sum.errors += i ? series->count : 0;
        sum.seconds += series->sum_s;
    }
    return sum;
}

/* Three decimals of a millisecond are all that is measured. */
static double rounded_ms(double seconds)
{
    return (double)(int64_t)(seconds * 1e6 + 0.5) / 1000;
}

static void put_calls(struct json_writer *w, const struct rest *rest)
{
    const struct metrics *metrics = rest->options.metrics;
    const char *const *tools = metrics_options_of(metrics)->tools;
    struct sum all = { 0 };
    json_open_array(w, "response_times");
    for (int i = 0; tools[i]; i++) {
        struct sum sum = sum_of(metrics, i);
        all.calls += sum.calls;
        all.errors += sum.errors;
        if (!sum.calls)
            continue;
        json_open_object(w, NULL);
        json_put_str(w, "tool", tools[i]);
        json_put_int(w, "count", (int64_t)sum.calls);
        json_put_int(w, "errors", (int64_t)sum.errors);
        json_put_num(w, "mean_ms", rounded_ms(sum.seconds / (double)sum.calls));
        json_put_num(w, "p50_ms", rounded_ms(metrics_quantile(metrics, i, 0.5)));
        json_put_num(w, "p95_ms", rounded_ms(metrics_quantile(metrics, i, 0.95)));
        json_put_num(w, "p99_ms", rounded_ms(metrics_quantile(metrics, i, 0.99)));
        json_close_object(w);
    }
    json_close_array(w);
    json_open_object(w, "calls");
    json_put_int(w, "total", (int64_t)all.calls);
    json_put_int(w, "errors", (int64_t)all.errors);
    json_put_int(w, "running", engine_running(rest->options.engine));
    json_put_int(w, "queued", engine_queued(rest->options.engine));
    json_put_int(w, "workers_lost", engine_lost(rest->options.engine));
    json_close_object(w);
}

static void put_requests(struct json_writer *w, const struct metrics *metrics)
{
    const char *const *faces = metrics_options_of(metrics)->faces;
    json_open_object(w, "requests");
    for (int face = 0; faces[face]; face++) {
        uint64_t requests = 0;
        for (int status = 0; status < METRICS_STATUSES; status++)
            requests += metrics_requests(metrics, face, status);
        json_put_int(w, faces[face], (int64_t)requests);
    }
    json_close_object(w);
}

static void put_total(struct json_writer *w, const struct store_total *total)
{
    json_open_object(w, NULL);
    json_put_str(w, "tool", total->tool);
    json_put_str(w, "outcome", total->outcome);
    json_put_int(w, "calls", total->calls);
    json_put_num(
        w, "mean_ms", total->calls ? rounded_ms((double)total->duration_us / 1e6 / (double)total->calls) : 0);
    json_put_num(w, "longest_ms", rounded_ms((double)total->longest_us / 1e6));
    json_close_object(w);
}

static void put_store(struct json_writer *w, struct store *store)
{
    if (!store) {
        json_put_null(w, "store");
        return;
    }
    struct store_counts counts = store_counts(store);
    CLEANUP(scope_free) struct store_totals *totals = malloc(sizeof *totals);
    if (!totals)
        abort();
    store_totals(store, totals);
    json_open_object(w, "store");
    json_put_bool(w, "up", counts.is_up);
    json_put_int(w, "written", (int64_t)counts.written);
    json_put_int(w, "dropped", (int64_t)counts.dropped);
    json_put_int(w, "queued", (int64_t)counts.queued);
    char stamp[CLOCK_STAMP_SIZE];
    if (totals->as_of_ms)
        json_put_str(w, "as_of", clock_stamp(totals->as_of_ms, stamp));
    json_open_array(w, "totals");
    for (size_t i = 0; i < totals->count; i++)
        put_total(w, &totals->items[i]);
    json_close_array(w);
    json_close_object(w);
}

static void put_survey(struct json_writer *w, struct arena *arena, const struct survey *survey)
{
    static const char *const parts[] = { "services", "resources" };
    const struct mcp_json *result = survey_result(survey, arena);
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        const struct mcp_json *part = mcp_json_get(result, parts[i]);
        if (part)
            json_put_raw(w, parts[i], part->raw, part->raw_len);
        else
            json_put_null(w, parts[i]);
    }
    if (survey->fault)
        json_put_str(w, "survey_fault", survey->fault);
}

static void reply(struct rest *rest, struct http_request *request)
{
    struct rest_gauges gauges = { 0 };
    rest->options.measure(rest->options.measure_user, &gauges);
    CLEANUP(buf_done) struct buf out = { 0 };
    struct json_writer w = { .out = &out };
    char stamp[CLOCK_STAMP_SIZE];
    json_open_object(&w, NULL);
    json_put_str(&w, "as_of", clock_stamp(clock_wall_ms(), stamp));
    json_put_int(&w, "uptime_s", (clock_ms() - rest->started_ms) / 1000);
    put_survey(&w, request->arena, &rest->survey);
    put_calls(&w, rest);
    put_requests(&w, rest->options.metrics);
    put_store(&w, gauges.store);
    json_close_object(&w);
    http_set(request, "Cache-Control", "no-store");
    tool_call_reply(request, 200, buf_str(&out), out.len);
}

void stats_show(struct http_request *request, void *user)
{
    survey_then(user, request, reply);
}
