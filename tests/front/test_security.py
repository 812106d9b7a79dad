"""docs/SECURITY.md: each line names a guard and a test that are there."""

import re

import pytest

from harness.program import ROOT

PAGE = ROOT / "docs/SECURITY.md"
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.read_text(encoding="utf-8").splitlines()
    if line.startswith("| ") and not line.startswith("| line |")
]


def paths(cell):
    return re.findall(r"`([a-z_]+/[a-z0-9_-]+(?:\.[a-z]+)?)`", cell)


def test_there_are_lines():
    assert len(ROWS) > 30


@pytest.mark.parametrize("row", ROWS, ids=lambda row: re.sub(r"\W+", "-", row[0])[:40])
def test_guard_and_test_exist(row):
    assert len(row) == 3
    for path in paths(row[1]):
        assert (ROOT / "src" / path).is_file() or (ROOT / path).is_file(), path
    found = paths(row[2])
    assert found or row[2] == "`./dev check`"
    for path in found:
        assert (ROOT / "tests" / path).is_file(), path
