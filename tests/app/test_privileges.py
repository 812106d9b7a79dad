"""What a process of ours may do: read from /proc/PID/status, for each mode and each of its threads."""

import os
import pwd
import re
import shutil
import stat
import subprocess
import time
from pathlib import Path

import httpx
import pytest

from harness import program
from harness.server import Server

CAP_NET_RAW = 1 << 13
root_only = pytest.mark.skipif(os.geteuid() != 0, reason="giving up root needs root")


def statuses(pid):
    """The fields of /proc/PID/status, once for each thread."""
    for task in Path(f"/proc/{pid}/task").iterdir():
        lines = (task / "status").read_text().splitlines()
        yield {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def capabilities(status):
    return {name: int(status[name], 16) for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")}


@pytest.fixture
def open_folder():
    """A folder that any account can reach."""
    folder = Path(subprocess.run(["mktemp", "-d", "/tmp/mcpt-XXXXXX"], capture_output=True, text=True).stdout.strip())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def rooted(binary, open_folder):
    """A server started as root without any word about whom to become."""

    def start(*args, env=None, **options):
        folder = open_folder / "run"
        folder.mkdir()
        folder.chmod(0o777)
        env = {"MCP_ASSIST_USER": "", **(env or {})}
        return Server(binary, folder, args=args, env=env, data=open_folder / "data", **options)

    return start


def group(name):
    entry = subprocess.run(["getent", "group", name], capture_output=True, text=True, check=False).stdout
    return {entry.split(":")[2]} if entry else set()


@root_only
def test_root_is_given_up_by_itself(rooted, open_folder):
    with rooted() as server:
        server.call_tool("ping_host", {"host": "127.0.0.1", "count": 1})  # starts a worker
        try:
            uid = pwd.getpwnam("mcp-assist").pw_uid
        except KeyError:
            uid = 65534
        found = list(statuses(server.pid))
        assert len(found) > 1
        for status in found:
            assert status["Uid"].split() == [str(uid)] * 4
            assert "0" not in status["Gid"].split() + status["Groups"].split()
            assert set(status["Groups"].split()) >= group("adm") | group("systemd-journal")
            assert capabilities(status) == {
                "CapInh": 0,
                "CapPrm": CAP_NET_RAW,
                "CapEff": CAP_NET_RAW,
                "CapBnd": CAP_NET_RAW,
                "CapAmb": 0,
            }
            assert status["NoNewPrivs"] == "1"
        made = (open_folder / "data").stat()
        assert made.st_uid == 0  # it was there: what is somebody's stays so


@root_only
def test_the_data_directory_is_made_and_handed_over(binary, open_folder):
    data = open_folder / "one/two"
    env = program.environment(open_folder / "sanitizer", {"MCP_ASSIST_USER": "nobody"})
    done = subprocess.run([binary, "key", "add", "x", "--data-dir", data], env=env, capture_output=True, check=True)
    key = done.stdout.decode().strip()
    nobody = pwd.getpwnam("nobody")
    for path in (data.parent, data, data / "keys"):
        assert (path.stat().st_uid, path.stat().st_gid) == (nobody.pw_uid, nobody.pw_gid)
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0
    command = [binary, "serve", "--port", "0", "--data-dir", data, "--auth", "keys"]
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        url = process.stdout.readline().split()[-1]
        bearer = {"Authorization": f"Bearer {key}"}
        assert httpx.get(url + "/tools", headers=bearer, trust_env=False).status_code == 200
        # It reads by its own account what root changes.
        subprocess.run([binary, "key", "revoke", "x", "--data-dir", data], env=env, check=True)
        assert httpx.get(url + "/tools", headers=bearer, trust_env=False).status_code == 401
        health = httpx.get(url + "/health", trust_env=False).json()
        assert health["status"] == "ok" and "keys" not in health["components"]
        process.terminate()
        assert process.wait(30) == 0


@root_only
def test_a_data_directory_that_cannot_be_used_is_said(rooted, open_folder):
    (open_folder / "data").mkdir(mode=0o700)
    with rooted() as server:
        health = server.get("/health")
        assert health.status_code == 200 and health.json()["status"] == "degraded"
        assert "Permission denied" in health.json()["components"]["data_dir"]["reason"]
        assert server.call_tool("calculator", {"expression": "1"})["value"] == 1
    assert "level=error event=data_dir" in server.stderr


@root_only
def test_root_stays_root_when_told_and_says_so(rooted):
    with rooted("--user", "root") as server:
        (status, *_) = statuses(server.pid)
        assert status["Uid"].split() == ["0"] * 4 and status["NoNewPrivs"] == "1"
    assert "level=warning event=privileges user=root" in server.stderr


@root_only
def test_ping_still_sends_icmp(binary, netns, open_folder):
    """By the raw socket that CAP_NET_RAW allows: datagram ones are closed to this account."""
    space = netns.create()
    space.run("sh", "-c", "ip link set lo up; echo '1 0' > /proc/sys/net/ipv4/ping_group_range")
    folder = open_folder / "run"
    folder.mkdir()
    folder.chmod(0o777)
    env = {"MCP_ASSIST_USER": "nobody"}
    with Server(binary, folder, env=env, data=open_folder / "data", netns=space) as server:
        answer = server.post("/call/ping_host", json={"host": "127.0.0.1", "count": 1, "method": "icmp"})
        assert answer.status_code == 200 and answer.json()["received"] == 1, answer.text


@root_only
def test_secrets_are_closed_to_others_of_the_account(rooted):
    """No core dump, no /proc/PID/mem for another process of the same account."""
    with rooted("--user", "nobody") as server:
        uid = pwd.getpwnam("nobody").pw_uid
        for name in ("environ", "mem", "maps"):
            command = ["setpriv", f"--reuid={uid}", "--regid=65534", "--clear-groups", "head", "-c", "1"]
            done = subprocess.run([*command, f"/proc/{server.pid}/{name}"], capture_output=True, text=True)
            assert done.returncode != 0 and "Permission denied" in done.stderr


@root_only
def test_an_ordinary_account_hides_its_secrets_too(binary, open_folder):
    """Here the kernel does nothing by itself: no account was changed."""
    shutil.copy(binary, open_folder / "mcp-assist")
    data = open_folder / "data"
    data.mkdir()
    data.chmod(0o777)
    become = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    command = [*become, open_folder / "mcp-assist", "serve", "--port", "0", "--data-dir", data]
    env = program.environment(open_folder / "sanitizer", {"MCP_ASSIST_USER": "", "HOME": "/"})
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert b"Listening" in process.stdout.readline()
        look = [*become, "head", "-c", "1", f"/proc/{process.pid}/environ"]
        done = subprocess.run(look, capture_output=True, text=True)
        process.terminate()
        assert process.wait(30) == 0
    assert done.returncode != 0 and "Permission denied" in done.stderr


@root_only
def test_without_the_right_to_change_it_does_not_stay_root(binary, open_folder):
    command = ["setpriv", "--bounding-set=-setuid", "--inh-caps=-setuid", binary, "serve", "--port", "0"]
    env = {"MCP_ASSIST_USER": "nobody"}
    done = program.run_refused([*command, "--data-dir", open_folder], reports=open_folder / "sanitizer", env=env)
    assert done.code == 1 and "--user root" in done.err


@root_only
def test_an_ordinary_account_keeps_what_ping_needs_and_no_more(binary, open_folder):
    """Ambient capabilities, as a service manager or a container gives them."""
    shutil.copy(binary, open_folder / "mcp-assist")
    caps = "+net_raw,+net_admin,+dac_override"
    command = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    command += [f"--inh-caps={caps}", f"--ambient-caps={caps}", open_folder / "mcp-assist", "stdio"]
    env = program.environment(open_folder / "sanitizer", {"MCP_ASSIST_USER": "", "HOME": "/"})
    with subprocess.Popen(command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdin.write(b'{"jsonrpc":"2.0","id":1,"method":"ping"}\n')
        process.stdin.flush()
        assert b'"id":1' in process.stdout.readline()
        for status in statuses(process.pid):
            found = capabilities(status)
            assert found["CapPrm"] == found["CapEff"] == CAP_NET_RAW
            assert found["CapInh"] == found["CapAmb"] == 0
        process.stdin.close()
        assert process.wait(30) == 0


def test_no_new_privileges_in_every_mode(make_server, stdio, binary, tmp_path):
    def is_bound(pid):
        return all(status["NoNewPrivs"] == "1" for status in statuses(pid))

    assert is_bound(make_server().pid)
    client = stdio(args=("--data-dir", tmp_path))
    client.request("ping")
    assert is_bound(client.pid)
    with subprocess.Popen(
        [binary, "call", "ping_host", "--host", "127.0.0.1", "--count", "5", "--interval_ms", "1000"],
        env=program.environment(tmp_path / "sanitizer"),
        stdout=subprocess.PIPE,
    ) as process:
        deadline = time.monotonic() + 30
        while "mcp-assist" not in Path(f"/proc/{process.pid}/comm").read_text() or not is_bound(process.pid):
            assert time.monotonic() < deadline and process.poll() is None
        process.terminate()
        process.wait(30)


def test_who_is_not_root_cannot_be_another(binary, open_folder):
    shutil.copy(binary, open_folder / "mcp-assist")
    become = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if os.geteuid() == 0 else []
    env = program.environment(open_folder / "sanitizer", {"MCP_ASSIST_USER": "root", "HOME": "/"})
    command = [*become, open_folder / "mcp-assist", "serve", "--port", "0"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=30)
    assert done.returncode == 1 and re.search(r"user root: only root", done.stderr)
