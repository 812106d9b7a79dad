/* Links and addresses from recorded and assembled messages, against what ip(8) said of them; and from damaged
 * ones. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include <sys/socket.h>

#include "base/scope.h"
#include "sys/links.h"
#include "sys/netlink_file.h"

static void describe_link(struct buf *out, const struct link *link)
{
    const struct link_counters *c = &link->counters;
    buf_addf(out, "%d %s %s %s %s %u master=%d ", link->index, link->name,
        link->kind[0] ? link->kind : link_hardware_name(link->hardware), link_state_name(link->state),
        link->mac[0] ? link->mac : "-", link->mtu, link->master);
    if (link->parent_is_elsewhere)
        buf_adds(out, "link=elsewhere");
    else
        buf_addf(out, "link=%d", link->parent);
    buf_addf(out, " vlan=%d ", link->vlan_id);
    for (size_t i = 0; link_flag_name(link->flags, i); i++)
        buf_addf(out, "%s%s", i ? "," : "", link_flag_name(link->flags, i));
    buf_addf(out, " rx=%ju/%ju tx=%ju/%ju errors=%ju/%ju dropped=%ju/%ju\n", (uintmax_t)c->rx_bytes,
        (uintmax_t)c->rx_packets, (uintmax_t)c->tx_bytes, (uintmax_t)c->tx_packets, (uintmax_t)c->rx_errors,
        (uintmax_t)c->tx_errors, (uintmax_t)c->rx_dropped, (uintmax_t)c->tx_dropped);
}

static void describe_address(struct buf *out, const struct link_address *address)
{
    buf_addf(out, "%d %s %s/%u %s peer=%s ", address->index, address->family == AF_INET ? "inet" : "inet6",
        address->address, address->prefix, link_scope_name(address->scope),
        address->peer[0] ? address->peer : "-");
    for (size_t i = 0; link_address_flag_name(address, i); i++)
        buf_addf(out, "%s%s", i ? "," : "", link_address_flag_name(address, i));
    buf_adds(out, link_address_flag_name(address, 0) ? "\n" : "-\n");
}

static void assert_links(const char *messages_name, const char *expected_name)
{
    CLEANUP(buf_done) struct buf messages = netlink_file(messages_name);
    CLEANUP(buf_done) struct buf expected = netlink_file(expected_name);
    CLEANUP(buf_done) struct buf found = { 0 };
    CLEANUP(links_done) struct links links = { 0 };
    assert_int_equal(links_parse(messages.data, messages.len, &links), 0);
    for (size_t i = 0; i < links.count; i++)
        describe_link(&found, &links.items[i]);
    assert_string_equal(buf_str(&found), buf_str(&expected));
}

static void test_recorded_links(void **state)
{
    (void)state;
    assert_links("netlink-links/bridge.bin", "netlink-links/bridge.txt");
}

static void test_links_of_other_kernels(void **state)
{
    (void)state;
    assert_links("netlink-links/virtual.bin", "netlink-links/virtual.txt");
}

static void test_alias_and_find(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf messages = netlink_file("netlink-links/bridge.bin");
    CLEANUP(links_done) struct links links = { 0 };
    assert_int_equal(links_parse(messages.data, messages.len, &links), 0);
    const struct link *veth = links_find(&links, 4);
    assert_non_null(veth);
    assert_string_equal(veth->alias, "to the bridge");
    assert_null(links_find(&links, 99));
    assert_false(links_parent_is_down(&links, veth));
    links.items[2].flags = 0;
    assert_int_equal(links.items[2].index, veth->parent);
    assert_true(links_parent_is_down(&links, veth));
}

static void test_recorded_addresses(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf messages = netlink_file("netlink-links/addresses.bin");
    CLEANUP(buf_done) struct buf expected = netlink_file("netlink-links/addresses.txt");
    CLEANUP(buf_done) struct buf found = { 0 };
    CLEANUP(link_addresses_done) struct link_addresses addresses = { 0 };
    assert_int_equal(link_addresses_parse(messages.data, messages.len, &addresses), 0);
    for (size_t i = 0; i < addresses.count; i++)
        describe_address(&found, &addresses.items[i]);
    assert_string_equal(buf_str(&found), buf_str(&expected));
}

static void test_damaged_messages(void **state)
{
    (void)state;
    static const char *const names[] = { "netlink-links/bridge.bin", "netlink-links/virtual.bin",
        "netlink-links/addresses.bin" };
    srand(42);
    for (size_t n = 0; n < ARRAY_LEN(names); n++) {
        CLEANUP(buf_done) struct buf original = netlink_file(names[n]);
        size_t links_read = 0;
        for (int i = 0; i < MUTATIONS; i++) {
            size_t len;
            CLEANUP(scope_free) char *messages = netlink_mutate(&original, &len);
            CLEANUP(links_done) struct links links = { 0 };
            CLEANUP(link_addresses_done) struct link_addresses addresses = { 0 };
            CLEANUP(buf_done) struct buf text = { 0 };
            assert_int_equal(links_parse(messages, len, &links), 0);
            assert_int_equal(link_addresses_parse(messages, len, &addresses), 0);
            for (size_t k = 0; k < links.count; k++)
                describe_link(&text, &links.items[k]);
            for (size_t k = 0; k < addresses.count; k++)
                describe_address(&text, &addresses.items[k]);
            links_read += links.count + addresses.count;
        }
        assert_true(links_read > MUTATIONS);
    }
}

static void test_names(void **state)
{
    (void)state;
    assert_string_equal(link_state_name(3), "LOWERLAYERDOWN");
    assert_string_equal(link_state_name(77), "UNKNOWN");
    assert_string_equal(link_hardware_name(4242), "other");
    assert_string_equal(link_scope_name(253), "link");
    assert_null(link_flag_name(0, 0));
    assert_string_equal(link_flag_name(1, 0), "NO-CARRIER");
    assert_string_equal(link_flag_name(1, 1), "UP");
    assert_null(link_flag_name(1, 2));
}

static void test_speed_of_nothing(void **state)
{
    (void)state;
    unsigned mbps = 7;
    const char *duplex = NULL;
    struct link link = { .name = "no-such-link", .flags = 1 };
    assert_false(link_read_speed(&link, &mbps, &duplex));
    link = (struct link){ .name = "lo", .flags = 1 };
    assert_false(link_read_speed(&link, &mbps, &duplex));
    assert_int_equal(mbps, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_recorded_links),
        cmocka_unit_test(test_links_of_other_kernels),
        cmocka_unit_test(test_alias_and_find),
        cmocka_unit_test(test_recorded_addresses),
        cmocka_unit_test(test_damaged_messages),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_speed_of_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
