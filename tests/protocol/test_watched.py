"""What holds messages against their schema does see wrong ones: of whoever asks, on every way."""

import json
import subprocess

import httpx
import pytest

from harness import mcp_schema, peers, tap

LIST = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
WRONG = json.dumps({"jsonrpc": "2.0", "id": 1, "result": {"tools": 3}})
TOOLS = {"type": "object", "properties": {"tools": {"type": "array"}}}


@pytest.fixture(autouse=True)
def _schema(tmp_path, monkeypatch):
    """Just enough of one, so that this needs no files from elsewhere."""
    (tmp_path / "schemas/2025-11-25").mkdir(parents=True)
    known = {"JSONRPCMessage": {}, "ListToolsResult": TOOLS}
    (tmp_path / "schemas/2025-11-25/schema.json").write_text(json.dumps({"$defs": known}))
    monkeypatch.setenv("MCP_SCHEMA_DIR", str(tmp_path / "schemas"))
    mcp_schema.forget()
    yield
    mcp_schema.forget()


@pytest.fixture(params=["application/json", "text/event-stream"])
def liar(request):
    """The port of a server whose list of tools is a number."""
    text = f"id: 1\ndata: {WRONG}\n\n" if request.param == "text/event-stream" else WRONG
    with peers.web({"/mcp": (request.param, text.encode())}) as port:
        yield port


def test_a_request_by_httpx(liar, _watched):
    httpx.post(f"http://127.0.0.1:{liar}/mcp", json=LIST, trust_env=False)
    assert "not a ListToolsResult of 2025-11-25" in _watched.faults.pop()
    assert not _watched.faults


def test_a_client_behind_a_relay(liar):
    with pytest.raises(AssertionError, match="not a ListToolsResult of 2025-11-25"):
        with tap.Relay(liar) as relay:
            url = f"http://127.0.0.1:{relay.port}/mcp"
            words = ["curl", "-sS", "--noproxy", "*", "-H", "Content-Type: application/json", "-d", json.dumps(LIST), url]
            subprocess.run(words, check=True, capture_output=True, timeout=30)


def test_a_relay_that_nobody_uses(liar):
    with pytest.raises(AssertionError, match="no message has passed"), tap.Relay(liar):
        pass


def test_a_client_on_a_pipe(tmp_path):
    command = tap.stdio_command(tmp_path, ["sh", "-c", 'read -r line; echo "$0"', WRONG])
    done = subprocess.run(command, input=json.dumps(LIST) + "\n", capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout == WRONG + "\n"
    with pytest.raises(AssertionError, match="not a ListToolsResult of 2025-11-25"):
        tap.judge_stdio(tmp_path)
