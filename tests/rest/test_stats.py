"""/stats against what was called and what other programs say of the machine."""

import os
import threading

import httpx
import psutil
import pytest

from harness import schema


def stats(server) -> dict:
    """The statistics, checked by the schema that /openapi.json has for them."""
    response = server.get("/stats")
    assert response.status_code == 200, response.text
    document = server.get("/openapi.json").json()
    schema.validate(response.json(), document["components"]["schemas"]["Stats"], "Stats")
    return response.json()


def test_response_times_by_tool(make_server):
    server = make_server()
    for _ in range(20):
        server.call_tool("calculator", {"expression": "1+1"})
    for _ in range(5):
        server.post("/call/calculator", json={"expression": "1+"})
    server.call_tool("system_info", {"section": "cpu", "sample_ms": 300})
    told = stats(server)
    times = {row["tool"]: row for row in told["response_times"]}
    assert set(times) == {"calculator", "system_info"}
    assert (times["calculator"]["count"], times["calculator"]["errors"]) == (25, 5)
    assert 0 < times["calculator"]["p50_ms"] <= times["calculator"]["p95_ms"] <= times["calculator"]["p99_ms"]
    assert times["system_info"]["p50_ms"] >= 290
    assert told["calls"]["total"] == 26 and told["calls"]["errors"] == 5
    assert told["requests"]["rest"] == 27  # with GET /tools, for the schemas


def test_resources_as_psutil_sees_them(make_server):
    resources = stats(make_server())["resources"]
    memory = psutil.virtual_memory()
    assert resources["cpus"] == psutil.cpu_count()
    assert resources["memory_total_bytes"] == memory.total
    assert resources["memory_available_bytes"] == pytest.approx(memory.available, rel=0.3)
    assert 0 <= resources["cpu_percent"] <= 100
    assert resources["load_1m"] == pytest.approx(os.getloadavg()[0], abs=2 + os.getloadavg()[0] / 2)
    for row in resources["filesystems"]:
        assert row["total_bytes"] == psutil.disk_usage(row["mount"]).total


def test_services(make_server):
    told = stats(make_server(args=["--watch-services", "surely-not-there, other"]))
    assert told["services"] == [
        {"name": "surely-not-there", "service_up": False},
        {"name": "other", "service_up": False},
    ]
    assert stats(make_server())["services"] == []


def test_totals_outlive_the_server(make_server, tmp_path):
    database = ["--database-url", f"sqlite://{tmp_path}/kept.db"]
    first = make_server(args=database)
    for _ in range(9):
        first.call_tool("calculator", {"expression": "1+1"})
    first.stop()
    second = make_server(args=database)
    for _ in range(200):
        told = stats(second)
        if told["store"]["totals"]:
            break
        threading.Event().wait(0.05)
    (row,) = told["store"]["totals"]
    assert (row["tool"], row["outcome"], row["calls"]) == ("calculator", "ok", 9)
    assert told["calls"]["total"] == 0
    assert stats(make_server(env={"DATABASE_URL": "none"}))["store"] is None


def test_many_ask_at_once_and_some_leave(make_server):
    server = make_server()
    answers = []

    def ask():
        answers.append(server.get("/stats").status_code)

    threads = [threading.Thread(target=ask) for _ in range(20)]
    for thread in threads:
        thread.start()
    for _ in range(10):
        with pytest.raises(Exception, match="timed out"):
            server.get("/stats", timeout=0.05)
            raise TimeoutError("timed out")  # it was quick enough: as good
    for thread in threads:
        thread.join()
    assert answers == [200] * 20
    server.assert_alive()


def test_it_is_no_call_of_a_tool(make_server):
    server = make_server()
    stats(server)
    assert stats(server)["calls"]["total"] == 0
    server.stop()
    assert "tool=survey" not in server.stderr


def test_a_stop_meanwhile(make_server):
    server = make_server()
    ended = []

    def ask():
        try:
            ended.append(server.get("/stats").status_code)
        except httpx.TransportError:  # it came too late
            ended.append(200)

    asking = threading.Thread(target=ask)
    asking.start()
    server.stop()
    asking.join(10)
    assert ended == [200]
