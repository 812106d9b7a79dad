#include "sys/recorded.h"

#include <errno.h>

#include "sys/users.h"

static void names_root_and_numbers_others(void **state)
{
    (void)state;
    struct users users = { 0 };
    assert_string_equal(users_name(&users, 0), "root");
    assert_string_equal(users_name(&users, 3999999999U), "3999999999");
    assert_int_equal(users.count, 2);
    assert_string_equal(users_name(&users, 0), "root");
    assert_int_equal(users.count, 2);
}

static void goes_on_when_the_cache_is_full(void **state)
{
    (void)state;
    struct users users = { 0 };
    for (uid_t uid = 3000000000U; uid < 3000000000U + USERS_CACHED + 5; uid++)
        users_name(&users, uid);
    assert_int_equal(users.count, USERS_CACHED);
    assert_string_equal(users_name(&users, 3000000001U), "3000000001");
    assert_string_equal(users_name(&users, 3000000068U), "3000000068");
    assert_string_equal(users_name(&users, 3000000067U), "3000000067");
}

static void finds_names_and_numbers(void **state)
{
    (void)state;
    uid_t uid = 42;
    assert_int_equal(users_find(NULL, "root", &uid), 0);
    assert_int_equal(uid, 0);
    assert_int_equal(users_find(NULL, "4294967294", &uid), 0);
    assert_true(uid == 4294967294U);
    assert_int_equal(users_find(NULL, "4294967296", &uid), -ENOENT);
    assert_int_equal(users_find(NULL, "-1", &uid), -ENOENT);
    assert_int_equal(users_find(NULL, "no such user", &uid), -ENOENT);
    assert_true(uid == 4294967294U);
}

/* A host's own file decides, and nothing of this system. */
static void looks_into_the_file_of_a_host(void **state)
{
    (void)state;
    struct users users = { .root = CONTAINER };
    uid_t uid = 42;
    assert_string_equal(users_name(&users, 10001), "mcp-assist");
    assert_string_equal(users_name(&users, 0), "toor");
    assert_string_equal(users_name(&users, 7), "7");
    assert_int_equal(users_find(CONTAINER, "mcp-assist", &uid), 0);
    assert_int_equal(uid, 10001);
    assert_int_equal(users_find(CONTAINER, "root", &uid), -ENOENT);
    assert_int_equal(users_find(CONTAINER, "17", &uid), 0);
    assert_int_equal(uid, 17);
    assert_int_equal(users_find("/no/such/host", "toor", &uid), -ENOENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_root_and_numbers_others),
        cmocka_unit_test(goes_on_when_the_cache_is_full),
        cmocka_unit_test(finds_names_and_numbers),
        cmocka_unit_test(looks_into_the_file_of_a_host),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
