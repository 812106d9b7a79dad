/* Routes from recorded messages, against what ip(8) said of them; and from damaged ones. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "base/scope.h"
#include "sys/netlink_file.h"
#include "sys/routes.h"

static void describe(struct buf *out, const struct routes *routes, const struct route *route)
{
    buf_addf(out, "%s %s %s %s src=%s metric=%u mtu=%u", route->destination, route->type, route->protocol,
        route->scope, route->source[0] ? route->source : "-", route->metric, route->mtu);
    for (size_t i = 0; i < route->hop_count; i++) {
        const struct route_hop *hop = &routes->hops[route->first_hop + i];
        buf_addf(out, " via=%s,%d,%u", hop->gateway[0] ? hop->gateway : "-", hop->index, hop->weight);
    }
    buf_addc(out, '\n');
}

static void assert_routes(const char *messages_name, const char *expected_name)
{
    CLEANUP(buf_done) struct buf messages = netlink_file(messages_name);
    CLEANUP(buf_done) struct buf expected = netlink_file(expected_name);
    CLEANUP(buf_done) struct buf found = { 0 };
    CLEANUP(routes_done) struct routes routes = { 0 };
    assert_int_equal(routes_parse(messages.data, messages.len, &routes), 0);
    for (size_t i = 0; i < routes.count; i++)
        describe(&found, &routes, &routes.items[i]);
    assert_string_equal(buf_str(&found), buf_str(&expected));
}

static void test_recorded_routes(void **state)
{
    (void)state;
    assert_routes("netlink-routes/ipv4.bin", "netlink-routes/ipv4.txt");
    assert_routes("netlink-routes/ipv6.bin", "netlink-routes/ipv6.txt");
}

/* Other tables and cached clones are not ours. */
static void test_left_out(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf messages = netlink_file("netlink-routes/ipv4.bin");
    struct nlmsghdr *first = (void *)messages.data;
    struct rtmsg *info = (void *)(first + 1);
    CLEANUP(routes_done) struct routes all = { 0 };
    assert_int_equal(routes_parse(messages.data, messages.len, &all), 0);
    info->rtm_flags |= RTM_F_CLONED;
    CLEANUP(routes_done) struct routes less = { 0 };
    assert_int_equal(routes_parse(messages.data, messages.len, &less), 0);
    assert_int_equal(less.count, all.count - 1);
    info->rtm_flags = 0;
    info->rtm_family = AF_UNIX;
    assert_int_equal(routes_parse(messages.data, messages.len, &less), 0);
    assert_int_equal(less.count, 2 * (all.count - 1));
}

static void test_damaged_messages(void **state)
{
    (void)state;
    static const char *const names[] = { "netlink-routes/ipv4.bin", "netlink-routes/ipv6.bin" };
    srand(42);
    for (size_t n = 0; n < ARRAY_LEN(names); n++) {
        CLEANUP(buf_done) struct buf original = netlink_file(names[n]);
        size_t routes_read = 0;
        for (int i = 0; i < MUTATIONS; i++) {
            size_t len;
            CLEANUP(scope_free) char *messages = netlink_mutate(&original, &len);
            CLEANUP(routes_done) struct routes routes = { 0 };
            CLEANUP(buf_done) struct buf text = { 0 };
            assert_int_equal(routes_parse(messages, len, &routes), 0);
            for (size_t k = 0; k < routes.count; k++)
                describe(&text, &routes, &routes.items[k]);
            routes_read += routes.count;
        }
        assert_true(routes_read > MUTATIONS);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_recorded_routes),
        cmocka_unit_test(test_left_out),
        cmocka_unit_test(test_damaged_messages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
