"""The other suites once more with a PostgreSQL behind the server: no face may notice which database it is."""

import os
import subprocess
import sys

import pytest

from harness.postgres import Postgres
from harness.program import BUILD, ROOT

SUITES = ("rest", "tools", "protocol")


def run_on_postgres(postgres, binary, tmp_path, *words) -> int:
    """Runs pytest on it; how many calls the database holds afterwards."""
    env = os.environ | {"MCP_TEST_DATABASE_URL": postgres.socket_url, "MCP_ASSIST_BIN": str(binary)}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-c", "tests/pytest.ini", "--rootdir=.", "-q", "-ra", "--no-header"]
        + [f"--basetemp={tmp_path}/inner", *words],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    assert " skipped" not in done.stdout.splitlines()[-1] or os.environ.get("CI") != "true", done.stdout
    return int(postgres.query("SELECT count(*) FROM assist_calls")[0][0])


def test_a_part_of_every_face(postgres, binary, tmp_path):
    words = ("tests/rest/test_rest.py", "tests/tools/test_calculator.py", "tests/protocol/test_stdio_life.py")
    assert run_on_postgres(postgres, binary, tmp_path, *words) > 50


@pytest.mark.slow
@pytest.mark.timeout(3000)
@pytest.mark.parametrize("suite", SUITES)
def test_a_whole_suite(tmp_path, suite):
    """With the release, which is quicker: what sanitizers find, they find above and in test_postgres.py."""
    with Postgres() as postgres:
        assert run_on_postgres(postgres, BUILD / "release/mcp-assist", tmp_path, f"tests/{suite}") > 20
