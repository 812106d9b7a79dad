"""Where guards are taken away: a copy of the tree in build/guards and one build of it, made again for each guard."""

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from harness.program import BUILD, ROOT

HOME = BUILD / "guards"
TREE, OUT = HOME / "tree", HOME / "out"
# Built quickly, and without assertions, which could stand in for a guard: as in what is shipped.
FLAGS = ("-DCMAKE_BUILD_TYPE=Debug", "-DCMAKE_C_FLAGS_DEBUG=-O0 -DNDEBUG")
UNIT = re.compile(r"tests/(\w+)/(test_\w+)\.c::(\w+)")


@dataclass
class Seen:
    """What became of a test: "passed", "refused" (its judgement was that this is wrong), "failed" on the way, "skipped"."""

    outcome: str
    told: str


def _run(command, **options):
    done = subprocess.run(
        [str(word) for word in command], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, **options
    )
    return done


def _must(command):
    done = _run(command)
    assert done.returncode == 0, f"{' '.join(map(str, command))}: {done.stdout[-6000:]}{done.stderr[-2000:]}"


def _sources():
    """The files of the tree, by their paths in it."""
    for top in sorted(ROOT.iterdir()):
        if top.name.startswith(".") or top.name in ("build", "data", "certs"):
            continue
        for path in sorted(top.rglob("*")) if top.is_dir() else [top]:
            if path.is_file() and not {"__pycache__", "node_modules"} & set(path.parts):
                yield path.relative_to(ROOT)


def target_of(test):
    """What has to be built for a test."""
    unit = UNIT.fullmatch(test)
    if unit:
        return f"{unit[1]}-{unit[2]}"
    if test.startswith("tests/http/"):
        return "http-http_echo"
    return "example-conformance" if test.startswith("tests/conformance/") else "mcp-assist"


class Workshop:
    """The copy, brought up to date and configured."""

    def __init__(self):
        self._witness = None
        self._copy()
        # Fetched once for all builds of the tree.
        (TREE / "build").mkdir(exist_ok=True)
        link = TREE / "build/web-packages"
        if not link.is_symlink():
            (BUILD / "web-packages").mkdir(exist_ok=True)
            link.symlink_to(BUILD / "web-packages")
        if not (OUT / "build.ninja").is_file():
            _must(["cmake", "-G", "Ninja", "-S", TREE, "-B", OUT, *FLAGS])

    def _copy(self):
        """Files that are the same keep their times, so that only what changed is built again."""
        wanted = set(_sources())
        for path in wanted:
            content, copy = (ROOT / path).read_bytes(), TREE / path
            if not copy.is_file() or copy.read_bytes() != content:
                copy.parent.mkdir(parents=True, exist_ok=True)
                copy.write_bytes(content)
                shutil.copymode(ROOT / path, copy)
        for copy in [path for path in TREE.rglob("*") if path.is_file()]:
            path = copy.relative_to(TREE)
            if path not in wanted and path.parts[0] != "build":
                copy.unlink()

    @contextlib.contextmanager
    def without(self, edits):
        """The copy with other text in some places: (file, text, instead)... Not built yet."""
        kept = {}
        try:
            for file, text, instead in edits:
                path = TREE / file
                now = path.read_text(encoding="utf-8")
                kept.setdefault(path, now)
                assert now.count(text) == 1, f"{file}: {text!r} is there {now.count(text)} times"
                path.write_text(now.replace(text, instead), encoding="utf-8")
            yield
        finally:
            for path, content in kept.items():
                path.write_text(content, encoding="utf-8")

    def judge(self, tests) -> dict:
        """What becomes of each test with the copy as it is, built for them."""
        _must(["ninja", "-C", OUT, *sorted({target_of(test) for test in tests})])
        units = [test for test in tests if UNIT.fullmatch(test)]
        found = self._run_pytest([test for test in tests if test not in units]) if len(units) < len(tests) else {}
        for program in sorted({test.partition("::")[0] for test in units}):
            found |= self._run_unit(program)
        return {test: found.get(test, Seen("missing", "no such test")) for test in tests}

    def _run_pytest(self, tests):
        if not self._witness:
            self._witness = self._start_witness()
        options = ["-c", "tests/pytest.ini", "--rootdir=.", "-q", "-p", "pytest_timeout", f"--basetemp={HOME / 'tmp'}"]
        print(json.dumps([*options, *tests]), file=self._witness.stdin)
        self._witness.stdin.flush()
        done = json.loads(self._witness.stdout.readline() or '{"seen": null, "told": "the witness is gone"}')
        assert done["seen"] is not None, done["told"]
        return {test: Seen(*seen) for test, seen in done["seen"].items()}

    def _start_witness(self):
        env = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "MCP_ASSIST_"))}
        env |= {
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "MCP_ASSIST_BIN": str(OUT / "mcp-assist"),
            "MCP_ASSIST_HTTP_ECHO": str(OUT / "tests/http/http_echo"),
        }
        command = [sys.executable, Path(__file__).with_name("witness.py"), HOME / "pytest.log"]
        return subprocess.Popen(command, cwd=ROOT, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def close(self):
        if self._witness:
            self._witness.stdin.close()
            self._witness.wait(60)

    def _run_unit(self, program):
        unit = UNIT.fullmatch(f"{program}::any")
        xml = HOME / "unit.xml"
        xml.unlink(missing_ok=True)
        env = os.environ | {"CMOCKA_MESSAGE_OUTPUT": "XML", "CMOCKA_XML_FILE": str(xml)}
        done = _run([OUT / "tests" / unit[1] / unit[2]], env=env, timeout=120)
        assert xml.is_file(), f"{program} ended with {done.returncode}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
        found = {}
        for case in ElementTree.parse(xml).getroot().iter("testcase"):
            failure, is_skipped = case.find("failure"), case.find("skipped") is not None
            outcome = "skipped" if is_skipped else "passed" if failure is None else "refused"
            found[f"{program}::{case.get('name')}"] = Seen(outcome, "" if failure is None else failure.text or "")
        return found
