"""The store in SQLite: several processes on one file, files that cannot be used, death at any moment."""

import contextlib
import json
import os
import random
import signal
import sqlite3
import stat
import subprocess
import threading
import time

import httpx
import pytest

from conftest import events, integrity, rows_of, store_health, wait_for


def expressions(path):
    return [json.loads(row["arguments"])["expression"] for row in rows_of(path)]


def test_the_file_is_nobody_elses(make_server):
    server = make_server()
    server.call_tool("calculator", {"expression": "1"})
    wait_for(lambda: rows_of(server.tmp / "data/assist.db"))
    for file in (server.tmp / "data").glob("assist.db*"):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file


def test_several_servers_on_one_file(make_server, stdio):
    server = make_server()
    path = server.tmp / "data/assist.db"
    clients = [stdio(args=["--database-url", f"sqlite://{path}"]) for _ in range(4)]

    def work(client, number):
        client.initialize()
        for i in range(50):
            client.call_tool("calculator", {"expression": f"{number}*{i}"})
        client.close()

    threads = [threading.Thread(target=work, args=pair) for pair in zip(clients, range(1, 5))]
    for thread in threads:
        thread.start()
    for i in range(50):
        server.call_tool("calculator", {"expression": f"0*{i}"})
    for thread in threads:
        thread.join()
    server.stop()
    assert sorted(expressions(path)) == sorted(f"{n}*{i}" for n in range(5) for i in range(50))
    assert integrity(path) == "ok"
    with contextlib.closing(sqlite3.connect(path)) as db:
        assert db.execute("SELECT sum(calls) FROM assist_totals").fetchone() == (250,)


def test_a_file_of_another_program_is_left_alone(make_server, tmp_path):
    path = tmp_path / "other.db"
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE precious (x)")
        db.commit()
    before = path.read_bytes()
    server = make_server(args=["--database-url", f"sqlite://{path}"])
    wait_for(lambda: store_health(server).get("status") == "degraded")
    assert "another program" in store_health(server)["reason"]
    assert server.call_tool("calculator", {"expression": "1+1"})["result"] == "2"
    server.stop()
    with contextlib.closing(sqlite3.connect(path)) as db:
        assert db.execute("SELECT name FROM sqlite_master").fetchall() == [("precious",)]
    assert path.read_bytes() == before


def test_a_newer_schema_is_refused(make_server, cli):
    first = make_server()
    first.call_tool("calculator", {"expression": "1"})
    first.stop()
    path = first.tmp / "data/assist.db"
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version = 99")
    server = make_server(args=["--database-url", f"sqlite://{path}"])
    wait_for(lambda: store_health(server).get("status") == "degraded")
    assert "99" in store_health(server)["reason"] and "newer" in store_health(server)["reason"]
    assert server.call_tool("calculator", {"expression": "1+1"})["result"] == "2"
    server.stop()
    assert len(rows_of(path)) == 1
    check = cli("db", "check", "--database-url", f"sqlite://{path}")
    assert check.code == 1 and "newer version" in check.err


def test_a_damaged_file_is_named_and_kept(make_server, cli, tmp_path):
    path = tmp_path / "damaged.db"
    path.write_bytes(b"SQLite format 3\0" + random.Random(1).randbytes(8000))
    before = path.read_bytes()
    server = make_server(args=["--database-url", f"sqlite://{path}"])
    wait_for(lambda: store_health(server).get("status") == "degraded")
    assert str(path) in events(server, "store_failed")[0]
    assert server.call_tool("calculator", {"expression": "1+1"})["result"] == "2"
    server.stop()
    assert path.read_bytes() == before
    assert cli("db", "check", "--database-url", f"sqlite://{path}").code == 1


def test_a_row_that_is_refused_goes_alone(make_server):
    """What the database will never take does not cost the rows that are written together with it."""
    server = make_server()
    path = server.tmp / "data/assist.db"
    server.call_tool("calculator", {"expression": "1"})
    wait_for(lambda: rows_of(path))
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.execute(
            "CREATE TRIGGER picky BEFORE INSERT ON assist_calls WHEN NEW.arguments LIKE '%666%' OR NEW.arguments LIKE '%777%' "
            "BEGIN SELECT RAISE(ABORT, 'not this one'); END"
        )
        db.execute("BEGIN IMMEDIATE")  # the rows gather meanwhile
        wanted = ["1", *(str(i) for i in range(100, 160))]
        for expression in [*wanted[1:30], "666", *wanted[30:], "777"]:
            server.call_tool("calculator", {"expression": expression})
        db.rollback()
    wait_for(lambda: expressions(path) == wanted)
    server.stop()
    refused = events(server, "store_refused")
    assert len(refused) == 2 and all("rows=1 " in line and "not this one" in line for line in refused)
    assert expressions(path) == wanted
    with contextlib.closing(sqlite3.connect(path)) as db:
        assert db.execute("SELECT sum(calls) FROM assist_totals").fetchone() == (len(wanted),)


@pytest.mark.parametrize("way", ["moved", "moved with its log", "deleted", "replaced"])
def test_a_file_that_goes_while_it_is_open(make_server, tmp_path, way):
    """Rows go on in a new file at the path; the one that was moved has all from before."""
    server = make_server()
    path, old = server.tmp / "data/assist.db", tmp_path / "old.db"
    server.call_tool("calculator", {"expression": "1"})
    wait_for(lambda: expressions(path) == ["1"])
    if way == "deleted":
        path.unlink()
    else:
        path.rename(old)
    if way == "moved with its log":
        for end in ("-wal", "-shm"):
            path.with_name(f"assist.db{end}").rename(f"{old}{end}")
    if way == "replaced":
        with contextlib.closing(sqlite3.connect(path)) as db:
            db.execute("PRAGMA user_version")
    for i in (2, 3):
        server.call_tool("calculator", {"expression": f"{i}"})
    wait_for(lambda: expressions(path) == ["2", "3"])
    wait_for(lambda: store_health(server)["status"] == "ok")
    (line,) = events(server, "store_failed")
    assert "moved or deleted" in line and str(path) in line
    assert len(events(server, "store_ready")) == 2
    server.stop()
    assert expressions(path) == ["2", "3"] and integrity(path) == "ok"
    if way != "deleted":
        assert expressions(old) == ["1"] and integrity(old) == "ok"


def test_a_file_that_goes_before_the_end(make_server, tmp_path):
    server = make_server()
    path, old = server.tmp / "data/assist.db", tmp_path / "old.db"
    server.call_tool("calculator", {"expression": "1"})
    wait_for(lambda: expressions(path) == ["1"])
    path.rename(old)
    server.call_tool("calculator", {"expression": "2"})
    server.stop()
    assert (expressions(old), expressions(path)) == (["1"], ["2"])


def test_damage_within_is_found_by_the_check(make_server, cli):
    server = make_server()
    for i in range(400):
        server.call_tool("calculator", {"expression": f"{i}"})
    server.stop()
    path = server.tmp / "data/assist.db"
    with path.open("r+b") as file:
        file.seek(4096 * 5 + 100)
        file.write(b"\xff" * 2000)
    done = cli("db", "check", "--data-dir", path.parent)
    assert done.code == 1
    assert "damaged" in done.err or "malformed" in done.err


@pytest.mark.skipif(os.geteuid() != 0, reason="gives up root")
def test_a_directory_that_cannot_be_written(binary, make_server, tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o555)
    for folder in [tmp_path, *tmp_path.parents]:
        folder.chmod(folder.stat().st_mode | 0o011)  # or the other user cannot come here
    server = make_server(args=["--user", "nobody", "--database-url", f"sqlite://{closed}/assist.db"])
    wait_for(lambda: store_health(server).get("status") == "degraded")
    assert f"{closed}/assist.db" in events(server, "store_failed")[0]
    assert server.get("/health").json()["status"] == "degraded"
    assert server.call_tool("calculator", {"expression": "1+1"})["result"] == "2"
    closed.chmod(0o777)
    wait_for(lambda: store_health(server).get("status") == "ok")
    wait_for(lambda: expressions(closed / "assist.db") == ["1+1"])


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts a file system of its own")
def test_a_full_disk(make_server, tmp_path):
    small = tmp_path / "small"
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", small], check=True)
    try:
        server = make_server(args=["--database-url", f"sqlite://{small}/assist.db"])
        server.call_tool("calculator", {"expression": "1"})
        wait_for(lambda: rows_of(small / "assist.db"))
        filler = small / "filler"
        with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
            while True:
                file.write(b"x" * 4096)
        for i in range(600):
            server.call_tool("calculator", {"expression": f"{i}+{'1' * 200}"})
        wait_for(lambda: store_health(server).get("status") == "degraded")
        assert "full" in store_health(server)["reason"]
        filler.unlink()
        subprocess.run(["mount", "-o", "remount,size=8m", small], check=True)
        wait_for(lambda: store_health(server).get("status") == "ok")
        wait_for(lambda: len(rows_of(small / "assist.db")) == 601)
        assert events(server, "store_failed") and events(server, "store_ready")
        assert integrity(small / "assist.db") == "ok"
        server.stop()
    finally:
        subprocess.run(["umount", "-l", small], check=True)


def test_a_file_that_another_process_locks(make_server):
    """A lock that stays: calls are answered, their rows wait and are written when it is gone."""
    server = make_server()
    path = server.tmp / "data/assist.db"
    server.call_tool("calculator", {"expression": "0"})
    wait_for(lambda: rows_of(path))
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        for i in range(1, 40):
            server.call_tool("calculator", {"expression": f"{i}"})
        wait_for(lambda: store_health(server).get("status") == "degraded")
        db.execute("ROLLBACK")
    wait_for(lambda: expressions(path) == [str(i) for i in range(40)])
    wait_for(lambda: store_health(server).get("status") == "ok")


def load(url, prefix, answered, stop):
    """Calls until the server is gone; notes when each answer was seen."""
    with httpx.Client(base_url=url, timeout=10, trust_env=False) as client:
        number = 0
        while not stop.is_set():
            number += 1
            name = f"{prefix}+{number}"
            try:
                response = client.post("/call/calculator", json={"expression": name})
            except httpx.TransportError:
                return
            if response.status_code == 200:
                answered.append((time.monotonic(), name))


def test_killed_under_load_twenty_times(make_server, tmp_path):
    path = tmp_path / "assist.db"
    dice = random.Random(20)
    must = set()
    for life in range(1, 21):
        server = make_server(args=["--database-url", f"sqlite://{path}", "--access-log", "false"])
        answered, stop = [], threading.Event()
        threads = [threading.Thread(target=load, args=(server.url, life * 10 + i, answered, stop)) for i in range(3)]
        for thread in threads:
            thread.start()
        time.sleep(1.1 + dice.random() / 4)  # a row waits for a quarter of a second: any moment of it
        killed = time.monotonic()
        os.kill(server.pid, signal.SIGKILL)
        for thread in threads:
            thread.join()
        server.kill()
        must |= {name for seen, name in answered if seen < killed - 1}
        assert integrity(path) == "ok"
    kept = expressions(path)
    assert must and len(kept) == len(set(kept))
    missing = must - set(kept)
    assert not missing, f"{len(missing)} of {len(must)} are missing"
    with contextlib.closing(sqlite3.connect(path)) as db:
        assert db.execute("SELECT sum(calls) FROM assist_totals").fetchone() == (len(kept),)
