"""A data directory that cannot be written: the server says so, and serves on."""

import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

from harness.mounts import Mounts, run_inside

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="another account and mounts need root")


def part(server):
    return server.get("/health").json()["components"]["data_dir"]


def wait_for(server, status):
    end = time.monotonic() + 60
    while part(server)["status"] != status:
        assert time.monotonic() < end, server.get("/health").text
        time.sleep(0.2)


def test_well(make_server):
    server = make_server()
    assert part(server)["status"] == "ok"
    assert not list(server.data.glob(".*"))  # looking leaves nothing behind


@pytest.fixture
def closed():
    """A directory of root's that any account can get to."""
    folder = Path(tempfile.mkdtemp(prefix="mcp-assist-", dir="/var/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def test_of_somebody_else_and_put_right(make_server, closed):
    server = make_server(args=("--user", "nobody"), data=closed)
    assert server.get("/health").json()["status"] == "degraded"
    assert str(closed) in part(server)["reason"] and "denied" in part(server)["reason"]
    assert "event=data_dir" in server.stderr and "level=error" in server.stderr
    assert server.call_tool("calculator", {"expression": "1 + 1"})["value"] == 2
    subprocess.run(["chown", "nobody", closed], check=True)
    wait_for(server, "ok")
    assert server.get("/health").json()["status"] == "ok"


def test_on_a_read_only_file_system(make_server, tmp_path):
    """Root may write everywhere but there."""
    place = tmp_path / "ro"
    place.mkdir()
    # A database that is open for writing would keep the file system from changing.
    server = make_server(data=place, env={"DATABASE_URL": "none"}, netns=Mounts(f"mount -t tmpfs tmpfs {place}"))
    assert part(server)["status"] == "ok"
    run_inside(server, "mount", "-o", "remount,ro", place)
    wait_for(server, "degraded")
    assert "Read-only" in part(server)["reason"]
