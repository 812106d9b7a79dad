/* The netlink socket asked for what every machine has, deadlines, and steps through messages that lie about
 * their size. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/scope.h"
#include "base/wait.h"
#include "sys/links.h"
#include "sys/netlink.h"

static void test_dump(void **state)
{
    (void)state;
    CLEANUP(netlink_close) struct netlink netlink = { 0 };
    CLEANUP(buf_done) struct buf messages = { 0 };
    CLEANUP(links_done) struct links links = { 0 };
    struct wait wait = { .cancel_fd = -1, .deadline_ms = clock_ms() + 10000 };
    bool is_consistent = false;
    assert_int_equal(netlink_open(&netlink), 0);
    assert_int_equal(netlink_dump(&netlink, &wait, RTM_GETLINK, AF_UNSPEC, &messages, &is_consistent), 0);
    assert_true(is_consistent);
    assert_int_equal(links_parse(messages.data, messages.len, &links), 0);
    assert_true(links.count > 0);
    assert_string_equal(links.items[0].name, "lo");
}

static void test_dump_larger_than_its_buffer(void **state)
{
    (void)state;
    CLEANUP(netlink_close) struct netlink netlink = { 0 };
    CLEANUP(buf_done) struct buf messages = { 0 };
    struct wait wait = { .cancel_fd = -1, .deadline_ms = clock_ms() + 10000 };
    bool is_consistent = false;
    buf_init(&messages, 64);
    assert_int_equal(netlink_open(&netlink), 0);
    assert_int_equal(
        netlink_dump(&netlink, &wait, RTM_GETLINK, AF_UNSPEC, &messages, &is_consistent), -EMSGSIZE);
    /* The socket goes on. */
    CLEANUP(buf_done) struct buf again = { 0 };
    assert_int_equal(netlink_dump(&netlink, &wait, RTM_GETADDR, AF_UNSPEC, &again, &is_consistent), 0);
    assert_true(again.len > 0);
}

static void test_deadline(void **state)
{
    (void)state;
    CLEANUP(netlink_close) struct netlink netlink = { 0 };
    CLEANUP(buf_done) struct buf messages = { 0 };
    struct wait passed = { .cancel_fd = -1, .deadline_ms = 0 };
    bool is_consistent = false;
    assert_int_equal(netlink_open(&netlink), 0);
    assert_int_equal(
        netlink_dump(&netlink, &passed, RTM_GETLINK, AF_UNSPEC, &messages, &is_consistent), -ETIMEDOUT);
}

struct message {
    struct nlmsghdr header;
    struct ifinfomsg info;
    struct nlattr first;
    char text[4];
    struct nlattr second;
    uint32_t number;
};

static struct message make_message(void)
{
    return (struct message){
        .header = { .nlmsg_len = sizeof(struct message), .nlmsg_type = RTM_NEWLINK },
        .first = { .nla_len = sizeof(struct nlattr) + 3, .nla_type = 3 | NLA_F_NESTED },
        .text = "abc",
        .second = { .nla_len = sizeof(struct nlattr) + 4, .nla_type = 4 },
        .number = 77,
    };
}

static void test_steps(void **state)
{
    (void)state;
    struct message message = make_message();
    size_t offset = 0;
    const struct nlmsghdr *found = netlink_next((const char *)&message, sizeof(message), &offset);
    assert_ptr_equal(found, &message.header);
    assert_null(netlink_next((const char *)&message, sizeof(message), &offset));
    assert_ptr_equal(netlink_payload(found, sizeof(struct ifinfomsg)), &message.info);
    assert_null(netlink_payload(found, sizeof(message)));
    const struct nlattr *a = netlink_attribute(found, sizeof(struct ifinfomsg), NULL);
    assert_ptr_equal(a, &message.first);
    assert_int_equal(netlink_type(a), 3);
    char text[3];
    netlink_string(a, text, sizeof(text));
    assert_string_equal(text, "ab");
    a = netlink_attribute(found, sizeof(struct ifinfomsg), a);
    assert_ptr_equal(a, &message.second);
    assert_int_equal(netlink_number(a, sizeof(uint32_t)), 77);
    assert_int_equal(netlink_number(a, sizeof(uint64_t)), 0);
    assert_null(netlink_attribute(found, sizeof(struct ifinfomsg), a));
}

static void test_sizes_that_lie(void **state)
{
    (void)state;
    struct message message = make_message();
    size_t offset = 0;
    message.header.nlmsg_len = sizeof(message) + 1;
    assert_null(netlink_next((const char *)&message, sizeof(message), &offset));
    message.header.nlmsg_len = 15;
    assert_null(netlink_next((const char *)&message, sizeof(message), &offset));
    message = make_message();
    message.first.nla_len = 3;
    assert_null(netlink_attribute(&message.header, sizeof(struct ifinfomsg), NULL));
    message.first.nla_len = 200;
    assert_null(netlink_attribute(&message.header, sizeof(struct ifinfomsg), NULL));
    message.header.nlmsg_len = sizeof(struct nlmsghdr);
    assert_null(netlink_attribute(&message.header, sizeof(struct ifinfomsg), NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dump),
        cmocka_unit_test(test_dump_larger_than_its_buffer),
        cmocka_unit_test(test_deadline),
        cmocka_unit_test(test_steps),
        cmocka_unit_test(test_sizes_that_lie),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
