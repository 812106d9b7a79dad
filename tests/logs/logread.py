"""Logs read by parsers that nobody here wrote, and what the tests of logs start."""

import contextlib
import datetime
import json
import time
from pathlib import Path

import logfmtkv

LEVELS = ("debug", "info", "warning", "error")


def _once(pairs):
    """For json: a member that comes twice fails the test."""
    names = [name for name, _ in pairs]
    assert len(set(names)) == len(names), names
    return dict(pairs)


def parse_line(line: str) -> dict:
    """One line, logfmt or JSON, as {name: text or number}; fails on anything doubtful."""
    if line.startswith("{"):
        event = json.loads(line, object_pairs_hook=_once, parse_constant=lambda word: 1 / 0)
    else:
        event = dict(_once(logfmtkv.parse_pairs(line, strict=True)))
        assert all(value is not None and value is not True for value in event.values()), line
    assert list(event)[:3] == ["time", "level", "event"], line
    assert event["level"] in LEVELS, line
    assert event["time"].endswith("Z") and datetime.datetime.fromisoformat(event["time"][:-1]), line
    assert line.isprintable(), line
    return event


def events_of(log) -> list:
    """All events of a file, or of a text."""
    text = log.read_bytes().decode() if isinstance(log, Path) else log
    assert text == "" or text.endswith("\n"), f"a line without its end: {text[-200:]!r}"
    return [parse_line(line) for line in text.split("\n")[:-1]]


def own_events(log) -> list:
    """Without what other parts say of themselves: which account, which database."""
    return [one for one in events_of(log) if one["event"] not in ("privileges", "store_ready")]


def named(log, event) -> list:
    return [one for one in events_of(log) if one["event"] == event]


def wait_until(check, seconds=20):
    """The first true value of check(); the time is how long a slow machine may take, not how long it should."""
    end = time.monotonic() + seconds
    while True:
        with contextlib.suppress(OSError):
            if value := check():
                return value
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)
