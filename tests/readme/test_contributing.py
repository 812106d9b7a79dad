"""The tool that CONTRIBUTING.md adds: its blocks go into a copy of the project, it builds, its test passes."""

import json
import os
import re
import shutil
import subprocess
import sys

import pytest
from blocks import blocks

from harness import program
from harness.program import ROOT

SOURCES = sorted(path.name for path in ROOT.iterdir() if path.name[0] != "." and path.name != "build")
FETCHED = "build/web-packages"  # what the build has taken from npm
NAMED = {block.name: block for block in blocks(ROOT / "CONTRIBUTING.md") if block.name}


def add_lines(path, diff):
    """Puts the lines marked + where the diff shows them: behind the line before them."""
    text, before = path.read_text(), None
    for line in diff.splitlines():
        if line.startswith("+"):
            assert text.count(f"{before}\n") == 1, f"{path.name} has no single line {before!r}"
            text = text.replace(f"{before}\n", f"{before}\n{line[1:]}\n")
        before = line[1:]
        assert before in text, f"{path.name} has no line {before!r}"
    path.write_text(text)


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """A copy of the project with the new tool, built."""
    tree = tmp_path_factory.mktemp("contributing") / "tree"
    tree.mkdir()
    for name in SOURCES:
        source = ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, tree / name)
    shutil.copytree(ROOT / FETCHED, tree / FETCHED)
    for name, block in NAMED.items():
        if block.kind == "diff":
            add_lines(tree / name, block.text)
        else:
            (tree / name).write_text(block.text)
    configure = [
        "cmake",
        "-S",
        tree,
        "-B",
        tree / "build",
        "-G",
        "Ninja",
        "-DCMAKE_BUILD_TYPE=Debug",
        "-DCMAKE_C_FLAGS=-O0",
        "-DMCP_WERROR=ON",
    ]
    for command in (configure, ["ninja", "-C", tree / "build", "mcp-assist"]):
        done = subprocess.run(command, capture_output=True, text=True, timeout=1200, check=False)
        assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    return tree


@pytest.fixture(scope="module")
def new_binary(tree):
    return tree / "build/mcp-assist"


def test_it_is_one_file_one_line_one_test():
    assert sorted(NAMED) == ["src/tools/registry.c", "src/tools/uptime.c", "tests/tools/test_uptime.py"]
    added = [line for line in NAMED["src/tools/registry.c"].text.splitlines() if line.startswith("+")]
    assert len(added) == 1


def test_by_command_line(new_binary, tmp_path):
    done = program.run(
        [new_binary, "call", "uptime", "--unit", "h", "--json"], reports=tmp_path / "sanitizer"
    )
    assert done.code == 0, done.err
    assert done.json["unit"] == "h" and done.json["uptime"] > 0
    refused = program.run([new_binary, "call", "uptime", "--unit", "d"], reports=tmp_path / "sanitizer")
    assert refused.code == 2 and "s, h" in refused.err


def test_by_mcp(new_binary, tmp_path):
    messages = [
        {
            "jsonrpc": "2.0",
            "id": 1,
            "method": "initialize",
            "params": {
                "protocolVersion": "2025-11-25",
                "capabilities": {},
                "clientInfo": {"name": "t", "version": "1"},
            },
        },
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {
            "jsonrpc": "2.0",
            "id": 2,
            "method": "tools/call",
            "params": {"name": "uptime", "arguments": {"unit": "s"}},
        },
        {"jsonrpc": "2.0", "id": 3, "method": "tools/list"},
    ]
    lines = "".join(json.dumps(message) + "\n" for message in messages)
    done = program.run([new_binary, "stdio"], reports=tmp_path / "sanitizer", stdin=lines)
    answers = {answer.get("id"): answer for answer in map(json.loads, done.out.splitlines())}
    result = answers[2]["result"]
    assert result["structuredContent"]["unit"] == "s"
    assert "Up for" in result["content"][0]["text"]
    names = [tool["name"] for tool in answers[3]["result"]["tools"]]
    assert names.index("uptime") == names.index("web_search") - 1


def test_its_own_test_passes_and_those_of_the_catalogue(tree, new_binary, tmp_path):
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-c",
            "tests/pytest.ini",
            "--rootdir=.",
            "-q",
            "tests/tools/test_uptime.py",
            "tests/tools/test_catalog.py",
            "-k",
            "not window and not short",  # these count tokens, with packages of npm that the copy has not
        ],
        cwd=tree,
        env={**os.environ, "MCP_ASSIST_BIN": str(new_binary)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"\b7 passed\b", done.stdout)


def test_the_rules_of_the_code_hold(tree):
    for name in ("layers", "banned", "sizes"):
        done = subprocess.run(
            [tree / f"scripts/check-{name}"], capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
