/* MCP over standard input and output: one line is one message (MCP, basic/transports, stdio).
 *
 * Nothing else may write to the output. Input and calls go on side by side: a cancellation is read while a
 * call runs. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/scope.h"
#include "base/wait.h"
#include "mcp/state.h"

#define LINE_MAX_BYTES ((size_t)4 << 20)
#define OUTPUT_MAX_BYTES ((size_t)64 << 20)
#define FINISH_MS 10000 /* after the end of input: what was asked may still be answered */
#define PUMP_MS 1000 /* mcp_server_pump() wants to be called as often: resources that are watched */
#define DRAIN_MS 1000
#define HELD_MS 10 /* how often it is looked whether a cancelled call has let go */

struct pipe_state {
    struct mcp_server *server;
    struct mcp_peer *peer;
    enum mcp_lang lang;
    int in_fd, out_fd;
    struct buf in, out;
    bool is_skipping; /* in the middle of a line that is too long */
    bool is_held; /* lines wait until a cancelled call has let go */
    bool is_over; /* no more input */
    int signal; /* that told us to stop now; 0 = none */
    bool is_broken; /* the output is gone */
    int error; /* why, if not because its reader left: an errno */
    unsigned line_count;
};

static void write_line(struct pipe_state *pipe, const char *json, size_t len)
{
    if (!len)
        return;
    buf_add(&pipe->out, json, len);
    buf_addc(&pipe->out, '\n');
    pipe->is_broken |= pipe->out.failed; /* a client that does not read 64 MiB has gone */
}

static void on_event(void *user, const struct mcp_event *event)
{
    write_line(user, event->json, event->len);
}

static void on_end(void *user, const struct mcp_reply *reply)
{
    write_line(user, reply->json, reply->len);
}

static const struct mcp_sink sink = { .event = on_event, .end = on_end };

static void take_line(struct pipe_state *pipe, const char *line, size_t len)
{
    if (len && line[len - 1] == '\r')
        len--;
    if (len == 0)
        return;
    char id[32];
    /* Several may log to one file or journal: an editor starts one per window. */
    snprintf(id, sizeof id, "stdio-%d-%u", (int)getpid(), ++pipe->line_count);
    const struct mcp_envelope envelope = {
        .lang = pipe->lang, .id = id, .principal = "local", .can_stream = true
    };
    mcp_receive(pipe->server, pipe->peer, line, len, &envelope, &sink, pipe);
}

static void refuse_long_line(struct pipe_state *pipe)
{
    char text[160];
    const struct revision *revision = pipe->peer->revision;
    int len = snprintf(text, sizeof text,
        "{\"jsonrpc\":\"2.0\",%s\"error\":{\"code\":-32600,\"message\":\"a message may have %zu bytes at "
        "most\"}}",
        revision && revision->has_null_id ? "\"id\":null," : "", LINE_MAX_BYTES);
    write_line(pipe, text, (size_t)len);
    pipe->is_skipping = true;
    buf_clear(&pipe->in);
}

/* Hands over every whole line of the input, but nothing while a cancelled call still lets go of what it
 * holds: its client may rely on that being gone when the next thing is answered. */
static void take_lines(struct pipe_state *pipe)
{
    size_t start = 0;
    while (start < pipe->in.len) {
        pipe->is_held = mcp_peer_settling(pipe->peer);
        if (pipe->is_held)
            break;
        const char *line = pipe->in.data + start;
        const char *end = memchr(line, '\n', pipe->in.len - start);
        if (!end)
            break;
        size_t len = (size_t)(end - line);
        if (!pipe->is_skipping)
            take_line(pipe, line, len);
        pipe->is_skipping = false;
        start += len + 1;
    }
    buf_consume(&pipe->in, start);
    if (pipe->is_held)
        return;
    if (pipe->in.len > LINE_MAX_BYTES && !pipe->is_skipping)
        refuse_long_line(pipe);
    else if (pipe->is_skipping)
        buf_clear(&pipe->in);
}

static void read_input(struct pipe_state *pipe)
{
    const size_t chunk = 65536;
    char *at = buf_reserve(&pipe->in, chunk);
    ssize_t got = at ? read(pipe->in_fd, at, chunk) : -1;
    if (got > 0) {
        pipe->in.len += (size_t)got;
        take_lines(pipe);
    } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
        if (pipe->in.len && !pipe->is_skipping) { /* a last line without its end, as printf makes it */
            buf_addc(&pipe->in, '\n');
            take_lines(pipe);
        }
        pipe->is_over = true;
    }
}

static void write_output(struct pipe_state *pipe)
{
    ssize_t put = write(pipe->out_fd, pipe->out.data, pipe->out.len);
    if (put >= 0) {
        buf_consume(&pipe->out, (size_t)put);
    } else if (errno != EAGAIN && errno != EINTR) {
        pipe->is_broken = true;
        pipe->error = errno == EPIPE || errno == ECONNRESET ? 0 : errno;
    }
}

/* One turn: 0, or a negative errno. */
static int serve_once(struct pipe_state *pipe, int signal_fd, const struct wait *wait)
{
    enum { ENGINE, SIGNAL, IN, OUT, COUNT };
    struct pollfd fds[COUNT] = {
        [ENGINE] = { .fd = mcp_server_fd(pipe->server), .events = POLLIN },
        [SIGNAL] = { .fd = signal_fd, .events = POLLIN },
        [IN] = { .fd = pipe->is_over || pipe->is_held ? -1 : pipe->in_fd, .events = POLLIN },
        [OUT] = { .fd = pipe->out_fd, .events = pipe->out.len ? POLLOUT : 0 },
    };
    int ready = wait_poll(wait, fds, COUNT, pipe->is_held ? HELD_MS : PUMP_MS);
    if (ready < 0)
        return ready;
    struct signalfd_siginfo info;
    /* Read, or it would kill us once signals are let through again. */
    if (fds[SIGNAL].revents && read(signal_fd, &info, sizeof info) == (ssize_t)sizeof info) {
        pipe->is_over = true;
        pipe->signal = (int)info.ssi_signo;
    }
    if (fds[OUT].revents & (POLLERR | POLLHUP | POLLNVAL))
        pipe->is_broken = true; /* nobody will read an answer */
    if (fds[IN].revents)
        read_input(pipe);
    mcp_server_pump(pipe->server);
    if (pipe->is_held)
        take_lines(pipe);
    if (pipe->out.len && !pipe->is_broken)
        write_output(pipe);
    return 0;
}

static void serve(struct pipe_state *pipe, int signal_fd)
{
    const struct wait forever = { .cancel_fd = -1, .deadline_ms = INT64_MAX };
    while (!pipe->is_over && !pipe->is_broken)
        if (serve_once(pipe, signal_fd, &forever) < 0)
            return;
    mcp_stop_listening(pipe->server);
    /* End of input: `printf ... | mcp-assist stdio` wants its answers, but no client that died may leave work
     * behind. */
    const struct wait finish = wait_within(&forever, FINISH_MS);
    while ((pipe->is_held || mcp_peer_pending(pipe->peer)) && !pipe->is_broken && !pipe->signal)
        if (serve_once(pipe, signal_fd, &finish) < 0)
            break;
    mcp_peer_free(pipe->peer);
    pipe->peer = NULL;
    pipe->is_held = false;
    const struct wait until = wait_within(&forever, DRAIN_MS);
    while (pipe->out.len && !pipe->is_broken)
        if (serve_once(pipe, signal_fd, &until) < 0)
            return;
}

static void set_nonblocking(int fd, bool on, int *flags)
{
    if (on) {
        *flags = fcntl(fd, F_GETFL);
        fcntl(fd, F_SETFL, *flags | O_NONBLOCK);
    } else {
        fcntl(fd, F_SETFL, *flags);
    }
}

int mcp_serve_stdio(struct mcp_server *server, int in_fd, int out_fd, enum mcp_lang lang)
{
    struct pipe_state pipe = { .server = server, .lang = lang, .in_fd = in_fd, .out_fd = out_fd };
    buf_init(&pipe.in, LINE_MAX_BYTES + 131072);
    buf_init(&pipe.out, OUTPUT_MAX_BYTES);
    pipe.peer = mcp_peer_new(server, &sink, &pipe);
    if (!pipe.peer)
        return -ENOMEM;
    sigset_t signals, before;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigprocmask(SIG_BLOCK, &signals, &before);
    struct sigaction ignore = { .sa_handler = SIG_IGN }, pipe_before;
    sigaction(SIGPIPE, &ignore, &pipe_before);
    CLEANUP(scope_close) int signal_fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
    int in_flags = 0, out_flags = 0;
    set_nonblocking(out_fd, true, &out_flags);
    set_nonblocking(in_fd, true, &in_flags);
    serve(&pipe, signal_fd);
    /* The descriptors may be a terminal that the shell goes on using. */
    set_nonblocking(in_fd, false, &in_flags);
    set_nonblocking(out_fd, false, &out_flags);
    sigaction(SIGPIPE, &pipe_before, NULL);
    sigprocmask(SIG_SETMASK, &before, NULL);
    buf_done(&pipe.in);
    buf_done(&pipe.out);
    mcp_peer_free(pipe.peer);
    if (pipe.is_broken)
        return pipe.error ? -pipe.error : -EPIPE;
    return pipe.signal;
}
