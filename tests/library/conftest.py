"""The library installed in a folder of its own, and the programs of docs/LIBMCP.md built against it as written there."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.program import BUILD, ROOT

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "readme"))

from blocks import blocks, commands  # noqa: E402

PAGE = ROOT / "docs/LIBMCP.md"


def run(command, folder, **env):
    """Runs one line in a shell; what it printed. Fails with all of it."""
    done = subprocess.run(
        ["bash", "-ec", command],
        cwd=folder,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(scope="session")
def page():
    """The blocks of the page that have a name: {name: text}."""
    return {block.name: block.text for block in blocks(PAGE) if block.name}


@pytest.fixture(scope="session")
def home(tmp_path_factory, page):
    """A home in which every command of the page has been run; the release stands where ./dev build puts it."""
    home = tmp_path_factory.mktemp("library")
    (home / "build").symlink_to(BUILD)
    for name, text in page.items():
        (home / name).write_text(text)
    lines = [line for block in blocks(PAGE) if block.kind == "bash" for line in commands(block)]
    assert lines[0] == "./dev build"
    run("\n".join(lines[1:]), home, HOME=str(home), CFLAGS="-Wall -Wextra -Werror")
    return home


@pytest.fixture(scope="session")
def prefix(home):
    """Where the library is installed."""
    return home / "mcp"
