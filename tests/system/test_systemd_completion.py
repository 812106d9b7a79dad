"""Completion of services and the resource of one, against a real systemd (that of test_systemd_units.py)."""

import json
import subprocess
from pathlib import Path

from harness import mcp_schema, program
from test_systemd_units import machine  # noqa: F401  (a fixture)

HOST = Path("/run/host")


def talk(machine, *requests):  # noqa: F811
    """The results of requests in a session of `mcp-assist stdio` in the machine."""
    loader = next(p for p in map(Path, ("/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1")) if p.exists())
    multiarch = subprocess.run(["gcc", "-print-multiarch"], capture_output=True, text=True, check=True).stdout.strip()
    libraries = ":".join(str(HOST / p) for p in (f"lib/{multiarch}", f"usr/lib/{multiarch}"))
    client = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "tests", "version": "1"}}
    lines = [
        json.dumps({"jsonrpc": "2.0", "id": i, "method": method, "params": params})
        for i, (method, params) in enumerate([("initialize", client), *requests])
    ]
    command = [f"{HOST}{loader}", "--library-path", libraries, f"{HOST}{machine.program}", "stdio"]
    outcome = program.run(
        machine.command(command),
        reports=machine.folder / "sanitizer",
        env=program.database(root="/run/host"),
        stdin="\n".join(lines) + "\n",
    )
    assert outcome.code == 0, outcome
    answers = {answer["id"]: answer["result"] for answer in mcp_schema.conversation("\n".join(lines), outcome.out)}
    return [answers[i + 1] for i in range(len(requests))]


def typed(value):
    ref = {"type": "ref/resource", "uri": "assist://services/{name}"}
    return "completion/complete", {"ref": ref, "argument": {"name": "name", "value": value}}


def test_completion_is_what_systemctl_lists(machine):  # noqa: F811
    starts = ["mcpt", "mcpt-k", "mcpt-many@", "systemd-j", "zz"]
    for start, result in zip(starts, talk(machine, *map(typed, starts)), strict=True):
        patterns = [f"{start}*.{kind}" for kind in ("service", "socket", "timer")]
        out = machine.run("systemctl", "list-units", "--plain", "--no-legend", "--all", *patterns).stdout
        listed = [line.split() for line in out.splitlines()]
        assert result["completion"]["values"] == sorted(words[0] for words in listed if words[1] != "not-found")


def test_no_pattern_gets_through(machine):  # noqa: F811
    for result in talk(machine, typed("*"), typed("mcpt-[r]un"), typed("mcpt\\"), typed("a b")):
        assert result["completion"]["values"] == []


def test_resource_of_a_service(machine):  # noqa: F811
    (result,) = talk(machine, ("resources/read", {"uri": "assist://services/mcpt-run"}))
    facts = json.loads(result["contents"][0]["text"])
    assert facts["manager"] == "systemd" and facts["description"] == "Runs été"
    assert str(facts["main_pid"]) == machine.show("mcpt-run.service", "MainPID")["MainPID"]
