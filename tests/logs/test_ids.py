"""One id for a request, its calls and its answer, whatever the face."""

import re

import pytest

from logread import named, wait_until

CALL = {"name": "calculator", "arguments": {"expression": "1 + 1"}}
CLIENT = {"name": "tests", "version": "1"}


def message(method, params, id=1):
    return {"jsonrpc": "2.0", "id": id, "method": method, "params": params}


def check(server, answer, calls=1):
    """The log has one line of the request of `answer`, and that many calls with its id."""
    id = answer.headers["x-request-id"]
    assert answer.status_code == 200, answer.text
    # The line is written once the answer is sent.
    requests = wait_until(lambda: [one for one in named(server.stderr, "request") if one["id"] == id])
    made = [one for one in named(server.stderr, "call") if one["id"] == id]
    assert len(requests) == 1 and len(made) == calls
    return id


@pytest.fixture(scope="module")
def logged(binary, tmp_path_factory):
    from harness.server import Server

    with Server(binary, tmp_path_factory.mktemp("ids")) as server:
        yield server


@pytest.mark.parametrize("path", ["/tools/calculator", "/call/calculator"])
def test_rest(logged, path):
    id = check(logged, logged.post(path, json=CALL["arguments"]))
    assert re.fullmatch(r"[0-9a-f]{32}", id)


def test_get(logged):
    check(logged, logged.get("/tools/system-info?section=general"))


@pytest.mark.parametrize("id", ["abc", "A-b_9", "x" * 64, "0f8fad5b-d9cb-469f-a165-70867728950e"])
def test_a_clients_own_id(logged, id):
    answer = logged.post("/tools/calculator", json=CALL["arguments"], headers={"X-Request-Id": id})
    assert check(logged, answer) == id


@pytest.mark.parametrize("id", ["", "a b", "x" * 65, "a\tb", "é", '"', "a=b", "../x"])
def test_an_id_that_is_none(logged, id):
    headers = [(b"X-Request-Id", id.encode()), (b"Content-Type", b"application/json")]
    answer = logged.post("/tools/calculator", content=b'{"expression":"1"}', headers=headers)
    assert re.fullmatch(r"[0-9a-f]{32}", check(logged, answer))


def test_bare(logged):
    check(logged, logged.post("/mcp", json=message("tools/call", CALL)))


def test_stream(logged):
    headers = {"Accept": "text/event-stream, application/json"}
    answer = logged.post("/mcp", json=message("tools/call", CALL), headers=headers)
    assert answer.headers["content-type"].startswith("text/event-stream")
    check(logged, answer)


def test_stateless(logged):
    key = "io.modelcontextprotocol/"
    meta = {f"{key}protocolVersion": "2026-07-28", f"{key}clientCapabilities": {}, f"{key}clientInfo": CLIENT}
    headers = {
        "Accept": "application/json, text/event-stream",
        "MCP-Protocol-Version": "2026-07-28",
        "Mcp-Method": "tools/call",
        "Mcp-Name": "calculator",
    }
    check(logged, logged.post("/mcp", json=message("tools/call", CALL | {"_meta": meta}), headers=headers))


def begin_session(server, revision):
    params = {"protocolVersion": revision, "capabilities": {}, "clientInfo": CLIENT}
    begun = server.post("/mcp", json=message("initialize", params))
    check(server, begun, calls=0)
    return {"Mcp-Session-Id": begun.headers["mcp-session-id"]}


def test_session(logged):
    headers = begin_session(logged, "2025-11-25")
    check(logged, logged.post("/mcp", json=message("tools/call", CALL, 2), headers=headers))


def test_batch(logged):
    """Several calls of one request have its id."""
    headers = begin_session(logged, "2025-03-26")
    batch = [message("tools/call", CALL, id) for id in (2, 3, 4)]
    check(logged, logged.post("/mcp", json=batch, headers=headers), calls=3)


def test_worker(logged):
    call = {"name": "ping_host", "arguments": {"host": "127.0.0.1", "count": 1}}
    check(logged, logged.post("/mcp", json=message("tools/call", call)))


def test_stdio(stdio):
    """Each message has an id of its own, in which the process shows."""
    with stdio() as pipe:
        pipe.initialize()
        for _ in range(3):
            pipe.call_tool("calculator", CALL["arguments"])
    ids = [one["id"] for one in named(pipe.stderr, "call")]
    assert len(set(ids)) == 3
    assert all(re.fullmatch(rf"stdio-{pipe.pid}-\d+", id) for id in ids)
