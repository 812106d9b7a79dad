"""Runs pytest again and again for the workshop: for each line of standard input, a JSON array of arguments, one run and one line of
JSON: its exit code, its output, and what became of each test. Runs are forked from here, where all that takes long to import is."""

import json
import os
import sys
from pathlib import Path

# What jsonschema checks one kind of format with: making its parser takes seconds.
sys.modules["rfc3987_syntax"] = None
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import pytest  # noqa: E402

import harness.netns  # noqa: E402, F401
import harness.server  # noqa: E402, F401
import harness.stdio  # noqa: E402, F401


class Witness:
    """A plugin: `.seen[test]` is what became of it and what was told."""

    def __init__(self):
        self.seen = {}

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item, call):
        report = yield
        if report.when == "call" or report.outcome != "passed":
            told = f"{report.when}: {call.excinfo.exconly()}" if call.excinfo else ""
            if self.seen.get(item.nodeid, ["passed"])[0] == "passed":
                self.seen[item.nodeid] = ["refused" if is_judgement(report, call) else report.outcome, told[:2000]]
        return report


def is_judgement(report, call):
    """An assertion that did not hold, or `DID NOT RAISE`; not an error on the way there, such as a server that does not start."""
    if report.when != "call" or report.outcome != "failed":
        return False
    error = call.excinfo.value
    return isinstance(error, (AssertionError, pytest.fail.Exception)) and "the server does not listen" not in str(error)


def run(arguments, output):
    """One run, in a process of its own; `output` gets what it prints."""
    child = os.fork()
    if child == 0:
        descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        os.dup2(descriptor, 1)
        os.dup2(descriptor, 2)
        witness = Witness()
        code = int(pytest.main(arguments, plugins=[witness]))
        sys.stdout.flush()
        output.with_suffix(".json").write_text(json.dumps(witness.seen), encoding="utf-8")
        os._exit(code)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def main():
    output = Path(sys.argv[1])
    for line in sys.stdin:
        code = run(json.loads(line), output)
        seen = json.loads(output.with_suffix(".json").read_text(encoding="utf-8")) if code in (0, 1) else None
        told = output.read_text(encoding="utf-8", errors="replace")[-6000:]
        print(json.dumps({"code": code, "told": told, "seen": seen}), flush=True)


main()
