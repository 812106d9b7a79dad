/* A scan of loopback: exact, without its own connections, within its deadline, leaving no descriptor behind.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/scope.h"
#include "base/wait.h"
#include "sys/scan.h"
#include "sys/sys_alone.h"
#include "sys/sys_listener.h"

enum { PORTS = 65535 };

static const struct wait patient = { .cancel_fd = -1, .deadline_ms = INT64_MAX };

static unsigned count_descriptors(void)
{
    unsigned count = 0;
    DIR *dir = opendir("/proc/self/fd");
    assert_non_null(dir);
    while (readdir(dir))
        count++;
    closedir(dir);
    return count;
}

/* Scans so many ports of 127.0.0.1 from the first on. */
static int scan_ports(const struct wait *wait, unsigned first, size_t count, struct scan_host *ret_host)
{
    static uint16_t ports[PORTS];
    static uint8_t states[PORTS];
    for (size_t i = 0; i < count; i++)
        ports[i] = (uint16_t)(first + i);
    *ret_host = (struct scan_host){ .address = sys_loopback(0), .states = states };
    const struct scan scan = { .wait = wait,
        .hosts = ret_host,
        .host_count = 1,
        .ports = ports,
        .port_count = count,
        .timeout_ms = 5000 };
    struct err err = { .code = 0 };
    return scan_run(&scan, &err);
}

static void finds_exactly_the_listeners(void **state)
{
    (void)state;
    unsigned before = count_descriptors(), ports[8];
    int listeners[8];
    for (size_t i = 0; i < ARRAY_LEN(listeners); i++)
        listeners[i] = sys_bound(i % 2, &ports[i]);
    struct scan_host host;
    assert_int_equal(scan_ports(&patient, 1, PORTS, &host), 0);
    assert_int_equal(host.settled, PORTS);
    assert_true(host.alive);
    for (size_t i = 0; i < ARRAY_LEN(listeners); i++) {
        assert_int_equal(host.states[ports[i] - 1], i % 2 ? TCP_OPEN : TCP_CLOSED);
        (void)close(listeners[i]);
    }
    size_t sum = 0;
    for (size_t i = 0; i < TCP_OUTCOMES; i++)
        sum += host.outcomes[i];
    assert_int_equal(sum, PORTS);
    assert_int_equal(count_descriptors(), before);
}

/* The ports this machine connects from: each attempt may meet itself, and many would. */
static void never_reports_its_own_connections(void **state)
{
    (void)state;
    for (int round = 0; round < 5; round++) {
        struct scan_host host;
        assert_int_equal(scan_ports(&patient, 32768, PORTS - 32768 + 1, &host), 0);
        for (size_t i = 0; i < PORTS - 32768 + 1; i++) {
            if (host.states[i] != TCP_OPEN)
                continue;
            /* Somebody else's listener: then it can be connected to once more, from any other port. */
            struct scan_host again;
            assert_int_equal(scan_ports(&patient, 32768 + (unsigned)i, 1, &again), 0);
            assert_int_equal(again.states[0], TCP_OPEN);
        }
    }
}

static void works_with_few_descriptors(void **state)
{
    (void)state;
    struct rlimit limit, low;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    low = (struct rlimit){ .rlim_cur = count_descriptors() + 10, .rlim_max = limit.rlim_max };
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
    struct scan_host host;
    int status = scan_ports(&patient, 1, 2000, &host);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    assert_int_equal(status, 0);
    assert_int_equal(host.settled, 2000);
    assert_int_equal(host.outcomes[TCP_OTHER] + host.outcomes[TCP_NO_ANSWER], 0);
}

static void says_when_no_socket_can_be_had(void **state)
{
    (void)state;
    struct rlimit limit, low;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    low = (struct rlimit){ .rlim_cur = 0, .rlim_max = limit.rlim_max };
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
    struct scan_host host;
    int status = scan_ports(&patient, 1, 10, &host);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    assert_int_equal(status, -EMFILE);
}

static void keeps_the_deadline_and_can_be_cancelled(void **state)
{
    (void)state;
    unsigned before = count_descriptors();
    struct wait late = { .cancel_fd = -1, .deadline_ms = clock_ms() - 1 };
    struct scan_host host;
    assert_int_equal(scan_ports(&late, 1, PORTS, &host), -ETIMEDOUT);
    assert_true(host.settled < PORTS);

    CLEANUP(scope_close) int cancel_fd = eventfd(1, EFD_CLOEXEC);
    struct wait cancelled = { .cancel_fd = cancel_fd, .deadline_ms = INT64_MAX };
    assert_int_equal(scan_ports(&cancelled, 1, PORTS, &host), -ECANCELED);
    assert_int_equal(count_descriptors(), before + 1);
}

static void scans_several_hosts(void **state)
{
    (void)state;
    unsigned port;
    CLEANUP(scope_close) int listening = sys_bound(1, &port);
    assert_true(listening >= 0);
    const uint16_t ports[] = { (uint16_t)port };
    uint8_t states[3];
    struct scan_host hosts[3];
    for (size_t i = 0; i < ARRAY_LEN(hosts); i++) {
        hosts[i] = (struct scan_host){ .address = sys_loopback(0), .states = &states[i] };
        ((struct sockaddr_in *)&hosts[i].address)->sin_addr.s_addr = htonl(INADDR_LOOPBACK + (uint32_t)i);
    }
    const struct scan scan = {
        .wait = &patient, .hosts = hosts, .host_count = 3, .ports = ports, .port_count = 1, .timeout_ms = 5000
    };
    struct err err = { .code = 0 };
    assert_int_equal(scan_run(&scan, &err), 0);
    assert_int_equal(states[0], TCP_OPEN);
    assert_int_equal(states[1], TCP_CLOSED);
    assert_int_equal(states[2], TCP_CLOSED);
}

int main(void)
{
    sys_leave_the_others();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_exactly_the_listeners),
        cmocka_unit_test(never_reports_its_own_connections),
        cmocka_unit_test(works_with_few_descriptors),
        cmocka_unit_test(says_when_no_socket_can_be_had),
        cmocka_unit_test(keeps_the_deadline_and_can_be_cancelled),
        cmocka_unit_test(scans_several_hosts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
