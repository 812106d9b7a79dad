"""Sessions over HTTP: their ids, their ends, the headers they are refused for."""

import json
import time

import httpx
import pytest

INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": {"name": "tests", "version": "1"},
    },
}
PING = {"jsonrpc": "2.0", "id": 2, "method": "ping"}
BOTH = {"Accept": "application/json, text/event-stream"}


@pytest.fixture
def session(server):
    response = server.post("/mcp", json=INITIALIZE, headers=BOTH)
    assert response.status_code == 200
    return BOTH | {"Mcp-Session-Id": response.headers["mcp-session-id"]}


def status(server, message, headers):
    return server.post("/mcp", json=message, headers=headers).status_code


def test_ids_are_unguessable(server):
    ids = {server.post("/mcp", json=INITIALIZE, headers=BOTH).headers["mcp-session-id"] for _ in range(20)}
    assert len(ids) == 20
    assert all(len(id) >= 32 and all(0x21 <= ord(c) <= 0x7E for c in id) for id in ids)


def test_life(server, session):
    assert status(server, PING, session) == 200
    assert status(server, INITIALIZE, session) == 400
    assert status(server, PING, session) == 200
    assert server.request("DELETE", "/mcp", headers=session).status_code in (200, 204)
    response = server.post("/mcp", json=PING, headers=session)
    assert response.status_code == 404
    assert response.json()["error"]["code"] and response.json()["id"] == 2
    assert server.request("DELETE", "/mcp", headers=session).status_code == 404


def test_sessions_do_not_mix(server, session):
    other = BOTH | {
        "Mcp-Session-Id": server.post("/mcp", json=INITIALIZE, headers=BOTH).headers["mcp-session-id"]
    }
    assert server.request("DELETE", "/mcp", headers=other).status_code in (200, 204)
    assert status(server, PING, session) == 200


@pytest.mark.parametrize("id", ["", "x", "0" * 32, "../../etc/passwd", "é".encode("latin-1"), "f" * 4000])
def test_unknown_id(server, id):
    assert status(server, PING, BOTH | {"Mcp-Session-Id": id}) in (400, 404)
    assert server.request("DELETE", "/mcp", headers={"Mcp-Session-Id": id}).status_code in (400, 404)


def test_delete_needs_an_id(server):
    assert server.request("DELETE", "/mcp").status_code == 400


@pytest.mark.parametrize(
    ("version", "expected"),
    [("2025-11-25", 200), ("2025-06-18", 200), ("1999-01-01", 400), ("nonsense", 400), ("", 400)],
)
def test_version_header(server, session, version, expected):
    assert status(server, PING, session | {"MCP-Protocol-Version": version}) == expected


def test_version_header_without_session(server):
    assert status(server, PING, BOTH | {"MCP-Protocol-Version": "2025-11-25"}) == 400
    assert status(server, PING, BOTH | {"MCP-Protocol-Version": "1999-01-01"}) == 400


def test_notifications_and_responses(server, session):
    note = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    response = server.post("/mcp", json=note, headers=session)
    assert (response.status_code, response.content) == (202, b"")
    answer = {"jsonrpc": "2.0", "id": 99, "result": {}}
    assert status(server, answer, session) == 400


def test_batches_are_gone(server, session):
    assert status(server, [PING], session) == 400
    assert status(server, [], session) == 400


def test_get_without_session(server):
    response = server.get("/mcp", headers={"Accept": "text/event-stream"})
    assert response.status_code == 405 and "POST" in response.headers["allow"]


def test_other_verbs(server):
    for verb in ("PUT", "PATCH"):
        response = server.request(verb, "/mcp", json=PING)
        assert response.status_code == 405 and "POST" in response.headers["allow"]


@pytest.mark.parametrize(
    ("host", "origin", "expected"),
    [
        (None, None, 200),
        ("localhost", None, 200),
        ("localhost:1234", "http://localhost:3000", 200),
        ("[::1]", "http://[::1]:5173", 200),
        (None, "https://127.0.0.1", 200),
        ("evil.example", None, 403),
        ("localhost.evil.example", None, 403),
        ("127.0.0.1.evil.example", None, 403),
        (None, "http://evil.example", 403),
        (None, "http://localhost.evil.example", 403),
        (None, "null", 403),
        (None, "file://", 403),
        ("evil.example", "http://evil.example", 403),
    ],
)
def test_host_and_origin(server, host, origin, expected):
    headers = dict(BOTH)
    if host:
        headers["Host"] = host
    if origin:
        headers["Origin"] = origin
    assert status(server, INITIALIZE, headers) == expected
    del headers["Accept"]
    assert server.get("/health", headers=headers).status_code == expected


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [
        ("application/json", 200),
        ("application/json; charset=utf-8", 200),
        ("Application/JSON", 200),
        ("text/plain", 415),
        ("application/jsonp", 415),
        ("application/x-www-form-urlencoded", 415),
        ("", 415),
    ],
)
def test_content_type(server, content_type, expected):
    response = server.post(
        "/mcp", content=json.dumps(PING), headers={"Content-Type": content_type, "Accept": "application/json"}
    )
    assert response.status_code == expected


@pytest.mark.parametrize(
    ("accept", "expected", "kind"),
    [
        ("application/json, text/event-stream", 200, ("application/json", "text/event-stream")),
        ("application/json", 200, ("application/json",)),
        ("text/event-stream", 200, ("text/event-stream",)),
        ("*/*", 200, ("application/json",)),
        ("application/*", 200, ("application/json",)),
        ("text/html", 406, ("application/json",)),
        ("image/png, text/html;q=0.5", 406, ("application/json",)),
    ],
)
def test_accept(server, session, accept, expected, kind):
    response = server.post("/mcp", json=PING, headers=session | {"Accept": accept})
    assert response.status_code == expected
    assert response.headers["content-type"].split(";")[0] in kind


def test_leaving_does_not_cancel(make_server):
    """A session's call goes on when its client hangs up; the log tells how it ended."""
    server = make_server()
    id = server.post("/mcp", json=INITIALIZE, headers=BOTH).headers["mcp-session-id"]
    session = BOTH | {"Mcp-Session-Id": id}
    call = {
        "jsonrpc": "2.0",
        "id": 3,
        "method": "tools/call",
        "params": {"name": "system_info", "arguments": {"section": "cpu", "sample_ms": 1500}},
    }
    with pytest.raises(httpx.ReadTimeout):
        server.post("/mcp", json=call, headers=session, timeout=0.3)
    end = time.monotonic() + 20
    while "tool=system_info" not in server.stderr and time.monotonic() < end:
        time.sleep(0.05)
    assert "tool=system_info face=mcp-http outcome=ok" in server.stderr
