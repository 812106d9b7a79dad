"""Whole conversations in every revision over both transports."""

import json

import pytest

from harness import schema

LEGACY = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25")
MODERN = "2026-07-28"
META = {
    "io.modelcontextprotocol/protocolVersion": MODERN,
    "io.modelcontextprotocol/clientInfo": {"name": "tests", "version": "1"},
    "io.modelcontextprotocol/clientCapabilities": {},
}
SUM = {"name": "calculator", "arguments": {"expression": "2 + 2 * 3"}}


class PipeTalk:
    """A conversation on a pipe."""

    def __init__(self, pipe, revision):
        self.pipe, self.revision = pipe, revision

    def request(self, method, params=None):
        if self.revision == MODERN:
            params = (params or {}) | {"_meta": META | (params or {}).get("_meta", {})}
        before = len(self.pipe.notifications)
        answer = self.pipe.request(method, params)
        return answer, self.pipe.notifications[before:]

    def notify(self, method, params=None):
        self.pipe.notify(method, params)


class HttpTalk:
    """A conversation over HTTP; reads plain JSON and event streams."""

    def __init__(self, server, revision):
        self.server, self.revision, self.headers, self.last_id = server, revision, {}, 0

    def _headers(self, method, params):
        headers = {"Accept": "application/json, text/event-stream", **self.headers}
        if self.revision == MODERN:
            headers |= {"MCP-Protocol-Version": MODERN, "Mcp-Method": method}
            if "name" in (params or {}):
                headers["Mcp-Name"] = params["name"]
        return headers

    def request(self, method, params=None):
        self.last_id += 1
        message = {"jsonrpc": "2.0", "id": self.last_id, "method": method}
        if self.revision == MODERN:
            params = (params or {}) | {"_meta": META | (params or {}).get("_meta", {})}
        if params is not None:
            message["params"] = params
        response = self.server.post("/mcp", json=message, headers=self._headers(method, params))
        if "mcp-session-id" in response.headers:
            assert method == "initialize"
            self.headers["Mcp-Session-Id"] = response.headers["mcp-session-id"]
        if response.headers["content-type"].startswith("text/event-stream"):
            *events, answer = events_of(response.text)
            return answer, events
        assert response.headers["content-type"].startswith("application/json")
        return response.json(), []

    def notify(self, method, params=None):
        message = {"jsonrpc": "2.0", "method": method} | ({"params": params} if params else {})
        response = self.server.post("/mcp", json=message, headers=self._headers(method, params))
        assert (response.status_code, response.content) == (202, b"")


def events_of(text):
    """The messages of an event stream, those that only carry an id left out."""
    frames = [frame for frame in text.split("\n\n") if frame.strip()]
    lines = [line[5:].strip() for frame in frames for line in frame.splitlines() if line.startswith("data:")]
    return [json.loads(line) for line in lines if line]


@pytest.fixture(params=["stdio", "http"])
def talk(request, stdio, server):
    def start(revision):
        return PipeTalk(stdio(), revision) if request.param == "stdio" else HttpTalk(server, revision)

    return start


def result_of(answer, revision):
    assert ("resultType" in answer["result"]) == (revision == MODERN)
    return answer["result"]


def initialize(talk, revision):
    answer, _ = talk.request(
        "initialize",
        {
            "protocolVersion": revision,
            "capabilities": {},
            "clientInfo": {"name": "tests", "version": "1"},
        },
    )
    result = result_of(answer, revision)
    assert result["protocolVersion"] == revision
    talk.notify("notifications/initialized")
    if isinstance(talk, HttpTalk) and revision >= "2025-06-18":
        talk.headers["MCP-Protocol-Version"] = revision
    return result


def check_tools(talk, revision):
    answer, _ = talk.request("tools/list")
    tools = result_of(answer, revision)["tools"]
    assert len(tools) == 12
    for tool in tools:
        schema.check_schema(tool["inputSchema"])
        assert tool["inputSchema"]["type"] == "object"
        assert ("outputSchema" in tool) == (revision >= "2025-06-18")
        schema.check_schema(tool.get("outputSchema", {}))


def check_calls(talk, revision, output_schema):
    answer, _ = talk.request("tools/call", SUM)
    result = result_of(answer, revision)
    texts = [block["text"] for block in result["content"]]
    assert not result.get("isError") and "8" in texts[0]
    data = result["structuredContent"] if revision >= "2025-06-18" else json.loads(texts[1])
    assert data["value"] == 8
    schema.validate(data, output_schema)
    assert ("structuredContent" in result) == (revision >= "2025-06-18")
    answer, _ = talk.request("tools/call", {"name": "calculator", "arguments": {"expresion": "1"}})
    result = result_of(answer, revision)
    assert result["isError"] is True and "structuredContent" not in result
    assert "expresion" in result["content"][0]["text"] and "expression" in result["content"][0]["text"]
    answer, _ = talk.request("tools/call", {"name": "no_such_tool", "arguments": {}})
    assert answer["error"]["code"] == -32602
    answer, _ = talk.request("no/such/method")
    assert answer["error"]["code"] == -32601


@pytest.mark.parametrize("revision", LEGACY)
def test_session(talk, revision, schema_for):
    peer = talk(revision)
    result = initialize(peer, revision)
    assert result["serverInfo"]["name"] and "tools" in result["capabilities"]
    answer, _ = peer.request("ping")
    assert result_of(answer, revision) == {}
    check_tools(peer, revision)
    check_calls(peer, revision, schema_for("calculator"))
    assert peer.request("server/discover")[0]["error"]["code"] == -32601


def test_stateless(talk, schema_for):
    peer = talk(MODERN)
    answer, _ = peer.request("server/discover")
    result = result_of(answer, MODERN)
    assert result["supportedVersions"] == [MODERN]
    assert "tools" in result["capabilities"] and "tasks" not in result["capabilities"]
    assert result["_meta"]["io.modelcontextprotocol/serverInfo"]["name"]
    check_tools(peer, MODERN)
    check_calls(peer, MODERN, schema_for("calculator"))
    for method in ("ping", "initialize", "logging/setLevel"):
        assert peer.request(method)[0]["error"]["code"] == -32601


@pytest.mark.parametrize("revision", (*LEGACY, MODERN))
def test_progress(talk, revision):
    peer = talk(revision)
    if revision != MODERN:
        initialize(peer, revision)
    arguments = {"host": "127.0.0.1", "ports": "1-3000", "timeout_ms": 1000}
    meta = {"progressToken": "token-é"}
    answer, events = peer.request("tools/call", {"name": "port_scan", "arguments": arguments, "_meta": meta})
    result_of(answer, revision)
    done = [e["params"]["progress"] for e in events if e["method"] == "notifications/progress"]
    assert done and done == sorted(set(done))
    for event in events:
        assert event["params"]["progressToken"] == "token-é"


@pytest.mark.parametrize("revision", ("2024-11-05", "2025-03-26"))
def test_batch(stdio, server, revision):
    batch = [
        {"jsonrpc": "2.0", "id": "a", "method": "ping"},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "id": "b", "method": "tools/call", "params": SUM},
        {"jsonrpc": "2.0", "id": "c", "method": "no/such"},
    ]
    pipe = stdio()
    pipe.initialize(revision)
    pipe.send(batch)
    talk = HttpTalk(server, revision)
    initialize(talk, revision)
    response = server.post("/mcp", json=batch, headers=talk.headers | {"Accept": "application/json"})
    for answers in (pipe.receive(), response.json()):
        assert sorted(answer["id"] for answer in answers) == ["a", "b", "c"]


def test_two_eras_on_one_pipe(stdio):
    pipe = stdio()
    modern, legacy = PipeTalk(pipe, MODERN), PipeTalk(pipe, "2025-06-18")
    assert modern.request("server/discover")[0]["result"]["supportedVersions"] == [MODERN]
    refused = pipe.request("tools/list")
    assert refused["error"]["code"] == -32602 and MODERN in refused["error"]["data"]["supported"]
    initialize(legacy, "2025-06-18")
    for _ in range(3):
        assert "resultType" not in legacy.request("tools/call", SUM)[0]["result"]
        assert modern.request("tools/call", SUM)[0]["result"]["resultType"] == "complete"
    assert pipe.request("initialize", {"protocolVersion": "2025-06-18", "capabilities": {}})["error"]


@pytest.mark.parametrize("revision", ("2026-07-28", "2031-01-01"))
def test_unknown_revision_gets_the_newest_session(stdio, revision):
    assert stdio().initialize(revision)["protocolVersion"] == "2025-11-25"


def test_languages(server):
    texts = {}
    for lang in ("fr-FR, en;q=0.5", "en-GB"):
        answer = server.rpc("tools/call", SUM, headers={"Accept-Language": lang})
        texts[lang] = answer["result"]["content"][0]["text"]
        assert answer["result"]["structuredContent"]["value"] == 8
    assert len(set(texts.values())) == 2


def test_the_two_lines_of_the_readme(server):
    """A bare request: no session, no version header, whatever curl accepts."""
    headers = {"Content-Type": "application/json", "Accept": "*/*"}
    for id, method, params in (("1", "tools/list", None), ("2", "tools/call", SUM)):
        message = {"jsonrpc": "2.0", "method": method, "id": id} | ({"params": params} if params else {})
        response = server.post("/mcp", content=json.dumps(message), headers=headers)
        assert response.status_code == 200 and "mcp-session-id" not in response.headers
        assert response.json()["id"] == id


def test_an_unknown_method_outside_a_session(server):
    error = server.rpc("no/such/method")["error"]
    assert error["code"] == -32601 and error["message"] == "method no/such/method is not known outside a session"


@pytest.mark.parametrize("body", [b"{", b"3", b'{"jsonrpc":"2.0"}', b"[]", b'{"jsonrpc":"2.0","id":1.5,"method":"ping"}'])
@pytest.mark.parametrize("revision", LEGACY)
def test_errors_without_an_id(talk, revision, body):
    """JSON-RPC says null, the schemas from 2025-11-25 on say nothing: each session hears what its revision has."""
    peer = talk(revision)
    initialize(peer, revision)
    if isinstance(peer, PipeTalk):
        peer.pipe.send(body)
        answer = peer.pipe.receive()
    else:
        headers = peer.headers | {"Content-Type": "application/json", "Accept": "application/json"}
        answer = peer.server.post("/mcp", content=body, headers=headers).json()
    assert answer["error"]["code"] in (-32700, -32600)
    assert answer.get("id", "none") == ("none" if revision == "2025-11-25" else None)
