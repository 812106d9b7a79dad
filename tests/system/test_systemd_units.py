"""check_service against a real systemd: a Debian machine (harness/machine.py), the binary inside."""

import json
import os
import shutil
import subprocess
import tempfile
from datetime import datetime
from pathlib import Path

import pytest

from harness import program
from harness.machine import Machine, debian_tree

UNITS = {
    "mcpt-run.service": "[Unit]\nDescription=Runs été\n[Service]\nExecStart=/bin/sleep infinity\n",
    "mcpt-fail.service": "[Service]\nType=oneshot\nExecStart=/bin/sh -c 'exit 7'\n",
    "mcpt-killed.service": "[Service]\nExecStart=/bin/sh -c 'kill -9 $$$$'\n",
    "mcpt-flap.service": "[Service]\nExecStart=/bin/false\nRestart=always\nRestartSec=10ms\n"
    "[Unit]\nStartLimitBurst=3\nStartLimitIntervalSec=1h\n",
    "mcpt-idle.service": "[Unit]\nDescription=Idle\n[Service]\nExecStart=/bin/true\n",
    "mcpt-slow.service": "[Service]\nType=oneshot\nExecStart=/bin/sleep infinity\nTimeoutStartSec=infinity\n",
    "mcpt-bad.service": "[Service]\nDescription=no command at all\n",
    "mcpt-knock.socket": "[Socket]\nListenStream=/run/mcpt-knock\n",
    "mcpt-knock.service": "[Service]\nExecStart=/bin/true\n",
    "mcpt-tick.timer": "[Timer]\nOnCalendar=hourly\n",
    "mcpt-tick.service": "[Service]\nType=oneshot\nExecStart=/bin/true\n",
    "mcpt-many@.service": "[Unit]\nDescription=Instance %i\n[Service]\nExecStart=/bin/sleep infinity\n",
    "mcpt-group.target": "[Unit]\nDescription=A group\n",
    "mcpt-masked.service": None,
}
STARTED = [
    "mcpt-run.service", "mcpt-fail.service", "mcpt-killed.service", "mcpt-flap.service", "mcpt-knock.socket",
    "mcpt-tick.timer", "mcpt-many@one.service", "mcpt-group.target",
]


class Inside(Machine):
    """A machine with units in every state; service() asks the binary under test."""

    def __init__(self, tree, folder, binary):
        self.folder = folder
        # Where an ordinary user can read it, wherever the tree of the tests may lie.
        self.shelf = Path(tempfile.mkdtemp(prefix="mcpt-"))
        self.shelf.chmod(0o755)
        self.program = Path(shutil.copy(binary, self.shelf))
        super().__init__(tree, folder, units=UNITS, host=True)
        try:
            for name in STARTED:
                self.run("systemctl", "start", "--no-block", name)
            self.run("systemctl", "start", "--no-block", "mcpt-slow.service")
            self.wait(self._is_settled, 60)
        except BaseException:
            self.stop()
            raise

    def _is_settled(self):
        states = [self.show(n, "ActiveState", "SubState") for n in STARTED]
        return all(s["ActiveState"] in ("active", "failed") and s["SubState"] != "auto-restart" for s in states)

    def check_service(self, *words, user=None):
        """The binary under test, which runs in here with the libraries that it was built with; what it printed."""
        host = Path("/run/host")
        loader = next(p for p in map(Path, ("/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1")) if p.exists())
        multiarch = subprocess.run(["gcc", "-print-multiarch"], capture_output=True, text=True, check=True).stdout.strip()
        libraries = ":".join(str(host / p) for p in (f"lib/{multiarch}", f"usr/lib/{multiarch}"))
        become = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"] if user else []
        command = [*become, f"{host}{loader}", "--library-path", libraries, f"{host}{self.program}", "call"]
        command = self.command([*command, "check_service", *words])
        outcome = program.run(command, reports=self.folder / "sanitizer", env=program.database(root="/run/host"))
        assert outcome.code == 0, outcome
        return outcome.out

    def service(self, *words, user=None):
        """The structured result of check_service."""
        return json.loads(self.check_service(*words, "--json", user=user))

    def stop(self):
        super().stop()
        shutil.rmtree(self.shelf)


@pytest.fixture(scope="module")
def machine(binary, tmp_path_factory):
    if os.geteuid() != 0:
        pytest.skip("namespaces need root")
    booted = Inside(debian_tree(), tmp_path_factory.mktemp("systemd"), binary)
    yield booted
    booted.stop()


def unix(stamp):
    return int(datetime.fromisoformat(stamp.replace("Z", "+00:00")).timestamp())


@pytest.mark.parametrize(
    "unit, active, sub",
    [
        ("mcpt-run.service", "active", "running"),
        ("mcpt-fail.service", "failed", "failed"),
        ("mcpt-killed.service", "failed", "failed"),
        ("mcpt-flap.service", "failed", "failed"),
        ("mcpt-idle.service", "inactive", "dead"),
        ("mcpt-slow.service", "activating", "start"),
        ("mcpt-bad.service", "inactive", "dead"),
        ("mcpt-masked.service", "inactive", "dead"),
        ("mcpt-knock.socket", "active", "listening"),
        ("mcpt-tick.timer", "active", "waiting"),
        ("mcpt-many@one.service", "active", "running"),
        ("mcpt-group.target", "active", "active"),
        ("dbus.service", "active", "running"),
        ("tmp.mount", None, None),
        ("-.slice", "active", "active"),
    ],
)
def test_equals_systemctl_show(machine, unit, active, sub):
    ours = machine.service("--name=" + unit)
    theirs = machine.show(
        unit, "Id", "Description", "LoadState", "ActiveState", "SubState", "UnitFileState", "MainPID", "Result",
        "NRestarts", "FragmentPath", "SourcePath", "ActiveEnterTimestamp", "InactiveEnterTimestamp", "InactiveExitTimestamp",
    )  # fmt: skip
    assert ours["manager"] == "systemd"
    assert ours["found"] is True
    assert ours["name"] == unit
    for field, name in {
        "unit": "Id", "description": "Description", "load_state": "LoadState", "active_state": "ActiveState",
        "sub_state": "SubState", "enabled": "UnitFileState", "result": "Result",
    }.items():  # fmt: skip
        assert ours.get(field, "") == theirs.get(name, ""), field
    assert ours.get("path", "") == theirs["FragmentPath"] or theirs.get("SourcePath", "")
    if active:
        assert (ours["active_state"], ours["sub_state"]) == (active, sub)
    assert ours.get("main_pid", 0) == int(theirs.get("MainPID", 0))
    if "NRestarts" in theirs:
        assert ours["restarts"] == int(theirs["NRestarts"])
    since = {"active": "ActiveEnterTimestamp", "activating": "InactiveExitTimestamp"}.get(
        ours["active_state"], "InactiveEnterTimestamp"
    )
    if theirs[since]:
        assert unix(ours["since"]) == int(theirs[since].lstrip("@"))
    else:
        assert "since" not in ours


def test_why_it_failed(machine):
    fail = machine.service("--name=mcpt-fail")
    assert (fail["unit"], fail["result"], fail["exit_status"]) == ("mcpt-fail.service", "exit-code", 7)
    killed = machine.service("--name=mcpt-killed")
    assert (killed["result"], killed["exit_status"]) == ("signal", 9)
    assert machine.service("--name=mcpt-flap")["restarts"] >= 2


def test_states_that_are_not_loaded(machine):
    assert machine.service("--name=mcpt-masked")["load_state"] == "masked"
    assert machine.service("--name=mcpt-bad")["load_state"] == "bad-setting"


def test_socket_and_timer(machine):
    knock = machine.service("--name=mcpt-knock.socket")
    assert knock["activates"] == "mcpt-knock.service"
    tick = machine.service("--name=mcpt-tick.timer")
    theirs = machine.run("systemctl", "list-timers", "--output=json", "mcpt-tick.timer").stdout
    assert tick["activates"] == "mcpt-tick.service"
    assert unix(tick["next_run"]) == json.loads(theirs)[0]["next"] // 1_000_000


def test_a_name_without_suffix(machine):
    assert machine.service("--name=mcpt-run")["unit"] == "mcpt-run.service"
    assert machine.service("--name=mcpt-group")["unit"] == "mcpt-group.target"
    # what is both is the service
    assert machine.service("--name=mcpt-knock")["unit"] == "mcpt-knock.service"


def test_unknown(machine):
    lost = machine.service("--name=mcpt-kno")
    assert lost["found"] is False
    assert lost["load_state"] == "not-found"
    assert "mcpt-knock.socket" in lost["similar"]
    assert "active_state" not in lost
    assert "similar" not in machine.service("--name=qqqqqq")


def test_template(machine):
    many = machine.service("--name=mcpt-many@")
    assert many["found"] is True
    assert many["enabled"] == "static"
    assert many["similar"] == ["mcpt-many@one.service"]
    assert machine.service("--name=qqqqqq@.service")["found"] is False


def test_several(machine):
    names = ["mcpt-run", "qqqqqq", "mcpt-fail.service"]
    both = machine.service("--name=" + ",".join(names))
    assert [t["name"] for t in both["targets"]] == names
    assert [t["found"] for t in both["targets"]] == [True, False, True]
    assert both["manager"] == "systemd"


def test_reading_loads_and_starts_nothing(machine):
    assert machine.service("--name=mcpt-idle")["active_state"] == "inactive"
    time_left = machine.show("mcpt-idle.service", "ExecMainStartTimestamp", "ActiveState")
    assert time_left == {"ExecMainStartTimestamp": "", "ActiveState": "inactive"}


def test_without_privileges(machine):
    """An ordinary user goes through the message bus."""
    ours = machine.service("--name=mcpt-run", user=65534)
    assert ours["active_state"] == "active"
    assert str(ours["main_pid"]) == machine.show("mcpt-run.service", "MainPID")["MainPID"]


def test_root_without_a_message_bus(machine):
    machine.run("systemctl", "stop", "dbus.socket", "dbus.service", check=False)
    try:
        assert machine.service("--name=mcpt-run")["active_state"] == "active"
        assert machine.service("--name=dbus.service")["active_state"] == "inactive"
    finally:
        machine.run("systemctl", "start", "dbus.socket")


def test_both_languages(machine):
    assert "no service of that name" in machine.check_service("--name=qqqqqq", "--lang=en")
    assert "aucun service de ce nom" in machine.check_service("--name=qqqqqq", "--lang=fr")


def test_of_a_host_that_is_seen_through_its_root(machine, cli):
    """As from a container: files and the message bus of that machine, whose processes are none of ours."""
    root = f"/proc/{machine.pid}/root"
    ours = cli("call", "check_service", "mcpt-run", "--json", env={"MCP_ASSIST_HOST_ROOT": root}).json
    assert (ours["root"], ours["manager"], ours["active_state"]) == (root, "systemd", "active")
    assert str(ours["main_pid"]) == machine.show("mcpt-run.service", "MainPID")["MainPID"]
    seen = cli("call", "process_list", "--sort=pid", "--json", env={"MCP_ASSIST_HOST_ROOT": root}).json
    assert (seen["processes"][0]["pid"], seen["processes"][0]["name"]) == (1, "systemd")
