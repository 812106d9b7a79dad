/* accept.c: Accept, Accept-Encoding. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/scope.h"
#include "http/accept.h"

static void test_quality(void **state)
{
    (void)state;
    static const struct {
        const char *header, *name;
        long quality;
    } cases[] = {
        { "text/html", "text/html", 1000 },
        { "TEXT/html;level=1", "text/HTML", 1000 },
        { "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html", 1000 },
        { "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "application/json", 800 },
        { "*/*", "application/json", 1000 },
        { "text/*;q=0.3, text/html;q=0.7", "text/html", 700 },
        { "text/html;q=0.7, text/*;q=0.3", "text/plain", 300 },
        { "text/html;q=0, */*", "text/html", 0 },
        { "*/*, text/html;q=0", "text/html", 0 },
        { "text/htm", "text/html", 0 },
        { "text/html2", "text/html", 0 },
        { "text", "text/html", 0 },
        { "*", "text/html", 0 },
        { "", "text/html", 0 },
        { " , ,\t,", "text/html", 0 },
        { "gzip, deflate, br", "gzip", 1000 },
        { "br;q=1.0, gzip;q=0.8, *;q=0.1", "gzip", 800 },
        { "br;q=1.0, *;q=0.1", "gzip", 100 },
        { "gzip;q=0", "gzip", 0 },
        { "identity", "gzip", 0 },
        { "*/*", "gzip", 0 },
        { NULL, "gzip", 1000 },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        long quality = accept_quality(cases[i].header, cases[i].name);
        if (quality != cases[i].quality)
            fail_msg("%s of %s: %ld", cases[i].name, cases[i].header, quality);
    }
}

static void test_weight(void **state)
{
    (void)state;
    static const struct {
        const char *range;
        long weight;
    } cases[] = {
        { "fr", 1000 },
        { "fr;q=0.8", 800 },
        { "fr ; Q=0.85", 850 },
        { "fr;q=0.1239", 123 },
        { "fr;q=0", 0 },
        { "fr;q=0.", 0 },
        { "fr;q=1.000", 1000 },
        { "text/html;eq=0.1;level=2;\tq=0.5;x", 500 },
        { "fr;q=x", 1000 },
        { "fr;q=", 1000 },
        { "fr;q", 1000 },
        { ";", 1000 },
        { "", 1000 },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        long weight = accept_weight(cases[i].range, strlen(cases[i].range));
        if (weight != cases[i].weight)
            fail_msg("%s: %ld", cases[i].range, weight);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quality),
        cmocka_unit_test(test_weight),
    };
    return cmocka_run_group_tests_name("accept", tests, NULL, NULL);
}
