"""scripts/embed-web: what the program carries is fetched once, checked by its sums, and built without the network."""

import gzip
import hashlib
import re
import shutil
import subprocess

import pytest

from harness.program import ROOT

TOOLS = ("bash", "cat", "cksum", "cut", "dirname", "flock", "grep", "gzip", "mkdir", "mv", "readlink", "realpath", "rm", "sed",
         "sha256sum", "tar", "tr", "wc")  # fmt: skip


@pytest.fixture
def tree(tmp_path):
    """A copy of what the script reads, with the packages already fetched, and a PATH without npm."""
    tree = tmp_path / "tree"
    for name in ("web", "scripts", "docs", "src/rest", "build/web-packages"):
        shutil.copytree(ROOT / name, tree / name)
    shutil.copy(ROOT / "LICENSE", tree)
    (tree / "bin").mkdir()
    for tool in TOOLS:
        (tree / "bin" / tool).symlink_to(shutil.which(tool))
    return tree


def embed(tree):
    return subprocess.run(
        [tree / "scripts/embed-web", tree / "out"],
        env={"PATH": str(tree / "bin")},
        capture_output=True,
        text=True,
        check=False,
    )


def fake_npm(tree, script):
    (tree / "bin/npm").write_text("#!/bin/bash\n" + script)
    (tree / "bin/npm").chmod(0o755)


def test_builds_without_npm_once_fetched(tree):
    done = embed(tree)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    rows = re.findall(r'\{ "([^"]+)", "[^"]+", "([0-9a-f]+)", (\d+), asset_(\d+), ', (tree / "out/assets.c").read_text())
    assert len(rows) > 10
    for name, short, size, number in rows:
        content = gzip.decompress((tree / f"out/{number}.gz").read_bytes())
        assert len(content) == int(size), name
        assert hashlib.sha256(content).hexdigest().startswith(short), name
        assert b".@." not in content, name


def test_the_same_twice(tree):
    embed(tree)
    first = {path.name: path.read_bytes() for path in (tree / "out").iterdir()}
    embed(tree)
    assert first == {path.name: path.read_bytes() for path in (tree / "out").iterdir()}


def test_says_that_npm_is_missing(tree):
    shutil.rmtree(tree / "build")
    done = embed(tree)
    assert done.returncode == 1
    assert done.stderr.startswith("embed-web: npm is missing") and "apt-get install npm" in done.stderr
    assert not (tree / "out/assets.c").exists()


def test_says_what_npm_said(tree):
    shutil.rmtree(tree / "build")
    fake_npm(tree, "echo no network here >&2; exit 1\n")
    done = embed(tree)
    assert done.returncode == 1
    assert "no network here" in done.stderr and "redoc@" in done.stderr and "swagger-ui-dist@" in done.stderr


def test_refuses_other_packages(tree):
    shutil.rmtree(tree / "build")
    fake_npm(tree, 'for spec in "${@:4}"; do echo other >"${spec/@/-}.tgz"; done\n')
    done = embed(tree)
    assert done.returncode == 1
    assert "redoc-" in done.stderr and "not the one of web/sha256sums" in done.stderr
    assert not (tree / "out/assets.c").exists()


def test_pinned_versions_are_those_of_the_sums():
    pinned = re.findall(r'"([a-z-]+)": "([0-9.]+)"', (ROOT / "web/package.json").read_text())
    sums = [line.split("  ")[1] for line in (ROOT / "web/sha256sums").read_text().splitlines()]
    assert sorted(f"{name}-{version}.tgz" for name, version in pinned) == sorted(sums)
