"""The journal: a real systemd-journald in a mount namespace of its own, read by journalctl."""

import json
import os
import shutil
import subprocess

import pytest

from harness import program
from logread import parse_line

JOURNALD = "/lib/systemd/systemd-journald"
pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 or not os.path.exists(JOURNALD) or not shutil.which("journalctl"),
    reason="needs root and systemd-journald",
)

# Runs in the namespace: journald, then the program with standard error connected as systemd does it. Requests are made
# from within, too, since this script decides when journald is away.
INSIDE = r"""
import os, re, signal, socket, subprocess, sys, time, urllib.request

def journald():
    process = subprocess.Popen([JOURNALD], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not os.path.exists("/run/systemd/journal/stdout"):
        time.sleep(0.05)
        assert process.poll() is None
    return process

def stop(process):
    process.send_signal(signal.SIGTERM)
    process.wait(30)

def get(url, id):
    request = urllib.request.Request(url + "/health", headers={"X-Request-Id": id, "User-Agent": 'x" y\x9b'})
    urllib.request.urlopen(request, timeout=30).read()
    # A line is written when its answer is sent; it is there for sure once another request has been answered.
    urllib.request.urlopen(urllib.request.Request(url + "/health", headers={"X-Request-Id": "then"}), timeout=30).read()

JOURNALD, *command = sys.argv[1:]
os.makedirs("/run/log/journal", exist_ok=True)
os.makedirs("/run/systemd/journal", exist_ok=True)
first = journald()
stream = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
stream.connect("/run/systemd/journal/stdout")
stream.sendall(b"the-stream\n\n6\n1\n0\n0\n0\n")
status = os.fstat(stream.fileno())
env = dict(os.environ, JOURNAL_STREAM=f"{status.st_dev}:{status.st_ino}")
server = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=stream)
url = re.search(rb"Listening on (\S+)", server.stdout.readline())[1].decode()
get(url, "one")
os.rename("/run/systemd/journal/socket", "/run/systemd/journal/away")
get(url, "two")
os.rename("/run/systemd/journal/away", "/run/systemd/journal/socket")
get(url, "three")
stop(server)
journals = ["journalctl", "--directory=/run/log/journal", "--output=json", "--no-pager", "--all"]
subprocess.run(["journalctl", "--sync"], check=False, capture_output=True)
stop(first)
sys.stderr.flush()
sys.stdout.buffer.write(subprocess.run(journals, check=True, capture_output=True).stdout)
sys.exit(server.returncode)
"""


def text_of(value):
    """journalctl writes what is not printable as a list of bytes."""
    return bytes(value).decode(errors="replace") if isinstance(value, list) else value


def journal(binary, tmp_path, *flags):
    """The entries of a server that was asked three times, the second time with the socket of journald away."""
    mounts = ["unshare", "-m", "--propagation", "private", "sh", "-ec", 'mount -t tmpfs none /run; exec "$@"', "sh"]
    inside = ["python3", "-c", INSIDE, JOURNALD, binary, "serve", "--port", "0", "--data-dir", tmp_path / "data", *flags]
    done = subprocess.run(
        [*mounts, *map(str, inside)],
        env=program.environment(tmp_path / "sanitizer"),
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    assert program.sanitizer_reports(tmp_path / "sanitizer") == ""
    entries = [json.loads(line) for line in done.stdout.splitlines()]
    return [one for one in entries if one.get("SYSLOG_IDENTIFIER") in ("mcp-assist", "the-stream")]


def test_fields_and_priorities(binary, tmp_path):
    entries = journal(binary, tmp_path)
    native = {one["MCP_ID"]: one for one in entries if one.get("MCP_EVENT") == "request"}
    assert set(native) - {"then"} == {"one", "three"}
    one = native["one"]
    assert (one["PRIORITY"], one["SYSLOG_IDENTIFIER"], one["_TRANSPORT"]) == ("6", "mcp-assist", "journal")
    assert (one["MCP_METHOD"], one["MCP_PATH"], one["MCP_STATUS"]) == ("GET", "/health", "200")
    assert one["MCP_CLIENT"] == "127.0.0.1" and text_of(one["MCP_AGENT"]).startswith('x" y')
    assert text_of(one["MESSAGE"]).startswith("event=request method=GET path=/health status=200 ")
    assert [entry["MCP_VERSION"] for entry in entries if entry.get("MCP_EVENT") == "start"]
    # Lines that come at once may find the socket full: the stream takes over then, too.
    (stop,) = [text_of(entry["MESSAGE"]) for entry in entries if "event=stop " in text_of(entry["MESSAGE"])]
    assert "reason=signal" in stop
    # While the socket was away the stream took over, with its level.
    (two,) = [entry for entry in entries if "id=two" in text_of(entry["MESSAGE"])]
    assert (two["PRIORITY"], two["_TRANSPORT"]) == ("6", "stdout")
    assert parse_line(text_of(two["MESSAGE"]))["event"] == "request"


def test_json(binary, tmp_path):
    entries = journal(binary, tmp_path, "--log-format", "json", "--debug")
    for entry in entries:
        parse_line(text_of(entry["MESSAGE"]))
    begun = [entry for entry in entries if entry.get("MCP_EVENT") == "request_begin"]
    assert {entry["PRIORITY"] for entry in begun} == {"7"}


def test_a_stream_that_is_another(make_server):
    """JOURNAL_STREAM is inherited by what is redirected elsewhere: then standard error is what it is."""
    with make_server(env={"JOURNAL_STREAM": "1:2"}) as server:
        server.get("/health")
    assert "event=request" in server.stderr
