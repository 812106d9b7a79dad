/* metrics.c: counts under bounded names, histograms, quantiles against the exact ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>

#include "base/scope.h"
#include "store/metrics.h"

static const char *const tools[] = { "calc", "ping", "other", NULL };
static const char *const outcomes[] = { "ok", "invalid", NULL };
static const char *const faces[] = { "rest", "other", NULL };

static void drop(struct metrics **metrics)
{
    metrics_free(*metrics);
}

static struct metrics *make(void)
{
    const struct metrics_options options = { .tools = tools, .outcomes = outcomes, .faces = faces };
    return metrics_new(&options);
}

static void test_counts(void **state)
{
    (void)state;
    CLEANUP(drop) struct metrics *metrics = make();
    metrics_call(metrics, 0, 0, 400000);
    metrics_call(metrics, 0, 0, 2000000);
    metrics_call(metrics, 0, 1, 500000); /* a bound belongs to its own bucket */
    metrics_call(metrics, -1, 0, INT64_C(60000000000));
    metrics_call(metrics, 99, 99, -5);
    const struct metrics_series *ok = metrics_series(metrics, 0, 0);
    assert_int_equal(ok->count, 2);
    assert_int_equal(ok->buckets[0], 1);
    assert_int_equal(ok->buckets[2], 1);
    assert_true(fabs(ok->sum_s - 0.0024) < 1e-9);
    assert_int_equal(metrics_series(metrics, 0, 1)->buckets[0], 1);
    assert_int_equal(metrics_series(metrics, 1, 0)->count, 0);
    assert_int_equal(metrics_series(metrics, 2, 0)->buckets[METRICS_BOUNDS], 1);
    assert_int_equal(metrics_series(metrics, 2, 1)->count, 1);
}

static void test_requests(void **state)
{
    (void)state;
    CLEANUP(drop) struct metrics *metrics = make();
    metrics_request(metrics, 0, 200);
    metrics_request(metrics, 0, 200);
    metrics_request(metrics, 7, 404);
    metrics_request(metrics, 0, 100000);
    assert_int_equal(metrics_requests(metrics, 0, 200), 2);
    assert_int_equal(metrics_requests(metrics, 1, 404), 1);
    assert_int_equal(metrics_requests(metrics, 0, METRICS_STATUSES - 1), 1);
    assert_int_equal(metrics_requests(metrics, 0, 404), 0);
}

static int compare(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

static void test_quantiles(void **state)
{
    (void)state;
    CLEANUP(drop) struct metrics *metrics = make();
    enum { MANY = 5000 };
    static int64_t durations_ns[MANY];
    assert_true(metrics_quantile(metrics, 0, 0.5) <= 0);
    uint64_t seed = 42;
    for (int i = 0; i < MANY; i++) {
        seed = seed * 6364136223846793005U + 1442695040888963407U;
        /* from 20 us to 20 s, evenly on a logarithmic scale */
        durations_ns[i] = (int64_t)(20000 * pow(1e6, (double)(seed >> 11) / 9007199254740992.0));
        metrics_call(metrics, 0, i % 2, durations_ns[i]);
    }
    qsort(durations_ns, MANY, sizeof *durations_ns, compare);
    static const double quantiles[] = { 0, 0.01, 0.5, 0.95, 0.99, 1 };
    for (size_t i = 0; i < ARRAY_LEN(quantiles); i++) {
        int rank = (int)ceil(quantiles[i] * MANY) - 1;
        double exact = (double)durations_ns[rank < 0 ? 0 : rank] / 1e9;
        assert_true(fabs(metrics_quantile(metrics, 0, quantiles[i]) / exact - 1) < 0.04);
    }
    metrics_call(metrics, 1, 0, INT64_MAX);
    assert_true(metrics_quantile(metrics, 1, 0.5) > 3600);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_requests),
        cmocka_unit_test(test_quantiles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
