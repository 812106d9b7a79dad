"""process_list against ps(1) and psutil, on processes that the tests start and name."""

import contextlib
import datetime
import os
import pwd
import re
import subprocess
import sys
import time
import uuid

import psutil
import pytest
from harness.server import CallFault

# Takes the name given first, says so, then does what is said last until its input ends.
CHILD = """
import sys, threading
with open("/proc/self/comm", "wb") as comm:
    comm.write(sys.argv[1].encode())
action = sys.argv[2]
if action == "spin":
    def spin():
        while True:
            pass
    threading.Thread(target=spin, daemon=True).start()
print("ready", flush=True)
sys.stdin.read()
"""


@contextlib.contextmanager
def child(*args, name="child", action="wait"):
    """A running process with these words on its command line."""
    command = [sys.executable, "-c", CHILD, name, action, *args]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout.readline() == b"ready\n"
            # It has said so, and is not yet waiting for input.
            while action == "wait" and psutil.Process(process.pid).status() != psutil.STATUS_SLEEPING:
                time.sleep(0.01)
            yield process
        finally:
            process.kill()


@pytest.fixture
def mark():
    """A word that no other process has on its command line, short enough not to be cut off."""
    return uuid.uuid4().hex[:12]


def listed(call_tool, **args):
    return call_tool("process_list", {"sample_ms": 0, "limit": 500} | args)["processes"]


def ps(pid, column):
    command = ["ps", "-ww", "-o", f"{column}=", "-p", str(pid)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def test_a_process_is_as_ps_and_psutil_say(call_tool, mark):
    with child(mark, name="named by test") as process:
        (row,) = listed(call_tool, filter=mark)
        other = psutil.Process(process.pid)
        assert row["pid"] == process.pid
        assert row["ppid"] == os.getpid()
        assert row["user"] == pwd.getpwuid(os.geteuid()).pw_name == ps(process.pid, "user")
        assert row["name"] == "named by test" == ps(process.pid, "comm")
        assert row["state"] == "sleeping" == other.status()
        assert row["threads"] == other.num_threads() == 1
        assert abs(row["rss_bytes"] - other.memory_info().rss) <= 1 << 20
        assert row["memory_percent"] == pytest.approx(other.memory_percent(), abs=0.2)
        started = datetime.datetime.fromisoformat(row["started"].replace("Z", "+00:00"))
        assert started.timestamp() == pytest.approx(other.create_time(), abs=1.01)
        assert row["command"].startswith(sys.executable)


def test_filter_looks_at_name_and_command_in_any_case(call_tool, mark):
    with child(mark.upper(), name=mark) as process:
        assert [row["pid"] for row in listed(call_tool, filter=mark.upper())] == [process.pid]
    with child("x" + mark.upper() + "y") as process:
        assert [row["pid"] for row in listed(call_tool, filter=mark)] == [process.pid]
    assert listed(call_tool, filter=mark + "?") == []


def test_every_process_of_the_machine_is_there(call_tool):
    before = set(psutil.pids())
    rows, cursor = [], {}
    while True:
        page = call_tool("process_list", {"sort": "pid", "limit": 500, "sample_ms": 0} | cursor)
        rows += page["processes"]
        if not page["truncated"]:
            break
        cursor = {"cursor": page["next_cursor"]}
    pids = {row["pid"] for row in rows}
    stayed = before & set(psutil.pids())
    assert stayed <= pids
    assert [row["pid"] for row in rows] == sorted(pids)


def test_pages_show_each_process_once(call_tool, mark):
    with contextlib.ExitStack() as stack:
        started = {stack.enter_context(child(mark, name=f"c{i % 3}")).pid for i in range(10)}
        for sort in ("cpu", "memory", "pid", "name"):
            question = {"filter": mark, "sort": sort, "limit": 3, "sample_ms": 0}
            pids, page = [], call_tool("process_list", question)
            while True:
                assert page["total"] == 10
                pids += [row["pid"] for row in page["processes"]]
                assert page["truncated"] is ("next_cursor" in page)
                if not page["truncated"]:
                    break
                page = call_tool("process_list", question | {"cursor": page["next_cursor"]})
            if sort in ("pid", "name"):  # the others change while pages are turned
                assert len(pids) == 10 and set(pids) == started
            assert set(pids) <= started


def test_sorting(call_tool):
    for sort, key in (
        ("cpu", lambda row: -row["cpu_percent"]),
        ("memory", lambda row: -row["rss_bytes"]),
        ("pid", lambda row: row["pid"]),
        ("name", lambda row: row["name"].lower()),
    ):
        keys = [key(row) for row in listed(call_tool, sort=sort)]
        assert keys == sorted(keys), sort


def test_wrong_cursors_are_refused(call_tool):
    page = call_tool("process_list", {"limit": 1, "sort": "pid", "sample_ms": 0})
    good = page["next_cursor"]
    altered = ("1" if good[0] != "1" else "2") + good[1:]
    for args in (
        {"cursor": "x"},
        {"cursor": altered},
        {"cursor": good[:-1]},
        {"cursor": good + "0"},
        {"cursor": good, "sort": "memory"},
        {"cursor": good, "filter": "a"},
        {"cursor": good, "user": "root"},
    ):
        with pytest.raises(CallFault) as fault:
            call_tool("process_list", {"sort": "pid", "sample_ms": 0} | args)
        assert fault.value.status == 400
        assert [error["pointer"] for error in fault.value.problem["errors"]] == ["/cursor"]


def test_a_busy_process_leads(call_tool, mark):
    with child(mark, action="spin") as busy, child(mark) as idle:
        rows = []
        for _ in range(20):  # on a loaded machine it may not run in every sample
            rows = listed(call_tool, filter=mark, sample_ms=500)
            if rows[0]["cpu_percent"] > 10:
                break
        assert [row["pid"] for row in rows] == [busy.pid, idle.pid]
        assert 10 < rows[0]["cpu_percent"] <= 110
        assert rows[1]["cpu_percent"] < 10
        assert rows[0]["threads"] == 2
        assert listed(call_tool, filter=mark)[0]["pid"] == busy.pid  # since it started


def test_users(call_tool, mark):
    rows = listed(call_tool, user="root")
    assert rows and {row["user"] for row in rows} == {"root"}
    with child(mark) as process:
        uid = str(os.geteuid())
        assert [row["pid"] for row in listed(call_tool, user=uid, filter=mark)] == [process.pid]
    with pytest.raises(CallFault) as fault:
        call_tool("process_list", {"user": "no-such-user"})
    assert fault.value.status == 400
    if os.geteuid() != 0:
        pytest.skip("becoming another user needs root")
    command = ["setpriv", "--reuid=65533", "--clear-groups", "sleep", "1000"]
    with subprocess.Popen(command) as process:
        try:
            while ps(process.pid, "comm") != "sleep":
                time.sleep(0.01)
            assert [(row["pid"], row["user"]) for row in listed(call_tool, user="65533")] == [
                (process.pid, "65533")
            ]
        finally:
            process.kill()


@pytest.mark.parametrize(
    "secret", ["--password=S3", "--token|S3", "DB_PASSWORD=S3", "https://me:S3@host/", "X-Api-Key: S3"]
)
def test_secrets_are_neither_shown_nor_found(server, mark, secret):
    hidden = uuid.uuid4().hex[:16]
    with child(mark, *secret.replace("S3", hidden).split("|")) as process:
        (row,) = listed(server.call_tool, filter=mark)
        assert row["pid"] == process.pid
        assert hidden not in str(row)
        assert hidden not in server.call_text("process_list", {"filter": mark, "sample_ms": 0})
        assert "***" in row["command"]
        assert listed(server.call_tool, filter=hidden) == []
        assert listed(server.call_tool, filter=hidden[:8]) == []


@pytest.mark.parametrize("name", ["a) R 1 (b", "((()))", ") S 1", "back\\slash", "é", "x" * 15])
def test_names_that_look_like_something_else(call_tool, mark, name):
    with child(mark, name=name) as process:
        (row,) = listed(call_tool, filter=mark)
        assert (row["name"], row["pid"], row["ppid"], row["threads"]) == (name, process.pid, os.getpid(), 1)


def test_control_characters_are_not_passed_on(call_tool, mark):
    with child(mark, "a\x1b[31mb\nc", name="a\nb\x1b") as process:
        (row,) = listed(call_tool, filter=mark)
        assert row["pid"] == process.pid
        assert row["name"] == "a b?"
        assert not re.search(r"[\x00-\x1f\x7f]", row["command"])


def test_arguments_that_are_no_text(call_tool, mark):
    command = [sys.executable.encode(), b"-c", b"input()", b"\xff\xfe" + mark.encode()]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        try:
            rows = []
            while not rows:  # until it has become Python
                rows = listed(call_tool, filter=mark)
            assert rows[0]["pid"] == process.pid
        finally:
            process.kill()


def test_zombies(call_tool):
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    try:
        while psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
            time.sleep(0.01)
        (row,) = [row for row in listed(call_tool, sort="pid") if row["pid"] == pid]
        assert row["state"] == "zombie"
        assert row["rss_bytes"] == 0
        assert row["command"] == f"[{row['name']}]"
    finally:
        os.waitpid(pid, 0)


def test_threads_of_the_kernel(call_tool):
    if not os.path.exists("/proc/2/comm") or ps(2, "comm") != "kthreadd":
        pytest.skip("the kernel's threads are not visible here")
    (row,) = [row for row in listed(call_tool, filter="kthreadd") if row["pid"] == 2]
    assert row["name"] == "kthreadd"
    assert row["command"] == "[kthreadd]" == ps(2, "args")
    assert row["rss_bytes"] == 0


def test_processes_that_come_and_go(server):
    command = ["sh", "-c", "while :; do /bin/true; done"]
    with subprocess.Popen(command) as churn:
        try:
            for _ in range(10):
                assert server.call_tool("process_list", {"filter": "e", "sample_ms": 20})["total"] > 0
        finally:
            churn.kill()
    server.assert_alive()


def test_short_pages_show_long_commands(call_tool, mark):
    for length, shown in ((300, "w" * 300), (3000, None)):
        command = [sys.executable, "-c", "print(flush=True); input()", mark, "w" * length]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            process.stdout.readline()
            (row,) = listed(call_tool, filter=mark)
            process.kill()
        assert row["pid"] == process.pid
        if shown:
            assert row["command"].endswith(f"{mark} {shown}")
        else:
            assert len(row["command"]) == 400 and row["command"].endswith("w…")


def test_a_default_answer_is_short(server):
    with contextlib.ExitStack() as stack:
        for _ in range(20):
            stack.enter_context(child("/usr/share/java/" * 100))
        answer = server.post("/call/process_list", json={"sort": "memory"})
        assert len(answer.json()["processes"]) == 20
        assert len(answer.text) < 6800  # about 2,000 tokens


def test_text_in_both_languages(server):
    assert "Processes found" in server.call_text("process_list", {"limit": 1}, lang="en")
    assert "Processus trouvés" in server.call_text("process_list", {"limit": 1}, lang="fr")


@pytest.mark.parametrize(
    "args", [{"limit": 0}, {"limit": 501}, {"sort": "size"}, {"sample_ms": 5001}, {"filter": ""}]
)
def test_wrong_arguments(call_tool, args):
    with pytest.raises(CallFault) as fault:
        call_tool("process_list", args)
    assert fault.value.status == 400
