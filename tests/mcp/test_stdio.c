/* stdio.c: one line is one message, over a socket pair with a client thread at the other end. */
#include "mcp_tools.h"

#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/scope.h"

static const struct wait forever = { .cancel_fd = -1, .deadline_ms = INT64_MAX };

/* What the client thread writes, and what it reads until the server closes. */
struct talk {
    int fd;
    const char *input;
    size_t len, chunk; /* bytes per write; 0: all at once */
    bool leaves; /* closes without reading */
    const char *first, *sign; /* sent before the input; which begins when that was read; NULL: nothing */
    struct buf output;
};

static void *run_client(void *argument)
{
    struct talk *talk = argument;
    char bytes[4096];
    ssize_t got;
    if (talk->first && send(talk->fd, talk->first, strlen(talk->first), MSG_NOSIGNAL) < 0)
        return NULL;
    while (talk->first && !strstr(buf_str(&talk->output), talk->sign) &&
        wait_fd(&forever, talk->fd, POLLIN, 20000) > 0 && (got = read(talk->fd, bytes, sizeof bytes)) > 0)
        buf_add(&talk->output, bytes, (size_t)got);
    for (size_t at = 0; at < talk->len;) {
        size_t left = talk->len - at;
        ssize_t put = send(
            talk->fd, talk->input + at, talk->chunk && talk->chunk < left ? talk->chunk : left, MSG_NOSIGNAL);
        if (put < 0)
            break;
        at += (size_t)put;
    }
    if (talk->leaves) {
        close(talk->fd);
        return NULL;
    }
    shutdown(talk->fd, SHUT_WR);
    while (wait_fd(&forever, talk->fd, POLLIN, 20000) > 0 && (got = read(talk->fd, bytes, sizeof bytes)) > 0)
        buf_add(&talk->output, bytes, (size_t)got);
    close(talk->fd);
    return NULL;
}

/* Serves that input to its end; the result of mcp_serve_stdio(). */
static int serve(struct talk *talk)
{
    struct client client;
    int fds[2];
    client_init(&client, false);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
    talk->fd = fds[1];
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, run_client, talk), 0);
    int result = mcp_serve_stdio(client.server, fds[0], fds[0], MCP_EN);
    close(fds[0]);
    pthread_join(thread, NULL);
    client_done(&client);
    return result;
}

static void check(const char *input, size_t chunk, const char *output)
{
    struct talk talk = { .input = input, .len = strlen(input), .chunk = chunk };
    assert_int_equal(serve(&talk), 0);
    assert_string_equal(buf_str(&talk.output), output);
    buf_done(&talk.output);
}

#define PING(id) "{\"jsonrpc\":\"2.0\",\"id\":" id ",\"method\":\"ping\"}"
#define PONG(id) "{\"jsonrpc\":\"2.0\",\"id\":" id ",\"result\":{}}\n"

static void test_lines(void **state)
{
    (void)state;
    check("", 0, "");
    check("\n\r\n\n", 0, "");
    check(PING("1") "\n", 0, PONG("1"));
    check(PING("1") "\r\n" PING("2") "\n", 0, PONG("1") PONG("2"));
    check(PING("1") "\n" PING("2") "\n", 1, PONG("1") PONG("2")); /* byte by byte */
    check(PING("1") "\n" PING("2"), 0, PONG("1") PONG("2")); /* printf forgets the last line's end */
    check("  " PING("3") "\t\n", 7, PONG("3"));
}

static void test_bad_line_is_answered_and_passed(void **state)
{
    (void)state;
    static const char input[] = "{\"a\n" PING("1") "\n\xFF\xFE\n" PING("2") "\n";
    struct talk talk = { .input = input, .len = sizeof input - 1 };
    assert_int_equal(serve(&talk), 0);
    const char *first = strstr(buf_str(&talk.output), "-32700");
    assert_non_null(first);
    const char *pong = strstr(first, PONG("1"));
    assert_non_null(pong);
    assert_non_null(strstr(pong, "-32700"));
    assert_non_null(strstr(pong, PONG("2")));
    buf_done(&talk.output);
}

static void test_huge_line(void **state)
{
    (void)state;
    const size_t huge = (size_t)9 << 20;
    struct buf input;
    buf_init(&input, huge + 1000);
    memset(buf_reserve(&input, huge), 'x', huge);
    input.len = huge;
    buf_adds(&input, "\n" PING("1") "\n");
    struct talk talk = { .input = input.data, .len = input.len };
    assert_int_equal(serve(&talk), 0);
    const char *refused = strstr(buf_str(&talk.output), "-32600");
    assert_non_null(refused);
    assert_null(strstr(refused + 1, "-32600")); /* once */
    assert_non_null(strstr(refused, PONG("1")));
    buf_done(&talk.output);
    buf_done(&input);
}

/* Requests are served side by side, and what was asked before the end of input is answered. */
static void test_end_of_input_waits_for_answers(void **state)
{
    (void)state;
    static const char input[] =
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"count\"," MODERN_META
        "}}\n" PING("2") "\n";
    struct talk talk = { .input = input, .len = sizeof input - 1 };
    assert_int_equal(serve(&talk), 0);
    assert_non_null(strstr(buf_str(&talk.output), "counted"));
    assert_non_null(strstr(buf_str(&talk.output), PONG("2")));
    buf_done(&talk.output);
}

static void test_cancelled_gets_no_line(void **state)
{
    (void)state;
    static const char input[] =
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"wait\"," MODERN_META
        "}}\n"
        "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":1}}\n" PING(
            "2") "\n";
    check(input, 0, PONG("2"));
}

/* A call that was cancelled has let go of everything when the next message is answered. */
static void test_cancelled_is_gone_before_anything_is_answered(void **state)
{
    (void)state;
#define CALL(id, name) \
    "{\"jsonrpc\":\"2.0\",\"id\":" id ",\"method\":\"tools/call\",\"params\":{\"name\":\"" name \
    "\",\"_meta\":{\"progressToken\":1,\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\"," \
    "\"io.modelcontextprotocol/clientCapabilities\":{}}}}\n"
#define CANCEL(id) \
    "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":" id "}}\n"
    static const char input[] = CANCEL("1") CALL("3", "look") PING("4");
    struct talk talk = {
        .input = input, .len = sizeof input - 1, .first = CALL("1", "hold"), .sign = "progress"
    };
    assert_int_equal(serve(&talk), 0);
    assert_non_null(strstr(buf_str(&talk.output), "\"said\":\"gone\""));
    assert_non_null(strstr(buf_str(&talk.output), PONG("4")));
    assert_null(strstr(buf_str(&talk.output), "\"id\":1,"));
    buf_done(&talk.output);
}

static void test_client_is_gone(void **state)
{
    (void)state;
    static const char input[] =
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"wait\"," MODERN_META
        "}}\n";
    struct talk talk = { .input = input, .len = sizeof input - 1, .leaves = true };
    int result = serve(&talk); /* returns, though the call would wait for a minute */
    assert_true(result == 0 || result == -EPIPE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_bad_line_is_answered_and_passed),
        cmocka_unit_test(test_huge_line),
        cmocka_unit_test(test_end_of_input_waits_for_answers),
        cmocka_unit_test(test_cancelled_gets_no_line),
        cmocka_unit_test(test_cancelled_is_gone_before_anything_is_answered),
        cmocka_unit_test(test_client_is_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
