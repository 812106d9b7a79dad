/* httpc_url.c: what is a URL for us, how it is spelled afterwards, where a Location leads. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "base/err.h"
#include "base/scope.h"
#include "sys/httpc_url.h"

static const struct httpc_curl *api(void)
{
    struct err err = { 0 };
    const struct httpc_curl *table = httpc_curl_load(&err);
    if (!table)
        fail_msg("%s", err.text);
    return table;
}

static void test_spelling(void **state)
{
    (void)state;
    static const struct {
        const char *text, *url, *host, *port;
    } rows[] = {
        { "http://example.org", "http://example.org/", "example.org", "80" },
        { "HTTPS://Example.ORG./a?b#c", "https://Example.ORG/a?b", "Example.ORG", "443" },
        { "http://example.org:80/", "http://example.org/", "example.org", "80" },
        { "http://example.org:8080/", "http://example.org:8080/", "example.org", "8080" },
        { "http://2852039166/", "http://169.254.169.254/", "169.254.169.254", "80" },
        { "http://0xa9.0376.43518/", "http://169.254.169.254/", "169.254.169.254", "80" },
        /* Numbers that are only seen once a dot is gone or full-width digits are converted. */
        { "http://2852039166./", "http://169.254.169.254/", "169.254.169.254", "80" },
        { "http://0xa9.0376.43518./", "http://169.254.169.254/", "169.254.169.254", "80" },
        { "http://\xef\xbc\x90xa9fea9fe/", "http://169.254.169.254/", "169.254.169.254", "80" },
        { "http://[::1]:8/", "http://[::1]:8/", "[::1]", "8" },
        { "http://b\xc3\xbc"
          "cher.example/",
            "http://xn--bcher-kva.example/", "xn--bcher-kva.example", "80" },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(httpc_url_done) struct httpc_url url;
        struct err err = { 0 };
        int rc = httpc_url_parse(api(), rows[i].text, &url, &err);
        if (rc < 0)
            fail_msg("%s: %s", rows[i].text, err.text);
        assert_string_equal(url.text, rows[i].url);
        assert_string_equal(url.host, rows[i].host);
        assert_string_equal(url.port, rows[i].port);
        assert_int_equal(url.is_tls, rows[i].text[4] == 'S');
    }
}

static void test_what_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = { "", "example.org", "ftp://example.org/", "file:///etc/passwd",
        "http://", "http://user:secret@example.org/", "http://a b/", "http://example.org:99999/",
        "http://[::1/", "http://%0a/", "http://\xc3.example/", "http://a../", "gopher://example.org/",
        "javascript:alert(1)" };
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        CLEANUP(httpc_url_done) struct httpc_url url;
        struct err err = { 0 };
        if (httpc_url_parse(api(), wrong[i], &url, &err) != -EINVAL || !*err.text || !*err.french)
            fail_msg("accepted: %s", wrong[i]);
    }
    static char endless[10000];
    memset(endless, 'a', sizeof(endless) - 1);
    memcpy(endless, "http://a/", 9);
    CLEANUP(httpc_url_done) struct httpc_url url;
    assert_int_equal(httpc_url_parse(api(), endless, &url, NULL), -EINVAL);
}

static void test_locations(void **state)
{
    (void)state;
    static const struct {
        const char *location, *url;
    } rows[] = {
        { "/x", "https://example.org:1/x" },
        { "y?z", "https://example.org:1/a/y?z" },
        { "//other/", "https://other/" },
        { "http://user:secret@other/p#f", "http://other/p" },
        { "https://example.org:1/with space", "https://example.org:1/with%20space" },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(httpc_url_done) struct httpc_url url;
        struct err err = { 0 };
        assert_int_equal(httpc_url_parse(api(), "https://example.org:1/a/b", &url, &err), 0);
        if (httpc_url_follow(&url, rows[i].location, &err) < 0)
            fail_msg("%s: %s", rows[i].location, err.text);
        assert_string_equal(url.text, rows[i].url);
    }
}

static void test_a_bad_location_changes_nothing(void **state)
{
    (void)state;
    CLEANUP(httpc_url_done) struct httpc_url url;
    assert_int_equal(httpc_url_parse(api(), "http://example.org/", &url, NULL), 0);
    static const char *const wrong[] = { "file:///etc/passwd", "ftp://example.org/", "gopher://a.example/" };
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        assert_int_equal(httpc_url_follow(&url, wrong[i], NULL), -EINVAL);
        assert_string_equal(url.text, "http://example.org/");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_spelling),
        cmocka_unit_test(test_what_is_refused),
        cmocka_unit_test(test_locations),
        cmocka_unit_test(test_a_bad_location_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
