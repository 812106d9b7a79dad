/* Names to addresses without a server: numbers in every spelling, the hosts file, what is refused. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <netinet/in.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/scope.h"
#include "base/wait.h"
#include "sys/resolve.h"
#include "sys/sys_file.h"

static const struct wait patient = { .cancel_fd = -1, .deadline_ms = INT64_MAX };

static int resolve(const struct resolve_files *files, const char *host, int family, char ret_all[256])
{
    struct resolve_addresses found;
    struct err err = { .code = 0 };
    ret_all[0] = '\0';
    int status = resolve_host_by(&patient, files, host, family, &found, &err);
    assert_int_equal(status, err.code);
    assert_int_equal(status != 0, err.text[0] != '\0');
    for (size_t i = 0; status == 0 && i < found.count; i++) {
        char text[RESOLVE_TEXT_SIZE];
        size_t len = strlen(ret_all);
        (void)snprintf(ret_all + len, 256 - len, "%s%s", len ? " " : "",
            resolve_text((const struct sockaddr *)&found.at[i], text));
    }
    return status;
}

static void reads_numbers(void **state)
{
    (void)state;
    static const struct {
        const char *host, *address;
    } samples[] = {
        { "127.0.0.1", "127.0.0.1" },
        { "2130706433", "127.0.0.1" },
        { "0x7f000001", "127.0.0.1" },
        { "0177.0.0.1", "127.0.0.1" },
        { "127.1", "127.0.0.1" },
        { "0xa9.0376.43518", "169.254.169.254" },
        { "::1", "::1" },
        { "[::1]", "::1" },
        { "::ffff:169.254.169.254", "::ffff:169.254.169.254" },
        { "fe80::1%lo", "fe80::1%lo" },
        { "fe80::1%1", "fe80::1%lo" },
    };
    char all[256];
    for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
        if (resolve(&resolve_system, samples[i].host, AF_UNSPEC, all) != 0)
            fail_msg("%s: not resolved", samples[i].host);
        assert_string_equal(all, samples[i].address);
    }
    assert_int_equal(resolve(&resolve_system, "127.0.0.1", AF_INET6, all), -ENOENT);
    assert_int_equal(resolve(&resolve_system, "::1", AF_INET, all), -ENOENT);
}

static void refuses_what_is_no_host(void **state)
{
    (void)state;
    static const char *const hosts[] = {
        "",
        ".",
        "..",
        ".example.org",
        "a..b",
        "256.1.1.1",
        "1.2.3.4.5",
        "1.2.3.4 ",
        "127.0.0.1 x",
        "example.0x1",
        "::1::",
        "12:34",
        "[127.0.0.1]",
        "[::1",
        "fe80::1%nosuchlink",
        "a b",
        "a/b",
        "user@host",
        "a\nb",
        "host:80",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example",
        "\xff\xfe",
        "a,b",
    };
    char all[256];
    for (size_t i = 0; i < ARRAY_LEN(hosts); i++)
        if (resolve(&resolve_system, hosts[i], AF_UNSPEC, all) != -EINVAL)
            fail_msg("\"%s\" was not refused", hosts[i]);
    char huge[5000];
    memset(huge, 'a', sizeof(huge));
    huge[sizeof(huge) - 1] = '\0';
    assert_int_equal(resolve(&resolve_system, huge, AF_UNSPEC, all), -EINVAL);
}

static void reads_the_hosts_file(void **state)
{
    (void)state;
    CLEANUP(sys_file_done)
    struct sys_file hosts =
        sys_file_with("127.0.0.9 printer.lan\n::1 printer.lan\n127.0.0.8 xn--caf-dma.lan\n"
                      "127.0.0.9 printer.lan\n");
    const struct resolve_files files = { hosts.path, "/nonexistent/r", "/nonexistent/n" };
    char all[256];
    assert_int_equal(resolve(&files, "printer.lan", AF_INET, all), 0);
    assert_string_equal(all, "127.0.0.9");
    assert_int_equal(resolve(&files, "PRINTER.lan.", AF_UNSPEC, all), 0);
    assert_non_null(strstr(all, "127.0.0.9"));
    assert_int_equal(resolve(&files, "caf\u00e9.lan", AF_UNSPEC, all), 0);
    assert_string_equal(all, "127.0.0.8");
}

static void knows_localhost_by_itself(void **state)
{
    (void)state;
    const struct resolve_files files = { "/nonexistent/h", "/nonexistent/r", "/nonexistent/n" };
    char all[256];
    assert_int_equal(resolve(&files, "localhost", AF_INET, all), 0);
    assert_string_equal(all, "127.0.0.1");
    assert_int_equal(resolve(&files, "a.LocalHost", AF_INET6, all), 0);
    assert_string_equal(all, "::1");
}

static void keeps_the_deadline(void **state)
{
    (void)state;
    /* Nobody answers there: 192.0.2.0/24 is documentation, or there is no route at all. */
    CLEANUP(sys_file_done) struct sys_file conf = sys_file_with("nameserver 192.0.2.1\n");
    const struct resolve_files files = { "/nonexistent/h", conf.path, "/nonexistent/n" };
    struct wait wait = { .cancel_fd = -1, .deadline_ms = clock_ms() + 100 };
    struct resolve_addresses found;
    struct err err = { .code = 0 };
    int status = resolve_host_by(&wait, &files, "example.org", AF_UNSPEC, &found, &err);
    assert_true(status == -ETIMEDOUT || status == -EAGAIN);
    assert_int_equal(status, err.code);
}

static void sets_ports_and_lengths(void **state)
{
    (void)state;
    struct sockaddr_storage four = { .ss_family = AF_INET }, six = { .ss_family = AF_INET6 };
    resolve_set_port(&four, 443);
    resolve_set_port(&six, 65535);
    assert_int_equal(((const struct sockaddr_in *)&four)->sin_port, htons(443));
    assert_int_equal(((const struct sockaddr_in6 *)&six)->sin6_port, htons(65535));
    assert_int_equal(resolve_length(&four), sizeof(struct sockaddr_in));
    assert_int_equal(resolve_length(&six), sizeof(struct sockaddr_in6));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_numbers),
        cmocka_unit_test(refuses_what_is_no_host),
        cmocka_unit_test(reads_the_hosts_file),
        cmocka_unit_test(knows_localhost_by_itself),
        cmocka_unit_test(keeps_the_deadline),
        cmocka_unit_test(sets_ports_and_lengths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
