"""The verb db: check, figures and a backup that another SQLite opens."""

import contextlib
import sqlite3
import threading

import pytest

# What `db` says of PostgreSQL: tests/store/test_postgres.py.
in_a_file = pytest.mark.sqlite_only("looks at the file in the data directory")


@pytest.fixture
def data(cli, tmp_path):
    """A data directory whose database holds three calls."""
    folder = tmp_path / "data"
    for expression in ("1+1", "2+2", "3+"):
        cli("call", "calculator", expression, "--data-dir", folder)
    return folder


@in_a_file
def test_check_and_stats(cli, data):
    check = cli("db", "check", "--data-dir", data)
    assert check.code == 0
    assert check.out.splitlines()[:2] == [f"database: {data}/assist.db", "integrity: ok"]
    assert "calls: 3\n" in check.out
    french = cli("db", "check", "--data-dir", data, "--lang", "fr").out
    assert french.splitlines()[:2] == [f"base : {data}/assist.db", "intégrité : ok"]
    assert "appels : 3\n" in french and "calls" not in french
    stats = cli("db", "stats", "--data-dir", data).json
    assert stats["calls"] == 3
    assert {(t["tool"], t["outcome"]): t["calls"] for t in stats["totals"]} == {
        ("calculator", "ok"): 2,
        ("calculator", "invalid"): 1,
    }


@in_a_file
def test_a_backup_is_a_database_by_itself(cli, data, tmp_path):
    copy = tmp_path / "copy.db"
    assert cli("db", "backup", copy, "--data-dir", data).code == 0
    assert copy.stat().st_mode & 0o777 == 0o600
    with contextlib.closing(sqlite3.connect(f"file:{copy}?mode=ro&immutable=1", uri=True)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert db.execute("SELECT count(*) FROM assist_calls").fetchone() == (3,)
    again = cli("db", "backup", copy, "--data-dir", data)
    assert again.code == 1 and "exists" in again.err
    # Restored, it serves as the database.
    assert cli("call", "calculator", "9", "--database-url", f"sqlite://{copy}").code == 0
    assert cli("db", "stats", "--database-url", f"sqlite://{copy}").json["calls"] == 4


@in_a_file
def test_a_backup_while_calls_are_kept(cli, make_server, tmp_path):
    server = make_server()
    stop = threading.Event()

    def work():
        while not stop.is_set():
            server.call_tool("calculator", {"expression": "1+1"})

    thread = threading.Thread(target=work)
    thread.start()
    try:
        for i in range(5):
            copy = tmp_path / f"copy{i}.db"
            done = cli("db", "backup", copy, "--data-dir", server.tmp / "data")
            assert done.code == 0, done
            with contextlib.closing(sqlite3.connect(copy)) as db:
                assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    finally:
        stop.set()
        thread.join()


@in_a_file
def test_nothing_to_look_at(cli, tmp_path):
    for words in (["check"], ["stats"], ["backup", tmp_path / "copy"]):
        done = cli("db", *words, "--data-dir", tmp_path / "empty")
        assert done.code == 1 and "assist.db" in done.err, done
        assert not (tmp_path / "empty/assist.db").exists()
        none = cli("db", *words, "--database-url", "none")
        assert none.code == 1 and "not kept" in none.err


@pytest.mark.parametrize("words", [[], ["chekc"], ["check", "x"], ["backup"], ["backup", "a", "b"]])
def test_usage(cli, words):
    done = cli("db", *words)
    assert done.code == 2 and "db check" in done.err


def test_refusals_are_told_in_french_too(cli, tmp_path):
    other = tmp_path / "other.db"
    with contextlib.closing(sqlite3.connect(other)) as db:
        db.execute("CREATE TABLE theirs (x)")
        db.commit()
    for url, words in (
        (f"sqlite://{other}", f"{other} : le fichier est la base d'un autre programme"),
        ("none", "les appels ne sont pas gardés"),
        ("mysql://h/d", "n'est pas une base que ce serveur connaît"),
    ):
        done = cli("db", "check", "--lang", "fr", "--database-url", url)
        assert done.code != 0 and f"mcp-assist : {words}" in done.err.replace("database_url : « mysql » ", ""), done
