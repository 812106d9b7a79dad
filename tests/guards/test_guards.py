"""Each safety line has a test that fails without its guard: guards.toml names them, here it is seen.

The slow half takes each guard away in a copy of the tree, builds that, and runs the tests of its row, which must refuse it. With
guards off nothing outside of this machine may be reached: the tests of rows about requests and scans run in network namespaces
without a way out, or ask loopback only."""

import re
import subprocess
import sys
import tomllib

import pytest

from harness.program import ROOT

from workshop import UNIT, Workshop

GUARDS = tomllib.loads((ROOT / "tests/guards/guards.toml").read_text(encoding="utf-8"))["guard"]
TESTS = sorted({test for guard in GUARDS for test in guard["fails"]})
LINES = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in (ROOT / "docs/SECURITY.md").read_text(encoding="utf-8").splitlines()
    if line.startswith("| ") and not line.startswith("| line |")
]

# What was promised in so many words: a line of docs/SECURITY.md may hold several of these.
PROMISED = (
    "traversal", "symlink race", "FIFO, device", "/proc/self/mem", "10 MB", "secrets in files", "schemes",
    "metadata: plain IPv4", "metadata: IPv4-mapped", "metadata: NAT64", "metadata: decimal, octal, hex", "metadata: redirect",
    "metadata: a name that changes", "link-local", "port_scan", "deny list", "disabled_tools", "read_only", "digits",
    "expression depth", "expression time", "foreign Origin", "foreign Host", "two lengths", "equal lengths",
    "length with chunked", "+2", "xchunked", "folded", "head sent byte by byte", "body sent byte by byte", "size of the head",
    "size of the body", "JSON depth", "connection limit", "idle connections", "queue", "Retry-After", "429", "size of an answer",
    "no start without a key", "key is checked", "kept as hashes", "X-Forwarded-For", "a client that leaves a scan", "10 s",
    "root is given up", "no new privileges", "capabilities", "requestState", "cursors", "session of another key",
    "secrets in the log", "secrets in the store",
)  # fmt: skip


def ids(guard):
    return re.sub(r"\W+", "-", guard["name"])


def line_of(guard):
    """The row of docs/SECURITY.md that holds the words of `line`: what, guard, test."""
    (row,) = [row for row in LINES if guard["line"] in row[0]]
    return row


@pytest.fixture(scope="module")
def collected():
    """The tests that pytest finds in the files of the table."""
    files = sorted({test.partition("::")[0] for test in TESTS if not UNIT.fullmatch(test)})
    command = [sys.executable, "-m", "pytest", "-c", "tests/pytest.ini", "--rootdir=.", "--collect-only", "-q", *files]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return set(done.stdout.splitlines())


@pytest.mark.parametrize("guard", GUARDS, ids=ids)
def test_a_row_says_what_is_there(guard, collected):
    for file, text, instead in guard["off"] + guard.get("besides", []):
        source = (ROOT / file).read_text(encoding="utf-8")
        assert source.count(text) == 1, f"{file}: {text!r} is there {source.count(text)} times"
        assert text != instead
    for test in guard["fails"]:
        unit = UNIT.fullmatch(test)
        if unit:
            path = ROOT / f"tests/{unit[1]}/{unit[2]}.c"
            assert re.search(rf"cmocka_unit_test\w*\({unit[3]}\b", path.read_text(encoding="utf-8")), test
        else:
            assert test in collected, test


@pytest.mark.parametrize("guard", GUARDS, ids=ids)
def test_a_row_belongs_to_a_line_of_the_document(guard):
    _, guards, tests = line_of(guard)
    for file, *_ in guard["off"]:
        assert f"`{file.removeprefix('src/')}`" in guards or file.startswith("src/tools/") and "tool tables" in guards
    for test in guard["fails"]:
        assert f"`{test.partition('::')[0].removeprefix('tests/')}`" in tests, test


@pytest.mark.parametrize("row", LINES, ids=lambda row: re.sub(r"\W+", "-", row[0])[:40])
def test_a_line_of_the_document_has_a_row(row):
    """Each file that it names is taken a guard from: all but rules of ./dev check and the unit of the service."""
    taken = {f"src/{file}" for file in re.findall(r"`(\w+/\w+\.c)`", row[1])}
    for guard in GUARDS:
        if line_of(guard) is row:
            taken -= {file for file, *_ in guard["off"]}
    assert not taken


@pytest.mark.parametrize("words", PROMISED)
def test_what_was_promised_has_a_row(words):
    assert any(words in guard["name"] for guard in GUARDS)


def test_each_row_has_a_name_of_its_own():
    names = [ids(guard) for guard in GUARDS]
    assert len(set(names)) == len(names)


@pytest.fixture(scope="module")
def workshop():
    """Built with all guards, and `.before`: what each test says of that."""
    shop = Workshop()
    shop.before = shop.judge(TESTS)
    yield shop
    shop.close()


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("guard", GUARDS, ids=ids)
def test_without_its_guard(workshop, guard):
    for test in guard["fails"]:
        before = workshop.before[test]
        if before.outcome == "skipped":
            pytest.skip(before.told)
        assert before.outcome == "passed", f"with its guard: {test}: {before}"
    besides = guard.get("besides", [])
    if besides:
        with workshop.without(besides):
            for test, seen in workshop.judge(guard["fails"]).items():
                assert seen.outcome == "passed", f"with its guard alone: {test}: {seen}"
    with workshop.without(guard["off"] + besides):
        for test, seen in workshop.judge(guard["fails"]).items():
            assert seen.outcome == "refused", f"without its guard: {test}: {seen}"
