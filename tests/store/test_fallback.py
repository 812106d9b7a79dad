"""A database that is an optional part of the installation: SQLite until it was reached once, then it alone."""

import json
import sqlite3

from conftest import events, rows_of, store_health, wait_for


def in_sqlite(server):
    with sqlite3.connect(server.tmp / "data/assist.db") as database:
        rows = database.execute("SELECT arguments FROM assist_calls ORDER BY id").fetchall()
    return [json.loads(row[0])["expression"] for row in rows]


def in_postgres(postgres):
    return [json.loads(row[0])["expression"] for row in postgres.query("SELECT arguments FROM assist_calls ORDER BY id")]


def test_from_sqlite_to_postgres_and_never_back(make_server, postgres):
    postgres.kill()
    server = make_server(env={"DATABASE_URL": postgres.url, "MCP_ASSIST_DATABASE_FALLBACK": "true"})
    server.call_tool("calculator", {"expression": "1"})
    wait_for(lambda: "event=store_fallback" in server.stderr)  # from here on there are tables
    wait_for(lambda: in_sqlite(server) == ["1"])
    assert store_health(server)["status"] == "ok"

    postgres.start()
    wait_for(lambda: server.stderr.count("event=store_ready") == 2)
    server.call_tool("calculator", {"expression": "2"})
    wait_for(lambda: in_postgres(postgres) == ["2"])
    assert store_health(server)["status"] == "ok"

    postgres.kill()
    server.call_tool("calculator", {"expression": "3"})
    wait_for(lambda: store_health(server)["status"] == "degraded")
    postgres.start()
    wait_for(lambda: in_postgres(postgres) == ["2", "3"])
    server.stop()
    assert in_sqlite(server) == ["1"]


def test_an_installation_without_it(make_server, cli, tmp_path):
    url = f"postgresql://mcp_assist@/mcp_assist?host={tmp_path}/nowhere"
    env = {"DATABASE_URL": url, "MCP_ASSIST_DATABASE_FALLBACK": "true"}
    server = make_server(env=env)
    server.call_tool("calculator", {"expression": "1+1"})
    server.stop()
    backup = cli("db", "backup", tmp_path / "copy", "--data-dir", server.tmp / "data", env=env)
    assert backup.code == 0, backup.err
    assert rows_of(tmp_path / "copy")[0]["outcome"] == "ok"
    assert in_sqlite(server) == ["1+1"]
    assert not events(server, "store_lost")
