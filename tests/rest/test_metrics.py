"""/metrics as parsers nobody here wrote read it, and its counts against the calls that were made."""

import threading

import psutil
import pytest
from prometheus_client import parser
from prometheus_client.openmetrics import exposition
from prometheus_client.openmetrics import parser as openmetrics_parser

OPENMETRICS = {"Accept": "application/openmetrics-text; version=1.0.0"}


def families(server, *, is_open=True):
    response = server.get("/metrics", headers=OPENMETRICS if is_open else {"Accept": "text/plain"})
    assert response.status_code == 200
    wanted = exposition.CONTENT_TYPE_LATEST if is_open else "text/plain; version=0.0.4; charset=utf-8"
    assert response.headers["Content-Type"] == wanted
    read = openmetrics_parser if is_open else parser
    return {family.name: family for family in read.text_string_to_metric_families(response.text)}


def value(found, family, sample, **labels):
    (hit,) = [s for s in found[family].samples if s.name == sample and labels.items() <= s.labels.items()]
    return hit.value


def calls(found):
    """(tool, outcome) -> calls, of those that happened."""
    samples = found["mcp_assist_tool_calls"].samples
    return {(s.labels["tool"], s.labels["outcome"]): s.value for s in samples if s.value}


@pytest.mark.parametrize("is_open", [True, False], ids=["openmetrics", "0.0.4"])
def test_counts_equal_the_calls_made(make_server, is_open):
    server = make_server(args=["--disabled-tools", "read_file"])
    for _ in range(7):
        server.call_tool("calculator", {"expression": "1+1"})
    for _ in range(3):
        server.post("/call/calculator", json={"expression": "1+"})
    server.post("/call/read_file", json={"path": "/x"})
    server.call_tool("disk_usage")
    server.call_text("calculator", {"expression": "2"})
    server.post("/call/no_such_tool", json={})
    found = families(server, is_open=is_open)
    assert calls(found) == {
        ("calculator", "ok"): 8,
        ("calculator", "invalid"): 3,
        ("read_file", "denied"): 1,
        ("disk_usage", "ok"): 1,
    }
    name = "mcp_assist_tool_call_duration_seconds"
    ok = {"tool": "calculator", "outcome": "ok"}
    assert value(found, name, f"{name}_count", **ok) == 8
    assert value(found, name, f"{name}_bucket", le="+Inf", **ok) == 8
    assert 0 < value(found, name, f"{name}_sum", **ok) < 60
    total = "mcp_assist_http_requests_total"
    requests = "mcp_assist_http_requests"
    assert value(found, requests, total, face="mcp", status="200") == 1
    assert value(found, requests, total, face="rest", status="404") == 1
    assert value(found, requests, total, face="rest", status="403") == 1


def test_strangers_make_no_labels(make_server):
    server = make_server()
    before = {(s.name, *sorted(s.labels.items())) for f in families(server).values() for s in f.samples}
    for i in range(50):
        server.get(f"/stranger-{i}")
        server.post(f"/call/stranger-{i}", json={})
        server.request(f"STRANGE{i}", "/mcp")
    server.rpc("tools/call", {"name": "stranger", "arguments": {}})
    after = families(server)
    assert "strange" not in str([f.samples for f in after.values()]).lower()
    new = {(s.name, *sorted(s.labels.items())) for f in after.values() for s in f.samples} - before
    assert {name for name, *_ in new} == {"mcp_assist_http_requests_total"}
    assert len(new) < 12


def test_the_process_as_psutil_sees_it(make_server):
    server = make_server()
    found = families(server)
    process = psutil.Process(server.pid)
    seen = {name: value(found, name, name) for name in found if name.startswith("process_") and "cpu" not in name}
    assert seen["process_start_time_seconds"] == pytest.approx(process.create_time(), abs=3)
    assert seen["process_resident_memory_bytes"] == pytest.approx(process.memory_info().rss, rel=0.2)
    assert abs(seen["process_open_fds"] - process.num_fds()) <= 2
    assert seen["process_max_fds"] == process.rlimit(psutil.RLIMIT_NOFILE)[0]
    used = sum(process.cpu_times()[:2])
    assert value(found, "process_cpu_seconds", "process_cpu_seconds_total") <= used + 0.05


def test_what_is_going_on_shows(make_server, stdio):
    server = make_server()
    start = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}
    headers = {"Accept": "application/json, text/event-stream"}
    answer = server.post(
        "/mcp", json={"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": start}, headers=headers
    )
    headers["Mcp-Session-Id"] = answer.headers["Mcp-Session-Id"]
    slow = threading.Thread(
        target=server.post,
        args=("/call/system_info",),
        kwargs={"json": {"section": "cpu", "sample_ms": 3000}},
    )
    slow.start()
    with server.client.stream("GET", "/mcp", headers=headers | {"Accept": "text/event-stream"}):
        for _ in range(200):
            found = families(server)
            running = value(found, "mcp_assist_calls_running", "mcp_assist_calls_running")
            if running:
                break
        assert running == 1
        assert value(found, "mcp_assist_mcp_sessions", "mcp_assist_mcp_sessions") == 1
        assert value(found, "mcp_assist_mcp_streams", "mcp_assist_mcp_streams") == 1
        assert value(found, "mcp_assist_http_connections", "mcp_assist_http_connections") >= 3
    slow.join()
    assert value(families(server), "mcp_assist_calls_running", "mcp_assist_calls_running") == 0


def test_the_store_is_counted(make_server):
    server = make_server()
    for _ in range(5):
        server.call_tool("calculator", {"expression": "1"})
    for _ in range(200):
        found = families(server)
        written = value(found, "mcp_assist_store_rows", "mcp_assist_store_rows_total", state="written")
        if written == 5:
            break
        threading.Event().wait(0.05)
    assert written == 5
    assert value(found, "mcp_assist_store_up", "mcp_assist_store_up") == 1
    assert value(found, "mcp_assist_store_rows", "mcp_assist_store_rows_total", state="dropped") == 0


def test_without_a_store_it_is_not_there(make_server):
    server = make_server(env={"DATABASE_URL": "none"})
    assert "mcp_assist_store_up" not in families(server)


def test_watched_services(make_server):
    server = make_server(args=["--watch-services", 'surely-not-there,odd\\name'])
    found = families(server)
    name = "mcp_assist_service_up"
    assert [(s.labels["service"], s.value) for s in found[name].samples] == [
        ("surely-not-there", 0),
        ('odd\\name', 0),
    ]
    assert name not in families(make_server())


def test_head_and_other_methods(server):
    assert server.request("HEAD", "/metrics").content == b""
    assert server.post("/metrics", json={}).status_code == 405
