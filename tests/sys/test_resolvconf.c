/* resolv.conf: servers, search list, options, defaults and nonsense. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <netinet/in.h>

#include "base/scope.h"
#include "sys/resolvconf.h"
#include "sys/resolve.h"
#include "sys/sys_file.h"

static struct resolvconf read_text(const char *content)
{
    CLEANUP(sys_file_done) struct sys_file file = sys_file_with(content);
    struct resolvconf conf;
    assert_int_equal(resolvconf_read(file.path, &conf), 0);
    return conf;
}

static void expect_server(const struct resolvconf *conf, size_t index, const char *wanted)
{
    char text[RESOLVE_TEXT_SIZE];
    assert_true(index < conf->server_count);
    assert_string_equal(resolve_text((const struct sockaddr *)&conf->servers[index], text), wanted);
}

static void reads_everything(void **state)
{
    (void)state;
    struct resolvconf conf = read_text("# comment\n; nameserver 9.9.9.9\n"
                                       "nameserver 192.0.2.1\n nameserver fe80::1%lo \n"
                                       "domain old.example\n"
                                       "search a.example b.example.\n"
                                       "options ndots:3 timeout:2 attempts:4 use-vc rotate\n");
    assert_int_equal(conf.server_count, 2);
    expect_server(&conf, 0, "192.0.2.1");
    expect_server(&conf, 1, "fe80::1%lo");
    assert_int_equal(((const struct sockaddr_in *)&conf.servers[0])->sin_port, htons(53));
    assert_int_equal(conf.search_count, 2);
    assert_string_equal(conf.search[0], "a.example");
    assert_string_equal(conf.search[1], "b.example");
    assert_int_equal(conf.ndots, 3);
    assert_int_equal(conf.timeout_ms, 2000);
    assert_int_equal(conf.attempts, 4);
    assert_true(conf.use_tcp);
}

static void has_defaults(void **state)
{
    (void)state;
    struct resolvconf conf;
    assert_int_equal(resolvconf_read("/nonexistent/resolv.conf", &conf), 0);
    assert_int_equal(conf.server_count, 1);
    expect_server(&conf, 0, "127.0.0.1");
    assert_int_equal(conf.ndots, 1);
    assert_int_equal(conf.timeout_ms, 5000);
    assert_int_equal(conf.attempts, 2);
    assert_false(conf.use_tcp);
    assert_int_equal(resolvconf_read("/etc/hosts/x", &conf), -ENOTDIR);
}

static void bounds_options(void **state)
{
    (void)state;
    struct resolvconf conf = read_text("options ndots:99 timeout:999 attempts:0\n");
    assert_int_equal(conf.ndots, 15);
    assert_int_equal(conf.timeout_ms, 30000);
    assert_int_equal(conf.attempts, 1);
    conf =
        read_text("options ndots:-1 timeout:x attempts: ndots\nsearch\nnameserver\nnameserver nonsense\n\n");
    assert_int_equal(conf.ndots, 0);
    assert_int_equal(conf.timeout_ms, 5000);
    assert_int_equal(conf.attempts, 2);
    expect_server(&conf, 0, "127.0.0.1");
}

static void bounds_lists(void **state)
{
    (void)state;
    char text[4096] = "";
    for (int i = 1; i <= RESOLVCONF_MAX_SERVERS + 5; i++)
        (void)snprintf(text + strlen(text), sizeof(text) - strlen(text), "nameserver 10.0.0.%d\n", i);
    (void)snprintf(text + strlen(text), sizeof(text) - strlen(text), "search");
    for (int i = 0; i < RESOLVCONF_MAX_SEARCH + 5; i++)
        (void)snprintf(text + strlen(text), sizeof(text) - strlen(text), " d%d.example", i);
    struct resolvconf conf = read_text(text);
    assert_int_equal(conf.server_count, RESOLVCONF_MAX_SERVERS);
    assert_int_equal(conf.search_count, RESOLVCONF_MAX_SEARCH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_everything),
        cmocka_unit_test(has_defaults),
        cmocka_unit_test(bounds_options),
        cmocka_unit_test(bounds_lists),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
