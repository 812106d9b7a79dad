"""The store as a server uses it: what a row holds, that nothing secret is in it, that nobody waits for it."""

import json
import subprocess
import time

import pytest

from conftest import rows_of, wait_for
from harness import program


def row_of(server, tool, count=1):
    path = server.tmp / "data/assist.db"
    return wait_for(lambda: [r for r in rows_of(path) if r["tool"] == tool][count - 1 : count])[0]


def test_a_row_says_who_asked_what_and_how_it_ended(make_server):
    server = make_server()
    before = time.time() * 1000
    answer = server.post(
        "/call/calculator",
        json={"expression": "6 * 7"},
        headers={"User-Agent": "tests/1.0", "X-Request-Id": "row-one"},
    )
    row = row_of(server, "calculator")
    assert before - 5 <= row["time_ms"] <= time.time() * 1000
    assert row["outcome"] == "ok"
    assert row["face"] == "rest"
    assert row["client"] == "tests/1.0"
    assert row["request_id"] == "row-one"
    assert row["bytes_in"] == len('{"expression":"6 * 7"}')
    assert row["bytes_out"] == len(answer.content)
    assert json.loads(row["arguments"]) == {"expression": "6 * 7"}
    assert 0 <= row["duration_us"] < 60e6


def test_faults_are_kept_with_their_word(make_server):
    server = make_server(args=["--disabled-tools", "read_file"])
    server.post("/call/calculator", json={"expression": "1 +"})
    server.post("/call/read_file", json={"path": "/var/log/x"})
    assert row_of(server, "calculator")["outcome"] == "invalid"
    assert row_of(server, "read_file")["outcome"] == "denied"


def test_a_client_of_a_session_is_known_by_its_name(stdio, tmp_path):
    data = tmp_path / "data"
    client = stdio(args=["--data-dir", data])
    client.initialize()
    client.call_tool("calculator", {"expression": "1+1"})
    client.close()
    (row,) = rows_of(data / "assist.db")
    assert (row["face"], row["client"], row["principal"]) == ("mcp-stdio", "tests/1", "local")


def test_a_stateless_client_is_known_by_its_name(make_server):
    server = make_server()
    meta = {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
        "io.modelcontextprotocol/clientInfo": {"name": "modern", "version": "2"},
    }
    message = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {"name": "calculator", "arguments": {"expression": "1"}, "_meta": meta},
    }
    headers = {
        "Accept": "application/json, text/event-stream",
        "MCP-Protocol-Version": "2026-07-28",
        "Mcp-Method": "tools/call",
        "Mcp-Name": "calculator",
    }
    assert server.post("/mcp", json=message, headers=headers).status_code == 200
    row = row_of(server, "calculator")
    assert (row["face"], row["client"]) == ("mcp-http", "modern/2")


def test_a_call_from_the_shell_is_kept(cli, tmp_path):
    assert cli("call", "calculator", "2+2", "--data-dir", tmp_path / "data").code == 0
    (row,) = rows_of(tmp_path / "data/assist.db")
    assert (row["face"], row["client"], row["tool"]) == ("cli", "cli", "calculator")


def test_no_secret_is_kept(make_server):
    server = make_server()
    secret = "hunter2-hunter2"
    server.post(
        "/call/http_request",
        json={
            "url": f"http://127.0.0.1:1/?token={secret}&x=1",
            "headers": {"Authorization": f"Bearer {secret}", "X-Api-Key": secret, "Accept": "text/plain"},
            "method": "POST",
            "body": f"password={secret}",
            "boddy": secret,
        },
    )
    server.post("/call/http_request", json={"url": f"http://me:{secret}@127.0.0.1:1/"})
    first, second = row_of(server, "http_request"), row_of(server, "http_request", 2)
    kept = json.loads(first["arguments"])
    assert kept["url"] == "http://127.0.0.1:1/?token=***&x=1"
    assert kept["headers"] == {"Authorization": "***", "X-Api-Key": "***", "Accept": "text/plain"}
    assert kept["body"] == "***"
    assert "boddy" not in kept
    assert "***@" in second["arguments"]
    for file in (server.tmp / "data").iterdir():
        assert secret.encode() not in file.read_bytes(), file


@pytest.mark.parametrize(
    "text",
    ["'); DROP TABLE assist_calls; --", "\x01\x1f'\"\\", "é\u2028😀", '"},{"', "a{b},\\\"c\\\"", "NULL", "{}"],
)
def test_arguments_are_data(make_server, text):
    server = make_server()
    server.post("/call/calculator", json={"expression": text}, headers={"User-Agent": "o'x\"},{"})
    row = row_of(server, "calculator")
    assert json.loads(row["arguments"]) == {"expression": text}
    assert row["client"] == "o'x\"},{"
    assert rows_of(server.tmp / "data/assist.db")


def test_none_keeps_nothing(make_server):
    server = make_server(env={"DATABASE_URL": "none"})
    assert server.call_tool("calculator", {"expression": "1+1"})["result"] == "2"
    assert "store" not in server.get("/health").json()["components"]
    server.stop()
    assert not list((server.tmp / "data").glob("*.db*"))


def test_what_is_queued_at_the_end_is_written(make_server):
    server = make_server()
    for number in range(300):
        server.call_tool("calculator", {"expression": f"{number}"})
    server.stop()
    rows = rows_of(server.tmp / "data/assist.db")
    assert [json.loads(row["arguments"])["expression"] for row in rows] == [str(n) for n in range(300)]


@pytest.mark.parametrize(
    "url",
    ["mysql://u:hunter2@h/db", "sqlite://x.db", "sqlite:///x.db?hunter2", "postgres://u:hunter2@[::1]x/db",
     "postgres://u:hunter2@h/db?nonsense=hunter2", "hunter2"],
)
def test_a_malformed_url_ends_the_start(binary, tmp_path, url):
    for verb in (["serve", "--port", "0"], ["stdio"], ["call", "calculator", "1"], ["db", "check"]):
        done = program.run([binary, *verb], reports=tmp_path / "sanitizer", env={"DATABASE_URL": url})
        assert done.code == 2, (verb, done)
        assert "database_url" in done.err and "accepted" in done.err
        assert "hunter2" not in done.err + done.out


def test_retention_by_number_keeps_the_latest(make_server):
    first = make_server()
    for number in range(120):
        first.call_tool("calculator", {"expression": f"{number}"})
    first.stop()
    data = first.tmp / "data"
    second = make_server(args=["--store-keep-calls", "20", "--database-url", f"sqlite://{data}/assist.db"])
    left = wait_for(lambda: [r for r in [rows_of(data / "assist.db")] if len(r) == 20])[0]
    assert [json.loads(row["arguments"])["expression"] for row in left] == [str(n) for n in range(100, 120)]
    totals = program.run(
        [second.process.args[0], "db", "stats", "--data-dir", data], reports=second.reports
    ).json["totals"]
    assert [(t["tool"], t["calls"]) for t in totals] == [("calculator", 120)]


def test_retention_by_age(make_server):
    first = make_server()
    for number in range(10):
        first.call_tool("calculator", {"expression": f"{number}"})
    first.stop()
    path = first.tmp / "data/assist.db"
    day_ms = 24 * 3600 * 1000
    subprocess.run(
        ["python3", "-c", "import sqlite3, sys; db = sqlite3.connect(sys.argv[1]); "
         f"db.execute('UPDATE assist_calls SET time_ms = time_ms - {3 * day_ms} WHERE id <= 6'); db.commit()",
         path],
        check=True,
    )
    make_server(args=["--store-keep-days", "2", "--database-url", f"sqlite://{path}"])
    wait_for(lambda: [row["id"] for row in rows_of(path)] == [7, 8, 9, 10])
