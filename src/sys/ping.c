/* The rounds: who is asked when, which answer belongs to which request, and when to stop hoping. */
#include "sys/ping.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/scope.h"
#include "base/wait.h"
#include "sys/icmp.h"
#include "sys/resolve.h"
#include "sys/tcp.h"

enum {
    EVENTS = 64,
    CONNECTIONS_MAX = 16, /* under way to one target; a further one waits */
    BUSY_PAUSE_MS = 5,
    PROBE_BITS = 8, /* of an epoll mark: which probe; above: which target */
    SOCKET_MARK = 0xff,
};

struct rounds {
    const struct ping *ping;
    int epoll_fd;
    struct icmp_socket sockets[PING_TARGETS_MAX];
    size_t settled; /* requests with an answer, or without hope */
};

static int64_t from_ms(int ms)
{
    return (int64_t)ms * 1000000;
}

static int watch(struct rounds *rounds, int fd, uint32_t events, size_t target, unsigned probe)
{
    struct epoll_event event = { .events = events, .data.u32 = (uint32_t)(target << PROBE_BITS | probe) };
    return epoll_ctl(rounds->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

/* Answers */

static void end_probe(struct rounds *rounds, struct ping_target *target, unsigned seq)
{
    struct ping_probe *probe = &target->probes[seq - 1];
    probe->pending = false;
    scope_close(&probe->fd);
    target->pending--;
    rounds->settled++;
}

static void take_reply(
    struct rounds *rounds, struct ping_target *target, unsigned seq, double rtt_ms, int ttl)
{
    end_probe(rounds, target, seq);
    target->replies[target->received++] = (struct ping_reply){ .seq = seq, .rtt_ms = rtt_ms, .ttl = ttl };
}

static void take_failure(
    struct rounds *rounds, struct ping_target *target, unsigned seq, enum ping_reason reason)
{
    end_probe(rounds, target, seq);
    target->reason = reason;
}

static bool is_pending(const struct ping_target *target, unsigned seq)
{
    return seq >= 1 && seq <= PING_COUNT_MAX && target->probes[seq - 1].pending;
}

static enum ping_reason reason_of_icmp(enum icmp_answer answer)
{
    switch (answer) {
    case ICMP_ANSWER_HOST_UNREACHABLE:
        return PING_HOST_UNREACHABLE;
    case ICMP_ANSWER_NET_UNREACHABLE:
        return PING_NET_UNREACHABLE;
    case ICMP_ANSWER_PORT_UNREACHABLE:
        return PING_PORT_UNREACHABLE;
    case ICMP_ANSWER_PROHIBITED:
        return PING_PROHIBITED;
    case ICMP_ANSWER_TTL_EXCEEDED:
        return PING_TTL_EXCEEDED;
    case ICMP_ANSWER_TOO_BIG:
        return PING_TOO_BIG;
    default:
        return PING_OTHER;
    }
}

/* By the kernel's clock where it stamped the packet and nobody set the clock meanwhile. */
static double round_trip_ms(const struct ping_probe *probe, const struct icmp_event *event)
{
    int64_t rtt_ns = clock_ns() - probe->sent_ns;
    int64_t stamped_ns = event->wall_ns - probe->sent_wall_ns;
    if (event->wall_ns != 0 && stamped_ns >= 0 && stamped_ns <= rtt_ns)
        rtt_ns = stamped_ns;
    return (double)rtt_ns / 1e6;
}

static void take_icmp(struct rounds *rounds, size_t index)
{
    struct ping_target *target = &rounds->ping->targets[index];
    struct icmp_event event;
    while (icmp_receive(&rounds->sockets[index], &event)) {
        if (!is_pending(target, event.seq))
            continue; /* late, or twice */
        if (event.answer == ICMP_ANSWER_REPLY) {
            double rtt_ms = round_trip_ms(&target->probes[event.seq - 1], &event);
            take_reply(rounds, target, event.seq, rtt_ms, event.ttl);
        } else {
            take_failure(rounds, target, event.seq, reason_of_icmp(event.answer));
            target->reporter = event.from;
        }
    }
}

static enum ping_reason reason_of_tcp(enum tcp_outcome outcome)
{
    switch (outcome) {
    case TCP_NO_ANSWER:
        return PING_NO_ANSWER;
    case TCP_HOST_UNREACHABLE:
    case TCP_NO_NEIGHBOUR:
        return PING_HOST_UNREACHABLE;
    case TCP_NET_UNREACHABLE:
        return PING_NET_UNREACHABLE;
    case TCP_PORT_UNREACHABLE:
        return PING_PORT_UNREACHABLE;
    case TCP_PROHIBITED:
        return PING_PROHIBITED;
    case TCP_LOCAL_POLICY:
        return PING_LOCAL_POLICY;
    default:
        return PING_OTHER;
    }
}

static void take_tcp(
    struct rounds *rounds, struct ping_target *target, unsigned seq, enum tcp_outcome outcome)
{
    double rtt_ms = (double)(clock_ns() - target->probes[seq - 1].sent_ns) / 1e6;
    if (outcome == TCP_OPEN || outcome == TCP_CLOSED || outcome == TCP_SELF) {
        target->refused = outcome == TCP_CLOSED;
        take_reply(rounds, target, seq, rtt_ms, -1);
    } else {
        take_failure(rounds, target, seq, reason_of_tcp(outcome));
    }
}

static void take_answers(struct rounds *rounds)
{
    struct epoll_event events[EVENTS];
    int ready = epoll_wait(rounds->epoll_fd, events, EVENTS, 0);
    for (int i = 0; i < ready; i++) {
        uint32_t mark = events[i].data.u32;
        size_t index = mark >> PROBE_BITS;
        unsigned at = mark & SOCKET_MARK;
        struct ping_target *target = &rounds->ping->targets[index];
        if (at == SOCKET_MARK)
            take_icmp(rounds, index);
        else if (target->probes[at].pending)
            take_tcp(rounds, target, at + 1, tcp_outcome(target->probes[at].fd));
    }
}

/* Requests */

static void begin_probe(struct ping_target *target, unsigned seq)
{
    target->probes[seq - 1] =
        (struct ping_probe){ .fd = -1, .sent_ns = clock_ns(), .sent_wall_ns = 0, .pending = true };
    target->pending++;
    target->sent++;
}

/* False: this machine cannot just now, nothing was counted. */
static bool send_icmp(struct rounds *rounds, size_t index, unsigned seq)
{
    struct ping_target *target = &rounds->ping->targets[index];
    struct icmp_socket *socket = &rounds->sockets[index];
    int64_t wall_ns = 0;
    take_icmp(rounds, index); /* or the error of an earlier request would be taken for this one's */
    begin_probe(target, seq);
    int status = icmp_send(socket, (uint16_t)seq, &wall_ns);
    target->probes[seq - 1].sent_wall_ns = wall_ns;
    switch (status) {
    case 0:
        return true;
    case -EAGAIN:
    case -ENOBUFS:
    case -ENOMEM:
        target->probes[seq - 1].pending = false;
        target->pending--;
        target->sent--;
        return false;
    case -ENETUNREACH:
        take_failure(rounds, target, seq, PING_NET_UNREACHABLE);
        return true;
    case -EHOSTUNREACH:
        take_failure(rounds, target, seq, PING_HOST_UNREACHABLE);
        return true;
    case -EPERM:
    case -EACCES:
        take_failure(rounds, target, seq, PING_LOCAL_POLICY);
        return true;
    default:
        take_failure(rounds, target, seq, PING_OTHER);
        return true;
    }
}

static bool send_tcp(struct rounds *rounds, size_t index, unsigned seq)
{
    struct ping_target *target = &rounds->ping->targets[index];
    struct sockaddr_storage to = target->address;
    resolve_set_port(&to, rounds->ping->port);
    if (target->pending >= CONNECTIONS_MAX)
        return false;
    begin_probe(target, seq);
    struct ping_probe *probe = &target->probes[seq - 1];
    enum tcp_outcome outcome = TCP_OTHER;
    probe->fd = tcp_begin(&to, &outcome);
    if (probe->fd >= 0 && watch(rounds, probe->fd, EPOLLOUT, index, seq - 1) < 0) {
        scope_close(&probe->fd);
        outcome = TCP_NO_RESOURCES;
    }
    if (probe->fd >= 0)
        return true;
    if (outcome == TCP_NO_RESOURCES) {
        probe->pending = false;
        target->pending--;
        target->sent--;
        return false;
    }
    take_tcp(rounds, target, seq, outcome);
    return true;
}

/* Sends what is due; on the monotonic clock, when the next request is. */
static int64_t send_due(struct rounds *rounds)
{
    const struct ping *ping = rounds->ping;
    int64_t next_ns = INT64_MAX;
    for (size_t i = 0; i < ping->target_count; i++) {
        struct ping_target *target = &ping->targets[i];
        if (target->posted < ping->count && clock_ns() >= target->next_ns) {
            unsigned seq = target->posted + 1;
            bool sent = target->method == PING_TCP ? send_tcp(rounds, i, seq) : send_icmp(rounds, i, seq);
            target->posted += sent;
            target->next_ns = clock_ns() + from_ms(sent ? ping->interval_ms : BUSY_PAUSE_MS);
        }
        if (target->posted < ping->count && target->next_ns < next_ns)
            next_ns = target->next_ns;
    }
    return next_ns;
}

/* Gives up what waited long enough; when the next one will have. */
static int64_t give_up_overdue(struct rounds *rounds)
{
    const struct ping *ping = rounds->ping;
    int64_t now_ns = clock_ns(), next_ns = INT64_MAX;
    for (size_t i = 0; i < ping->target_count; i++) {
        struct ping_target *target = &ping->targets[i];
        for (unsigned seq = 1; target->pending > 0 && seq <= target->posted; seq++) {
            if (!target->probes[seq - 1].pending)
                continue;
            int64_t end_ns = target->probes[seq - 1].sent_ns + from_ms(ping->timeout_ms);
            if (end_ns <= now_ns)
                take_failure(rounds, target, seq, PING_NO_ANSWER);
            else if (end_ns < next_ns)
                next_ns = end_ns;
        }
    }
    return next_ns;
}

/* From beginning to end */

static int open_target(struct rounds *rounds, size_t index, struct err *err)
{
    const struct ping *ping = rounds->ping;
    struct ping_target *target = &ping->targets[index];
    target->method = PING_TCP;
    if (ping->method == PING_TCP)
        return 0;
    int status = icmp_open(&target->address, &rounds->sockets[index]);
    if (status == 0) {
        target->method = PING_ICMP;
        return watch(rounds, rounds->sockets[index].fd, EPOLLIN, index, SOCKET_MARK);
    }
    rounds->sockets[index].fd = -1;
    if (status == -EMFILE || status == -ENFILE || status == -ENOMEM)
        return err_set(err, status, "no socket can be opened: too many descriptors in use");
    bool forbidden = status == -EACCES || status == -EPROTONOSUPPORT;
    if (forbidden && ping->method == PING_ICMP)
        return err_set(err, -EACCES, "this user may not send ICMP echo requests");
    if (forbidden)
        return 0;
    /* No route, or no such kind of address: known before anything is sent, and true of every request. */
    target->method = PING_ICMP;
    target->sent = target->posted = ping->count;
    target->reason = status == -EAFNOSUPPORT || status == -ENETUNREACH || status == -EADDRNOTAVAIL
        ? PING_NET_UNREACHABLE
        : PING_OTHER;
    rounds->settled += ping->count;
    return 0;
}

static void rounds_done(struct rounds *rounds)
{
    const struct ping *ping = rounds->ping;
    for (size_t i = 0; i < ping->target_count; i++) {
        icmp_close(&rounds->sockets[i]);
        for (unsigned k = 0; k < PING_COUNT_MAX; k++)
            scope_close(&ping->targets[i].probes[k].fd);
    }
    scope_close(&rounds->epoll_fd);
}

static void init_target(struct ping_target *target)
{
    struct sockaddr_storage address = target->address;
    memset(target, 0, sizeof(*target));
    target->address = address;
    for (unsigned k = 0; k < PING_COUNT_MAX; k++)
        target->probes[k].fd = -1;
}

static int until_ms(int64_t next_ns)
{
    int64_t left_ns = next_ns - clock_ns();
    return left_ns <= 0 ? 0 : (int)((left_ns + 999999) / 1000000);
}

static int run(struct rounds *rounds)
{
    const struct ping *ping = rounds->ping;
    size_t total = ping->target_count * ping->count;
    for (;;) {
        int64_t next_send_ns = send_due(rounds);
        take_answers(rounds);
        int64_t next_end_ns = give_up_overdue(rounds);
        if (ping->progress)
            ping->progress(ping->user, rounds->settled, total);
        if (rounds->settled >= total)
            return 0;
        int64_t next_ns = next_send_ns < next_end_ns ? next_send_ns : next_end_ns;
        if (next_ns == INT64_MAX)
            next_ns = clock_ns(); /* the last answers came while they were looked at */
        int status = wait_fd(ping->wait, rounds->epoll_fd, POLLIN, until_ms(next_ns));
        if (status < 0)
            return status;
    }
}

int ping_run(const struct ping *ping, struct err *err)
{
    for (size_t i = 0; i < ping->target_count; i++)
        init_target(&ping->targets[i]);
    CLEANUP(rounds_done) struct rounds rounds = { .ping = ping };
    for (size_t i = 0; i < PING_TARGETS_MAX; i++)
        rounds.sockets[i].fd = -1;
    rounds.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (rounds.epoll_fd < 0)
        return err_set(err, -errno, "no descriptor for a ping");
    for (size_t i = 0; i < ping->target_count; i++) {
        int status = open_target(&rounds, i, err);
        if (status < 0)
            return status;
    }
    return run(&rounds);
}

bool ping_times(const struct ping_target *target, struct ping_times *ret_times)
{
    unsigned n = target->received;
    if (n == 0)
        return false;
    const struct ping_reply *replies = target->replies;
    double sum = 0, squares = 0, jumps = 0;
    struct ping_times times = { .min_ms = replies[0].rtt_ms, .max_ms = replies[0].rtt_ms };
    for (unsigned i = 0; i < n; i++) {
        double rtt_ms = replies[i].rtt_ms;
        sum += rtt_ms;
        squares += rtt_ms * rtt_ms;
        jumps += i > 0 ? fabs(rtt_ms - replies[i - 1].rtt_ms) : 0;
        times.min_ms = rtt_ms < times.min_ms ? rtt_ms : times.min_ms;
        times.max_ms = rtt_ms > times.max_ms ? rtt_ms : times.max_ms;
    }
    times.avg_ms = sum / n;
    double variance = squares / n - times.avg_ms * times.avg_ms;
    times.mdev_ms = variance > 0 ? sqrt(variance) : 0;
    times.jitter_ms = n > 1 ? jumps / (n - 1) : 0;
    *ret_times = times;
    return true;
}
