"""What an unfriendly client or surrounding could do to the server, and that it does not."""

import concurrent.futures
import contextlib
import json
import re
import socket
import subprocess
import threading
import time

import httpx
import pytest

from harness import program

INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    },
}
ACCEPT = {"Accept": "application/json, text/event-stream"}
WAITING_MOST = 256  # calls that wait for a worker


def open_session(server, revision="2025-11-25"):
    hello = json.loads(json.dumps(INITIALIZE))
    hello["params"]["protocolVersion"] = revision
    answer = server.post("/mcp", json=hello, headers=ACCEPT)
    assert answer.status_code == 200
    return {"Mcp-Session-Id": answer.headers["mcp-session-id"], **ACCEPT}


def test_a_log_that_nobody_reads_stops_nothing(binary, tmp_path):
    """Each call logs a line; after a pipe's 64 KiB of them the calls are still answered."""
    process = subprocess.Popen(
        [str(binary), "stdio", "--data-dir", str(tmp_path)],
        env=program.environment(tmp_path / "sanitizer", None),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        lines = [json.dumps(INITIALIZE)]
        for number in range(2, 1500):
            call = {"name": "calculator", "arguments": {"expression": f"{number} + 1"}}
            lines.append(json.dumps({"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": call}))
        writer = threading.Thread(
            target=lambda: (process.stdin.write(("\n".join(lines) + "\n").encode()), process.stdin.close())
        )
        writer.start()
        ids = {json.loads(process.stdout.readline())["id"] for _ in lines}
        writer.join()
        assert ids == set(range(1, 1500))
        assert process.wait(timeout=30) == 0
    finally:
        process.kill()
        process.stderr.close()


def test_a_busy_server_blames_no_target(make_server):
    """More slow calls than workers: each that ran had its whole time, the others are told that the server is busy."""
    server = make_server(args=["--threads", "2"])
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"

        def call(_):
            body = {"url": url, "timeout_ms": 1500}
            return httpx.post(f"{server.url}/tools/http-request", json=body, timeout=60, trust_env=False)

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(call, range(8)))
    assert {answer.status_code for answer in answers} <= {200, 503}
    found = [answer.json() for answer in answers if answer.status_code == 200]
    assert found
    for result in found:
        assert result["error_kind"] == "timeout"
        assert result["timings"]["total_ms"] >= 1400


def begin_ping(server, name, **arguments):
    """A connection on which a call was sent in one piece; it is known as `name`."""
    body = json.dumps({"host": "127.0.0.1", "interval_ms": 1000} | arguments)
    head = f"POST /call/ping_host HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nX-Request-Id: {name}\r\n"
    begun = socket.create_connection(("127.0.0.1", server.port), timeout=60)
    begun.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode())
    return begun


def until_begun(server, count):
    """Waits until so many requests are with the server; it logs at DEBUG."""
    while server.stderr.count("event=request_begin") < count:
        assert server.process.poll() is None
        time.sleep(0.01)


def test_no_more_calls_run_than_there_are_threads(make_server):
    """The second waits for the first, though it would end sooner."""
    server = make_server(args=["--threads", "1", "--log-level", "DEBUG"])
    with begin_ping(server, "first", count=3) as first:
        until_begun(server, 1)
        with begin_ping(server, "second", count=1) as second:
            assert first.recv(100).startswith(b"HTTP/1.1 200") and second.recv(100).startswith(b"HTTP/1.1 200")
    assert re.findall(r"event=call .*id=(\w+)", server.stderr) == ["first", "second"]


def test_a_full_queue_says_when_to_come_again(make_server):
    """One worker, and more calls for it than may wait: 503 with Retry-After, and what needs no worker goes on."""
    server = make_server(args=["--threads", "1", "--log-level", "DEBUG"])
    with contextlib.ExitStack() as stack:
        for number in range(WAITING_MOST + 1):
            stack.enter_context(begin_ping(server, f"call{number}", count=100))
        until_begun(server, WAITING_MOST + 1)
        answer = server.post("/call/ping_host", json={"host": "127.0.0.1", "count": 1}, timeout=30)
        assert answer.status_code == 503 and answer.headers.get("Retry-After") == "1"
        assert server.call_tool("calculator", {"expression": "6*7"})["value"] == 42


def test_head_does_not_take_the_stream(server):
    headers = {**open_session(server), "Accept": "text/event-stream"}
    assert server.client.head("/mcp", headers=headers).status_code == 405
    with server.client.stream("GET", "/mcp", headers=headers) as stream:
        assert stream.status_code == 200


def test_the_address_listened_on_is_a_name_of_ours(make_server):
    assert make_server(host="127.0.0.2").get("/health").status_code == 200


def test_an_open_server_is_not_rebound(make_server):
    server = make_server(args=["--auth", "none-i-understand"], host="0.0.0.0")
    url = f"http://127.0.0.1:{server.port}/health"
    assert httpx.get(url, trust_env=False).status_code == 200
    headers = {"Host": f"evil.example:{server.port}", "Origin": f"http://evil.example:{server.port}"}
    assert httpx.get(url, headers=headers, trust_env=False).status_code == 403


@pytest.mark.parametrize("count, status", [(100, 200), (101, 400)])
def test_a_batch_has_a_bound(server, count, status):
    headers = open_session(server, "2025-03-26")
    batch = [{"jsonrpc": "2.0", "id": number, "method": "ping"} for number in range(count)]
    assert server.post("/mcp", json=batch, headers=headers).status_code == status


def test_a_list_in_a_file_stands_on_one_line(cli, tmp_path):
    """What would be lost of a deny list is an error; a long line is none."""
    conf = tmp_path / "test.conf"
    for lost in ("deny = shadow*\n  zz.private\n", "deny = shadow*\ndeny = zz.private\n"):
        conf.write_text(f"[read_file]\n{lost}")
        done = cli("call", "read_file", "/var/log/x", "--config", conf)
        assert done.code == 2
        assert "line 3" in done.err
    patterns = ",".join(f"/some/where/pattern{number}*" for number in range(60))
    conf.write_text(f"[read_file]\ndeny = {patterns},/var/log/x\n")
    assert cli("call", "read_file", "/var/log/x", "--config", conf).code == 3
