"""Wrong and hostile input at each face: the right error each time, and the server goes on."""

import contextlib
import http.client
import json
import select
import socket

import pytest

SHAPES = {
    "nothing": (b"", -32700),
    "cut": (b'{"jsonrpc":"2.0","id":1,"method":"ping"', -32700),
    "not JSON": (b"GET / HTTP/1.1", -32700),
    "two values": (b"{} {}", -32700),
    "invalid UTF-8": (b'{"jsonrpc":"2.0","id":1,"method":"\xff\xfe"}', -32700),
    "overlong UTF-8": (b'{"jsonrpc":"2.0","id":"\xc0\xaf","method":"ping"}', -32700),
    "lone surrogate": (b'{"jsonrpc":"2.0","id":"\\ud800","method":"ping"}', -32700),
    "byte order mark": (b'\xef\xbb\xbf{"jsonrpc":"2.0","id":1,"method":"ping"}', -32700),
    "duplicate keys": (b'{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/list"}', -32700),
    "duplicate keys inside": (
        b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"calculator",'
        b'"arguments":{"expression":"1","expression":"2"}}}',
        -32700,
    ),
    "deep": (b"[" * 100_000 + b"]" * 100_000, -32700),
    "deep objects": (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, -32700),
    "deep and cut": (b"[" * 100_000, -32700),
    "deep in params": (
        b'{"jsonrpc":"2.0","id":1,"method":"ping","params":{"x":' + b"[" * 99_000 + b"]" * 99_000 + b"}}",
        -32700,
    ),
    "NaN": (b'{"jsonrpc":"2.0","id":NaN,"method":"ping"}', -32700),
    "single quotes": (b"{'jsonrpc':'2.0'}", -32700),
    "a number": (b"3", -32600),
    "null": (b"null", -32600),
    "a string": (b'"ping"', -32600),
    "no version": (b'{"id":1,"method":"ping"}', -32600),
    "wrong version": (b'{"jsonrpc":"1.0","id":1,"method":"ping"}', -32600),
    "null id": (b'{"jsonrpc":"2.0","id":null,"method":"ping"}', -32600),
    "fractional id": (b'{"jsonrpc":"2.0","id":1.5,"method":"ping"}', -32600),
    "long id": (b'{"jsonrpc":"2.0","id":"' + b"i" * 100_000 + b'","method":"ping"}', -32600),
    "no method": (b'{"jsonrpc":"2.0","id":1}', -32600),
    "params is a list": (b'{"jsonrpc":"2.0","id":1,"method":"ping","params":[1]}', -32600),
}
PING = b'{"jsonrpc":"2.0","id":"still here","method":"ping"}'


@pytest.mark.parametrize("shape", SHAPES)
def test_http(server, shape):
    body, code = SHAPES[shape]
    response = server.post("/mcp", content=body, headers={"Content-Type": "application/json"})
    assert response.status_code == 400
    assert response.json()["error"]["code"] == code
    assert "\ufffd" not in response.text
    assert server.rpc("ping")["result"] == {}


def test_pipe(stdio):
    pipe = stdio()
    pipe.initialize()
    for shape, (body, code) in SHAPES.items():
        if not body:
            continue
        pipe.send(body)
        answer = pipe.receive()
        assert answer["error"]["code"] == code, shape
        pipe.send(PING)
        assert pipe.receive() == {"jsonrpc": "2.0", "id": "still here", "result": {}}, shape


def test_huge_line(stdio):
    pipe = stdio()
    pipe.initialize()
    pipe.send(b'{"jsonrpc":"2.0","id":1,"method":"ping","params":{"x":"' + b"y" * (100 << 20) + b'"}}')
    answer = pipe.receive()
    assert answer["error"]["code"] == -32600 and "4194304" in answer["error"]["message"]
    assert pipe.request("ping")["result"] == {}
    pipe.send(b'{"jsonrpc":"2.0","id":2,"method":"ping","params":{"x":"' + b"y" * (3 << 20) + b'"}}')
    assert pipe.receive()["id"] == 2


def pour(server, head, size):
    """Sends a body of `size` bytes until the server answers; the status, and how many bytes it took."""
    chunk = b"1" * 65536
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as peer:
        peer.sendall(head)
        sent = 0
        with contextlib.suppress(ConnectionError):
            while sent < size and not select.select([peer], [], [], 0)[0]:
                if b"chunked" in head:
                    peer.sendall(b"10000\r\n" + chunk + b"\r\n")
                else:
                    peer.sendall(chunk)
                sent += len(chunk)
        response = http.client.HTTPResponse(peer)
        response.begin()
        return response.status, sent


@pytest.mark.parametrize("path", ["/mcp", "/call/calculator", "/tools/calculator"])
@pytest.mark.parametrize("framing", ["Content-Length: 104857600", "Transfer-Encoding: chunked"])
def test_hundred_megabytes(server, path, framing):
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n{framing}\r\n\r\n"
    with contextlib.suppress(ConnectionResetError):  # it may close before it is read
        status, sent = pour(server, head.encode(), 100 << 20)
        assert status == 413 and sent < 100 << 20
    server.assert_alive()


def test_content_length_alone_is_refused(server):
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as peer:
        peer.sendall(
            b"POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b"Content-Length: 104857600\r\nExpect: 100-continue\r\n\r\n"
        )
        response = http.client.HTTPResponse(peer)
        response.begin()
        assert response.status == 413
    server.assert_alive()


ARGUMENTS = {
    "missing": ({}, ["expression"]),
    "wrong type": ({"expression": 4}, ["expression", "4"]),
    "null": ({"expression": None}, ["expression", "null"]),
    "unknown": ({"expression": "1", "colour": "red"}, ["colour", "expression"]),
    "too long": ({"expression": "1+" * 100_000 + "1"}, ["expression"]),
    "a NUL": ({"expression": "1\0"}, ["expression"]),
}


@pytest.mark.parametrize("case", ARGUMENTS)
def test_arguments_at_each_face(server, stdio, case):
    """MCP answers a result that a model can read, REST a problem; both name what was wrong."""
    arguments, words = ARGUMENTS[case]
    call = {"name": "calculator", "arguments": arguments}
    result = server.rpc("tools/call", call)["result"]
    assert result["isError"] is True and "structuredContent" not in result
    pipe = stdio()
    pipe.initialize()
    assert pipe.call_tool("calculator", arguments) == result
    problem = server.post("/call/calculator", json=arguments)
    assert problem.status_code == 400
    assert problem.headers["content-type"].startswith("application/problem+json")
    for word in words:
        assert word in result["content"][0]["text"]
        assert word in problem.text
    assert len(result["content"][0]["text"]) < 2000


def test_every_fault_at_once(server):
    arguments = {"count": 0, "method": "smoke", "family": 5, "colour": "red"}
    result = server.rpc("tools/call", {"name": "ping_host", "arguments": arguments})["result"]
    text = result["content"][0]["text"]
    for word in ("host", "count", "1 to 100", "method", "icmp", "family", "colour"):
        assert word in text
    errors = server.post("/call/ping_host", json=arguments).json()["errors"]
    assert {error["pointer"] for error in errors} >= {"/host", "/count", "/method", "/family", "/colour"}


@pytest.mark.parametrize("arguments", [[], "x", 3, None])
def test_arguments_that_are_no_object(server, arguments):
    answer = server.rpc("tools/call", {"name": "calculator", "arguments": arguments})
    assert answer["error"]["code"] == -32602


@pytest.mark.parametrize("name", ["no_such_tool", "", "Calculator", "../calculator", "x" * 5000, 7, None])
def test_unknown_tool(server, name):
    answer = server.rpc("tools/call", {"name": name, "arguments": {}})
    assert answer["error"]["code"] == -32602
    assert len(json.dumps(answer)) < 1000


def test_ids_are_echoed_exactly(server, stdio):
    pipe = stdio()
    for id in (0, -1, 2**53 + 1, 10**40, "", "é\n\"\\", "1"):
        body = json.dumps({"jsonrpc": "2.0", "id": id, "method": "ping"})
        response = server.post("/mcp", content=body, headers={"Content-Type": "application/json"})
        assert response.json()["id"] == id and type(response.json()["id"]) is type(id)
        assert pipe.request("ping", id=id)["id"] == id
