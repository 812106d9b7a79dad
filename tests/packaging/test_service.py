"""The Debian package on Debian 12 and 13: installed by apt in a clean machine, served under its systemd, purged without a trace.

What a service manager hears in detail: tests/app/test_notify.py; what can be said without a machine: test_files.py and
test_package.py."""

import concurrent.futures
import json
import os
import re
import subprocess
import time

import pytest

from harness import mcp_schema
from harness.machine import Machine, debian_tree, trees
from harness.packages import archives_for, debian_package
from harness.program import ROOT

from readme.blocks import blocks, commands

# The first run makes trees and compiles in one.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

UNIT = "mcp-assist.service"
URL = "http://127.0.0.1:8000"
CAP_NET_RAW = 1 << 13
# What installing and removing any package leaves: apt's and dpkg's own records, caches, logs, copies of the account files
# (compared by content here), and what the running systemd writes.
RECORDS = (
    "/var/lib/dpkg", "/var/lib/apt", "/var/cache", "/var/log/apt", "/var/log/dpkg.log", "/var/log/alternatives.log",
    "/var/log/journal", "/var/log/wtmp", "/var/log/btmp", "/var/log/lastlog", "/etc/ld.so.cache", "/etc/.pwd.lock",
    "/etc/passwd", "/etc/passwd-", "/etc/group", "/etc/group-", "/etc/shadow", "/etc/shadow-", "/etc/gshadow", "/etc/gshadow-",
    "/etc/subuid-", "/etc/subgid-", "/var/lib/systemd",
)  # fmt: skip


class Installed(Machine):
    """A machine with the package in it."""

    def __init__(self, suite, folder):
        self.suite = suite
        self.package = debian_package(suite)
        files = {f"/var/cache/apt/archives/{deb.name}": deb for deb in archives_for(suite, self.package, folder)}
        super().__init__(debian_tree(suite), folder, files=files | {"/srv/mcp-assist.deb": self.package})
        try:
            # The tree has nothing of what it needs; what that leaves behind is not the package's to clean up.
            needs = [self.run("dpkg-deb", "-f", "/srv/mcp-assist.deb", row).stdout.strip() for row in ("Depends", "Recommends")]
            assert "Inst mcp-assist " in self.apt("install", "--simulate", "/srv/mcp-assist.deb")
            self.apt("satisfy", *needs)
            self.before = self.inventory()
            self.accounts = self.account_files()
            self.apt("install", "/srv/mcp-assist.deb")
        except BaseException:
            self.stop()
            raise

    def apt(self, *words):
        return self.run("apt-get", "-y", "-q", *words, timeout=300).stdout

    def inventory(self):
        """Every file of the system with its kind, mode, owner and target."""
        listed = self.run("find", "/", "-xdev", "-printf", "%p\t%y %#m %u:%g %l\n").stdout
        rows = dict(line.split("\t", 1) for line in listed.splitlines())
        return {path: row for path, row in rows.items() if not any(path == r or path.startswith(r + "/") for r in RECORDS)}

    def account_files(self):
        return {name: self.run("cat", f"/etc/{name}").stdout for name in ("passwd", "group", "shadow", "gshadow")}

    def curl(self, path, body=None, *, port=8000, code="200"):
        """A request by curl of the host, from within the machine's network."""
        words = ["nsenter", "-t", self.pid, "-n", "curl", "-sS", "--max-time", "60", "-w", "\n%{http_code}"]
        words += ["-H", "Content-Type: application/json", "-d", json.dumps(body)] if body is not None else []
        words += [f"http://127.0.0.1:{port}{path}"]
        done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=90)
        assert done.returncode == 0, f"{done.stderr}{self.journal()}"
        text, _, status = done.stdout.rpartition("\n")
        assert status == code, text
        return json.loads(text)

    def status_with(self, key):
        """How a request with this API key is answered."""
        words = ["nsenter", "-t", self.pid, "-n", "curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}"]
        words += ["-H", f"Authorization: Bearer {key}", f"{URL}/tools"]
        return subprocess.run(words, capture_output=True, text=True, check=True, timeout=90).stdout

    def call(self, tool, arguments=None, **options):
        return self.curl(f"/call/{tool}", arguments or {}, **options)

    def journal(self):
        return self.run("journalctl", "--no-pager", "-u", UNIT, check=False).stdout

    def state(self, *names):
        return self.show(UNIT, "ActiveState", "SubState", "MainPID", "NRestarts", "Result", "StatusText", *names)

    def until_active(self, question=lambda state: True):
        def is_active():
            state = self.state()
            return state if state["ActiveState"] == "active" and question(state) else None

        return self.wait(is_active, 30)

    def process_status(self):
        pid = self.state()["MainPID"]
        text = self.run("cat", f"/proc/{pid}/status").stdout
        return dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)


@pytest.fixture(scope="module", params=["bookworm", "trixie"])
def machine(request, tmp_path_factory):
    if os.geteuid() != 0:
        pytest.skip("trees and namespaces need root")
    booted = Installed(request.param, tmp_path_factory.mktemp("service"))
    yield booted
    booted.stop()


def test_active_as_soon_as_it_is_installed(machine):
    state = machine.state("Type", "UnitFileState", "NotifyAccess")
    assert (state["ActiveState"], state["SubState"], state["Type"]) == ("active", "running", "notify")
    assert state["StatusText"] == f"Listening on {URL}"
    assert state["UnitFileState"] == "enabled"
    status = machine.run("systemctl", "status", UNIT).stdout
    assert "Active: active (running)" in status
    assert f'Status: "Listening on {URL}"' in status


def test_no_unit_of_the_machine_failed(machine):
    failed = machine.run("systemctl", "list-units", "--failed", "--no-legend", "--plain", "mcp*").stdout
    assert failed == ""


def test_who_it_is(machine):
    """An account of its own, two groups, one power of root, nothing to gain."""
    status = machine.process_status()
    account = machine.run("id", "-u", "mcp-assist").stdout.strip()
    assert set(status["Uid"].split()) == {account} != {"0"}
    groups = {machine.run("getent", "group", name).stdout.split(":")[2] for name in ("adm", "systemd-journal")}
    assert groups < set(status["Groups"].split())
    assert "0" not in status["Groups"].split()
    for kind in ("CapEff", "CapPrm", "CapBnd", "CapAmb"):
        assert int(status[kind], 16) & ~CAP_NET_RAW == 0, kind
    assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2")


def test_its_own_files(machine):
    listed = machine.run("stat", "-c", "%U:%G %a", "/var/lib/mcp-assist").stdout.strip()
    assert listed == "mcp-assist:mcp-assist 700"
    assert machine.run("stat", "-c", "%U:%G %a", "/etc/mcp-assist/mcp-assist.conf").stdout.strip() == "root:root 644"


def test_health_and_tools(machine):
    assert machine.curl("/health")["status"] == "ok"
    assert machine.run("mcp-assist", "health", "--config", "/etc/mcp-assist").returncode == 0
    assert len(machine.curl("/tools")["tools"]) == 12


def test_mcp(machine):
    call = {"name": "calculator", "arguments": {"expression": "2**64"}}
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}
    [answer] = mcp_schema.conversation(json.dumps(message), json.dumps(machine.curl("/mcp", message)))
    assert answer["result"]["structuredContent"]["result"] == str(2**64)


def test_logs_of_the_group_adm(machine):
    machine.run("sh", "-c", "umask 027; echo for-adm >/var/log/mcpt-adm.log; chgrp adm /var/log/mcpt-adm.log")
    machine.run("sh", "-c", "umask 077; echo for-root >/var/log/mcpt-root.log")
    try:
        assert machine.call("read_file", {"path": "/var/log/mcpt-adm.log"})["content"] == "for-adm\n"
        assert "for-root" not in json.dumps(machine.call("read_file", {"path": "/var/log/mcpt-root.log"}, code="403"))
    finally:
        machine.run("rm", "/var/log/mcpt-adm.log", "/var/log/mcpt-root.log")


def test_ping_by_raw_sockets(machine):
    """The kernel lets no group send echo requests here: it is the capability that does."""
    assert machine.run("cat", "/proc/sys/net/ipv4/ping_group_range").stdout.split() == ["1", "0"]
    ping = machine.call("ping_host", {"host": "127.0.0.1", "count": 2})
    assert (ping["status"], ping["method"], ping["received"]) == ("up", "icmp", 2)


def test_the_sandbox_does_not_blind_the_tools(machine):
    info = machine.call("system_info")
    assert info["general"]["hostname"] == machine.run("hostname").stdout.strip()
    processes = machine.run("sh", "-c", "ls -d /proc/[0-9]*").stdout.split()
    assert abs(info["processes"]["total"] - len(processes)) <= 6
    first = [p for p in machine.call("process_list", {"filter": "systemd", "limit": 100})["processes"] if p["pid"] == 1]
    assert first and first[0]["user"] == "root"
    assert machine.call("check_service", {"name": "mcp-assist"})["active_state"] == "active"
    assert any(interface["name"] == "lo" for interface in machine.call("network_interfaces")["interfaces"])
    disks = machine.call("disk_usage")["filesystems"]
    mounts = [disk["mount"] for disk in disks]
    assert "/" in mounts and len(mounts) == len(set(mounts))


def test_the_sandbox_holds(machine):
    """Nothing but its own directories can be written, and no other kind of socket opened."""
    pid = machine.state()["MainPID"]
    writable = [
        line.split()[1]
        for line in machine.run("cat", f"/proc/{pid}/mounts").stdout.splitlines()
        if "rw" in line.split()[3].split(",") and not line.split()[1].startswith(("/proc", "/sys", "/dev"))
    ]
    own = ("/var/lib/mcp-assist", "/var/log/mcp-assist", "/tmp", "/var/tmp")
    assert {place for place in writable if not place.startswith("/run")} <= set(own), writable
    score = machine.run("systemd-analyze", "security", "--no-pager", UNIT, check=False).stdout.splitlines()[-1]
    assert float(score.split(": ")[1].split()[0]) <= 2.3, score


def test_killed_it_is_there_again(machine):
    before = machine.state()
    machine.run("systemctl", "kill", "--signal=KILL", "--kill-whom=main", UNIT)
    after = machine.until_active(lambda state: state["MainPID"] not in ("0", before["MainPID"]))
    assert int(after["NRestarts"]) == int(before["NRestarts"]) + 1
    assert machine.curl("/health")["status"] == "ok"


def test_a_server_that_hangs_is_started_anew(machine):
    """The watchdog, made short: a stopped process answers nobody and tells nobody."""
    machine.run("mkdir", "-p", f"/run/systemd/system/{UNIT}.d")
    machine.run("sh", "-c", f"printf '[Service]\\nWatchdogSec=2\\n' >/run/systemd/system/{UNIT}.d/test.conf")
    try:
        machine.run("systemctl", "daemon-reload")
        machine.run("systemctl", "restart", UNIT)
        before = machine.until_active()
        time.sleep(5)  # longer than the watchdog's patience: it is fed
        assert machine.state()["MainPID"] == before["MainPID"]
        machine.run("systemctl", "kill", "--signal=STOP", "--kill-whom=main", UNIT)
        after = machine.until_active(lambda state: state["MainPID"] not in ("0", before["MainPID"]))
        assert int(after["NRestarts"]) == 1
        assert "watchdog" in machine.journal().lower()
    finally:
        machine.run("rm", "-r", f"/run/systemd/system/{UNIT}.d")
        machine.run("systemctl", "daemon-reload")
        machine.run("systemctl", "restart", UNIT)


def test_settings_in_a_file_of_their_own(machine):
    machine.run("sh", "-c", "printf '[server]\\nport = 8100\\n' >/etc/mcp-assist/50-here.conf")
    try:
        machine.run("systemctl", "restart", UNIT)
        assert machine.state()["StatusText"] == "Listening on http://127.0.0.1:8100"
        assert machine.curl("/health", port=8100)["status"] == "ok"
        machine.run("sh", "-c", "printf '[server]\\nprot = 8100\\n' >/etc/mcp-assist/50-here.conf")
        assert machine.run("systemctl", "restart", UNIT, check=False).returncode != 0
        assert machine.state()["ActiveState"] == "failed"
        assert "50-here.conf, line 2: unknown setting prot" in machine.journal()
    finally:
        machine.run("rm", "/etc/mcp-assist/50-here.conf")
        machine.run("systemctl", "reset-failed", UNIT)
        machine.run("systemctl", "restart", UNIT)


def test_a_stop_answers_what_runs(machine):
    with concurrent.futures.ThreadPoolExecutor() as pool:
        call = pool.submit(machine.call, "ping_host", {"host": "127.0.0.1", "count": 10})
        machine.wait(lambda: "established" in machine.run("sh", "-c", ESTABLISHED).stdout, 10)
        machine.run("systemctl", "stop", UNIT)
        assert call.result()["received"] == 10
    # In time too: what takes longer than TimeoutStopSec= is killed, and that is no success.
    state = machine.state("ExecMainStatus")
    assert (state["ActiveState"], state["Result"], state["ExecMainStatus"]) == ("inactive", "success", "0")
    machine.run("systemctl", "start", UNIT)
    assert machine.curl("/health")["status"] == "ok"


# A connection to port 8000 (1F40) in state 01, as the kernel lists it; the tree has no ss.
ESTABLISHED = "grep -q ':1F40 [0-9A-F:]* 01 ' /proc/net/tcp && echo established; true"


def test_an_update_keeps_what_the_administrator_decided(machine):
    machine.run("systemctl", "disable", "--now", UNIT)
    machine.run("sh", "-c", "echo '# mine' >>/etc/mcp-assist/mcp-assist.conf")
    machine.apt("install", "--reinstall", "/srv/mcp-assist.deb")
    assert machine.show(UNIT, "UnitFileState")["UnitFileState"] == "disabled"
    assert machine.run("tail", "-n1", "/etc/mcp-assist/mcp-assist.conf").stdout == "# mine\n"
    machine.run("systemctl", "enable", UNIT)
    machine.run("systemctl", "restart", UNIT)
    assert machine.curl("/health")["status"] == "ok"


def test_removed_it_keeps_settings_and_data(machine):
    machine.apt("remove", "mcp-assist")
    assert machine.run("systemctl", "is-active", UNIT, check=False).stdout.strip() == "inactive"
    machine.run("test", "-d", "/var/lib/mcp-assist")
    machine.run("test", "-f", "/etc/mcp-assist/mcp-assist.conf")
    machine.apt("install", "/srv/mcp-assist.deb")
    assert machine.curl("/health")["status"] == "ok"


def test_purged_without_a_trace(machine):
    machine.run("sh", "-c", "echo PORT=8000 >/etc/default/mcp-assist; echo '[server]' >/etc/mcp-assist/50-here.conf")
    machine.apt("purge", "mcp-assist")
    after = machine.inventory()
    assert {path: row for path, row in after.items() if path not in machine.before} == {}
    assert {path: row for path, row in machine.before.items() if after.get(path) != row} == {}
    assert machine.account_files() == machine.accounts
    assert machine.run("find", "/var/lib/dpkg", "/var/lib/systemd", "/run", "/tmp", "/var/tmp", "/var/log", "-name", "*mcp-assist*",
        "-not", "-path", "/run/systemd/*").stdout == ""  # fmt: skip
    assert machine.run("sh", "-c", "grep -l mcp-assist /proc/[0-9]*/comm || true").stdout == ""
    assert "mcp-assist" not in machine.run("systemctl", "list-unit-files", "--no-legend").stdout


def test_the_page_of_the_readme(machine):
    """Its commands in the machine, where everybody is root and the package lies elsewhere."""
    (block,) = [block for block in blocks(ROOT / "README.md") if block.kind == "sh"]
    lines = commands(block)
    assert lines[0].startswith("sudo apt install ") and lines[-1] == "sudo apt purge mcp-assist"
    said = {}
    for line in lines:
        command = line.removeprefix("sudo ").replace("./build/package/mcp-assist_*.deb", "/srv/mcp-assist.deb")
        said[line] = machine.run("sh", "-c", command, input="y\n", timeout=300).stdout
        if "key add" in line:
            # Made by root, read by the service.
            key = re.search(r"mcpa_\S+", said[line])[0]
            assert [machine.status_with(key), machine.status_with(key[:-1])] == ["200", "401"]
            assert machine.run("stat", "-c", "%U %a", "/var/lib/mcp-assist/keys").stdout == "mcp-assist 600\n"
    assert "Active: active (running)" in said["systemctl status mcp-assist"]
    assert machine.run("systemctl", "is-active", UNIT, check=False).stdout.strip() == "inactive"
    assert machine.run("test", "-e", "/var/lib/mcp-assist", check=False).returncode != 0


def test_the_trees_are_as_they_were_made(machine):
    """Machines write to layers of their own."""
    for suite in ("bookworm", "trixie"):
        assert not list((trees() / suite).glob("etc/mcp-assist*"))
