/* units.c, units_bus.c: names, no manager, and buses that refuse, hang, lie or cannot be cancelled otherwise.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/scope.h"
#include "base/wait.h"
#include "sys/units.h"

static const struct wait forever = { .cancel_fd = -1, .deadline_ms = INT64_MAX };
static char folder[64];
static char address[128];
static int listener = -1;

static int open_bus(void **state)
{
    (void)state;
    struct sockaddr_un bus = { .sun_family = AF_UNIX };
    snprintf(folder, sizeof(folder), "/tmp/test-bus-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    snprintf(bus.sun_path, sizeof(bus.sun_path), "%s/bus", folder);
    snprintf(address, sizeof(address), "unix:path=%s", bus.sun_path);
    listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return bind(listener, (struct sockaddr *)&bus, sizeof(bus)) < 0 || listen(listener, 4) < 0 ? -1 : 0;
}

static int close_bus(void **state)
{
    (void)state;
    char path[100];
    close(listener);
    snprintf(path, sizeof(path), "%s/bus", folder);
    (void)unlink(path);
    return rmdir(folder);
}

static void test_names(void **state)
{
    (void)state;
    char longest[UNITS_NAME_MAX + 2];
    memset(longest, 'a', sizeof(longest));
    longest[sizeof(longest) - 1] = '\0';
    assert_false(units_is_name(longest));
    longest[UNITS_NAME_MAX] = '\0';
    assert_true(units_is_name(longest));
    assert_true(units_is_name("getty@tty1.service"));
    assert_true(units_is_name("dev-disk-by\\x2duuid.swap"));
    assert_false(units_is_name(""));
    assert_false(units_is_name("../etc/passwd"));
    assert_false(units_is_name("a b"));
    assert_false(units_is_name("*.service"));
    assert_false(units_is_name(".hidden"));
}

static void test_no_manager(void **state)
{
    (void)state;
    struct units_options options = { .root = "/nonexistent" };
    struct units *units = NULL;
    CLEANUP(arena_done) struct arena arena = { 0 };
    struct unit_facts facts;
    assert_int_equal(units_open(&options, &units, NULL), 0);
    assert_int_equal(units_manager(units), UNITS_NONE);
    assert_string_equal(units_manager_name(UNITS_NONE), "none");
    assert_int_equal(units_read(units, &forever, "ssh", &arena, &facts, NULL), 0);
    assert_false(facts.found);
    assert_int_equal(units_read(units, &forever, "a b", &arena, &facts, NULL), -EINVAL);
    units_close(units);
}

static void test_nobody_at_the_address(void **state)
{
    (void)state;
    struct units_options options = { .bus_address = "unix:path=/nonexistent/bus" };
    struct units *units = NULL;
    struct err err = { 0 };
    assert_true(units_open(&options, &units, &err) < 0);
    assert_non_null(strstr(err.text, "/nonexistent/bus"));
    assert_null(units);
    options.bus_address = "not an address";
    assert_true(units_open(&options, &units, &err) < 0);
}

/* The bus takes the connection and never says a word. */
static void test_a_silent_bus(void **state)
{
    (void)state;
    struct units_options options = { .bus_address = address };
    struct units *units = NULL;
    struct unit_facts facts;
    struct err err = { 0 };
    CLEANUP(arena_done) struct arena arena = { 0 };
    assert_int_equal(units_open(&options, &units, &err), 0);
    struct wait wait = wait_within(&forever, 50);
    assert_int_equal(units_read(units, &wait, "ssh", &arena, &facts, &err), -ETIMEDOUT);
    CLEANUP(scope_close) int cancel = eventfd(1, EFD_CLOEXEC);
    struct wait cancelled = { .cancel_fd = cancel, .deadline_ms = INT64_MAX };
    assert_int_equal(units_read(units, &cancelled, "ssh", &arena, &facts, &err), -ECANCELED);
    units_close(units);
}

static void *talk_nonsense(void *user)
{
    (void)user;
    static const char nonsense[] = "HTTP/1.1 400 Bad Request\r\n\r\n";
    int peer = accept(listener, NULL, NULL);
    (void)!write(peer, nonsense, sizeof(nonsense) - 1);
    shutdown(peer, SHUT_WR);
    char rest[256];
    while (read(peer, rest, sizeof(rest)) > 0)
        continue;
    close(peer);
    return NULL;
}

static void test_a_bus_that_is_none(void **state)
{
    (void)state;
    struct units_options options = { .bus_address = address };
    struct units *units = NULL;
    struct unit_facts facts;
    struct err err = { 0 };
    pthread_t thread;
    CLEANUP(arena_done) struct arena arena = { 0 };
    assert_int_equal(pthread_create(&thread, NULL, talk_nonsense, NULL), 0);
    assert_int_equal(units_open(&options, &units, &err), 0);
    struct wait wait = wait_within(&forever, 20000);
    assert_int_equal(units_read(units, &wait, "ssh", &arena, &facts, &err), -EPROTO);
    assert_true(*err.text);
    units_close(units);
    pthread_join(thread, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_no_manager),
        cmocka_unit_test(test_nobody_at_the_address),
        cmocka_unit_test_setup_teardown(test_a_silent_bus, open_bus, close_bus),
        cmocka_unit_test_setup_teardown(test_a_bus_that_is_none, open_bus, close_bus),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
