"""Progress and cancellation over HTTP: which message comes when, and who stops whom."""

import concurrent.futures
import contextlib
import json
import threading
import time

import httpx
import pytest


MODERN = "2026-07-28"
META = {
    "io.modelcontextprotocol/protocolVersion": MODERN,
    "io.modelcontextprotocol/clientCapabilities": {},
    "progressToken": 5,
}
BOTH = {"Accept": "application/json, text/event-stream"}
SCAN = {"name": "port_scan", "arguments": {"host": "127.0.0.1", "ports": "1-5000"}}
SLOW = {"name": "system_info", "arguments": {"section": "cpu", "sample_ms": 5000}}
MODERN_CALL = BOTH | {"MCP-Protocol-Version": MODERN, "Mcp-Method": "tools/call"}


def request(method, params, id=1):
    return {"jsonrpc": "2.0", "id": id, "method": method, "params": params}


def session_of(server, revision="2025-11-25"):
    params = {
        "protocolVersion": revision,
        "capabilities": {},
        "clientInfo": {"name": "tests", "version": "1"},
    }
    response = server.post("/mcp", json=request("initialize", params), headers=BOTH)
    return BOTH | {"Mcp-Session-Id": response.headers["mcp-session-id"]}


def wait_for(server, words):
    end = time.monotonic() + 20
    while time.monotonic() < end:
        if words in server.stderr:
            return
        time.sleep(0.05)
    raise AssertionError(f"{words} is not in the log: {server.stderr}")


@pytest.mark.parametrize("era", ["session", "stateless"])
def test_progress_comes_before_the_result(server, era):
    if era == "session":
        headers, params = session_of(server), SCAN | {"_meta": {"progressToken": 5}}
    else:
        headers, params = MODERN_CALL | {"Mcp-Name": SCAN["name"]}, SCAN | {"_meta": META}
    lines = []
    body = request("tools/call", params)
    with httpx.stream("POST", server.url + "/mcp", json=body, headers=headers, timeout=60) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        assert "no-cache" in response.headers["cache-control"]
        for line in response.iter_lines():
            lines.append(line)
    messages = [json.loads(line[5:]) for line in lines if line.startswith("data:") and line[5:].strip()]
    *events, answer = messages
    assert answer["id"] == 1 and answer["result"]["isError"] is False
    assert events and all(event["method"] == "notifications/progress" for event in events)
    done = [event["params"]["progress"] for event in events]
    assert done == sorted(set(done))
    assert all("id" not in event and event["params"]["progressToken"] == 5 for event in events)
    ids = [line for line in lines if line.startswith("id:")]
    assert bool(ids) == (era == "session")  # only a session can be resumed


def test_no_stream_without_a_token(server):
    response = server.post("/mcp", json=request("tools/call", SCAN), headers=BOTH)
    assert b"notifications/progress" not in response.content


def test_json_only_client_is_never_streamed_to(server):
    headers = session_of(server) | {"Accept": "application/json"}
    params = SCAN | {"_meta": {"progressToken": 5}}
    response = server.post("/mcp", json=request("tools/call", params), headers=headers)
    assert response.headers["content-type"].startswith("application/json")
    assert response.json()["result"]["isError"] is False


def test_cancelled_by_a_second_post(make_server):
    server = make_server()
    headers = session_of(server)
    outcome = {}

    def call():
        outcome["response"] = httpx.post(
            server.url + "/mcp", json=request("tools/call", SLOW, id="slow"), headers=headers, timeout=30
        )

    thread = threading.Thread(target=call)
    thread.start()
    cancel = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": "slow"}}
    while "tool=system_info" not in server.stderr:
        assert thread.is_alive()
        assert server.post("/mcp", json=cancel, headers=headers).status_code == 202
        time.sleep(0.05)
    thread.join(10)
    assert not thread.is_alive()
    assert b"result" not in outcome["response"].content and b"error" not in outcome["response"].content
    assert "outcome=cancelled" in server.stderr


def test_another_session_cannot_cancel(make_server):
    server = make_server()
    mine, other = session_of(server), session_of(server)
    slow = {"name": "system_info", "arguments": {"section": "cpu", "sample_ms": 1000}}
    cancel = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1}}
    answers = []
    thread = threading.Thread(
        target=lambda: answers.append(
            httpx.post(server.url + "/mcp", json=request("tools/call", slow), headers=mine, timeout=30)
        )
    )
    thread.start()
    while thread.is_alive():
        server.post("/mcp", json=cancel, headers=other)
        server.post("/mcp", json=cancel)
        time.sleep(0.1)
    thread.join()
    assert "outcome=ok" in server.stderr and "outcome=cancelled" not in server.stderr
    assert b'"isError":false' in answers[0].content


@pytest.mark.parametrize("face", ["stateless", "bare", "rest"])
def test_leaving_cancels(make_server, face):
    server = make_server()
    slow = {"name": "system_info", "arguments": {"section": "cpu", "sample_ms": 3000}}
    path, headers, body = "/mcp", {}, request("tools/call", slow)
    if face == "stateless":
        headers, body = MODERN_CALL | {"Mcp-Name": slow["name"]}, request("tools/call", slow | {"_meta": META})
    elif face == "rest":
        path, body = "/call/system_info", slow["arguments"]
    with contextlib.suppress(httpx.ReadTimeout):
        httpx.post(server.url + path, json=body, headers=headers, timeout=0.5)
    wait_for(server, "tool=system_info")
    assert f"tool=system_info face={'rest' if face == 'rest' else 'mcp-http'} outcome=cancelled" in server.stderr
    server.assert_alive()


def test_delete_ends_the_calls_of_the_session(make_server):
    server = make_server(args=["--log-level", "DEBUG"])
    headers = session_of(server)
    thread = threading.Thread(
        target=lambda: httpx.post(
            server.url + "/mcp", json=request("tools/call", SLOW), headers=headers, timeout=30
        )
    )
    thread.start()
    while server.stderr.count("event=request_begin") < 2:  # initialize, and the call
        time.sleep(0.05)
    assert server.post("/mcp", json=request("ping", {}), headers=headers).status_code == 200
    assert server.request("DELETE", "/mcp", headers=headers).status_code in (200, 204)
    thread.join(4)
    assert not thread.is_alive()
    wait_for(server, "outcome=cancelled")


def test_stop_answers_what_runs(make_server):
    """SIGTERM in the middle of a call: it has ten seconds, and its client the answer."""
    server = make_server(args=("--log-level", "DEBUG"))
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        body = {"section": "cpu", "sample_ms": 2000}
        answer = pool.submit(httpx.post, f"{server.url}/call/system_info", json=body, timeout=30, trust_env=False)
        wait_for(server, "request_begin")
        server.stop(timeout=20)
        assert answer.result().status_code == 200


def test_stop_while_calls_run(make_server):
    """SIGTERM: the server ends well, though calls run and clients are connected."""
    server = make_server()

    def call():
        with contextlib.suppress(httpx.HTTPError):
            httpx.post(server.url + "/mcp", json=request("tools/call", SLOW), timeout=30)

    thread = threading.Thread(target=call)
    thread.start()
    time.sleep(0.5)
    server.stop(timeout=20)
    thread.join(10)
    assert not thread.is_alive()
