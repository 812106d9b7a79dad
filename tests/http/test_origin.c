/* origin.c: whose Host and Origin are ours. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/scope.h"
#include "http/exchange.h"
#include "http/origin.h"

/* NULL: the header is absent. */
static bool allowed(const char *host, const char *origin, const struct origin_policy *policy)
{
    struct http_field fields[2];
    struct http_exchange exchange = { .fields = fields };
    if (host)
        fields[exchange.field_count++] = (struct http_field){ "Host", host };
    if (origin)
        fields[exchange.field_count++] = (struct http_field){ "Origin", origin };
    return origin_allowed(&exchange.request, policy);
}

static void test_loopback_hosts(void **state)
{
    (void)state;
    static const struct origin_policy policy = { .loopback = true };
    static const char *const good[] = { "localhost", "LOCALHOST:1", "localhost:8000", "127.0.0.1",
        "127.0.0.1:8000", "[::1]", "[::1]:8000", "localhost:" };
    static const char *const bad[] = { "", "evil.example", "localhost.evil.example", "127.0.0.1.evil.example",
        "evil.example:8000", "localhostx", "localhos", "xlocalhost", "localhost:x", "localhost:123456",
        "localhost:80:80", "localhost@evil.example", "evil.example@localhost", "localhost/", "[::1", "::1",
        "[::1]x", "[::2]", "127.0.0.2", "2130706433", "localhost, evil.example", " ", "[localhost]",
        "169.254.169.254" };
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        if (!allowed(good[i], NULL, &policy))
            fail_msg("refused: %s", good[i]);
    }
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        if (allowed(bad[i], NULL, &policy))
            fail_msg("accepted: %s", bad[i]);
    }
    assert_false(allowed(NULL, NULL, &policy));
}

static void test_loopback_origins(void **state)
{
    (void)state;
    static const struct origin_policy policy = { .loopback = true };
    static const char *const good[] = { "http://localhost", "http://localhost:3000", "https://127.0.0.1:1",
        "http://[::1]:8000" };
    static const char *const bad[] = { "", "null", "http://evil.example", "http://localhost.evil.example",
        "http://127.0.0.1.evil.example", "ftp://localhost", "file://", "http://", "localhost",
        "http:/localhost", "http://evil.example#localhost", "http://localhost@evil.example",
        "http://localhost/path", "http://localhost, http://evil.example" };
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        if (!allowed("localhost:8000", good[i], &policy))
            fail_msg("refused: %s", good[i]);
    }
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        if (allowed("localhost:8000", bad[i], &policy))
            fail_msg("accepted: %s", bad[i]);
    }
}

static void test_named_hosts(void **state)
{
    (void)state;
    static const char *const names[] = { "help.example", "[fd00::1]", NULL };
    static const struct origin_policy policy = { .allowed_hosts = names };
    assert_true(allowed("help.example:8000", NULL, &policy));
    assert_true(allowed("Help.Example", "https://HELP.example", &policy));
    assert_true(allowed("[fd00::1]:8000", NULL, &policy));
    assert_true(allowed("localhost", NULL, &policy));
    assert_false(allowed("help.example.evil.example", NULL, &policy));
    assert_false(allowed("other.example", NULL, &policy));
    assert_false(allowed("help.example", "https://other.example", &policy));
}

static void test_names(void **state)
{
    (void)state;
    static const char *const good[] = { "help.example", "host", "192.0.2.1", "[fd00::1]", "a_b-c.example" };
    static const char *const bad[] = { "*", "*.example", "help.example:80", "[fd00::1]:80", "fd00::1",
        "[fd00::1", "http://help.example", "help.example/", "help example", "" };
    for (size_t i = 0; i < ARRAY_LEN(good); i++)
        if (!origin_is_name(good[i]))
            fail_msg("refused: %s", good[i]);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        if (origin_is_name(bad[i]))
            fail_msg("accepted: %s", bad[i]);
}

static void test_open_bind(void **state)
{
    (void)state;
    static const struct origin_policy policy = { .loopback = false };
    /* A name can be rebound to this server's address, an address cannot. */
    assert_true(allowed("192.0.2.1:8000", NULL, &policy));
    assert_true(allowed("[2001:db8::1]:8000", NULL, &policy));
    assert_true(allowed("192.0.2.1:8000", "http://192.0.2.1:8000", &policy));
    assert_true(allowed("localhost:8000", "http://localhost:8000", &policy));
    assert_false(allowed("any.example", NULL, &policy));
    assert_false(allowed("192.0.2.1.any.example", NULL, &policy));
    assert_false(allowed("192.0.2.1", "http://other.example", &policy));
    assert_false(allowed("192.0.2.1", "null", &policy));
    assert_false(allowed("any example", NULL, &policy));
}

static void test_cross_site(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        bool cross;
    } cases[] = { { "cross-site", true }, { "Cross-Site", true }, { "same-origin", false },
        { "same-site", false }, { "none", false } };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct http_field field = { "Sec-Fetch-Site", cases[i].value };
        struct http_exchange exchange = { .fields = &field, .field_count = 1 };
        assert_int_equal(origin_cross_site(&exchange.request), cases[i].cross);
    }
    struct http_exchange exchange = { .field_count = 0 };
    assert_false(origin_cross_site(&exchange.request));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_loopback_hosts),
        cmocka_unit_test(test_loopback_origins),
        cmocka_unit_test(test_named_hosts),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_open_bind),
        cmocka_unit_test(test_cross_site),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
