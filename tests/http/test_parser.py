"""What the HTTP parser makes of bytes: targets, bodies, and all that two readers could understand differently."""

import os
import socket

import pytest

from wire import GET, post


# ---- targets --------------------------------------------------------------------------------------------------------


def test_upgrade_is_ignored(wire):
    one = wire().send(b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
                      b"HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n\r\n")
    assert one.reply().status == 200
    assert one.send(GET).reply().status == 200


def test_path_and_query(wire):
    reply = wire().send(b"GET /look/caf%C3%A9?a=1&b=x+y%26&a=2 HTTP/1.1\r\nHost: x\r\nX-Test:  one \r\nx-test: two\r\n"
                        b"\r\n").reply()
    assert reply.json == {"method": "GET", "path": "/look/caf\u00e9", "rest": "caf\u00e9", "test": "one, two",
                          "tests": 2, "family": socket.AF_INET, "query": [["a", "1"], ["b", "x y&"], ["a", "2"]]}


def test_absolute_target(wire):
    one = wire()
    assert one.send(b"GET http://x:1/health HTTP/1.1\r\nHost: x:1\r\n\r\n").reply().status == 200
    assert one.send(b"GET http://y/health HTTP/1.1\r\nHost: x\r\n\r\n").reply().status == 400


# ---- bodies ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [0, 1, 1000, 70000, 1 << 20])
def test_content_length(wire, size):
    one, body = wire(), os.urandom(size)
    for _ in range(2):
        assert one.send(post(body)).reply().body == body


@pytest.mark.parametrize("cut", [1, 7, 100000])
def test_chunked(wire, cut):
    body = os.urandom(5000)
    sent = b"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: Chunked\r\n\r\n"
    for at in range(0, len(body), 999):
        piece = body[at:at + 999]
        sent += b"%X;name=value\r\n" % len(piece) + piece + b"\r\n"
    sent += b"0\r\nX-Trailer: 1\r\n\r\n"
    one = wire()
    for at in range(0, len(sent), cut):
        one.send(sent[at:at + cut])
    assert one.reply().body == body
    assert one.send(sent + GET).reply().body == body
    assert one.reply().status == 200


@pytest.mark.parametrize("trailers, status", [
    (b"X-T: " + b"a" * 8000 + b"\r\n\r\n", 200), (b"A: b\r\n" * 99 + b"\r\n", 200),
    (b"X-T: " + b"a" * 9000 + b"\r\n\r\n", 431), ((b"X-T: " + b"a" * 6000 + b"\r\n") * 1000, 431),
    (b"X-T:" + b" " * 9000, 431), (b"A: b\r\n" * 102 + b"\r\n", 431)],
    ids=["large", "many", "too-large", "endless", "blanks", "too-many"])
@pytest.mark.parametrize("cut", [7000, 65536])
def test_trailers_are_held_to_the_limits_of_the_head(wire, trailers, status, cut):
    one = wire().send(b"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n")
    for at in range(0, len(trailers), cut):
        one.send(trailers[at:at + cut])
    reply = one.reply()
    assert reply.status == status
    if status == 200:
        assert reply.body == b"ok" and one.send(GET).reply().status == 200
    else:
        assert one.at_end()


@pytest.mark.parametrize("line", [b"1;" + b"e" * (17 << 20), b"0" * (17 << 20) + b"1"], ids=["extension", "zeros"])
def test_what_stands_around_a_chunk_is_limited(wire, line):
    one = wire().send(b"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + line)
    assert one.reply().status == 413
    assert one.at_end()


def test_a_body_in_chunks_of_one_byte(wire):
    body = os.urandom(5000)
    sent = b"".join(b"00000001\r\n%c\r\n" % byte for byte in body)
    one = wire().send(b"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + sent)
    assert one.send(b"0\r\n\r\n").reply().body == body


def test_byte_by_byte(wire):
    one = wire()
    for byte in b"\r\n" + post(b"hello"):
        one.send(bytes([byte]))
    assert one.reply().body == b"hello"


def test_expect_continue(wire):
    one = wire().send(b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
    assert one.head().status == 100
    assert one.send(b"ok").reply().body == b"ok"
    assert one.send(post(b"at once", b"Expect: 100-continue\r\n")).reply().body == b"at once"


def test_expect_is_not_continued_when_refused(wire):
    one = wire().send(b"POST /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
    reply = one.reply()
    assert (reply.status, reply.headers["connection"]) == (404, "close")
    assert one.at_end()


def test_other_expectation(wire):
    one = wire().send(b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: tea\r\n\r\n")
    assert one.reply().status == 417


def test_too_large_by_length_before_the_body(wire):
    one = wire().send(b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1048577\r\n\r\n")
    reply = one.reply()
    assert (reply.status, reply.headers["connection"]) == (413, "close")
    assert reply.json["type"].endswith(":body-too-large")
    assert "1048576 bytes (setting body_max_bytes)" in reply.json["detail"]
    assert one.at_end()


def test_too_large_reaches_a_client_that_sends_all(wire):
    """The refusal must not be lost to a reset while 30 MB are still on their way."""
    body = b"x" * (30 << 20)
    assert wire().send(post(body)).reply().status == 413


def test_too_large_chunked(wire):
    one = wire().send(b"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
    one.send(b"100000\r\n" + b"x" * 0x100000 + b"\r\n1\r\nx\r\n0\r\n\r\n")
    assert one.reply().status == 413
    assert one.at_end()


# ---- refusals -------------------------------------------------------------------------------------------------------


H = b"Host: x\r\n"
BAD = {
    "bare-lf": b"GET /health HTTP/1.1\nHost: x\n\n",
    "bare-lf-in-fields": b"GET /health HTTP/1.1\r\nHost: x\nX: y\r\n\r\n",
    "bare-cr": b"GET /health HTTP/1.1\r\nHost: x\r\nA: b\rc\r\n\r\n",
    "folded": b"GET /health HTTP/1.1\r\n" + H + b"A: b\r\n c\r\n\r\n",
    "folded-tab": b"GET /health HTTP/1.1\r\n" + H + b"A: b\r\n\tc\r\n\r\n",
    "fold-first": b"GET /health HTTP/1.1\r\n Host: x\r\n\r\n",
    "nul-in-value": b"GET /health HTTP/1.1\r\n" + H + b"A: b\0c\r\n\r\n",
    "nul-in-path": b"GET /hea\0lth HTTP/1.1\r\n" + H + b"\r\n",
    "control": b"GET /health HTTP/1.1\r\n" + H + b"A: b\x01c\r\n\r\n",
    "delete": b"GET /health HTTP/1.1\r\n" + H + b"A: b\x7fc\r\n\r\n",
    "space-before-colon": b"GET /health HTTP/1.1\r\nHost : x\r\n\r\n",
    "space-before-colon-2": b"POST /echo HTTP/1.1\r\n" + H + b"Content-Length : 1\r\n\r\nx",
    "space-before-colon-3": b"POST /echo HTTP/1.1\r\n" + H + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "no-colon": b"GET /health HTTP/1.1\r\n" + H + b"broken\r\n\r\n",
    "empty-name": b"GET /health HTTP/1.1\r\n" + H + b": v\r\n\r\n",
    "bad-name": b"GET /health HTTP/1.1\r\n" + H + b"a(b: v\r\n\r\n",
    "no-host": b"GET /health HTTP/1.1\r\n\r\n",
    "two-hosts": b"GET /health HTTP/1.1\r\n" + H + H + b"\r\n",
    "two-hosts-1.0": b"GET /health HTTP/1.0\r\n" + H + H + b"\r\n",
    "lengths-differ": b"POST /echo HTTP/1.1\r\n" + H + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
    "lengths-repeat": b"POST /echo HTTP/1.1\r\n" + H + b"Content-Length: 1\r\nContent-Length: 1\r\n\r\nx",
    "length-list": b"POST /echo HTTP/1.1\r\n" + H + b"Content-Length: 1, 1\r\n\r\nx",
    "length-plus": b"POST /echo HTTP/1.1\r\n" + H + b"Content-Length: +2\r\n\r\nxx",
    "length-minus": b"POST /echo HTTP/1.1\r\n" + H + b"Content-Length: -2\r\n\r\nxx",
    "length-hex": b"POST /echo HTTP/1.1\r\n" + H + b"Content-Length: 0x2\r\n\r\nxx",
    "length-empty": b"POST /echo HTTP/1.1\r\n" + H + b"Content-Length:\r\n\r\n",
    "length-inner-space": b"POST /echo HTTP/1.1\r\n" + H + b"Content-Length: 1 1\r\n\r\nx",
    "length-huge": b"POST /echo HTTP/1.1\r\n" + H + b"Content-Length: 99999999999999999999999\r\n\r\nx",
    "length-and-chunked": b"POST /echo HTTP/1.1\r\n" + H
                          + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunked-and-length": b"POST /echo HTTP/1.1\r\n" + H
                          + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    "xchunked": b"POST /echo HTTP/1.1\r\n" + H + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "chunkedx": b"POST /echo HTTP/1.1\r\n" + H + b"Transfer-Encoding: chunkedx\r\n\r\n0\r\n\r\n",
    "chunked-twice": b"POST /echo HTTP/1.1\r\n" + H + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
    "chunked-two-lines": b"POST /echo HTTP/1.1\r\n" + H
                         + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "gzip-chunked": b"POST /echo HTTP/1.1\r\n" + H + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "identity": b"POST /echo HTTP/1.1\r\n" + H + b"Transfer-Encoding: identity\r\n\r\n",
    "coding-empty": b"POST /echo HTTP/1.1\r\n" + H + b"Transfer-Encoding:\r\n\r\n0\r\n\r\n",
    "chunked-1.0": b"POST /echo HTTP/1.0\r\n" + H + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunk-size-sign": b"POST /echo HTTP/1.1\r\n" + H + b"Transfer-Encoding: chunked\r\n\r\n+1\r\nx\r\n0\r\n\r\n",
    "chunk-size-hex": b"POST /echo HTTP/1.1\r\n" + H + b"Transfer-Encoding: chunked\r\n\r\n0x1\r\nx\r\n0\r\n\r\n",
    "chunk-size-empty": b"POST /echo HTTP/1.1\r\n" + H + b"Transfer-Encoding: chunked\r\n\r\n\r\nx\r\n0\r\n\r\n",
    "chunk-size-lf": b"POST /echo HTTP/1.1\r\n" + H + b"Transfer-Encoding: chunked\r\n\r\n1\nx\r\n0\r\n\r\n",
    "chunk-size-huge": b"POST /echo HTTP/1.1\r\n" + H
                       + b"Transfer-Encoding: chunked\r\n\r\n10000000000000001\r\nx\r\n0\r\n\r\n",
    "chunk-too-long": b"POST /echo HTTP/1.1\r\n" + H + b"Transfer-Encoding: chunked\r\n\r\n1\r\nxy\r\n0\r\n\r\n",
    "chunk-end-lf": b"POST /echo HTTP/1.1\r\n" + H + b"Transfer-Encoding: chunked\r\n\r\n1\r\nx\n0\r\n\r\n",
    "trailer-folded": b"POST /echo HTTP/1.1\r\n" + H
                      + b"Transfer-Encoding: chunked\r\n\r\n0\r\nX: a\r\n b\r\n\r\n",
    "trailer-lf": b"POST /echo HTTP/1.1\r\n" + H + b"Transfer-Encoding: chunked\r\n\r\n0\r\nX: a\n\r\n",
    "trailer-no-colon": b"POST /echo HTTP/1.1\r\n" + H + b"Transfer-Encoding: chunked\r\n\r\n0\r\nX\r\n\r\n",
    "trailer-control": b"POST /echo HTTP/1.1\r\n" + H
                       + b"Transfer-Encoding: chunked\r\n\r\n0\r\nX: a\x01\r\n\r\n",
    "blanks-before-target": b"GET  /health HTTP/1.1\r\n" + H + b"\r\n",
    "blanks-before-version": b"GET /health  HTTP/1.1\r\n" + H + b"\r\n",
    "blank-before-method": b" GET /health HTTP/1.1\r\n" + H + b"\r\n",
    "other-protocol": b"GET /health RTSP/1.0\r\n" + H + b"\r\n",
    "another-protocol": b"SOURCE /health ICE/1.0\r\n" + H + b"\r\n",
    "encoded-slash": b"GET /look%2fx HTTP/1.1\r\n" + H + b"\r\n",
    "encoded-slash-2": b"GET /look/%41%2Fx HTTP/1.1\r\n" + H + b"\r\n",
    "percent-cut": b"GET /look/% HTTP/1.1\r\n" + H + b"\r\n",
    "percent-bad": b"GET /look/%zz HTTP/1.1\r\n" + H + b"\r\n",
    "percent-nul": b"GET /look/%00 HTTP/1.1\r\n" + H + b"\r\n",
    "percent-newline": b"GET /look/%0a HTTP/1.1\r\n" + H + b"\r\n",
    "percent-not-utf8": b"GET /look/%ff HTTP/1.1\r\n" + H + b"\r\n",
    "fragment": b"GET /health#top HTTP/1.1\r\n" + H + b"\r\n",
    "no-slash": b"GET health HTTP/1.1\r\n" + H + b"\r\n",
    "asterisk": b"GET * HTTP/1.1\r\n" + H + b"\r\n",
    "connect": b"CONNECT x:443 HTTP/1.1\r\nHost: x:443\r\n\r\n",
    "no-version": b"GET /health\r\n\r\n",
    "tls-hello": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 32,
}


@pytest.mark.parametrize("name", BAD)
def test_refused_and_closed(echo, wire, name):
    echo.drain()
    one = wire().send(BAD[name])
    reply = one.reply()
    assert reply.status == 400 or (name == "no-version" and reply.status == 505)
    assert reply.headers["connection"] == "close"
    assert reply.json["detail"]
    assert one.at_end()
    assert "run" not in [event.split()[0] for event in echo.drain()], "the handler saw it"


@pytest.mark.parametrize("request_line, status", [
    (b"FROB /health HTTP/1.1", 501), (b"get /health HTTP/1.1", 501), (b"GET /health HTTP/2.0", 505),
    (b"GET /health HTTP/1.2", 505), (b"GET /health HTTP/0.9", 505), (b"GET /health HTTX/1.1", 400),
    (b"GET /health HTTP/1.1 ", 505), (b"GET\t/health HTTP/1.1", 501)])
def test_request_line(wire, request_line, status):
    one = wire().send(request_line + b"\r\nHost: x\r\n\r\n")
    reply = one.reply()
    assert reply.status == status or (status == 505 and reply.status == 400)
    assert one.at_end()


def test_smuggled_request_is_not_answered(wire):
    one = wire().send(b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
                      b"0\r\n\r\n" + GET)
    assert one.reply().status == 400
    assert one.at_end()


@pytest.mark.parametrize("head", [
    b"GET /health HTTP/1.1\r\nHost: x\r\nA: " + b"x" * 9000 + b"\r\n\r\n",
    b"GET /" + b"x" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /health HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * 101 + b"\r\n",
    b"x" * 9000], ids=["field", "target", "fields", "endless"])
def test_big_head(wire, head):
    one = wire().send(head)
    reply = one.reply()
    assert (reply.status, reply.headers.get("connection")) == (431, "close")
    assert one.at_end()


def test_many_fields_within_the_limit(wire):
    assert wire().send(b"GET /health HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * 99 + b"\r\n").reply().status == 200
