"""A pytest plugin (`-p witness`): what became of each test, and of what kind a failure is, in the file of MCP_TEST_WITNESS."""

import json
import os
import sys

import pytest

# What jsonschema checks one kind of format with: making its parser takes seconds, in each of more than a hundred runs.
sys.modules["rfc3987_syntax"] = None
_seen = {}


def _is_judgement(error):
    """An assertion that did not hold, or `DID NOT RAISE`; not an error on the way there, such as a server that does not start."""
    return isinstance(error, (AssertionError, pytest.fail.Exception)) and "the server does not listen" not in str(error)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.when == "call" or report.outcome != "passed":
        told = f"{report.when}: {call.excinfo.exconly()}" if call.excinfo else ""
        is_judged = report.outcome == "failed" and report.when == "call" and _is_judgement(call.excinfo.value)
        if _seen.get(item.nodeid, ["passed"])[0] == "passed":
            _seen[item.nodeid] = ["refused" if is_judged else report.outcome, told[:2000]]
    return report


def pytest_sessionfinish():
    with open(os.environ["MCP_TEST_WITNESS"], "w", encoding="utf-8") as file:
        json.dump(_seen, file)
