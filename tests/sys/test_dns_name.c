/* Domain names: what is refused and why, international forms, reverse names. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "base/scope.h"
#include "sys/dns_name.h"

#define A63 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijk"

static void expect(const char *name, enum dns_name_fault fault, const char *ascii)
{
    char text[DNS_NAME_SIZE] = "untouched";
    enum dns_name_fault got = dns_name_check(name, text);
    if (got != fault)
        fail_msg("'%s': fault %d instead of %d", name, (int)got, (int)fault);
    assert_string_equal(text, fault == DNS_NAME_OK ? ascii : "untouched");
}

static void accepts_what_dns_can_ask(void **state)
{
    (void)state;
    expect("example.org", DNS_NAME_OK, "example.org");
    expect("example.org.", DNS_NAME_OK, "example.org");
    expect(".", DNS_NAME_OK, ".");
    expect("org", DNS_NAME_OK, "org");
    expect("_443._tcp.example.org", DNS_NAME_OK, "_443._tcp.example.org");
    expect("*.example.org", DNS_NAME_OK, "*.example.org");
    expect("a\\.b.example", DNS_NAME_OK, "a\\.b.example");
    expect("a\\.", DNS_NAME_OK, "a\\.");
    expect("a\\\\.", DNS_NAME_OK, "a\\\\");
    expect(A63 ".org", DNS_NAME_OK, A63 ".org");
}

static void refuses_bad_syntax(void **state)
{
    (void)state;
    expect("", DNS_NAME_EMPTY, NULL);
    expect("..", DNS_NAME_EMPTY_LABEL, NULL);
    expect(".example", DNS_NAME_EMPTY_LABEL, NULL);
    expect("a..b", DNS_NAME_EMPTY_LABEL, NULL);
    expect("a..", DNS_NAME_EMPTY_LABEL, NULL);
    expect(A63 "l.org", DNS_NAME_LABEL_TOO_LONG, NULL);
    expect("exam ple.org", DNS_NAME_BAD_CHARACTER, NULL);
    expect("example.org\n", DNS_NAME_BAD_CHARACTER, NULL);
    expect("a\x7f", DNS_NAME_BAD_CHARACTER, NULL);
    expect("a\\", DNS_NAME_BAD_CHARACTER, NULL);
    expect("a\\999.org", DNS_NAME_BAD_CHARACTER, NULL);
}

/* 253 bytes of text are 255 on the wire; one more is too many, with or without the final dot. */
static void counts_the_whole_length(void **state)
{
    (void)state;
    char name[300];
    snprintf(name, sizeof(name), "%s.%s.%s.%.61s", A63, A63, A63, A63);
    assert_int_equal(strlen(name), 253);
    expect(name, DNS_NAME_OK, name);
    char dotted[301];
    snprintf(dotted, sizeof(dotted), "%s.", name);
    expect(dotted, DNS_NAME_OK, name);
    snprintf(name, sizeof(name), "%s.%s.%s.%.62s", A63, A63, A63, A63);
    expect(name, DNS_NAME_TOO_LONG, NULL);
    char huge[3000];
    memset(huge, 'a', sizeof(huge) - 1);
    huge[sizeof(huge) - 1] = '\0';
    expect(huge, DNS_NAME_TOO_LONG, NULL);
}

static void converts_international_names(void **state)
{
    (void)state;
    expect("bücher.example", DNS_NAME_OK, "xn--bcher-kva.example");
    expect("BÜCHER.Example", DNS_NAME_OK, "xn--bcher-kva.example");
    expect("faß.de", DNS_NAME_OK, "xn--fa-hia.de");
    expect("例え。テスト", DNS_NAME_OK, "xn--r8jz45g.xn--zckzah");
    expect("\xff\xfe.org", DNS_NAME_BAD_IDN, NULL);
    expect("a\xe2\x80\xa8z.org", DNS_NAME_BAD_IDN, NULL);
    expect("é\\.org", DNS_NAME_BAD_IDN, NULL);
    expect(
        "éééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééé.fr", DNS_NAME_LABEL_TOO_LONG, NULL);

    char unicode[DNS_NAME_SIZE];
    assert_true(dns_name_to_unicode("xn--bcher-kva.example", unicode));
    assert_string_equal(unicode, "bücher.example");
    assert_false(dns_name_to_unicode("example.org", unicode));
    assert_false(dns_name_to_unicode("xn--\x01", unicode));
    assert_true(dns_name_to_unicode("_x.xn--bcher-kva.example.", unicode));
    assert_string_equal(unicode, "_x.bücher.example.");
    /* Decodes, but what it decodes to is another name. */
    assert_false(dns_name_to_unicode("xn--bcheer-xn--bcheraraexample", unicode));
}

static void reverses_addresses(void **state)
{
    (void)state;
    char name[DNS_NAME_SIZE];
    struct sockaddr_in v4 = { .sin_family = AF_INET };
    inet_pton(AF_INET, "192.0.2.254", &v4.sin_addr);
    assert_string_equal(dns_reverse_name((const struct sockaddr *)&v4, name), "254.2.0.192.in-addr.arpa");
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
    inet_pton(AF_INET6, "2001:db8::af", &v6.sin6_addr);
    assert_string_equal(dns_reverse_name((const struct sockaddr *)&v6, name),
        "f.a.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepts_what_dns_can_ask),
        cmocka_unit_test(refuses_bad_syntax),
        cmocka_unit_test(counts_the_whole_length),
        cmocka_unit_test(converts_international_names),
        cmocka_unit_test(reverses_addresses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
