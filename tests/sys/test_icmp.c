/* Echo over loopback, both versions of IP. Without the right to send ICMP the tests are skipped. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "base/scope.h"
#include "base/wait.h"
#include "sys/icmp.h"
#include "sys/sys_listener.h"

static const struct wait patient = { .cancel_fd = -1, .deadline_ms = INT64_MAX };

static struct sockaddr_storage loopback6(void)
{
    struct sockaddr_storage address;
    memset(&address, 0, sizeof(address));
    ((struct sockaddr_in6 *)&address)->sin6_family = AF_INET6;
    ((struct sockaddr_in6 *)&address)->sin6_addr = in6addr_loopback;
    return address;
}

static void echo(const struct sockaddr_storage *to)
{
    CLEANUP(icmp_close) struct icmp_socket socket = { .fd = -1 };
    int status = icmp_open(to, &socket);
    if (status == -EACCES || status == -EADDRNOTAVAIL || status == -EAFNOSUPPORT)
        skip();
    assert_int_equal(status, 0);
    int64_t sent_ns = 0;
    assert_int_equal(icmp_send(&socket, 7, &sent_ns), 0);
    assert_true(sent_ns > 0);
    struct icmp_event event;
    while (!icmp_receive(&socket, &event))
        assert_int_equal(wait_fd(&patient, socket.fd, POLLIN, 10000), 1);
    assert_int_equal(event.answer, ICMP_ANSWER_REPLY);
    assert_int_equal(event.seq, 7);
    assert_int_equal(event.ttl, 64);
    assert_true(event.wall_ns >= sent_ns);
    assert_false(icmp_receive(&socket, &event));
}

static void echoes_over_ipv4(void **state)
{
    (void)state;
    struct sockaddr_storage to = sys_loopback(0);
    echo(&to);
}

static void echoes_over_ipv6(void **state)
{
    (void)state;
    struct sockaddr_storage to = loopback6();
    echo(&to);
}

/* Two sockets to one peer: each takes its own replies only. */
static void does_not_take_replies_of_others(void **state)
{
    (void)state;
    struct sockaddr_storage to = sys_loopback(0);
    CLEANUP(icmp_close) struct icmp_socket one = { .fd = -1 };
    CLEANUP(icmp_close) struct icmp_socket two = { .fd = -1 };
    if (icmp_open(&to, &one) < 0 || icmp_open(&to, &two) < 0)
        skip();
    int64_t sent_ns;
    assert_int_equal(icmp_send(&one, 1, &sent_ns), 0);
    struct icmp_event event;
    while (!icmp_receive(&one, &event))
        assert_int_equal(wait_fd(&patient, one.fd, POLLIN, 10000), 1);
    assert_false(icmp_receive(&two, &event));
}

static void refuses_a_broadcast_address(void **state)
{
    (void)state;
    struct sockaddr_storage to = sys_loopback(0);
    ((struct sockaddr_in *)&to)->sin_addr.s_addr = htonl(INADDR_BROADCAST);
    struct icmp_socket socket = { .fd = -1 };
    assert_true(icmp_open(&to, &socket) < 0);
    assert_int_equal(socket.fd, -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(echoes_over_ipv4),
        cmocka_unit_test(echoes_over_ipv6),
        cmocka_unit_test(does_not_take_replies_of_others),
        cmocka_unit_test(refuses_a_broadcast_address),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
