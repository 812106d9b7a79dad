"""What the tests of the store share: rows as an independent reader sees them, and waiting for something."""

import contextlib
import json
import sqlite3
import time

import pytest

from harness.postgres import Postgres


def wait_for(what, timeout=90):
    """The first true answer of what(); fails the test without one."""
    end = time.monotonic() + timeout
    while True:
        answer = what()
        if answer:
            return answer
        assert time.monotonic() < end, f"nothing within {timeout} s"
        time.sleep(0.05)


def rows_of(path) -> list[dict]:
    """The calls in an SQLite file, oldest first, read by Python's own SQLite."""
    if not path.exists():
        return []
    with contextlib.closing(sqlite3.connect(path, timeout=30)) as db:
        db.row_factory = sqlite3.Row
        try:
            return [dict(row) for row in db.execute("SELECT * FROM assist_calls ORDER BY id")]
        except sqlite3.OperationalError:  # its tables are not there yet
            return []


def integrity(path) -> str:
    with contextlib.closing(sqlite3.connect(path, timeout=30)) as db:
        return db.execute("PRAGMA integrity_check").fetchone()[0]


def store_health(server) -> dict:
    """What /health says of the store; {} before its first report."""
    return server.get("/health").json()["components"].get("store", {})


def events(server, name) -> list[str]:
    """The lines of the log with that event."""
    return [line for line in server.stderr.splitlines() if f" event={name} " in line + " "]


def kept_arguments(row) -> dict:
    return json.loads(row["arguments"])


@pytest.fixture(scope="session")
def cluster():
    """One PostgreSQL for all tests that do not end it."""
    with Postgres() as started:
        yield started


@pytest.fixture
def postgres(cluster):
    """That PostgreSQL without any table of ours."""
    cluster.empty()
    return cluster
