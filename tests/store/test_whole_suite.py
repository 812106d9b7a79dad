"""The other suites once more with a PostgreSQL behind the server: no face may notice which database it is."""

import os
import subprocess
import sys

import pytest

from harness.program import BUILD, ROOT

LEFT_OUT = {
    "unit": "programs of single files; those of src/store open both databases",
    "base": "starts no server",
    "front": "is about the scripts; what it starts answers /health once",
    "fuzz": "its targets have no store",
    "guards": "runs single tests of other suites against programs that lack something",
    "image": "containers have an environment of their own, in which tests/container names a PostgreSQL",
    "library": "starts programs of the library, which has no store",
    "packaging": "the installed service has its own settings, which name no database",
    "store": "is about each database by itself, and holds this file",
}
# What of a suite is repeated where the rest says nothing about the store.
PARTS = {
    "clients": (
        "(2025-11-25 or 2026-07-28 or test_snippets) and not inspector",
        "minutes of starting programs: older revisions are kept as 2025-11-25 is, the Inspector makes the same calls",
    ),
    "conformance": ("test_product", "the others talk to the fixture, which has no store"),
    "readme": ("not test_contributing", "builds the program anew"),
    "http": ("test_legacy_sse", "the others talk to http_echo, which has no store"),
}


def suites() -> list[str]:
    done = subprocess.run([ROOT / "scripts/run-tests", "--list"], capture_output=True, text=True, check=True)
    return done.stdout.split()


def run_on_postgres(postgres, binary, name, *words) -> int:
    """Runs pytest on it; how many calls the database holds afterwards. No server kept any elsewhere, or lost one."""
    folder = BUILD / f"tmp/postgres-{name}"  # no longer than the suite's own: paths of sockets are short
    folder.parent.mkdir(exist_ok=True)
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    env |= {"MCP_TEST_DATABASE_URL": postgres.socket_url, "MCP_ASSIST_BIN": str(binary)}
    env |= {"MCP_API_EXAMPLES": "5"}  # hundreds of odd requests as it is
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-c", "tests/pytest.ini", "--rootdir=.", "-q", "-ra", "--no-header"]
        + ["-m", "not slow and not sqlite_only", f"--basetemp={folder}", *words],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    assert " skipped" not in done.stdout.splitlines()[-1] or os.environ.get("CI") != "true", done.stdout
    # A page's test has a file of that name which is no database.
    assert not [file for file in folder.rglob("assist.db") if file.read_bytes() != b"x"]
    logs = list(folder.rglob("stderr.log"))
    assert not [log for log in logs if "event=store_lost" in log.read_text(errors="replace")]
    return int(postgres.query("SELECT count(*) FROM assist_calls")[0][0])


def test_every_suite_is_repeated_or_left_out_for_a_reason():
    assert set(LEFT_OUT) | set(PARTS) <= set(suites())
    assert not set(LEFT_OUT) & set(PARTS)


def test_a_part_of_every_face(postgres, binary):
    words = ("tests/rest/test_rest.py", "tests/tools/test_calculator.py", "tests/protocol/test_stdio_life.py")
    assert run_on_postgres(postgres, binary, "part", *words) > 50


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("suite", [suite for suite in suites() if suite not in LEFT_OUT])
def test_a_whole_suite(postgres, suite, record_property):
    """With the release, which is quicker: what sanitizers find, they find above and in test_postgres.py."""
    words = ["-k", PARTS[suite][0]] if suite in PARTS else []
    # As scripts/run-tests does.
    words += ["-n", "2", "--dist", "loadgroup"] if suite == "clients" else []
    calls = run_on_postgres(postgres, BUILD / "release/mcp-assist", suite, f"tests/{suite}", *words)
    record_property("calls", calls)
    assert calls > 0
