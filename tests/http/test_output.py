"""What the HTTP server sends: headers, HTTP/1.0, HEAD, streams, large replies to slow clients."""

import re
import socket
import time

from wire import GET


# ---- replies --------------------------------------------------------------------------------------------------------


def test_reply_headers(wire):
    reply = wire().send(GET).reply()
    assert (reply.status, reply.json) == (200, {"status": "ok"})
    assert reply.version == "HTTP/1.1"
    assert reply.headers["content-type"] == "application/json"
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert re.fullmatch("[0-9a-f]{32}", reply.headers["x-request-id"])
    then = time.strptime(reply.headers["date"], "%a, %d %b %Y %H:%M:%S GMT")
    assert abs(time.mktime(then) - time.mktime(time.gmtime())) < 60
    assert "connection" not in reply.headers


def test_connection_close(wire):
    one = wire().send(b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    reply = one.reply()
    assert reply.headers["connection"] == "close"
    assert one.at_end()


def test_http_1_0_closes(wire):
    one = wire().send(b"GET /health HTTP/1.0\r\n\r\n")
    reply = one.reply()
    assert (reply.status, reply.headers["connection"]) == (200, "close")
    assert one.at_end()


def test_http_1_0_keep_alive(wire):
    one = wire()
    for _ in range(2):
        reply = one.send(b"GET /health HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").reply()
        assert (reply.status, reply.headers["connection"]) == (200, "keep-alive")


def test_http_1_0_stream_ends_with_the_connection(wire):
    one = wire().send(b"GET /stream?pieces=3&size=2 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
    reply = one.head()
    assert "transfer-encoding" not in reply.headers and reply.headers["connection"] == "close"
    assert one.file.read() == b"ssssss"


def test_head_has_no_body(wire):
    one = wire().send(b"HEAD /health HTTP/1.1\r\nHost: x\r\n\r\n")
    reply = one.reply(has_body=False)
    assert (reply.status, reply.headers["content-length"]) == (200, "15")
    assert one.send(GET).reply().status == 200


def test_head_of_a_stream(wire):
    one = wire().send(b"HEAD /stream HTTP/1.1\r\nHost: x\r\n\r\n")
    assert one.reply(has_body=False).status == 200
    assert one.send(GET).reply().status == 200


# ---- large replies --------------------------------------------------------------------------------------------------


def test_reply_that_is_not_read(start, wire):
    """A client that takes nothing of a large reply loses the connection; the server serves others meanwhile."""
    server = start(idle_timeout_ms=500)
    one = wire(server).send(b"GET /big?size=50000000 HTTP/1.1\r\nHost: x\r\n\r\n")
    server.event("over 200 GET /big")
    assert wire(server).send(GET).reply().status == 200
    probe = wire(server)
    assert probe.at_end()  # the idle timeout of a connection made later has passed
    time.sleep(0.6)        # two looks at the clock
    taken = 0
    try:
        while piece := one.sock.recv(1 << 20):
            taken += len(piece)
    except ConnectionResetError:
        pass
    assert taken < 50000000


def test_large_reply_to_a_reader(wire):
    one = wire().send(b"GET /big?size=20000000 HTTP/1.1\r\nHost: x\r\n\r\n" + GET)
    reply = one.reply()
    assert reply.body == b"x" * 20000000
    assert one.reply().status == 200


# ---- streams --------------------------------------------------------------------------------------------------------


def test_stream(wire):
    one = wire().send(b"GET /stream?pieces=5&size=3 HTTP/1.1\r\nHost: x\r\n\r\n" + GET)
    reply = one.head()
    assert reply.headers["content-type"] == "text/event-stream"
    assert [one.chunk() for _ in range(6)] == [b"sss"] * 5 + [b""]
    assert one.reply().status == 200


def test_stream_that_is_not_read_is_aborted(start):
    server = start(stream_max=100000)
    sock = server.connect()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.sendall(b"GET /stream?pieces=30&size=600000 HTTP/1.1\r\nHost: x\r\n\r\n")
    assert server.next_event().startswith("begin /stream")
    assert server.next_event().startswith("full /stream")
    assert server.next_event().startswith("abort /stream")
    assert server.next_event().startswith("over 499")
    sock.close()


def test_stream_piece_above_the_bound_is_sent(start, wire):
    server = start(stream_max=1000)
    reply = wire(server).send(b"GET /stream?pieces=1&size=5000000 HTTP/1.1\r\nHost: x\r\n\r\n").reply()
    assert len(reply.body) == 5000000
