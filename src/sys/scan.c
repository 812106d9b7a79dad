/* The scan: a window of connection attempts over one epoll, which grows with every settled attempt and halves
 * when an attempt turns out to have been lost. */
#include "sys/scan.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/scope.h"
#include "base/wait.h"
#include "sys/resolve.h"

enum {
    WINDOW_LEAST = 16,
    WINDOW_FIRST = 128,
    WINDOW_MOST = 1024,
    BURST = 64, /* attempts begun before answers are looked at again */
    EVENTS = 256,
    FEW_PORTS = 100,
    SOUNDING = 16,
    HOST_GAP_MS = 2, /* the kernel reports at most 1000 missing neighbours a second */
    SELF_TRIES = 8,
    CONFIRMATIONS = 3,
    HURRY_MS = 1000,
    NEIGHBOUR_MS = 3500, /* the kernel gives up asking for a neighbour after three seconds */
    LONGEST_MS = 500, /* of one wait: a host may have been sounded meanwhile */
    SCARCE_PAUSE_MS = 20,
    SCARCE_PAUSES = 250,
};

/* States beside the outcomes. */
enum { UNTRIED = TCP_OUTCOMES, AGAIN, IN_FLIGHT };

struct attempt {
    int fd; /* -1 = free */
    uint32_t host, port;
    int64_t deadline_ns;
    unsigned self_tries, confirmations;
};

struct engine {
    const struct scan *scan;
    int epoll_fd;
    struct attempt *attempts;
    uint32_t *idle; /* stack of free attempts */
    size_t idle_count, capacity;
    size_t window, in_flight, turn, settled;
    unsigned local_first, local_last; /* ports that this machine connects from */
    int64_t next_host_ns; /* when another host may be begun */
    bool scarce, paced; /* why nothing more was begun: no resources, too early */
};

/* Outcomes */

static void count(struct engine *engine, struct scan_host *host, enum tcp_outcome outcome, size_t ports)
{
    host->outcomes[outcome] += ports;
    host->settled += ports;
    engine->settled += ports;
    if (host->settled == engine->scan->port_count)
        host->ended_ns = clock_ns();
}

/* Gives every port the same outcome that has none and is not being tried. */
static void count_rest(struct engine *engine, struct scan_host *host, enum tcp_outcome outcome)
{
    size_t ports = 0;
    for (size_t i = 0; i < engine->scan->port_count; i++) {
        if (host->states[i] != UNTRIED && host->states[i] != AGAIN)
            continue;
        host->states[i] = (uint8_t)outcome;
        ports++;
    }
    count(engine, host, outcome, ports);
}

/* Nothing more will be tried on this host. Attempts in flight still end by themselves. */
static void bury(struct engine *engine, struct scan_host *host, enum tcp_outcome outcome)
{
    if (host->dead)
        return;
    host->dead = true;
    host->verdict = outcome;
    host->cursor = engine->scan->port_count;
    host->second_round = true;
    count_rest(engine, host, outcome);
}

static bool is_from_host(enum tcp_outcome outcome)
{
    return outcome == TCP_OPEN || outcome == TCP_CLOSED || outcome == TCP_PORT_UNREACHABLE;
}

static void settle(struct engine *engine, struct scan_host *host, size_t port, enum tcp_outcome outcome)
{
    if (outcome != TCP_NO_ANSWER || port == 0)
        host->known = true;
    if (outcome == TCP_NO_ANSWER && host->dead)
        outcome = host->verdict;
    if (is_from_host(outcome))
        host->alive = true;
    if (outcome == TCP_NO_ANSWER && !host->second_round) {
        host->states[port] = AGAIN;
        return;
    }
    if (host->second_round && !host->dead && is_from_host(outcome))
        engine->window = engine->window / 2 > WINDOW_LEAST ? engine->window / 2 : WINDOW_LEAST;
    else if (engine->window < engine->capacity)
        engine->window++;
    host->states[port] = (uint8_t)outcome;
    count(engine, host, outcome, 1);
    if (outcome == TCP_NO_NEIGHBOUR)
        bury(engine, host, outcome);
}

/* Attempts */

/* A host that has not shown itself gets few attempts (one, of several hosts): the kernel keeps few packets
 * for a missing neighbour and reports few errors at once. */
static bool may_have_more(const struct engine *engine, const struct scan_host *host)
{
    return host->known || host->in_flight < (engine->scan->host_count > 1 ? 1 : SOUNDING) ||
        clock_ns() - host->begun_ns > (int64_t)NEIGHBOUR_MS * 1000000;
}

static bool watch(struct engine *engine, struct attempt *attempt)
{
    struct epoll_event event = { .events = EPOLLOUT, .data.u32 = (uint32_t)(attempt - engine->attempts) };
    return epoll_ctl(engine->epoll_fd, EPOLL_CTL_ADD, attempt->fd, &event) == 0;
}

/* Connects; the outcome when it is known at once, else TCP_OUTCOMES with the attempt in flight. */
static enum tcp_outcome begin(struct engine *engine, struct attempt *attempt)
{
    const struct scan *scan = engine->scan;
    const struct scan_host *host = &scan->hosts[attempt->host];
    struct sockaddr_storage to = host->address;
    resolve_set_port(&to, scan->ports[attempt->port]);
    enum tcp_outcome outcome = TCP_OTHER;
    /* The first one waits until the kernel would miss a neighbour, unless the caller is in a hurry. */
    bool is_first = attempt->port == 0 && !host->second_round && scan->timeout_ms >= HURRY_MS;
    int timeout_ms = is_first && scan->timeout_ms < NEIGHBOUR_MS ? NEIGHBOUR_MS : scan->timeout_ms;
    attempt->fd = tcp_begin(&to, &outcome);
    if (attempt->fd < 0)
        return outcome;
    attempt->deadline_ns = clock_ns() + (int64_t)timeout_ms * 1000000;
    if (watch(engine, attempt))
        return TCP_OUTCOMES;
    (void)close(attempt->fd);
    attempt->fd = -1;
    return TCP_NO_RESOURCES;
}

static void release(struct engine *engine, struct attempt *attempt)
{
    engine->scan->hosts[attempt->host].in_flight--;
    engine->in_flight--;
    engine->idle[engine->idle_count++] = (uint32_t)(attempt - engine->attempts);
}

/* On its own machine a scan may meet its own sockets: one that connected to itself, or two whose ports
 * crossed. A real listener answers further connections too, from other ports; that these cross as well is the
 * less likely the more there are. */
static bool needs_confirming(
    const struct engine *engine, const struct attempt *attempt, enum tcp_outcome outcome, int fd)
{
    unsigned port = engine->scan->ports[attempt->port];
    return outcome == TCP_OPEN && attempt->confirmations < CONFIRMATIONS && port >= engine->local_first &&
        port <= engine->local_last && tcp_is_looped(fd);
}

/* The attempt is over, or starts again. */
static void finish(struct engine *engine, struct attempt *attempt, enum tcp_outcome outcome)
{
    bool repeat = false;
    if (outcome == TCP_SELF && ++attempt->self_tries < SELF_TRIES)
        repeat = true;
    else if (outcome == TCP_SELF)
        outcome = TCP_CLOSED; /* nobody but ourselves ever answered */
    else if (needs_confirming(engine, attempt, outcome, attempt->fd))
        repeat = true;
    attempt->confirmations += repeat && outcome == TCP_OPEN;
    (void)close(attempt->fd);
    attempt->fd = -1;
    if (repeat)
        outcome = begin(engine, attempt);
    if (outcome == TCP_OUTCOMES)
        return;
    if (outcome == TCP_NO_RESOURCES)
        outcome = TCP_NO_ANSWER; /* tried again in the second round */
    release(engine, attempt);
    settle(engine, &engine->scan->hosts[attempt->host], attempt->port, outcome);
}

/* What to try next */

/* The host's ports that did not answer are tried once more, if that makes sense. */
static void begin_second_round(struct engine *engine, struct scan_host *host)
{
    host->second_round = true;
    if (host->alive || engine->scan->port_count <= FEW_PORTS)
        host->cursor = 0;
    else
        count_rest(engine, host, TCP_NO_ANSWER);
}

/* True with the port in host->cursor when the host has one to be tried now. */
static bool has_port(struct engine *engine, struct scan_host *host)
{
    size_t ports = engine->scan->port_count;
    if (host->cursor == ports && !host->second_round && host->in_flight == 0)
        begin_second_round(engine, host);
    while (host->second_round && host->cursor < ports && host->states[host->cursor] != AGAIN)
        host->cursor++;
    if (host->cursor == ports || !may_have_more(engine, host))
        return false;
    bool too_early = host->begun_ns == 0 && clock_ns() < engine->next_host_ns;
    engine->paced |= too_early;
    return !too_early;
}

/* The next host in turn that has something to be tried; NULL when none has. */
static struct scan_host *next_host(struct engine *engine)
{
    const struct scan *scan = engine->scan;
    for (size_t i = 0; i < scan->host_count; i++) {
        struct scan_host *host = &scan->hosts[engine->turn];
        engine->turn = (engine->turn + 1) % scan->host_count;
        if (has_port(engine, host))
            return host;
    }
    return NULL;
}

/* Begins one attempt. False when there is nothing to begin now. */
static bool begin_next(struct engine *engine)
{
    struct scan_host *host = next_host(engine);
    if (!host)
        return false;
    struct attempt *attempt = &engine->attempts[engine->idle[engine->idle_count - 1]];
    *attempt = (struct attempt){
        .fd = -1, .host = (uint32_t)(host - engine->scan->hosts), .port = (uint32_t)host->cursor
    };
    if (host->begun_ns == 0) {
        host->begun_ns = clock_ns();
        engine->next_host_ns = host->begun_ns + (int64_t)HOST_GAP_MS * 1000000;
    }
    enum tcp_outcome outcome = begin(engine, attempt);
    if (outcome == TCP_NO_RESOURCES) {
        engine->scarce = true;
        engine->window = engine->in_flight > WINDOW_LEAST ? engine->in_flight : WINDOW_LEAST;
        return false;
    }
    host->cursor++;
    if (outcome == TCP_OUTCOMES) {
        host->states[attempt->port] = IN_FLIGHT;
        engine->idle_count--;
        engine->in_flight++;
        host->in_flight++;
        return true;
    }
    settle(engine, host, attempt->port, outcome);
    if (outcome == TCP_NET_UNREACHABLE)
        bury(engine, host, outcome); /* this machine has no route: no port will have one */
    return true;
}

/* The loop */

static void take_answers(struct engine *engine)
{
    struct epoll_event events[EVENTS];
    int ready = EVENTS;
    while (ready == EVENTS) {
        ready = epoll_wait(engine->epoll_fd, events, EVENTS, 0);
        for (int i = 0; i < ready; i++) {
            struct attempt *attempt = &engine->attempts[events[i].data.u32];
            if (attempt->fd >= 0)
                finish(engine, attempt, tcp_outcome(attempt->fd));
        }
    }
}

static void end_overdue(struct engine *engine)
{
    int64_t now_ns = clock_ns();
    for (size_t i = 0; i < engine->capacity; i++)
        if (engine->attempts[i].fd >= 0 && engine->attempts[i].deadline_ns <= now_ns)
            finish(engine, &engine->attempts[i], TCP_NO_ANSWER);
}

static int until_next_deadline_ms(const struct engine *engine)
{
    int64_t next_ns = INT64_MAX;
    for (size_t i = 0; i < engine->capacity; i++)
        if (engine->attempts[i].fd >= 0 && engine->attempts[i].deadline_ns < next_ns)
            next_ns = engine->attempts[i].deadline_ns;
    if (next_ns == INT64_MAX)
        return SCARCE_PAUSE_MS;
    int64_t left_ns = next_ns - clock_ns();
    if (left_ns < 0)
        return 0;
    return left_ns > (int64_t)LONGEST_MS * 1000000 ? LONGEST_MS : (int)(left_ns / 1000000) + 1;
}

/* False when there is nothing to begin before something ends. */
static bool begin_some(struct engine *engine)
{
    for (int i = 0; i < BURST; i++)
        if (engine->in_flight >= engine->window || !begin_next(engine))
            return false;
    return true;
}

static int run(struct engine *engine, struct err *err)
{
    const struct scan *scan = engine->scan;
    size_t total = scan->host_count * scan->port_count;
    for (unsigned pauses = 0; engine->settled < total;) {
        engine->scarce = engine->paced = false;
        bool more = begin_some(engine);
        pauses = engine->scarce && engine->in_flight == 0 ? pauses + 1 : 0;
        if (pauses > SCARCE_PAUSES)
            return err_set(err, -EMFILE, "no socket can be opened: too many descriptors in use");
        if (engine->settled < total) {
            int timeout_ms = more ? 0 : until_next_deadline_ms(engine);
            if (engine->paced && timeout_ms > HOST_GAP_MS)
                timeout_ms = HOST_GAP_MS;
            int status = wait_fd(scan->wait, engine->epoll_fd, POLLIN, timeout_ms);
            if (status < 0)
                return status;
        }
        take_answers(engine);
        end_overdue(engine);
        if (scan->progress)
            scan->progress(scan->user, engine->settled, total);
    }
    return 0;
}

/* A quarter of what the process may open: other calls run beside this one. */
static size_t choose_capacity(size_t attempts)
{
    struct rlimit limit;
    size_t most = WINDOW_MOST;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur / 4 < most)
        most = (size_t)limit.rlim_cur / 4;
    if (attempts < most)
        most = attempts;
    return most > WINDOW_LEAST ? most : WINDOW_LEAST;
}

static void read_local_ports(struct engine *engine)
{
    engine->local_first = 1;
    engine->local_last = UINT16_MAX;
    FILE *file = fopen("/proc/sys/net/ipv4/ip_local_port_range", "re");
    unsigned first, last;
    if (!file)
        return;
    if (fscanf(file, "%u %u", &first, &last) == 2) {
        engine->local_first = first;
        engine->local_last = last;
    }
    (void)fclose(file);
}

static void engine_done(struct engine *engine)
{
    for (size_t i = 0; engine->attempts && i < engine->capacity; i++)
        scope_close(&engine->attempts[i].fd);
    scope_close(&engine->epoll_fd);
    free(engine->attempts);
    free(engine->idle);
}

static void init_host(struct scan_host *host, size_t port_count)
{
    struct scan_host fresh = { .address = host->address, .states = host->states };
    memset(host->states, UNTRIED, port_count);
    *host = fresh;
}

int scan_run(const struct scan *scan, struct err *err)
{
    CLEANUP(engine_done) struct engine engine = { .scan = scan, .epoll_fd = -1 };
    engine.capacity = choose_capacity(scan->host_count * scan->port_count);
    engine.window = scan->host_count > WINDOW_FIRST ? scan->host_count : WINDOW_FIRST;
    if (engine.window > engine.capacity)
        engine.window = engine.capacity;
    engine.attempts = calloc(engine.capacity, sizeof(*engine.attempts));
    engine.idle = calloc(engine.capacity, sizeof(*engine.idle));
    engine.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    for (size_t i = 0; engine.attempts && i < engine.capacity; i++)
        engine.attempts[i].fd = -1;
    if (!engine.attempts || !engine.idle || engine.epoll_fd < 0)
        return err_set(err, -EMFILE, "not enough memory or descriptors for a scan");
    for (size_t i = 0; i < engine.capacity; i++)
        engine.idle[engine.idle_count++] = (uint32_t)i;
    for (size_t i = 0; i < scan->host_count; i++)
        init_host(&scan->hosts[i], scan->port_count);
    read_local_ports(&engine);
    int status = run(&engine, err);
    for (size_t i = 0; i < scan->host_count; i++)
        if (scan->hosts[i].ended_ns == 0 && scan->hosts[i].begun_ns != 0)
            scan->hosts[i].ended_ns = clock_ns(); /* the deadline cut it short */
    return status;
}
