/* Counters and histograms. */
#include "store/metrics.h"

#include <stdlib.h>

const double metrics_bounds_s[METRICS_BOUNDS] = { 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
    0.5, 1, 2.5, 5, 10 };

/* For quantiles: microseconds, sixteen steps for each doubling, up to an hour and more. */
enum { STEP_BITS = 4, STEPS = 1 << STEP_BITS, TOP_BIT = 32, FINE = (TOP_BIT - STEP_BITS + 2) * STEPS };

struct metrics {
    struct metrics_options options;
    int tools, outcomes, faces;
    struct metrics_series *series; /* [tool][outcome] */
    uint64_t *fine; /* [tool][FINE] */
    uint64_t *requests; /* [face][METRICS_STATUSES] */
};

static int count(const char *const *names)
{
    int n = 0;
    while (names[n])
        n++;
    return n;
}

static void *allocate(int number, size_t size)
{
    void *memory = calloc(number > 0 ? (size_t)number : 1, size);
    if (!memory)
        abort(); /* some kilobytes at start */
    return memory;
}

struct metrics *metrics_new(const struct metrics_options *options)
{
    struct metrics *metrics = allocate(1, sizeof *metrics);
    metrics->options = *options;
    metrics->tools = count(options->tools);
    metrics->outcomes = count(options->outcomes);
    metrics->faces = count(options->faces);
    metrics->series = allocate(metrics->tools * metrics->outcomes, sizeof *metrics->series);
    metrics->fine = allocate(metrics->tools, FINE * sizeof *metrics->fine);
    metrics->requests = allocate(metrics->faces, METRICS_STATUSES * sizeof *metrics->requests);
    return metrics;
}

void metrics_free(struct metrics *metrics)
{
    if (!metrics)
        return;
    free(metrics->series);
    free(metrics->fine);
    free(metrics->requests);
    free(metrics);
}

const struct metrics_options *metrics_options_of(const struct metrics *metrics)
{
    return &metrics->options;
}

static int within(int index, int number)
{
    return index >= 0 && index < number ? index : number - 1;
}

/* Below STEPS each microsecond has its place; above, the top bits say which. */
static int fine_index(uint64_t us)
{
    if (us >> TOP_BIT)
        return FINE - 1;
    if (us < STEPS)
        return (int)us;
    int top = 63 - __builtin_clzll(us);
    return (top - STEP_BITS + 1) * STEPS + (int)(us >> (top - STEP_BITS) & (STEPS - 1));
}

/* The middle of what is counted there. */
static double fine_middle_us(int index)
{
    if (index < STEPS)
        return index + 0.5;
    int top = index / STEPS + STEP_BITS - 1;
    double width = (double)(UINT64_C(1) << (top - STEP_BITS));
    return (STEPS + index % STEPS) * width + width / 2;
}

void metrics_call(struct metrics *metrics, int tool, int outcome, int64_t duration_ns)
{
    tool = within(tool, metrics->tools);
    double seconds = (double)duration_ns / 1e9;
    struct metrics_series *series =
        &metrics->series[tool * metrics->outcomes + within(outcome, metrics->outcomes)];
    int bucket = 0;
    while (bucket < METRICS_BOUNDS && seconds > metrics_bounds_s[bucket])
        bucket++;
    series->buckets[bucket]++;
    series->count++;
    series->sum_s += seconds;
    metrics->fine[tool * FINE + fine_index(duration_ns > 0 ? (uint64_t)duration_ns / 1000 : 0)]++;
}

void metrics_request(struct metrics *metrics, int face, int status)
{
    metrics->requests[within(face, metrics->faces) * METRICS_STATUSES + within(status, METRICS_STATUSES)]++;
}

const struct metrics_series *metrics_series(const struct metrics *metrics, int tool, int outcome)
{
    return &metrics->series[within(tool, metrics->tools) * metrics->outcomes +
        within(outcome, metrics->outcomes)];
}

uint64_t metrics_requests(const struct metrics *metrics, int face, int status)
{
    return metrics
        ->requests[within(face, metrics->faces) * METRICS_STATUSES + within(status, METRICS_STATUSES)];
}

double metrics_quantile(const struct metrics *metrics, int tool, double q)
{
    const uint64_t *fine = &metrics->fine[within(tool, metrics->tools) * FINE];
    uint64_t calls = 0, seen = 0;
    for (int i = 0; i < FINE; i++)
        calls += fine[i];
    for (int i = 0; i < FINE && calls; i++) {
        seen += fine[i];
        if ((double)seen >= q * (double)calls && seen)
            return fine_middle_us(i) / 1e6;
    }
    return 0;
}
