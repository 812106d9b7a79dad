/* seal.c: requestState is believed from the same caller, for the same call, in time, and unchanged. */
#include "mcp_tools.h"

#include <time.h>

#include "base/clock.h"
#include "base/scope.h"

/* The clock of this program, in place of base/clock.c: the wall can be turned. */
static int64_t wall_shift_ms;

static int64_t read_ns(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t clock_ns(void)
{
    return read_ns(CLOCK_MONOTONIC);
}

int64_t clock_ms(void)
{
    return clock_ns() / 1000000;
}

int64_t clock_wall_ms(void)
{
    return read_ns(CLOCK_REALTIME) / 1000000 + wall_shift_ms;
}

char *clock_stamp(int64_t wall_ms, char ret_text[CLOCK_STAMP_SIZE])
{
    snprintf(ret_text, CLOCK_STAMP_SIZE, "%lld", (long long)wall_ms);
    return ret_text;
}

#define CAN "{\"elicitation\":{},\"sampling\":{}}"
#define ARGUMENTS ",\"arguments\":{\"word\":\"w\"}"

/* Asks for a state, as `principal`. */
static char *new_state(struct client *client, const char *principal)
{
    client->principal = principal;
    const struct mcp_json *answer = client_modern(client, "tools/call", "ask", CAN, ARGUMENTS);
    const char *state = text_at(client, answer, "result|requestState");
    assert_string_not_equal(state, "(none)");
    return arena_strdup(&client->arena, state);
}

/* True if a call with that state is taken up where it was; false if it is refused with -32602. */
static bool is_believed(struct client *client, const char *name, const char *arguments, const char *state)
{
    const struct mcp_json *answer = client_modern(client, "tools/call", name, CAN,
        arena_printf(&client->arena,
            "%s,\"requestState\":\"%s\",\"inputResponses\":{\"name\":{\"action\":\"cancel\"}}", arguments,
            state));
    if (json_at(answer, "result"))
        return true;
    expect_at(client, answer, "error|code", "-32602");
    assert_int_equal(client->status, 200);
    return false;
}

static void test_same_call(void **state)
{
    (void)state;
    struct client client;
    client_init(&client, false);
    char *sealed = new_state(&client, "alice");
    for (const char *c = sealed; *c; c++)
        assert_true(*c > ' ' && *c < 0x7F && *c != '"' && *c != '\\');
    assert_true(is_believed(&client, "ask", ARGUMENTS, sealed));
    /* Another spelling of the same arguments: a client may serialize its retry differently. */
    assert_true(is_believed(&client, "ask", ",\"arguments\": { \"\\u0077ord\" : \"\\u0077\" }", sealed));
    client_done(&client);
}

static void test_no_arguments_are_empty_ones(void **state)
{
    (void)state;
    struct client client;
    client_init(&client, false);
    const struct mcp_json *answer = client_modern(&client, "tools/call", "ask", CAN, "");
    char *sealed = arena_strdup(&client.arena, text_at(&client, answer, "result|requestState"));
    assert_true(is_believed(&client, "ask", "", sealed));
    assert_true(is_believed(&client, "ask", ",\"arguments\":{}", sealed));
    assert_false(is_believed(&client, "ask", ARGUMENTS, sealed));
    client_done(&client);
}

static void test_every_byte_counts(void **state)
{
    (void)state;
    struct client client;
    client_init(&client, false);
    char *sealed = new_state(&client, NULL);
    for (size_t i = 0; sealed[i]; i++) {
        static const char others[] = "Ab9-_.";
        char kept = sealed[i];
        for (const char *other = others; *other; other++) {
            if (*other == kept)
                continue;
            sealed[i] = *other;
            if (is_believed(&client, "ask", ARGUMENTS, sealed))
                fail_msg("byte %zu: %c instead of %c is believed", i, *other, kept);
        }
        sealed[i] = kept;
    }
    assert_true(is_believed(&client, "ask", ARGUMENTS, sealed));
    client_done(&client);
}

static void test_cut_and_grown(void **state)
{
    (void)state;
    struct client client;
    client_init(&client, false);
    char *sealed = new_state(&client, NULL);
    size_t len = strlen(sealed);
    static const char *const tails[] = { "-TAMPERED", "A", "=", ".", ".A", " ", "AAAA" };
    for (size_t i = 0; i < ARRAY_LEN(tails); i++)
        assert_false(
            is_believed(&client, "ask", ARGUMENTS, arena_printf(&client.arena, "%s%s", sealed, tails[i])));
    for (size_t i = 0; i < len; i++) {
        assert_false(is_believed(&client, "ask", ARGUMENTS, arena_strndup(&client.arena, sealed, i)));
        if (i)
            assert_false(is_believed(&client, "ask", ARGUMENTS, sealed + i));
    }
    assert_false(is_believed(&client, "ask", ARGUMENTS, arena_printf(&client.arena, " %s", sealed)));
    client_done(&client);
}

static void test_bound_to_the_call(void **state)
{
    (void)state;
    struct client client;
    client_init(&client, false);
    char *sealed = new_state(&client, "alice");
    assert_false(is_believed(&client, "echo", ARGUMENTS, sealed));
    assert_false(is_believed(&client, "ask", "", sealed));
    assert_false(is_believed(&client, "ask", ",\"arguments\":{\"word\":\"x\"}", sealed));
    assert_false(is_believed(&client, "ask", ",\"arguments\":{\"word\":\"w\",\"more\":1}", sealed));
    client.principal = "bob";
    assert_false(is_believed(&client, "ask", ARGUMENTS, sealed));
    client.principal = NULL;
    assert_false(is_believed(&client, "ask", ARGUMENTS, sealed));
    client.principal = "alice";
    assert_true(is_believed(&client, "ask", ARGUMENTS, sealed));
    client_done(&client);
}

static void test_other_server(void **state)
{
    (void)state;
    struct client client, other;
    client_init(&client, false);
    client_init(&other, false);
    assert_false(is_believed(&other, "ask", ARGUMENTS, new_state(&client, NULL)));
    client_done(&client);
    client_done(&other);
}

static void test_expiry(void **state)
{
    (void)state;
    struct client client;
    client_init(&client, false);
    char *sealed = new_state(&client, NULL);
    wall_shift_ms = 9 * 60000;
    assert_true(is_believed(&client, "ask", ARGUMENTS, sealed));
    wall_shift_ms = 10 * 60000 + 1000;
    assert_false(is_believed(&client, "ask", ARGUMENTS, sealed));
    wall_shift_ms = 0;
    client_done(&client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_call),
        cmocka_unit_test(test_no_arguments_are_empty_ones),
        cmocka_unit_test(test_every_byte_counts),
        cmocka_unit_test(test_cut_and_grown),
        cmocka_unit_test(test_bound_to_the_call),
        cmocka_unit_test(test_other_server),
        cmocka_unit_test(test_expiry),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
