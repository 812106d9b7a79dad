"""Lines: both formats parse strictly, say the same, hold no secret, and nothing that a client sends forges one."""

import json
import socket

import httpx
import pytest

from logread import named, own_events

FORMATS = ("logfmt", "json")
SUM = {"expression": "123454321 + 1"}
HEAD = ("method", "path", "status", "bytes", "ms", "client")


def raw(server, request: bytes) -> bytes:
    """Sends bytes as they are; the whole answer."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65536), b""))


@pytest.mark.parametrize("form", FORMATS)
def test_a_call_and_its_request(make_server, form):
    with make_server(args=("--log-format", form)) as server:
        answer = server.post("/tools/calculator", json=SUM, headers={"User-Agent": 'a "b" c=d\\'})
    (call,), (request,) = named(server.stderr, "call"), named(server.stderr, "request")
    assert call["level"] == request["level"] == "info"
    assert (call["tool"], call["face"], call["outcome"]) == ("calculator", "rest", "ok")
    assert [*request][3:] == [*HEAD, "agent", "id"]
    assert (request["method"], request["path"], request["client"]) == ("POST", "/tools/calculator", "127.0.0.1")
    assert (int(request["status"]), int(request["bytes"])) == (200, len(answer.content))
    assert float(request["ms"]) >= float(call["ms"]) > 0
    assert request["agent"] == 'a "b" c=d\\'
    assert request["id"] == call["id"] == answer.headers["x-request-id"]
    assert all(type(request[name]) is not str for name in ("status", "bytes", "ms")) == (form == "json")
    assert "123454" not in server.stderr


@pytest.mark.parametrize("form", FORMATS)
def test_requests_of_every_outcome(make_server, form):
    with make_server(args=("--log-format", form)) as server:
        server.client.get("/health")
        server.client.head("/health")
        server.client.get("/nothing")
        server.client.put("/tools")
        server.client.post("/tools/calculator", json={})
        server.client.post("/call/no_such_tool", json={})
        server.client.post("/mcp", content=b"x" * (2 << 20), headers={"Content-Type": "application/json"})
        server.client.get("/health", headers={"Host": "evil.example"})
        raw(server, b"BREW / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        raw(server, b"GET /%0aevent=forged HTTP/1.1\r\nHost: localhost\r\n\r\n")
    seen = [(one["method"], one["path"], int(one["status"])) for one in named(server.stderr, "request")]
    assert seen[:8] == [
        ("GET", "/health", 200),
        ("HEAD", "/health", 200),
        ("GET", "/nothing", 404),
        ("PUT", "/tools", 405),
        ("POST", "/tools/calculator", 400),
        ("POST", "/call/no_such_tool", 404),
        ("POST", "/mcp", 413),
        ("GET", "/health", 403),
    ]
    assert [status for _, _, status in seen[8:]] == [501, 400]
    assert int(named(server.stderr, "request")[1]["bytes"]) == 0


@pytest.mark.parametrize("form", FORMATS)
def test_nothing_forges_a_line(make_server, form):
    """Whatever can be put into path, agent and id comes back as one value of one line."""
    nasty = ['" level=error event=forged x="', "\\", "a=b", "\u0085\u009b31m", "\u2028event=forged", "\u202e", "é€😀"]
    agents = [b"x\xff\xfe", b"\xc2\x9b31m", b'a" event=forged', b"\t tab", b"\xe2\x80\xa8", b"{\"a\":1}"]
    with make_server(args=("--log-format", form, "--debug")) as server:
        for text in nasty:
            path = "/" + "".join(f"%{byte:02x}" for byte in text.encode())
            assert server.get(path).status_code == 404
        for agent in agents:
            head = b"GET /health HTTP/1.1\r\nHost: localhost\r\nUser-Agent: " + agent + b"\r\n"
            assert b" 200 " in raw(server, head + b"X-Request-Id: x event=forged\r\n\r\n")
        long = server.get("/" + "%c3%a9" * 3000, headers={"User-Agent": "y" * 6000})
        assert long.status_code == 404
    events = own_events(server.stderr)
    assert {one["event"] for one in events} <= {"start", "setting", "request_begin", "request", "stopping", "stop"}
    requests = [one for one in events if one["event"] == "request"]
    assert len(requests) == len(nasty) + len(agents) + 1
    assert [one["path"] for one in requests[: len(nasty)]] == ["/" + text for text in nasty]
    told = [one["agent"] for one in requests[len(nasty) : -1]]
    assert told == [agent.decode(errors="replace").strip(" \t") for agent in agents]
    assert all("forged" not in one["id"] for one in requests)
    assert requests[-1]["path"].endswith("é...") and requests[-1]["agent"].endswith("y...")
    assert all(len(line.encode()) < 4096 for line in server.stderr.splitlines())


def test_no_secret_gets_in(make_server, cli, tmp_path):
    """Not from the query, the head, the arguments or the settings; also not at DEBUG."""
    secret = "s3cretvalue-0123456789-0123456789-abcdef"
    env = {"MCP_ASSIST_KEYS": f"ops:{secret}", "MCP_ASSIST_WEB_SEARCH_SEARXNG_URL": f"http://u:{secret}@127.0.0.1:1/"}
    headers = {"Authorization": f"Bearer {secret}", "Cookie": f"a={secret}", "Referer": f"http://x/?{secret}"}
    with make_server(args=("--debug", "--auth", "keys"), env=env) as server:
        assert server.get(f"/health?key={secret}", headers=headers).status_code == 200
        assert server.get(f"/tools/system-info?section=general&x={secret}", headers=headers).status_code == 400
        answer = server.post("/call/calculator", json={"expression": secret}, headers=headers)
        assert answer.status_code == 400
        call = {"name": "read_file", "arguments": {"path": f"/{secret}"}}
        body = {"jsonrpc": "2.0", "id": secret, "method": "tools/call", "params": call}
        assert server.post("/mcp", json=body, headers=headers).status_code == 200
        assert server.post("/mcp", json=body, headers={"Authorization": secret}).status_code in (400, 401)
    assert secret not in server.stderr
    settings = {one["name"]: one["value"] for one in named(server.stderr, "setting")}
    assert settings["keys"] == "***" and settings["web_search.searxng_url"] == "http://***@127.0.0.1:1/"
    calls = named(server.stderr, "call")
    assert len(calls) == 3 and {one["principal"] for one in calls} == {"key:ops"}


def test_a_client_that_leaves(make_server):
    """499, as nginx calls it, with the id of the call that was cancelled."""
    with make_server() as server:
        body = json.dumps({"host": "127.0.0.1", "count": 60, "interval_ms": 1000})
        with pytest.raises(httpx.ReadTimeout):
            server.post(
                "/tools/ping", content=body, headers={"Content-Type": "application/json"}, timeout=httpx.Timeout(2)
            )
    (request,), (call,) = named(server.stderr, "request"), named(server.stderr, "call")
    assert int(request["status"]) == 499 and call["outcome"] == "cancelled" and call["id"] == request["id"]


def test_access_log_off(make_server):
    with make_server(args=("--access-log", "false")) as server:
        server.post("/tools/calculator", json=SUM)
    assert not named(server.stderr, "request") and len(named(server.stderr, "call")) == 1


@pytest.mark.parametrize(
    ("env", "levels"),
    [
        ({}, "info"),
        ({"LOG_LEVEL": "INFO"}, "info"),
        ({"LOG_LEVEL": "info"}, "info"),
        ({"MCP_ASSIST_LOG_LEVEL": "Warning"}, ""),
        ({"LOG_LEVEL": "ERROR"}, ""),
        ({"LOG_LEVEL": "debug"}, "debug info"),
        ({"DEBUG": "true"}, "debug info"),
        ({"DEBUG": "1", "LOG_LEVEL": "ERROR"}, "debug info"),
        ({"DEBUG": "false", "LOG_LEVEL": "ERROR"}, ""),
        ({"DEBUG": "app:*"}, "info warning"),
    ],
    ids=str,
)
def test_levels(make_server, env, levels):
    with make_server(env=env) as server:
        server.post("/tools/calculator", json=SUM)
    assert " ".join(sorted({one["level"] for one in own_events(server.stderr)})) == levels


def test_a_foreign_debug_is_ignored_but_not_ours(make_server, cli):
    with make_server(env={"DEBUG": "app:*"}) as server:
        assert b"\n" not in server.get("/health").content.rstrip()
    (warning,) = [one for one in own_events(server.stderr) if one["level"] == "warning"]
    assert (warning["event"], warning["name"], warning["value"]) == ("setting_ignored", "DEBUG", "app:*")
    done = cli("call", "calculator", "1", env={"MCP_ASSIST_DEBUG": "app:*"})
    assert done.code == 2 and "MCP_ASSIST_DEBUG" in done.err
