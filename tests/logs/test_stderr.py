"""A standard error that nobody reads, or that is gone, never holds the server."""

import contextlib
import os
import re
import signal
import subprocess
import threading

import httpx

from harness import program
from logread import events_of, named


@contextlib.contextmanager
def serving(binary, tmp_path, stderr, args=()):
    """A server with that standard error; (its process, its URL)."""
    command = [binary, "serve", "--port", "0", "--data-dir", tmp_path / "data", *args]
    process = subprocess.Popen(
        list(map(str, command)),
        env=program.environment(tmp_path / "sanitizer"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=stderr,
    )
    try:
        url = re.search(rb"Listening on (\S+)", process.stdout.readline())[1].decode()
        threading.Thread(target=process.stdout.read, daemon=True).start()
        yield process, url
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
        assert program.sanitizer_reports(tmp_path / "sanitizer") == ""
    finally:
        process.kill()
        process.wait()


def test_a_full_pipe(binary, tmp_path):
    """Requests are answered, lines are lost, their number is told once somebody reads again."""
    reading, writing = os.pipe()
    with serving(binary, tmp_path, writing) as (_, url), httpx.Client(base_url=url, trust_env=False) as client:
        os.close(writing)
        sent = 0
        for i in range(1500):  # 64 KiB are some 400 lines
            assert client.get("/health", headers={"X-Request-Id": f"r{i}"}, timeout=30).status_code == 200
            sent += 1
        # A line is written when its answer has been sent: all lines but this one's have been tried then.
        client.get("/health", headers={"X-Request-Id": "between"})
        os.set_blocking(reading, False)
        text = b""
        with contextlib.suppress(BlockingIOError):
            while True:
                text += os.read(reading, 65536)
        client.get("/health", headers={"X-Request-Id": "again"})
    while chunk := os.read(reading, 65536):
        text += chunk
    os.close(reading)
    seen = [one["id"] for one in named(text.decode(), "request")]
    lost = sum(int(one["count"]) for one in named(text.decode(), "log_dropped"))
    assert lost > 500 and seen[-1] == "again"
    assert lost == sent + 2 - len(seen)
    seen = [one for one in seen[:-1] if one != "between"]
    assert seen == [f"r{i}" for i in range(len(seen))]


def test_a_reader_that_is_gone(binary, tmp_path):
    reading, writing = os.pipe()
    os.close(reading)
    with serving(binary, tmp_path, writing) as (_, url):
        os.close(writing)
        for _ in range(3):
            assert httpx.get(f"{url}/health", trust_env=False).status_code == 200


def test_no_stderr_at_all(binary, tmp_path):
    """Closed by whoever started us: no other descriptor may take its place and get the log."""
    script = 'exec "$@" 2>&-'
    command = ["sh", "-c", script, "sh", str(binary), "serve", "--port", "0", "--data-dir", str(tmp_path / "data")]
    process = subprocess.Popen(
        command,
        env=program.environment(tmp_path / "sanitizer"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
    )
    url = re.search(rb"Listening on (\S+)", process.stdout.readline())[1].decode()
    for _ in range(3):
        assert httpx.get(f"{url}/health", trust_env=False).status_code == 200
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=30)
    assert process.returncode == 0 and b"event=" not in out


def test_lines_of_two_processes_on_one_pipe(binary, tmp_path):
    """A line is written at once: a pipe takes it whole."""
    reading, writing = os.pipe()
    chunks = []

    def read():
        while chunk := os.read(reading, 65536):
            chunks.append(chunk)

    reader = threading.Thread(target=read)
    reader.start()
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    agent = {"User-Agent": "x" * 900}
    with serving(binary, tmp_path / "a", writing) as (_, a), serving(binary, tmp_path / "b", writing) as (_, b):
        os.close(writing)

        def load(url):
            with httpx.Client(base_url=url, trust_env=False, headers=agent) as client:
                for _ in range(200):
                    client.get("/health")

        threads = [threading.Thread(target=load, args=(url,)) for url in (a, b)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    reader.join()
    os.close(reading)
    requests = [one for one in events_of(b"".join(chunks).decode()) if one["event"] == "request"]
    assert len(requests) == 400
