"""A PostgreSQL of the test's own: a cluster in a folder, on a free port of 127.0.0.1, run by an unprivileged user."""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

from .ports import free_port

USER = "assist"
PASSWORD = "pass-w@rd/42"
QUOTED = "pass-w%40rd%2F42"


def binaries() -> Path:
    """Debian keeps them beside its versions, not in PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda p: int(p.parts[4]))
    if found:
        return found[-1].parent
    on_path = shutil.which("postgres")
    assert on_path, "no PostgreSQL is installed (package postgresql)"
    return Path(on_path).parent


class Postgres:
    """Use as a context manager. .start(), .kill() and .hanging() as often as a test likes; .url for DATABASE_URL."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="mcp-postgres-"))
        self.folder.chmod(0o755)  # any account reaches its socket; initdb closes the cluster
        self.port = free_port()
        self.process = None
        self.identity = {}
        if os.geteuid() == 0:  # it refuses to run as root
            nobody = pwd.getpwnam("nobody")
            self.identity = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
            os.chown(self.folder, nobody.pw_uid, nobody.pw_gid)
        secret = self.folder / "password"
        secret.write_text(PASSWORD)
        secret.chmod(0o644)
        self.run("initdb", "-D", "cluster", "-U", USER, "-A", "scram-sha-256", "-E", "UTF8", "--locale=C",
                 f"--pwfile={secret}", "--no-sync")
        self.start()

    @property
    def url(self) -> str:
        return f"postgresql://{USER}:{QUOTED}@127.0.0.1:{self.port}/postgres"

    @property
    def socket_url(self) -> str:
        """The same by a socket in the file system: reached from every network namespace, and on no interface."""
        return f"postgresql://{USER}:{QUOTED}@/postgres?host={quote(str(self.folder), safe='')}&port={self.port}"

    def _environment(self):
        return {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "HOME": str(self.folder), "PGPASSWORD": PASSWORD}

    def run(self, program, *args) -> str:
        done = subprocess.run(
            [binaries() / program, *args], cwd=self.folder, env=self._environment(), capture_output=True,
            text=True, check=False, timeout=120, **self.identity,
        )
        assert done.returncode == 0, f"{program}: {done.stdout}{done.stderr}"
        return done.stdout

    def start(self):
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [binaries() / "postgres", "-D", "cluster", "-k", str(self.folder), "-h", "127.0.0.1",
                 "-p", str(self.port), "-c", "fsync=off"],
                cwd=self.folder, env=self._environment(), stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                **self.identity,
            )
        for _ in range(600):
            ready = subprocess.run(
                [binaries() / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)], check=False
            )
            if ready.returncode == 0:
                return
            assert self.process.poll() is None, (self.folder / "log").read_text()
            time.sleep(0.1)
        raise AssertionError((self.folder / "log").read_text())

    def kill(self):
        """All of it at once, as a machine that loses its power."""
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(60)

    @contextlib.contextmanager
    def hanging(self):
        """It hangs meanwhile: connections stay open and nobody answers."""
        self._signal_all(signal.SIGSTOP)
        try:
            yield
        finally:
            self._signal_all(signal.SIGCONT)

    def _signal_all(self, number):
        for pid in self._pids():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def _pids(self):
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [self.process.pid, *map(int, children.split())]

    def query(self, sql) -> list[list[str]]:
        """Rows as psql prints them."""
        out = self.run("psql", "-h", "127.0.0.1", "-p", str(self.port), "-U", USER, "-d", "postgres", "-X",
                       "-A", "-t", "-F", "\x1f", "-v", "ON_ERROR_STOP=1", "-c", sql)
        return [line.split("\x1f") for line in out.split("\n") if line]

    def empty(self):
        self.query("DROP TABLE IF EXISTS assist_calls, assist_totals, assist_schema")

    def close(self):
        if self.process.poll() is None:
            self.kill()
        shutil.rmtree(self.folder)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
