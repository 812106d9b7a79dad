/* Rounds of echo requests (or of TCP connections where ICMP is not allowed) to several addresses at once,
 * with times and losses. Knows nothing of JSON or of names. */
#ifndef SYS_PING_H
#define SYS_PING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct err;
struct wait;

#define PING_COUNT_MAX 100
#define PING_TARGETS_MAX 32

enum ping_method { PING_AUTO, PING_ICMP, PING_TCP };

/* Why a request came to nothing. */
enum ping_reason {
    PING_FINE,
    PING_NO_ANSWER,
    PING_HOST_UNREACHABLE,
    PING_NET_UNREACHABLE,
    PING_PORT_UNREACHABLE,
    PING_PROHIBITED,
    PING_TTL_EXCEEDED,
    PING_TOO_BIG,
    PING_LOCAL_POLICY, /* this machine's firewall forbids to send */
    PING_OTHER,
};

struct ping_reply {
    unsigned seq; /* from 1 */
    double rtt_ms;
    int ttl; /* -1 = unknown (TCP) */
};

struct ping_probe {
    int64_t sent_ns, sent_wall_ns; /* monotonic; on the wall clock, when ICMP */
    int fd; /* TCP: the connection under way, -1 = none */
    bool pending;
};

struct ping_target {
    /* Filled by the caller. */
    struct sockaddr_storage address;
    /* Filled by ping_run(). */
    enum ping_method method; /* what was used: PING_ICMP or PING_TCP */
    unsigned sent, received;
    struct ping_reply replies[PING_COUNT_MAX]; /* `received` of them, as they came */
    enum ping_reason reason; /* why the last request without reply had none */
    struct sockaddr_storage reporter; /* who said so (AF_UNSPEC: nobody) */
    bool refused; /* TCP: the replies were refusals: up, but nothing listens there */
    /* Its own. */
    struct ping_probe probes[PING_COUNT_MAX];
    unsigned pending, posted;
    int64_t next_ns;
};

struct ping {
    const struct wait *wait;
    struct ping_target *targets;
    size_t target_count;
    unsigned count; /* 1..PING_COUNT_MAX */
    int interval_ms, timeout_ms; /* between requests to one target; for each reply */
    enum ping_method method; /* PING_AUTO: ICMP, or TCP where it is not allowed */
    unsigned port; /* TCP */
    void (*progress)(void *user, size_t settled, size_t total); /* may be NULL */
    void *user;
};

/* 0; -EACCES: ICMP asked for and not allowed to this user; -ETIMEDOUT: the deadline, the targets hold what is
 * known so far; -ECANCELED; another negative errno with *err filled. All sockets are closed when it returns.
 */
int ping_run(const struct ping *ping, struct err *err);

struct ping_times {
    double min_ms, avg_ms, max_ms;
    double mdev_ms; /* standard deviation, sqrt(E(x^2) - E(x)^2), as ping prints it */
    double jitter_ms; /* mean difference between one reply and the next */
};

/* False when there are no replies. */
bool ping_times(const struct ping_target *target, struct ping_times *ret_times);

#endif
