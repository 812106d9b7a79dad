"""The store in PostgreSQL: kept calls, a server that dies, hangs and returns, no password in sight."""

import json
import threading
import time
from pathlib import Path

import pytest

from conftest import events, store_health, wait_for
from harness.ports import free_port
from harness.postgres import PASSWORD, QUOTED


def expressions(postgres):
    return [json.loads(row[0])["expression"] for row in postgres.query("SELECT arguments FROM assist_calls ORDER BY id")]


def serve(make_server, postgres, **options):
    server = make_server(env={"DATABASE_URL": postgres.url}, **options)
    wait_for(lambda: store_health(server).get("status") == "ok")
    return server


def assert_no_password(server):
    health = server.get("/health").text
    environment = Path(f"/proc/{server.pid}/environ").read_text()
    for secret in (PASSWORD, QUOTED):
        assert secret not in server.stderr + health + environment


def test_calls_and_totals_are_kept(make_server, postgres):
    server = serve(make_server, postgres)
    assert_no_password(server)
    for i in range(50):
        server.call_tool("calculator", {"expression": f"{i}"})
    server.post("/call/calculator", json={"expression": "1 +"})
    server.stop()
    assert expressions(postgres) == [*map(str, range(50)), "1 +"]
    totals = postgres.query("SELECT tool, outcome, calls FROM assist_totals ORDER BY outcome")
    assert totals == [["calculator", "invalid", "1"], ["calculator", "ok", "50"]]
    assert not list((server.tmp / "data").glob("*.db*"))


@pytest.mark.parametrize(
    "text", ["'); DROP TABLE assist_calls; --", "\x01\x1f'\"\\", "é\u2028😀", '"},{"', "a{b},\\\"c\\\"", "NULL", "{}"]
)
def test_arguments_are_data(make_server, postgres, text):
    server = serve(make_server, postgres)
    server.post("/call/calculator", json={"expression": text}, headers={"User-Agent": "o'x\"},{\\"})
    server.stop()
    assert expressions(postgres) == [text]
    assert postgres.query("SELECT client FROM assist_calls") == [["o'x\"},{\\"]]


def test_two_servers_begin_at_once(make_server, postgres):
    servers = [make_server(env={"DATABASE_URL": postgres.url}) for _ in range(3)]
    for server in servers:
        for i in range(20):
            server.call_tool("calculator", {"expression": f"{i}"})
    for server in servers:
        server.stop()
    assert len(expressions(postgres)) == 60
    assert postgres.query("SELECT calls FROM assist_totals") == [["60"]]


def test_the_command_line_looks_at_it(make_server, postgres, cli, tmp_path):
    url = ["--database-url", postgres.url]
    empty = cli("db", "check", *url)
    assert empty.code == 1 and "no tables of this program" in empty.err
    server = serve(make_server, postgres)
    server.call_tool("calculator", {"expression": "1"})
    server.stop()
    check = cli("db", "check", *url)
    assert check.code == 0 and "calls: 1" in check.out and "PostgreSQL" in check.out
    assert cli("db", "stats", *url).json["totals"][0]["calls"] == 1
    backup = cli("db", "backup", tmp_path / "copy", *url)
    assert backup.code == 1 and "pg_dump" in backup.err and not (tmp_path / "copy").exists()
    for done in (empty, check, backup):
        assert PASSWORD not in done.out + done.err and QUOTED not in done.out + done.err


def test_a_newer_schema_is_refused(make_server, postgres):
    serve(make_server, postgres).stop()
    postgres.query("INSERT INTO assist_schema VALUES (99)")
    server = make_server(env={"DATABASE_URL": postgres.url})
    wait_for(lambda: "newer" in store_health(server).get("reason", ""))
    assert server.call_tool("calculator", {"expression": "1+1"})["result"] == "2"


def test_retention(make_server, postgres):
    server = serve(make_server, postgres)
    for i in range(60):
        server.call_tool("calculator", {"expression": f"{i}"})
    server.stop()
    postgres.query("UPDATE assist_calls SET time_ms = time_ms - 10 * 86400000 WHERE id <= 15")
    serve(make_server, postgres, args=["--store-keep-days", "5"])
    wait_for(lambda: expressions(postgres) == [str(i) for i in range(15, 60)])
    serve(make_server, postgres, args=["--store-keep-calls", "10"])
    wait_for(lambda: expressions(postgres) == [str(i) for i in range(50, 60)])


def test_nobody_there_at_the_start(make_server):
    port = free_port()
    server = make_server(env={"DATABASE_URL": f"postgres://u:{QUOTED}@127.0.0.1:{port}/db"})
    wait_for(lambda: store_health(server).get("status") == "degraded")
    assert server.get("/health").status_code == 200
    assert server.call_tool("calculator", {"expression": "1+1"})["result"] == "2"
    assert_no_password(server)
    server.stop()
    assert events(server, "store_failed") and events(server, "store_lost")


def test_a_wrong_password(make_server, postgres):
    server = make_server(env={"DATABASE_URL": postgres.url.replace(QUOTED, "wrong-secret")})
    wait_for(lambda: "authentication" in store_health(server).get("reason", ""))
    assert "wrong-secret" not in server.stderr + server.get("/health").text


def test_the_database_dies_under_load_and_returns(make_server, postgres):
    server = serve(make_server, postgres, args=["--access-log", "false"])
    names, stop = [], threading.Event()

    def work(number):
        i = 0
        while not stop.is_set():
            i += 1
            name = f"{number}*{i}"
            assert server.call_tool("calculator", {"expression": name})["result"] == str(number * i)
            names.append(name)
            time.sleep(0.002)

    threads = [threading.Thread(target=work, args=(number,)) for number in (1, 2, 3)]
    for thread in threads:
        thread.start()
    wait_for(lambda: len(names) > 50)
    postgres.kill()
    wait_for(lambda: store_health(server).get("status") == "degraded")
    away = len(names)
    wait_for(lambda: len(names) > away + 100)
    postgres.start()
    wait_for(lambda: store_health(server).get("status") == "ok")
    back = len(names)
    wait_for(lambda: len(names) > back + 100)
    stop.set()
    for thread in threads:
        thread.join()
    assert len(names) > back + 100
    server.stop()
    assert events(server, "store_failed") and len(events(server, "store_ready")) == 2
    kept = expressions(postgres)
    assert set(names) <= set(kept)
    # Only a batch whose commit nobody answered may be there twice.
    assert len(kept) - len(set(kept)) < 500


def test_the_database_hangs(make_server, postgres):
    server = serve(make_server, postgres)
    server.call_tool("calculator", {"expression": "0"})
    wait_for(lambda: expressions(postgres) == ["0"])
    with postgres.hanging():
        for i in range(1, 20):
            server.call_tool("calculator", {"expression": f"{i}"})
        wait_for(lambda: store_health(server).get("status") == "degraded")
        assert "in time" in store_health(server)["reason"]
    wait_for(lambda: store_health(server).get("status") == "ok")
    wait_for(lambda: set(expressions(postgres)) == {str(i) for i in range(20)})
    with postgres.hanging():
        server.call_tool("calculator", {"expression": "99"})
        server.stop(timeout=60)  # a database that hangs does not hold the end
