"""Runs scenarios of the official suite and reads the checks.json that each leaves. Knows no server of ours."""

import json
import re
import shutil
import subprocess
import urllib.parse

from harness import program, tap

PROGRAM = program.BUILD / "conformance/node_modules/.bin/conformance"
FOLDER = re.compile(r"server-(.+)-\d{4}-\d\d-\d\dT[\d-]+Z")


def run(url, folder, *options) -> dict:
    """The checks by scenario: {"ping": [{"id": ..., "status": ..., "errorMessage": ...}, ...]}. What passes between suite
    and server is held against the schemas besides."""
    assert PROGRAM.exists(), "scripts/prepare-tests installs the conformance suite"
    where = urllib.parse.urlsplit(url)
    with tap.Relay(where.port) as relay:
        done = subprocess.run(
            [shutil.which("node"), PROGRAM, "server", "--url", f"http://127.0.0.1:{relay.port}{where.path}", "-o", folder]
            + list(options),
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
            cwd=folder.parent,
        )
    found = {}
    for file in sorted(folder.glob("*/checks.json")):
        found[FOLDER.fullmatch(file.parent.name).group(1)] = json.loads(file.read_text())
    assert found, f"the suite ran nothing (exit code {done.returncode}):\n{done.stdout}\n{done.stderr}"
    return found


def successes(checks) -> int:
    return sum(check["status"] == "SUCCESS" for check in checks)


def faults(checks) -> list:
    """What is a failure or a warning, one line each."""
    return [
        f"{check['status']} {check['id']}: {check.get('errorMessage')}"
        for check in checks
        if check["status"] in ("FAILURE", "WARNING")
    ]
