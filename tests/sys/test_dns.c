/* DNS exchange and queries against a small server of the test's own that misbehaves as it is told. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <ldns/ldns.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/scope.h"
#include "base/wait.h"
#include "sys/dns.h"

#define PLENTY_MS 20000

/* The server */

struct peer;

/* Answers one query; `tcp_fd` < 0 for UDP. */
typedef void answer_fn(struct peer *peer, const uint8_t *query, size_t len, int tcp_fd);

struct peer {
    int udp, tcp;
    struct dns_server server;
    answer_fn *answer;
    pthread_t thread;
    int stop_fd;
    struct sockaddr_in client; /* who sent the last datagram */
    unsigned udp_queries, tcp_queries;
    unsigned ports[16]; /* of the first clients */
    uint8_t last_query[600];
    size_t last_len;
};

static void send_udp(struct peer *peer, const uint8_t *data, size_t len)
{
    sendto(peer->udp, data, len, 0, (const struct sockaddr *)&peer->client, sizeof(peer->client));
}

/* The query turned into an answer without records. */
static size_t turn_around(const uint8_t *query, size_t len, unsigned rcode, uint8_t *out)
{
    memcpy(out, query, len);
    out[2] |= 0x80;
    out[3] = (uint8_t)(0x80 | rcode);
    return len;
}

/* With one A record for the name of the question, 192.0.2.`last`; EDNS of the query is dropped. */
static size_t answer_a(const uint8_t *query, size_t len, uint8_t last, uint8_t *out)
{
    size_t at = 12;
    while (at < len && query[at])
        at += query[at] + 1u;
    at += 5;
    turn_around(query, at, 0, out);
    out[7] = 1;
    memset(out + 8, 0, 4);
    const uint8_t record[] = { 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, last };
    memcpy(out + at, record, sizeof(record));
    return at + sizeof(record);
}

static void serve_tcp(struct peer *peer)
{
    CLEANUP(scope_close) int fd = accept(peer->tcp, NULL, NULL);
    uint8_t message[2 + 600];
    ssize_t got = recv(fd, message, sizeof(message), 0);
    if (got < 2)
        return;
    peer->tcp_queries++;
    peer->answer(peer, message + 2, (size_t)got - 2, fd);
}

static void serve_udp(struct peer *peer)
{
    socklen_t size = sizeof(peer->client);
    ssize_t got = recvfrom(
        peer->udp, peer->last_query, sizeof(peer->last_query), 0, (struct sockaddr *)&peer->client, &size);
    if (got < 12)
        return;
    peer->last_len = (size_t)got;
    if (peer->udp_queries < ARRAY_LEN(peer->ports))
        peer->ports[peer->udp_queries] = peer->client.sin_port;
    peer->udp_queries++;
    peer->answer(peer, peer->last_query, (size_t)got, -1);
}

static void *serve(void *user)
{
    struct peer *peer = user;
    const struct wait wait = { .cancel_fd = peer->stop_fd, .deadline_ms = INT64_MAX };
    struct pollfd fds[] = { { .fd = peer->udp, .events = POLLIN }, { .fd = peer->tcp, .events = POLLIN } };
    while (wait_poll(&wait, fds, 2, -1) > 0) {
        if (fds[0].revents)
            serve_udp(peer);
        if (fds[1].revents)
            serve_tcp(peer);
    }
    return NULL;
}

static void start(struct peer *peer, answer_fn *answer)
{
    *peer = (struct peer){ .answer = answer, .stop_fd = eventfd(0, EFD_CLOEXEC) };
    struct sockaddr_in *address = (struct sockaddr_in *)&peer->server.address;
    address->sin_family = AF_INET;
    address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(*address);
    for (;;) {
        peer->udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        peer->tcp = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        address->sin_port = 0;
        assert_int_equal(bind(peer->udp, (const struct sockaddr *)address, size), 0);
        getsockname(peer->udp, (struct sockaddr *)address, &size);
        if (bind(peer->tcp, (const struct sockaddr *)address, size) == 0)
            break;
        close(peer->udp);
        close(peer->tcp);
    }
    assert_int_equal(listen(peer->tcp, 8), 0);
    assert_int_equal(pthread_create(&peer->thread, NULL, serve, peer), 0);
}

static void stop(struct peer *peer)
{
    eventfd_write(peer->stop_fd, 1);
    pthread_join(peer->thread, NULL);
    close(peer->udp);
    close(peer->tcp);
    close(peer->stop_fd);
}

static struct wait within(int ms)
{
    return (struct wait){ .cancel_fd = -1, .deadline_ms = clock_ms() + ms };
}

/* What servers do */

static void answer_well(struct peer *peer, const uint8_t *query, size_t len, int tcp_fd)
{
    (void)tcp_fd;
    uint8_t out[700];
    send_udp(peer, out, answer_a(query, len, 7, out));
}

/* Everything that a stranger could send first, then the answer. */
static void answer_after_noise(struct peer *peer, const uint8_t *query, size_t len, int tcp_fd)
{
    (void)tcp_fd;
    uint8_t out[700];
    send_udp(peer, query, 0);
    send_udp(peer, query, 5);
    send_udp(peer, query, len); /* not a response */
    size_t size = answer_a(query, len, 66, out);
    out[1] ^= 1; /* another id */
    send_udp(peer, out, size);
    answer_a(query, len, 66, out);
    out[13] ^= 1; /* another name */
    send_udp(peer, out, size);
    answer_a(query, len, 66, out);
    out[size - 16 - 3] ^= 1; /* another type */
    send_udp(peer, out, size);
    answer_a(query, len, 66, out);
    out[5] = 0; /* no question, yet a positive answer */
    send_udp(peer, out, size);
    answer_a(query, len, 66, out);
    send_udp(peer, out, 20); /* cut within the question */
    size = answer_a(query, len, 7, out);
    for (size_t i = 13; i < 20; i++)
        out[i] = (uint8_t)(out[i] >= 'a' && out[i] <= 'z' ? out[i] - 32 : out[i]);
    send_udp(peer, out, size);
}

static void answer_truncated(struct peer *peer, const uint8_t *query, size_t len, int tcp_fd)
{
    uint8_t out[2 + 700];
    if (tcp_fd < 0) {
        size_t size = turn_around(query, len, 0, out);
        out[2] |= 0x02;
        send_udp(peer, out, size);
        return;
    }
    size_t size = answer_a(query, len, 9, out + 2);
    out[0] = (uint8_t)(size >> 8);
    out[1] = (uint8_t)size;
    for (size_t i = 0; i < size + 2; i += 5) /* in small pieces */
        send(tcp_fd, out + i, i + 5 < size + 2 ? 5 : size + 2 - i, MSG_NOSIGNAL);
}

static void truncate_and_close(struct peer *peer, const uint8_t *query, size_t len, int tcp_fd)
{
    if (tcp_fd < 0)
        answer_truncated(peer, query, len, tcp_fd);
}

static void never_answer(struct peer *peer, const uint8_t *query, size_t len, int tcp_fd)
{
    (void)peer, (void)query, (void)len, (void)tcp_fd;
}

static void answer_garbage(struct peer *peer, const uint8_t *query, size_t len, int tcp_fd)
{
    (void)tcp_fd;
    uint8_t out[700];
    size_t size = answer_a(query, len, 7, out);
    out[7] = 200; /* records that are not there */
    send_udp(peer, out, size);
}

static void answer_servfail(struct peer *peer, const uint8_t *query, size_t len, int tcp_fd)
{
    (void)tcp_fd;
    uint8_t out[700];
    send_udp(peer, out, turn_around(query, len, LDNS_RCODE_SERVFAIL, out));
}

static void answer_without_edns(struct peer *peer, const uint8_t *query, size_t len, int tcp_fd)
{
    (void)tcp_fd;
    uint8_t out[700];
    if (query[11] == 0) {
        send_udp(peer, out, answer_a(query, len, 5, out));
        return;
    }
    turn_around(query, 12, LDNS_RCODE_FORMERR, out);
    memset(out + 4, 0, 8); /* some leave out even the question */
    send_udp(peer, out, 12);
}

/* dns_exchange */

static const uint8_t query_bytes[] = { 0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 7, 'e', 'x', 'a', 'm', 'p',
    'l', 'e', 3, 'o', 'r', 'g', 0, 0, 1, 0, 1 };

static int exchange(const struct wait *wait, const struct peer *peer, bool tcp, size_t room, size_t *ret_len)
{
    static uint8_t data[65535];
    struct err err = { 0 };
    struct dns_wire reply = { .data = data, .size = room, .len = *ret_len };
    int r = dns_exchange(wait, &peer->server, tcp, query_bytes, sizeof(query_bytes), &reply, &err);
    *ret_len = reply.len;
    if (r < 0) {
        assert_int_equal(err.code, r);
        assert_non_null(strstr(err.text, "127.0.0.1 port"));
    } else {
        assert_int_equal(data[reply.len - 1], tcp ? 9 : 7);
    }
    return r;
}

static void ignores_foreign_datagrams(void **state)
{
    (void)state;
    struct peer peer;
    start(&peer, answer_after_noise);
    struct wait wait = within(PLENTY_MS);
    size_t len = 0;
    assert_int_equal(exchange(&wait, &peer, false, 65535, &len), 0);
    assert_int_equal(len, sizeof(query_bytes) + 16);
    stop(&peer);
}

static void uses_another_port_each_time(void **state)
{
    (void)state;
    struct peer peer;
    start(&peer, answer_well);
    for (int i = 0; i < 8; i++) {
        struct wait wait = within(PLENTY_MS);
        size_t len = 0;
        assert_int_equal(exchange(&wait, &peer, false, 65535, &len), 0);
    }
    stop(&peer);
    bool differ = false;
    for (int i = 1; i < 8; i++)
        differ |= peer.ports[i] != peer.ports[0];
    assert_true(differ);
}

static void speaks_tcp(void **state)
{
    (void)state;
    struct peer peer;
    start(&peer, answer_truncated);
    struct wait wait = within(PLENTY_MS);
    size_t len = 0;
    assert_int_equal(exchange(&wait, &peer, true, 65535, &len), 0);
    assert_int_equal(len, sizeof(query_bytes) + 16);
    assert_int_equal(exchange(&wait, &peer, true, 20, &len), -EMSGSIZE);
    stop(&peer);
}

static void says_what_went_wrong(void **state)
{
    (void)state;
    struct peer peer;
    size_t len = 77;
    start(&peer, truncate_and_close);
    struct wait wait = within(PLENTY_MS);
    assert_int_equal(exchange(&wait, &peer, true, 65535, &len), -ECONNRESET);
    stop(&peer);
    assert_int_equal(exchange(&wait, &peer, false, 65535, &len), -ECONNREFUSED);
    assert_int_equal(exchange(&wait, &peer, true, 65535, &len), -ECONNREFUSED);

    start(&peer, never_answer);
    wait = within(50);
    assert_int_equal(exchange(&wait, &peer, false, 65535, &len), -ETIMEDOUT);
    CLEANUP(scope_close) int cancel_fd = eventfd(1, EFD_CLOEXEC);
    wait = (struct wait){ .cancel_fd = cancel_fd, .deadline_ms = INT64_MAX };
    assert_int_equal(exchange(&wait, &peer, false, 65535, &len), -ECANCELED);
    assert_int_equal(exchange(&wait, &peer, true, 65535, &len), -ECANCELED);
    stop(&peer);
    assert_int_equal(len, 77);

    struct err err;
    struct dns_wire reply = { .data = NULL };
    assert_int_equal(dns_exchange(&wait, &peer.server, false, query_bytes, 11, &reply, &err), -EINVAL);
}

/* dns_query */

static int query(const struct wait *wait, const struct peer *peers, size_t count, struct dns_reply *ret_reply)
{
    struct dns_server servers[4];
    for (size_t i = 0; i < count; i++)
        servers[i] = peers[i].server;
    struct err err = { 0 };
    int r = dns_query(wait, servers, count, "example.org", LDNS_RR_TYPE_A, DNS_WANT_DNSSEC, ret_reply, &err);
    if (r < 0)
        assert_int_equal(err.code, r);
    return r;
}

static uint8_t last_octet(const struct dns_reply *reply)
{
    const ldns_rr_list *answer = ldns_pkt_answer(reply->packet);
    assert_int_equal(ldns_rr_list_rr_count(answer), 1);
    return ldns_rdf_data(ldns_rr_rdf(ldns_rr_list_rr(answer, 0), 0))[3];
}

/* 192.0.2.`octet` from server `index`, over TCP or not. */
static void expect_answer(const struct peer *peers, size_t count, uint8_t octet, size_t index, bool tcp)
{
    CLEANUP(dns_reply_done) struct dns_reply reply = { 0 };
    struct wait wait = within(PLENTY_MS);
    assert_int_equal(query(&wait, peers, count, &reply), 0);
    assert_int_equal(dns_reply_rcode(reply.packet), 0);
    assert_int_equal(last_octet(&reply), octet);
    assert_int_equal(reply.server, index);
    assert_int_equal(reply.tcp, tcp);
}

static void asks_with_edns_and_dnssec(void **state)
{
    (void)state;
    struct peer peer;
    start(&peer, answer_well);
    expect_answer(&peer, 1, 7, 0, false);
    stop(&peer);
    ldns_pkt *asked = NULL;
    assert_int_equal(ldns_wire2pkt(&asked, peer.last_query, peer.last_len), LDNS_STATUS_OK);
    assert_true(ldns_pkt_rd(asked) && ldns_pkt_ad(asked) && !ldns_pkt_qr(asked));
    assert_true(ldns_pkt_edns(asked) && ldns_pkt_edns_do(asked));
    assert_int_equal(ldns_pkt_edns_udp_size(asked), 1232);
    ldns_pkt_free(asked);
}

static void goes_to_tcp_when_truncated(void **state)
{
    (void)state;
    struct peer peer;
    start(&peer, answer_truncated);
    expect_answer(&peer, 1, 9, 0, true);
    stop(&peer);
    assert_int_equal(peer.udp_queries, 1);
    assert_int_equal(peer.tcp_queries, 1);
}

static void keeps_the_piece_when_tcp_fails(void **state)
{
    (void)state;
    struct peer peer;
    start(&peer, truncate_and_close);
    CLEANUP(dns_reply_done) struct dns_reply reply = { 0 };
    struct wait wait = within(PLENTY_MS);
    assert_int_equal(query(&wait, &peer, 1, &reply), 0);
    assert_true(ldns_pkt_tc(reply.packet));
    assert_false(reply.tcp);
    stop(&peer);
}

static void does_without_edns(void **state)
{
    (void)state;
    struct peer peer;
    start(&peer, answer_without_edns);
    expect_answer(&peer, 1, 5, 0, false);
    stop(&peer);
    assert_int_equal(peer.udp_queries, 2);
}

static void tries_the_next_server(void **state)
{
    (void)state;
    static answer_fn *const bad[] = { answer_servfail, answer_garbage, never_answer };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct peer peers[2];
        start(&peers[0], bad[i]);
        start(&peers[1], answer_well);
        CLEANUP(dns_reply_done) struct dns_reply reply = { 0 };
        struct wait wait = within(600);
        assert_int_equal(query(&wait, peers, 2, &reply), 0);
        assert_int_equal(last_octet(&reply), 7);
        assert_int_equal(reply.server, 1);
        stop(&peers[0]);
        stop(&peers[1]);
    }
}

static void returns_the_refusal_nobody_betters(void **state)
{
    (void)state;
    struct peer peers[2];
    start(&peers[0], answer_garbage);
    start(&peers[1], answer_servfail);
    CLEANUP(dns_reply_done) struct dns_reply reply = { 0 };
    struct wait wait = within(PLENTY_MS);
    assert_int_equal(query(&wait, peers, 2, &reply), 0);
    assert_int_equal(dns_reply_rcode(reply.packet), LDNS_RCODE_SERVFAIL);
    assert_int_equal(reply.server, 1);
    stop(&peers[0]);
    stop(&peers[1]);
}

static void gives_up_with_the_reason(void **state)
{
    (void)state;
    struct peer peer;
    struct dns_reply reply = { 0 };
    struct wait wait = within(PLENTY_MS);
    start(&peer, answer_garbage);
    assert_int_equal(query(&wait, &peer, 1, &reply), -EBADMSG);
    stop(&peer);
    assert_int_equal(peer.udp_queries, 3);
    assert_int_equal(query(&wait, &peer, 1, &reply), -ECONNREFUSED);
    assert_int_equal(query(&wait, &peer, 0, &reply), -EDESTADDRREQ);

    start(&peer, never_answer);
    wait = within(300);
    assert_int_equal(query(&wait, &peer, 1, &reply), -ETIMEDOUT);
    CLEANUP(scope_close) int cancel_fd = eventfd(1, EFD_CLOEXEC);
    wait = (struct wait){ .cancel_fd = cancel_fd, .deadline_ms = INT64_MAX };
    assert_int_equal(query(&wait, &peer, 1, &reply), -ECANCELED);
    stop(&peer);
    assert_in_range(peer.udp_queries, 3, 4); /* the cancelled one may have left */
    assert_null(reply.packet);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ignores_foreign_datagrams),
        cmocka_unit_test(uses_another_port_each_time),
        cmocka_unit_test(speaks_tcp),
        cmocka_unit_test(says_what_went_wrong),
        cmocka_unit_test(asks_with_edns_and_dnssec),
        cmocka_unit_test(goes_to_tcp_when_truncated),
        cmocka_unit_test(keeps_the_piece_when_tcp_fails),
        cmocka_unit_test(does_without_edns),
        cmocka_unit_test(tries_the_next_server),
        cmocka_unit_test(returns_the_refusal_nobody_betters),
        cmocka_unit_test(gives_up_with_the_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
