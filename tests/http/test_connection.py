"""The life of a connection: keep-alive, pipelining, clients that leave or are slow, limits, the way down."""

import os
import re
import signal
import socket
import subprocess
import threading
import time

import pytest

from wire import ECHO, GET, WAIT_S, Wire, post, reset


# ---- requests and routes --------------------------------------------------------------------------------------------


def test_keep_alive_and_ids_differ(wire):
    one = wire()
    ids = {one.send(GET).reply().headers["x-request-id"] for _ in range(50)}
    assert len(ids) == 50


@pytest.mark.parametrize("given, kept", [
    (b"abc-DEF_123", True), (b"a" * 64, True), (b"a" * 65, False), (b"a b", False), (b"", False), (b"a,b", False),
    (b"\xc3\xa9", False)])
def test_request_id(wire, given, kept):
    reply = wire().send(b"GET /health HTTP/1.1\r\nHost: x\r\nX-Request-Id: " + given + b"\r\n\r\n").reply()
    if kept:
        assert reply.headers["x-request-id"] == given.decode()
    else:
        assert re.fullmatch("[0-9a-f]{32}", reply.headers["x-request-id"])


def test_unknown_path_is_a_problem(wire):
    reply = wire().send(b"GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n").reply()
    assert reply.status == 404
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.json["type"] == "urn:mcp-assist:problem:no-such-path"
    assert reply.json["status"] == 404 and reply.json["title"] and reply.json["detail"]


@pytest.mark.parametrize("method, path, allow", [
    (b"POST", b"/health", "GET, HEAD, OPTIONS"), (b"GET", b"/echo", "POST, OPTIONS"),
    (b"HEAD", b"/echo", "POST, OPTIONS"), (b"DELETE", b"/slow", "GET, HEAD, POST, OPTIONS")])
def test_wrong_method(wire, method, path, allow):
    reply = wire().send(method + b" " + path + b" HTTP/1.1\r\nHost: x\r\n\r\n").reply(has_body=method != b"HEAD")
    assert (reply.status, reply.headers["allow"]) == (405, allow)


def test_options(wire):
    one = wire()
    reply = one.send(b"OPTIONS /echo HTTP/1.1\r\nHost: x\r\n\r\n").reply()
    assert (reply.status, reply.headers["allow"]) == (204, "POST, OPTIONS")
    assert "content-length" not in reply.headers
    assert one.send(b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n").reply().status == 204
    assert one.send(b"OPTIONS /nowhere HTTP/1.1\r\nHost: x\r\n\r\n").reply().status == 404


@pytest.mark.parametrize("path", [b"/look/", b"/look/a/b", b"/lookx", b"//look"])
def test_open_route_takes_one_segment(wire, path):
    assert wire().send(b"GET " + path + b" HTTP/1.1\r\nHost: x\r\n\r\n").reply().status == 404


# ---- pipelining -----------------------------------------------------------------------------------------------------


def test_pipeline_in_order(wire):
    one = wire().send(GET + post(b"first") + GET + post(b"second"))
    bodies = [one.reply().body for _ in range(4)]
    assert bodies == [b'{"status":"ok"}', b"first", b'{"status":"ok"}', b"second"]


def test_pipeline_waits_for_the_reply(start, wire):
    server = start()
    one = wire(server).send(b"GET /slow?ms=200 HTTP/1.1\r\nHost: x\r\n\r\n" + post(b"behind") + GET)
    assert [one.reply().body for _ in range(3)] == [b"waited", b"behind", b'{"status":"ok"}']
    seen = [server.next_event().split()[0:3] for _ in range(5)]
    assert [event[0] for event in seen] == ["begin", "over", "run", "over", "over"]


def test_pipeline_of_thousands(wire):
    one, count = wire(), 3000
    sender = threading.Thread(target=one.send, args=(GET * count,))
    sender.start()
    assert all(one.reply().status == 200 for _ in range(count))
    sender.join()


def test_pipeline_behind_a_pending_call_is_bounded(start, wire):
    """The server stops reading: the client's send blocks long before 20 MB, and everything is answered afterwards."""
    server = start(idle_timeout_ms=60000)
    one = wire(server).send(b"GET /slow?ms=1500 HTTP/1.1\r\nHost: x\r\n\r\n")
    server.event("begin")
    one.sock.setblocking(False)
    sent, total = 0, post(b"y" * 1000) * 20000
    try:
        while sent < len(total):
            sent += one.sock.send(total[sent:])
    except BlockingIOError:
        pass
    assert sent < len(total)
    one.sock.settimeout(WAIT_S)
    assert one.reply().body == b"waited"
    assert one.reply().body == b"y" * 1000


# ---- clients that leave ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["close", "reset", "half-close"])
@pytest.mark.parametrize("request_bytes", [
    b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n", post(b"body", path=b"/slow"),
    b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n" + GET, b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n" + GET * 4000],
    ids=["get", "post", "pipeline", "unread"])
def test_leaving_is_seen_while_the_call_runs(start, how, request_bytes):
    server = start()
    sock = server.connect()
    sock.sendall(request_bytes)
    assert server.next_event().startswith("begin /slow")
    if how == "close":
        sock.close()
    elif how == "reset":
        reset(sock)
    else:
        sock.shutdown(socket.SHUT_WR)
    assert server.next_event().startswith("abort /slow")
    assert server.next_event().startswith("over 499")
    sock.close()


def test_leaving_a_stream(start):
    server = start()
    one = Wire(server).send(b"GET /stream?pieces=100000 HTTP/1.1\r\nHost: x\r\n\r\n")
    assert one.head().status == 200
    one.chunk()
    assert server.next_event().startswith("begin")
    one.close()
    assert server.next_event().startswith("abort /stream")
    assert server.next_event().startswith("over 499")


def test_answer_to_nobody(start, wire):
    """A handler that does not listen for the abort still answers; its request is valid until then."""
    server = start()
    one = Wire(server).send(b"GET /late HTTP/1.1\r\nHost: x\r\n\r\n")
    assert server.next_event().startswith("begin /late")
    one.close()
    assert server.next_event().startswith("over 499 GET /late")
    assert wire(server).send(GET).reply().status == 200


def test_leaving_within_a_body(start):
    server = start()
    sock = server.connect()
    sock.sendall(b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf")
    sock.close()
    assert server.next_event().startswith("over 499 POST /echo")


def test_half_close_after_an_immediate_answer(wire):
    one = wire().send(GET)
    one.sock.shutdown(socket.SHUT_WR)
    assert one.reply().status == 200
    assert one.at_end()


# ---- clients that are slow ------------------------------------------------------------------------------------------


def trickle(one, data, stop):
    """Sends one byte at a time, for seconds, unless the server had enough."""
    try:
        for byte in data:
            one.sock.sendall(bytes([byte]))
            if stop.wait(0.02):
                return
    except OSError:
        pass


@pytest.mark.parametrize("begin, rest", [
    (b"GET /", b"x" * 200),
    (b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n", b"x" * 200),
    (b"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n" * 34)],
    ids=["head", "length", "chunked"])
def test_slow_loris(start, wire, begin, rest):
    server = start(header_timeout_ms=600, body_timeout_ms=600, header_max=1 << 20)
    one, stop = wire(server), threading.Event()
    one.send(begin)
    sender = threading.Thread(target=trickle, args=(one, rest, stop))
    sender.start()
    try:
        reply = one.reply()
        assert (reply.status, reply.headers["connection"]) == (408, "close")
        assert sender.is_alive()  # each byte came in time, all together did not
    finally:
        stop.set()
        sender.join()


def test_idle_connection_is_closed(start, wire):
    server = start(idle_timeout_ms=300)
    silent, used = wire(server), wire(server)
    assert used.send(GET).reply().status == 200
    assert silent.at_end() and used.at_end()


# ---- limits, binds, the way down ------------------------------------------------------------------------------------


def test_too_many_connections(start, wire):
    server = start(connections_max=3)
    kept = [wire(server) for _ in range(3)]
    assert all(one.send(GET).reply().status == 200 for one in kept)
    refused = wire(server)
    reply = refused.reply()
    assert (reply.status, reply.headers["retry-after"], reply.headers["connection"]) == (503, "1", "close")
    assert refused.at_end()
    kept[0].close()
    for _ in range(100):
        late = wire(server).send(GET)
        if late.reply().status == 200:
            break
        time.sleep(0.02)
    else:
        pytest.fail("the freed place is never given again")


def test_ipv6(start, wire):
    server = start(host="::1")
    reply = wire(server).send(b"GET /look HTTP/1.1\r\nHost: [::1]\r\n\r\n").reply()
    assert reply.json["family"] == socket.AF_INET6


def test_localhost(start, wire):
    server = start(host="localhost")
    server.host = "127.0.0.1"
    assert wire(server).send(GET).reply().status == 200


@pytest.mark.parametrize("arguments, words", [
    (["host=203.0.113.1"], "203.0.113.1"), (["host=no.such.name.invalid"], "no.such.name.invalid"),
    (["header_timeout_ms=0"], "time limits")])
def test_bad_options(arguments, words):
    done = subprocess.run([ECHO, *arguments], capture_output=True, text=True, timeout=WAIT_S)
    assert done.returncode == 1 and words in done.stderr


def test_admit_comes_before_routes_and_body(start, wire):
    server = start(check_origin=1)
    for path in (b"/health", b"/nowhere"):
        assert wire(server).send(b"GET " + path + b" HTTP/1.1\r\nHost: evil.example\r\n\r\n").reply().status == 403
    one = wire(server).send(b"POST /echo HTTP/1.1\r\nHost: evil.example\r\nContent-Length: 9\r\n\r\n")
    assert one.reply().status == 403
    assert one.at_end()
    assert wire(server).send(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n").reply().status == 200


def test_stop_waits_for_running_requests(start, wire):
    server = start(grace_ms=10000)
    busy, idle = wire(server), wire(server)
    assert idle.send(GET).reply().status == 200
    busy.send(b"GET /slow?ms=700 HTTP/1.1\r\nHost: x\r\n\r\n")
    server.event("begin /slow")
    server.process.send_signal(signal.SIGTERM)
    assert idle.at_end()
    with pytest.raises(OSError):
        server.connect()
    reply = busy.reply()
    assert (reply.body, reply.headers["connection"]) == (b"waited", "close")
    server.ended()


def test_stop_aborts_after_the_grace(start, wire):
    server = start(grace_ms=100)
    one = wire(server).send(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
    server.event("begin /slow")
    server.process.send_signal(signal.SIGTERM)
    assert server.event("abort /slow")
    server.ended()
    assert one.at_end()


def test_stop_from_a_handler(start, wire):
    server = start()
    reply = wire(server).send(post(b"", path=b"/stop")).reply()
    assert (reply.body, reply.headers["connection"]) == (b"stopping", "close")
    server.ended()


def test_free_with_requests_nobody_listens_to(start, wire):
    server = start(grace_ms=1)
    wire(server).send(b"GET /late HTTP/1.1\r\nHost: x\r\n\r\n")
    server.event("begin /late")
    server.process.send_signal(signal.SIGTERM)
    server.ended()


# ---- an independent client ------------------------------------------------------------------------------------------


def curl(*arguments, **options):
    return subprocess.run(["curl", "-sS", "--max-time", str(WAIT_S), *arguments], capture_output=True, check=True,
                          **options).stdout


def test_curl(echo, tmp_path):
    url = f"http://localhost:{echo.port}"
    assert curl("-4", f"{url}/health") == b'{"status":"ok"}'
    assert curl("-4", "--http1.0", f"{url}/health") == b'{"status":"ok"}'
    assert curl("-4", "--http2", f"{url}/health") == b'{"status":"ok"}'
    assert b"200 OK" in curl("-4", "-I", f"{url}/health")
    body = tmp_path / "body"
    body.write_bytes(os.urandom(1_000_000))
    assert curl("-4", "--data-binary", f"@{body}", f"{url}/echo") == body.read_bytes()
    chunked = curl("-4", "-H", "Transfer-Encoding: chunked", "--data-binary", f"@{body}", f"{url}/echo")
    assert chunked == body.read_bytes()
    assert curl("-4", f"{url}/stream?pieces=3&size=2") == b"ssssss"
    body.write_bytes(b"x" * 10_000_000)
    status = curl("-4", "-o", "/dev/null", "-w", "%{http_code}", "--data-binary", f"@{body}", f"{url}/echo")
    assert status == b"413"
