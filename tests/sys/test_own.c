/* Which addresses lead to the socket that this process listens on. Nothing is sent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>

#include "sys/own.h"
#include "sys/resolve.h"

static struct sockaddr_storage at(const char *text, unsigned port)
{
    struct sockaddr_storage address = { 0 };
    struct sockaddr_in *in = (struct sockaddr_in *)&address;
    struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&address;
    if (inet_pton(AF_INET, text, &in->sin_addr) == 1)
        address.ss_family = AF_INET;
    else if (inet_pton(AF_INET6, text, &in6->sin6_addr) == 1)
        address.ss_family = AF_INET6;
    resolve_set_port(&address, port);
    return address;
}

static void listen_at(const char *text)
{
    const struct sockaddr_storage address = at(text, 8080);
    own_listens((const struct sockaddr *)&address);
}

static void expect(bool is_own, const char *text, unsigned port)
{
    const struct sockaddr_storage address = at(text, port);
    if (own_is_at((const struct sockaddr *)&address) != is_own)
        fail_msg("%s port %u: %s", text, port, is_own ? "not seen as our own" : "taken for our own");
}

static void nobody_listens(void **state)
{
    (void)state;
    expect(false, "127.0.0.1", 8080);
    expect(false, "127.0.0.1", 0);
}

static void one_address(void **state)
{
    (void)state;
    listen_at("127.0.0.1");
    expect(true, "127.0.0.1", 8080);
    expect(true, "::ffff:127.0.0.1", 8080);
    expect(false, "127.0.0.1", 8081);
    expect(false, "127.0.0.2", 8080);
    expect(false, "::1", 8080);
    listen_at("::1");
    expect(true, "::1", 8080);
    expect(false, "127.0.0.1", 8080);
    listen_at("::ffff:127.0.0.2");
    expect(true, "127.0.0.2", 8080);
    expect(false, "127.0.0.1", 8080);
}

static void every_address(void **state)
{
    (void)state;
    listen_at("0.0.0.0");
    expect(true, "127.0.0.1", 8080);
    expect(true, "127.9.8.7", 8080);
    expect(true, "::ffff:127.0.0.1", 8080);
    expect(false, "127.0.0.1", 80);
    expect(false, "::1", 8080);
    expect(false, "192.0.2.1", 8080);
    listen_at("::");
    expect(true, "::1", 8080);
    expect(true, "127.0.0.1", 8080);
    expect(true, "::ffff:127.9.8.7", 8080);
    expect(false, "192.0.2.1", 8080);
    expect(false, "2001:db8::1", 8080);
}

/* Whatever addresses this machine has. */
static void addresses_of_this_machine(void **state)
{
    (void)state;
    struct ifaddrs *all = NULL;
    assert_int_equal(getifaddrs(&all), 0);
    listen_at("::");
    size_t seen = 0;
    for (const struct ifaddrs *one = all; one; one = one->ifa_next) {
        int family = one->ifa_addr ? one->ifa_addr->sa_family : AF_UNSPEC;
        if ((family != AF_INET && family != AF_INET6) || !(one->ifa_flags & IFF_UP))
            continue;
        struct sockaddr_storage address = { 0 };
        memcpy(&address, one->ifa_addr,
            family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6));
        resolve_set_port(&address, 8080);
        assert_true(own_is_at((const struct sockaddr *)&address));
        seen++;
    }
    freeifaddrs(all);
    assert_true(seen > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_listens),
        cmocka_unit_test(one_address),
        cmocka_unit_test(every_address),
        cmocka_unit_test(addresses_of_this_machine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
