"""Trace context from a request into its log line (SEP-414; W3C Trace Context)."""

import httpx
import pytest

ID = "0af7651916cd43dd8448eb211c80319c"
PARENT = f"00-{ID}-b7ad6b7169203331-01"
SUM = {"name": "calculator", "arguments": {"expression": "1+1"}}
MODERN = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
}


def logged(pipe):
    """The log lines of calls."""
    pipe.close()
    return [line for line in pipe.stderr.splitlines() if "event=call" in line]


@pytest.mark.parametrize("era", ["session", "stateless"])
def test_pipe(stdio, era):
    pipe = stdio()
    meta = {} if era == "session" else MODERN
    if era == "session":
        pipe.initialize()
    pipe.request("tools/call", SUM | {"_meta": meta | {"traceparent": PARENT}})
    pipe.request("tools/call", SUM | {"_meta": meta})
    first, second = logged(pipe)
    assert f"trace={ID}" in first and "trace=" not in second


@pytest.mark.parametrize("value", ["", "x", PARENT.upper(), PARENT + "\n", PARENT + "\x00", 1, None, [PARENT]])
def test_malformed_is_ignored(stdio, value):
    pipe = stdio()
    pipe.initialize()
    meta = {"traceparent": value, "tracestate": value, "baggage": value}
    assert not pipe.request("tools/call", SUM | {"_meta": meta})["result"]["isError"]
    [line] = logged(pipe)
    assert "trace=" not in line


def test_rest(make_server):
    """There the headers carry it, as the W3C has it."""
    server = make_server()
    for headers in ({"traceparent": PARENT}, {"traceparent": "x"}):
        url = f"{server.url}/tools/calculator"
        answer = httpx.post(url, json=SUM["arguments"], headers=headers, trust_env=False)
        assert answer.status_code == 200
    server.stop()
    first, second = [line for line in server.stderr.splitlines() if "event=call" in line]
    assert f"trace={ID}" in first and "trace=" not in second
