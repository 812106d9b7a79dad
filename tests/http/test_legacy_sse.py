"""HTTP+SSE of 2024-11-05: off unless asked for; who may use a connection, what comes on it, how it ends."""

import contextlib
import http.client
import json
import time

import httpx
import pytest

from harness import mcp_schema

REVISIONS = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25")
SUM = {"name": "calculator", "arguments": {"expression": "2*21"}}
SLOW = {"name": "system_info", "arguments": {"section": "cpu", "sample_ms": 5000}}


class Events:
    """An open connection: events in, messages out."""

    def __init__(self, server, headers=None):
        self.server, self.headers, self.ids = server, headers or {}, 0
        self.wire = mcp_schema.Wire()
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        self.connection.request("GET", "/sse", headers={"Accept": "text/event-stream"} | self.headers)
        self.response = self.connection.getresponse()
        self.status = self.response.status
        if self.status == 200:
            event, self.endpoint = self.event()
            assert event == "endpoint" and self.endpoint.startswith("/messages?sessionId=")

    def event(self):
        """(event, data) of the next one; None at the end."""
        fields = {}
        while line := self.response.readline().decode():
            if line == "\n" and fields:
                return fields["event"], fields["data"]
            if not line.startswith(":") and line != "\n":
                name, _, value = line.rstrip("\n").partition(": ")
                fields[name] = value
        return None

    def message(self) -> dict:
        """The next one, as its revision's schema says."""
        event, data = self.event()
        assert event == "message"
        return self.wire.receives(json.loads(data))

    def post(self, message, **headers) -> httpx.Response:
        self.wire.sends(message)
        return self.server.post(self.endpoint, json=message, headers=self.headers | headers)

    def send(self, method, params=None):
        self.ids += 1
        message = {"jsonrpc": "2.0", "id": self.ids, "method": method, "params": params or {}}
        answer = self.post(message)
        assert (answer.status_code, answer.content) == (202, b"")
        return self.ids

    def request(self, method, params=None) -> dict:
        id = self.send(method, params)
        message = self.message()
        assert message["id"] == id
        return message

    def initialize(self, revision="2024-11-05"):
        info = {"name": "tests", "version": "1"}
        params = {"protocolVersion": revision, "capabilities": {}, "clientInfo": info}
        result = self.request("initialize", params)["result"]
        assert result["protocolVersion"] == revision
        assert self.post({"jsonrpc": "2.0", "method": "notifications/initialized"}).status_code == 202

    def close(self):
        # The response holds the socket too.
        self.response.close()
        self.connection.close()


@pytest.fixture
def connect(make_server):
    """connect(server=None, headers={}): a connection, to a server with the transport."""
    opened = []

    def start(server=None, headers=None):
        server = server or make_server(args=["--legacy-sse"])
        opened.append(Events(server, headers))
        return opened[-1]

    yield start
    for one in opened:
        one.close()


def wait_for(server, words):
    end = time.monotonic() + 20
    while words not in server.stderr:
        assert time.monotonic() < end, f"{words} is not in the log: {server.stderr}"
        time.sleep(0.05)


def test_off_unless_asked_for(server):
    assert server.get("/sse").status_code == 404
    assert server.post("/messages?sessionId=x", json={}).status_code == 404


def test_every_revision_with_sessions(make_server, connect):
    server = make_server(args=["--legacy-sse"])
    for revision in REVISIONS:
        client = connect(server)
        client.initialize(revision)
        result = client.request("tools/call", SUM)["result"]
        assert "42" in result["content"][0]["text"]
        assert client.request("no/such", {})["error"]["code"] == -32601
    assert "face=mcp-sse" in server.stderr


def test_behind_a_proxy(make_server):
    server = make_server(args=["--legacy-sse", "--base-path", "/assist"])
    with server.client.stream("GET", "/assist/sse") as stream:
        lines = stream.iter_lines()
        assert next(lines) == "event: endpoint"
        assert next(lines).startswith("data: /assist/messages?sessionId=")


def test_progress_and_cancellation(connect):
    client = connect()
    client.initialize()
    scan = {"name": "port_scan", "arguments": {"host": "127.0.0.1", "ports": "1-3000"}}
    id = client.send("tools/call", scan | {"_meta": {"progressToken": "p"}})
    heard = []
    while "id" not in (message := client.message()):
        heard.append(message["params"]["progress"])
    assert heard and message["id"] == id
    id = client.send("tools/call", SLOW)
    assert client.request("ping")["result"] == {}
    client.post({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": id}})
    assert client.request("ping")["result"] == {}
    wait_for(client.server, "outcome=cancelled")


def test_the_end_of_the_stream_is_the_end_of_the_session(connect):
    client = connect()
    client.initialize()
    client.send("tools/call", SLOW)
    client.close()
    wait_for(client.server, "tool=system_info face=mcp-sse outcome=cancelled")
    assert client.post({"jsonrpc": "2.0", "id": 9, "method": "ping"}).status_code == 404


def test_connections_do_not_mix(make_server, connect):
    server = make_server(args=["--legacy-sse"])
    mine, other = connect(server), connect(server)
    assert mine.endpoint != other.endpoint
    mine.initialize()
    assert other.request("tools/list")["error"]["code"] == -32602  # it has not begun
    other.initialize("2025-06-18")
    assert mine.request("ping")["result"] == {}


@pytest.mark.parametrize("query", ["", "?sessionId=", "?sessionId=" + "0" * 32, "?other=1", "?sessionId=%00"])
def test_unknown_connection(connect, query):
    server = connect().server
    ping = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    assert server.post(f"/messages{query}", json=ping).status_code in (400, 404)


def test_wrong_requests(connect):
    client = connect()
    client.initialize()
    assert client.server.post(client.endpoint, content=b"{}", headers={"Content-Type": "text/plain"}).status_code == 415
    assert client.server.get(client.endpoint).status_code == 405
    assert client.server.request("HEAD", "/sse").status_code == 405
    assert client.server.get("/sse", headers={"Accept": "text/html"}).status_code == 406
    # What is no message is told on the stream, as JSON-RPC has it.
    headers = {"Content-Type": "application/json"}
    assert client.server.post(client.endpoint, content=b"{", headers=headers).status_code == 202
    refused = client.message()
    assert refused["error"]["code"] == -32700 and refused["id"] is None


@pytest.mark.parametrize("headers", [{"Host": "evil.example"}, {"Origin": "http://evil.example"}, {"Origin": "null"}])
def test_host_and_origin(connect, headers):
    client = connect()
    assert client.server.get("/sse", headers=headers).status_code == 403
    ping = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    assert client.post(ping, **headers).status_code == 403


def test_a_connection_belongs_to_the_key_that_opened_it(cli, make_server, connect, tmp_path):
    def key(name):
        return cli("key", "add", name, "--data-dir", tmp_path / "kept").out.strip()

    alice, bob = ({"Authorization": f"Bearer {key(name)}"} for name in ("alice", "bob"))
    server = make_server(args=["--legacy-sse", "--auth", "keys"], data=tmp_path / "kept")
    assert connect(server).status == 401
    client = connect(server, alice)
    client.initialize()
    ping = {"jsonrpc": "2.0", "id": 7, "method": "ping"}
    assert server.post(client.endpoint, json=ping).status_code == 401
    assert server.post(client.endpoint, json=ping, headers=bob).status_code == 404
    assert client.request("ping")["result"] == {}


def test_stop(connect):
    client = connect()
    client.initialize()
    client.send("tools/call", SLOW)
    client.server.stop(timeout=20)
    with contextlib.suppress(ConnectionError, http.client.IncompleteRead):
        assert client.event() is None
