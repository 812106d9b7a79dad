/* Sets of ports: the grammar, the table of services. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/scope.h"
#include "sys/ports.h"

static bool add(struct ports *ports, const char *item)
{
    return ports_add(ports, item, strlen(item));
}

static void adds_every_form(void **state)
{
    (void)state;
    struct ports ports = { .count = 0 };
    assert_true(add(&ports, "443"));
    assert_true(add(&ports, "20-23"));
    assert_true(add(&ports, "ssh"));
    assert_true(add(&ports, "HTTP"));
    assert_true(add(&ports, "65535"));
    static const uint16_t wanted[] = { 20, 21, 22, 23, 80, 443, 65535 };
    uint16_t list[ARRAY_LEN(wanted)];
    assert_int_equal(ports.count, ARRAY_LEN(wanted));
    ports_list(&ports, list);
    assert_memory_equal(list, wanted, sizeof(wanted));
}

static void top100_are_a_hundred(void **state)
{
    (void)state;
    struct ports ports = { .count = 0 };
    assert_true(add(&ports, "top100"));
    assert_int_equal(ports.count, 100);
    static const char *const expected[] = { "22", "80", "443", "3389", "445", "53" };
    for (size_t i = 0; i < ARRAY_LEN(expected); i++)
        assert_true(add(&ports, expected[i]));
    assert_int_equal(ports.count, 100);
}

static void all_are_all(void **state)
{
    (void)state;
    struct ports ports = { .count = 0 };
    assert_true(add(&ports, "all"));
    assert_int_equal(ports.count, 65535);
    CLEANUP(scope_free) uint16_t *list = malloc(65535 * sizeof(*list));
    ports_list(&ports, list);
    for (unsigned i = 0; i < 65535; i++)
        assert_int_equal(list[i], i + 1);
}

static void refuses_the_rest(void **state)
{
    (void)state;
    static const char *const items[] = { "", "0", "65536", "-1", "1-", "-", "5-1", "0-10", "1-65536", "1-2-3",
        "22 ", " 22", "22x", "nosuchservice", "top101", "1e3", "0x16", "99999999999999999999", "+22",
        "a-very-long-name-that-is-no-service-at-all" };
    struct ports ports = { .count = 0 };
    for (size_t i = 0; i < ARRAY_LEN(items); i++)
        if (add(&ports, items[i]))
            fail_msg("\"%s\" was taken", items[i]);
    assert_false(ports_add(&ports, "2\0002", 3));
    assert_int_equal(ports.count, 0);
}

static void table_is_in_order(void **state)
{
    (void)state;
    for (size_t i = 0; i < port_names_count; i++) {
        assert_true(i == 0 || port_names[i - 1].port < port_names[i].port);
        assert_string_equal(ports_service(port_names[i].port), port_names[i].name);
    }
    assert_null(ports_service(1));
    assert_null(ports_service(65535));
    assert_string_equal(ports_service(22), "ssh");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(adds_every_form),
        cmocka_unit_test(top100_are_a_hundred),
        cmocka_unit_test(all_are_all),
        cmocka_unit_test(refuses_the_rest),
        cmocka_unit_test(table_is_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
