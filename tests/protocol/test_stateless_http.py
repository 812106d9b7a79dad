"""Stateless requests over HTTP: what is refused, in which order, with which status."""

import http.client
import json

import pytest

from harness import mcp_schema

MODERN = "2026-07-28"
VERSION = "io.modelcontextprotocol/protocolVersion"
CAPABILITIES = "io.modelcontextprotocol/clientCapabilities"
BOTH = {"Accept": "application/json, text/event-stream"}
META = {VERSION: MODERN, CAPABILITIES: {}}
LIST = {"MCP-Protocol-Version": MODERN, "Mcp-Method": "tools/list"}
CALL = {"MCP-Protocol-Version": MODERN, "Mcp-Method": "tools/call", "Mcp-Name": "calculator"}
SUM = {"name": "calculator", "arguments": {"expression": "1+1"}}


def ask(server, method, params, headers, meta=META):
    message = {"jsonrpc": "2.0", "id": "q", "method": method, "params": params}
    if meta is not None:
        message["params"] = params | {"_meta": meta}
    response = server.post("/mcp", json=message, headers=BOTH | headers)
    assert response.headers["content-type"].startswith("application/json")
    answer = response.json()
    assert answer["id"] == "q" and "mcp-session-id" not in response.headers
    return response.status_code, answer


def refused(server, method, params, headers, meta=META):
    status, answer = ask(server, method, params, headers, meta)
    return status, answer["error"]["code"]


def test_accepted(server):
    session = {"Mcp-Session-Id": "ignored", "Last-Event-ID": "x"}
    status, answer = ask(server, "tools/call", SUM, CALL | session)
    assert status == 200 and answer["result"]["structuredContent"]["value"] == 2
    status, _ = ask(server, "tools/call", SUM, CALL | {"Mcp-Name": "=?base64?Y2FsY3VsYXRvcg==?="})
    assert status == 200
    status, _ = ask(server, "tools/call", SUM, {name.upper(): value for name, value in CALL.items()})
    assert status == 200


def test_padded_header(server):
    """RFC 9110, section 5.5: white space around a value is not part of it."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": SUM | {"_meta": META}}
    headers = CALL | {"Mcp-Name": " \t calculator \t", "Content-Type": "application/json"}
    connection.request("POST", "/mcp", json.dumps(message), headers)
    response = connection.getresponse()
    assert response.status == 200
    mcp_schema.conversation(json.dumps(message), response.read().decode())
    connection.close()


@pytest.mark.parametrize(
    "meta",
    [
        None,
        {},
        {CAPABILITIES: {}},
        {VERSION: MODERN},
        {VERSION: 20260728, CAPABILITIES: {}},
        {VERSION: MODERN, CAPABILITIES: []},
        META | {"io.modelcontextprotocol/clientInfo": {"name": "x"}},
        META | {"io.modelcontextprotocol/logLevel": "loud"},
    ],
)
def test_incomplete_meta(server, meta):
    assert refused(server, "tools/list", {}, LIST, meta) == (400, -32602)


@pytest.mark.parametrize(
    ("headers", "meta", "code"),
    [
        ({"MCP-Protocol-Version": "2025-11-25"}, META, -32020),
        ({"MCP-Protocol-Version": MODERN}, {VERSION: "v999.0.0", CAPABILITIES: {}}, -32020),
        ({"MCP-Protocol-Version": "v999.0.0"}, {VERSION: "v999.0.0", CAPABILITIES: {}}, -32022),
        ({"MCP-Protocol-Version": "2025-11-25"}, {VERSION: "2025-11-25", CAPABILITIES: {}}, -32022),
        ({"Mcp-Method": "TOOLS/LIST"}, META, -32020),
        ({"Mcp-Method": "tools/call"}, META, -32020),
    ],
)
def test_mismatch(server, headers, meta, code):
    assert refused(server, "tools/list", {}, LIST | headers, meta) == (400, code)


@pytest.mark.parametrize("missing", ["MCP-Protocol-Version", "Mcp-Method", "Mcp-Name"])
def test_missing_header(server, missing):
    headers = {name: value for name, value in CALL.items() if name != missing}
    assert refused(server, "tools/call", SUM, headers) == (400, -32020)


@pytest.mark.parametrize(
    "name", ["Calculator", "ping_host", "", "=?base64?Y2FsY3VsYXRvcg=?=", "=?base64?/w==?="]
)
def test_name_mismatch(server, name):
    assert refused(server, "tools/call", SUM, CALL | {"Mcp-Name": name}) == (400, -32020)


def test_unsupported_version_says_which_are(server):
    meta = {VERSION: "2031-01-01", CAPABILITIES: {}}
    status, answer = ask(server, "server/discover", {}, {"MCP-Protocol-Version": "2031-01-01"}, meta)
    assert status == 400
    assert answer["error"]["data"] == {"supported": [MODERN], "requested": "2031-01-01"}


@pytest.mark.parametrize(
    "method",
    ["ping", "initialize", "logging/setLevel", "resources/subscribe", "resources/unsubscribe", "no/such"],
)
def test_unknown_methods(server, method):
    assert refused(server, method, {}, LIST | {"Mcp-Method": method}) == (404, -32601)


def test_in_band(server):
    headers = CALL | {"Mcp-Name": "nobody"}
    assert refused(server, "tools/call", {"name": "nobody"}, headers) == (200, -32602)
    assert refused(server, "tools/list", {"cursor": "made up"}, LIST) == (200, -32602)


def test_forged_state(server):
    for state in ("", "x", "a.b", "A" * 100_000):
        status, code = refused(server, "tools/call", SUM | {"requestState": state}, CALL)
        assert (status, code) == (200, -32602)


def test_batch_and_notification(server):
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"_meta": META}}
    assert server.post("/mcp", json=[message], headers=LIST).status_code == 400
    note = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"_meta": META}}
    response = server.post("/mcp", json=note, headers=LIST | {"Mcp-Method": "notifications/cancelled"})
    assert (response.status_code, response.content) == (202, b"")


def test_list_is_the_same_for_all(server):
    answers = [ask(server, "tools/list", {}, LIST)[1] for _ in range(3)]
    assert answers[0] == answers[1] == answers[2]


@pytest.mark.parametrize("answer", [{"result": {}}, {"error": {"code": -1, "message": "no"}}])
def test_answers_to_nobody(server, answer):
    """A stateless server sends no requests; and its refusal must not look like an answer to the client's own."""
    response = server.post("/mcp", json={"jsonrpc": "2.0", "id": 1} | answer, headers=BOTH | LIST)
    assert response.status_code == 400
    assert response.json()["error"]["code"] == -32600 and "id" not in response.json()
