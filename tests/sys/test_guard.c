/* Address classes: every disguise of an address is what the address is. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "base/scope.h"
#include "sys/guard.h"

struct sample {
    const char *text;
    enum guard_class class;
};

static enum guard_class classify(const char *text)
{
    struct sockaddr_storage address = { .ss_family = AF_INET };
    if (inet_pton(AF_INET, text, &((struct sockaddr_in *)&address)->sin_addr) != 1) {
        address.ss_family = AF_INET6;
        assert_int_equal(inet_pton(AF_INET6, text, &((struct sockaddr_in6 *)&address)->sin6_addr), 1);
    }
    return guard_classify((const struct sockaddr *)&address);
}

static void expect(const struct sample *samples, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (classify(samples[i].text) != samples[i].class)
            fail_msg("%s: %s instead of %s", samples[i].text, guard_class_name(classify(samples[i].text)),
                guard_class_name(samples[i].class));
}

static void classes_of_ipv4(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        { "8.8.8.8", GUARD_PUBLIC },
        { "172.15.255.255", GUARD_PUBLIC },
        { "172.32.0.0", GUARD_PUBLIC },
        { "223.255.255.255", GUARD_PUBLIC },
        { "127.0.0.1", GUARD_LOOPBACK },
        { "127.255.255.255", GUARD_LOOPBACK },
        { "10.0.0.0", GUARD_PRIVATE },
        { "172.16.0.1", GUARD_PRIVATE },
        { "172.31.255.255", GUARD_PRIVATE },
        { "192.168.255.255", GUARD_PRIVATE },
        { "100.64.0.1", GUARD_PRIVATE },
        { "100.127.255.255", GUARD_PRIVATE },
        { "100.128.0.0", GUARD_PUBLIC },
        { "100.100.100.200", GUARD_METADATA },
        { "169.254.0.1", GUARD_LINK_LOCAL },
        { "169.254.169.254", GUARD_METADATA },
        { "169.254.170.2", GUARD_METADATA },
        { "192.0.0.192", GUARD_METADATA },
        { "168.63.129.16", GUARD_METADATA },
        { "0.0.0.0", GUARD_UNSPECIFIED },
        { "0.255.255.255", GUARD_UNSPECIFIED },
        { "224.0.0.1", GUARD_MULTICAST },
        { "239.255.255.250", GUARD_MULTICAST },
        { "255.255.255.255", GUARD_MULTICAST },
        { "240.0.0.1", GUARD_RESERVED },
        { "192.0.2.1", GUARD_RESERVED },
        { "198.19.255.255", GUARD_RESERVED },
    };
    expect(samples, ARRAY_LEN(samples));
}

static void classes_of_ipv6(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        { "2606:4700::1111", GUARD_PUBLIC },
        { "::1", GUARD_LOOPBACK },
        { "::", GUARD_UNSPECIFIED },
        { "fc00::1", GUARD_PRIVATE },
        { "fdff::1", GUARD_PRIVATE },
        { "fd00:ec2::254", GUARD_METADATA },
        { "fd20:ce::254", GUARD_METADATA },
        { "fe80::1", GUARD_LINK_LOCAL },
        { "febf::1", GUARD_LINK_LOCAL },
        { "ff02::1", GUARD_MULTICAST },
        { "2001:db8::1", GUARD_RESERVED },
    };
    expect(samples, ARRAY_LEN(samples));
}

static void looks_through_carriers(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        { "::ffff:169.254.169.254", GUARD_METADATA }, { "::ffff:127.0.0.1", GUARD_LOOPBACK },
        { "::ffff:8.8.8.8", GUARD_PUBLIC }, { "::169.254.169.254", GUARD_METADATA },
        { "::127.0.0.1", GUARD_LOOPBACK }, { "::ffff:0:169.254.169.254", GUARD_METADATA },
        { "64:ff9b::169.254.169.254", GUARD_METADATA }, { "64:ff9b::10.0.0.1", GUARD_PRIVATE },
        { "64:ff9b::8.8.8.8", GUARD_PUBLIC }, { "64:ff9b:1::169.254.169.254", GUARD_METADATA },
        { "64:ff9b:1:a9fe:a9:fe00::", GUARD_METADATA }, { "64:ff9b:1:1a9:fe:a9fe::", GUARD_METADATA },
        { "64:ff9b:1:1:a9:fea9:fe00::", GUARD_METADATA }, { "2002:a9fe:a9fe::1", GUARD_METADATA },
        { "2002:7f00:1::1", GUARD_LOOPBACK }, { "2001:0:a9fe:a9fe::1", GUARD_METADATA },
        { "2001:0:808:808:0:0:5601:5601", GUARD_METADATA }, /* the client's bits are flipped */
    };
    expect(samples, ARRAY_LEN(samples));
}

static void refuses_other_families(void **state)
{
    (void)state;
    struct sockaddr_storage address = { .ss_family = AF_UNIX };
    assert_int_equal(guard_classify((const struct sockaddr *)&address), GUARD_RESERVED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(classes_of_ipv4),
        cmocka_unit_test(classes_of_ipv6),
        cmocka_unit_test(looks_through_carriers),
        cmocka_unit_test(refuses_other_families),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
