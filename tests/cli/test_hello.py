"""examples/hello: a stranger's server on the public headers, over the pipe and over HTTP."""

import json
import re
import signal
import subprocess

import httpx
import pytest

from harness import mcp_schema, program


@pytest.fixture
def hello(binary):
    path = binary.parent / "examples/hello"
    assert path.is_file(), "the examples are built beside the program"
    return path


def request(id, method, params=None):
    return {"jsonrpc": "2.0", "id": id, "method": method, "params": params or {}}


CALL = request(2, "tools/call", {"name": "hello", "arguments": {"name": "Zoé"}})
INITIALIZE = request(
    1,
    "initialize",
    {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}},
)


def check_call(answer):
    assert answer["result"]["structuredContent"] == {"greeting": "Hello, Zoé!"}
    assert answer["result"]["content"][0]["text"] == "Greeting: Hello, Zoé!"


def test_pipe(hello, tmp_path):
    lines = "".join(json.dumps(message) + "\n" for message in (INITIALIZE, CALL, request(3, "tools/list")))
    done = program.run([hello], reports=tmp_path / "sanitizer", stdin=lines)
    answers = {answer["id"]: answer for answer in mcp_schema.conversation(lines, done.out)}
    assert done.code == 0 and answers.keys() == {1, 2, 3}
    assert answers[1]["result"]["serverInfo"]["name"] == "hello"
    check_call(answers[2])
    assert [tool["name"] for tool in answers[3]["result"]["tools"]] == ["hello"]


def test_http(hello, tmp_path):
    with subprocess.Popen(
        [hello, "0"], stdout=subprocess.PIPE, text=True, env=program.environment(tmp_path / "sanitizer")
    ) as process:
        url = re.search(r"http://\S+", process.stdout.readline())[0]
        with httpx.Client(trust_env=False) as client:
            check_call(client.post(url, json=CALL).json())
            begun = client.post(url, json=INITIALIZE)
            headers = {"Mcp-Session-Id": begun.headers["mcp-session-id"]}
            check_call(client.post(url, json=CALL, headers=headers).json())
            assert client.delete(url, headers=headers).status_code in (200, 204)
            assert client.post(url, json=CALL, headers=headers).status_code == 404
            assert client.post(url, json=CALL, headers={"Origin": "http://evil.example"}).status_code == 403
            assert client.post(url, json=CALL, headers={"Host": "evil.example"}).status_code == 403
            assert client.get(url.replace("/mcp", "/tools")).status_code == 404
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    assert not program.sanitizer_reports(tmp_path / "sanitizer")
