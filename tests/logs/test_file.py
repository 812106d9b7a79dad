"""The log file: rotation loses and mixes nothing, renaming and trouble are survived."""

import concurrent.futures
import os
import signal
import subprocess

import httpx
import pytest

from harness import program
from harness.mounts import Mounts, seen_from
from logread import events_of, named, own_events, wait_until


def part(server):
    return server.get("/health").json()["components"].get("log")


def ids_of(*files) -> list:
    return [one["id"] for file in files for one in named(file, "request")]


@pytest.mark.parametrize("form", ["logfmt", "json"])
def test_rotation_under_load(make_server, tmp_path, form):
    """Every request that was answered is in exactly one of the files, in whole lines, and no file is too large."""
    log, limit, count, threads = tmp_path / "a.log", 20000, 250, 4
    args = ("--log-file", log, "--log-file-max-bytes", limit, "--log-file-keep", 99, "--log-format", form)
    server = make_server(args=args)

    def load(thread):
        with httpx.Client(base_url=server.url, timeout=60, trust_env=False) as client:
            for i in range(count):
                headers = {"X-Request-Id": f"load-{thread}-{i}"}
                answer = client.post("/tools/calculator", json={"expression": "1"}, headers=headers)
                assert answer.status_code == 200

    with concurrent.futures.ThreadPoolExecutor(threads) as pool:
        list(pool.map(load, range(threads)))
    server.stop()
    files = sorted(tmp_path.glob("a.log*"))
    assert len(files) > 4 and all(file.stat().st_size <= limit for file in files)
    wanted = [f"load-{thread}-{i}" for thread in range(threads) for i in range(count)]
    assert sorted(ids_of(*files)) == sorted(wanted)
    assert sorted(one["id"] for file in files for one in named(file, "call")) == sorted(wanted)
    ages = sorted(files, key=lambda file: -int(file.suffix[1:]) if file.suffix != ".log" else 0)
    times = [one["time"] for file in ages for one in events_of(file)]
    assert times == sorted(times)
    assert server.stderr == ""


def test_only_so_many_are_kept(make_server, tmp_path):
    log = tmp_path / "a.log"
    with make_server(args=("--log-file", log, "--log-file-max-bytes", 1000, "--log-file-keep", 2)) as server:
        for _ in range(40):
            server.get("/health")
    assert sorted(file.name for file in tmp_path.glob("a.log*")) == ["a.log", "a.log.1", "a.log.2"]


def test_several_processes_share_one(binary, tmp_path):
    """Editors start several: each rotates, none loses a line of another."""
    log, each = tmp_path / "a.log", 150
    command = [binary, "stdio", "--log-file", log, "--log-file-max-bytes", "4000", "--log-file-keep", "99"]
    command += ["--data-dir", tmp_path / "data"]
    line = b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"calculator","arguments":{"expression":"1"}}}\n'
    begin = (
        b'{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25",'
        b'"capabilities":{},"clientInfo":{"name":"t","version":"1"}}}\n'
        b'{"jsonrpc":"2.0","method":"notifications/initialized"}\n'
    )
    env = program.environment(tmp_path / "sanitizer")
    started = [
        subprocess.Popen(list(map(str, command)), env=env, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
        for _ in range(3)
    ]
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda process: process.communicate(begin + line * each, timeout=60), started))
    assert [process.returncode for process in started] == [0, 0, 0]
    assert program.sanitizer_reports(tmp_path / "sanitizer") == ""
    calls = [one["id"] for file in tmp_path.glob("a.log*") for one in named(file, "call")]
    assert len(calls) == len(set(calls)) == 3 * each


def test_sigusr1_as_logrotate_does(make_server, tmp_path):
    """Renamed, told, gone on: without losing what was under way."""
    log, old = tmp_path / "a.log", tmp_path / "old.log"
    with make_server(args=("--log-file", log, "--log-file-max-bytes", 0)) as server:
        server.get("/health", headers={"X-Request-Id": "before"})
        log.rename(old)
        os.kill(server.pid, signal.SIGUSR1)
        wait_until(log.exists)  # also when nobody asks anything
        server.get("/health", headers={"X-Request-Id": "after"})
        log.unlink()
        wait_until(log.exists)  # and when nobody tells
        server.get("/health", headers={"X-Request-Id": "again"})
    assert "before" in ids_of(old) and "after" not in ids_of(old) and ids_of(log) == ["again"]


def test_sigusr1_in_stdio(stdio, tmp_path):
    log, old = tmp_path / "a.log", tmp_path / "old.log"
    with stdio(args=("--log-file", log)) as pipe:
        pipe.initialize()
        log.rename(old)
        os.kill(pipe.pid, signal.SIGUSR1)
        pipe.call_tool("calculator", {"expression": "1"})
    assert [one["event"] for one in events_of(old)][0] == "start"
    assert [one["event"] for one in own_events(log)] == ["call", "stop"]
    assert pipe.stderr == ""


def test_sigusr1_without_a_file_does_nothing(server):
    os.kill(server.pid, signal.SIGUSR1)
    server.assert_alive()


def test_a_file_that_cannot_be_made(make_server, tmp_path):
    """Loud and degraded, never dead; well again without a restart."""
    log = tmp_path / "missing/a.log"
    with make_server(args=("--log-file", log)) as server:
        broken = part(server)
        assert broken["status"] == "degraded" and "No such file or directory" in broken["reason"]
        assert server.get("/health").json()["status"] == "degraded"
        server.get("/health", headers={"X-Request-Id": "meanwhile"})
        log.parent.mkdir()
        wait_until(lambda: part(server)["status"] == "ok")
        server.get("/health", headers={"X-Request-Id": "again"})
    assert [one["level"] for one in named(server.stderr, "log_file")] == ["error", "info"]
    assert "meanwhile" in ids_of(server.stderr_path) and "again" not in ids_of(server.stderr_path)
    assert "again" in ids_of(log)


@pytest.mark.parametrize("what", ["folder", "fifo", "device"])
def test_a_path_that_is_no_file(make_server, tmp_path, what):
    path = tmp_path / "a.log"
    if what == "folder":
        path.mkdir()
    elif what == "fifo":
        os.mkfifo(path)
    else:
        path = "/dev/full"
    with make_server(args=("--log-file", path)) as server:
        assert part(server)["status"] == "degraded"
    assert named(server.stderr, "start")


@pytest.mark.skipif(os.geteuid() != 0, reason="a full disk of its own needs root")
def test_a_full_disk(make_server, tmp_path):
    """Half a line never stays; what did not fit is on standard error; it goes on when there is room."""
    folder = tmp_path / "small"
    folder.mkdir()
    disk = Mounts(f"mount -t tmpfs -o size=16k none {folder}")
    server = make_server(args=("--log-file", folder / "a.log", "--log-file-max-bytes", 0), netns=disk)
    log = seen_from(server, folder / "a.log")
    sent = 0
    while server.client.get("/health", headers={"X-Request-Id": f"full-{sent}"}).json()["status"] == "ok":
        sent += 1
        assert sent < 1000
    broken = part(server.client)
    assert broken["status"] == "degraded" and "No space left on device" in broken["reason"]
    kept = log.read_text(encoding="utf-8")
    assert len(kept) > 8000
    on_disk = [one["id"] for one in events_of(kept) if one["event"] == "request"]
    on_stderr = ids_of(server.stderr_path)
    assert on_disk[: sent - 1] == [f"full-{i}" for i in range(sent - 1)]
    assert not set(on_disk) & set(on_stderr) and f"full-{sent}" in on_stderr
    os.truncate(log, 0)
    wait_until(lambda: part(server.client)["status"] == "ok")
    server.client.get("/health", headers={"X-Request-Id": "again"})
    wait_until(lambda: "again" in ids_of(log))
    server.stop()
    events_of(server.stderr_path)


def test_wrong_settings(cli):
    for words in (("--log-format", "xml"), ("--log-file-keep", "0"), ("--log-file-max-bytes", "-1"), ("--access-log", "x")):
        done = cli("serve", *words)
        assert done.code == 2 and words[0] in done.err
