"""Finds the binary under test and runs it: environment, sanitizer reports, one-shot commands."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"
SETTINGS = ("PORT", "HOST", "LOG_LEVEL", "DEBUG", "DATABASE_URL", "LANG", "LANGUAGE", "LC_ALL", "LC_MESSAGES")


def find_binary() -> Path:
    """MCP_ASSIST_BIN, else the sanitizer build, else the release."""
    named = os.environ.get("MCP_ASSIST_BIN")
    candidates = [Path(named)] if named else [BUILD / "asan/mcp-assist", BUILD / "release/mcp-assist"]
    for candidate in candidates:
        if candidate.is_file():
            return candidate.resolve()
    raise FileNotFoundError(f"no mcp-assist to test: {', '.join(map(str, candidates))}")


def database(root="") -> dict:
    """What tells a program to keep its calls where the suites run on another database than a file (MCP_TEST_DATABASE_URL);
    {} otherwise. `root`: where that program sees this system's files, its socket among them."""
    url = os.environ.get("MCP_TEST_DATABASE_URL")
    return {"DATABASE_URL": url.replace("?host=", "?host=" + quote(root, safe=""))} if url else {}


def environment(reports: Path, extra: dict | None = None) -> dict:
    """The environment without any setting of ours, with sanitizer reports going to files beside `reports`.

    Calls are kept in SQLite, or in database().
    """
    env = {k: v for k, v in os.environ.items() if k not in SETTINGS and not k.startswith("MCP_ASSIST_")}
    env["LANG"] = "C.UTF-8"
    if os.geteuid() == 0:
        env["MCP_ASSIST_USER"] = "root"  # pytest's folders are closed to the account it would become
    env["XDG_DATA_HOME"] = str(reports.parent / "data-home")
    env.update(database())
    env["ASAN_OPTIONS"] = f"exitcode=99:detect_leaks=1:strict_string_checks=1:log_path={reports}"
    env["UBSAN_OPTIONS"] = f"print_stacktrace=1:exitcode=99:log_path={reports}"
    env["LSAN_OPTIONS"] = f"exitcode=99:log_path={reports}"
    env.update({k: str(v) for k, v in (extra or {}).items()})
    return env


def sanitizer_reports(reports: Path) -> str:
    """What sanitizers wrote for processes started with environment(reports); "" when they found nothing."""
    return "\n".join(p.read_text(errors="replace") for p in sorted(reports.parent.glob(reports.name + ".*")))


def write_config(path: Path, config) -> Path:
    """A configuration file: the text itself, or {section: {key: value}}."""
    if not isinstance(config, str):
        lines = []
        for section, rows in config.items():
            lines += [f"[{section}]"] + [f"{key} = {value}" for key, value in rows.items()]
        config = "\n".join(lines) + "\n"
    path.write_text(config, encoding="utf-8")
    return path


@dataclass
class Outcome:
    """How a command ended. `.json` parses what it printed on stdout."""

    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)


def run_refused(command, *, reports: Path, env=None) -> Outcome:
    """Runs a server that must not start: fails the test at once when it says that it listens."""
    process = subprocess.Popen(
        [str(word) for word in command],
        env=environment(reports, env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        line = process.stdout.readline()
        assert "Listening" not in line, line
        out, err = process.communicate(timeout=30)
    finally:
        process.kill()
        process.wait()
    report = sanitizer_reports(reports)
    assert not report, f"{command}: {report}"
    return Outcome(process.returncode, line + out, err)


def run(command, *, reports: Path, env=None, stdin=None, timeout=60, cwd=None) -> Outcome:
    """Runs a command to its end; fails the test on a sanitizer report."""
    done = subprocess.run(
        [str(word) for word in command],
        env=environment(reports, env),
        input=stdin.encode() if isinstance(stdin, str) else stdin,
        stdin=subprocess.DEVNULL if stdin is None else None,
        capture_output=True,
        timeout=timeout,
        cwd=cwd,
        check=False,
    )
    report = sanitizer_reports(reports)
    assert not report, f"{command}: {report}"
    return Outcome(done.returncode, done.stdout.decode(), done.stderr.decode(errors="replace"))
