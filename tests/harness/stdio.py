"""`mcp-assist stdio` as a client sees it: JSON lines in and out of a pipe."""

import json
import queue
import subprocess
import threading
from pathlib import Path

from . import mcp_schema, program


class Stdio:
    """Use as a context manager, or close() it: leaving asserts exit code 0 and no sanitizer report."""

    verb = "stdio"

    def __init__(self, binary: Path, tmp: Path, *, args=(), env=None, config=None, prefix=()):
        self.reports = tmp / "sanitizer"
        self.stderr_path = tmp / "stderr.log"
        self.notifications = []
        self._lines = queue.Queue()
        self._wire = mcp_schema.Wire()
        self._last_id = 0
        command = [*prefix, binary, self.verb, *args]
        if config is not None:
            command += ["--config", program.write_config(tmp / "mcp-assist.conf", config)]
        with self.stderr_path.open("wb") as stderr:
            self.process = subprocess.Popen(
                [str(word) for word in command],
                env=program.environment(self.reports, env),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
            )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.process.stdout:
            self._lines.put(line)
        self._lines.put(None)

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def stderr(self) -> str:
        return self.stderr_path.read_text(errors="replace")

    def send(self, message):
        """A message as an object (dict, list), or the bytes or text of one line as they are."""
        self._wire.sends(message)
        if isinstance(message, str):
            message = message.encode()
        elif not isinstance(message, bytes):
            message = json.dumps(message, ensure_ascii=False).encode()
        self.process.stdin.write(message + b"\n")
        self.process.stdin.flush()

    def receive(self, timeout=30):
        """The next message; None once the server closed its output. A line that is no JSON, or not what the schema of
        its revision says, fails the test."""
        try:
            line = self._lines.get(timeout=timeout)
        except queue.Empty:
            raise AssertionError(f"no message within {timeout} s: {self.stderr}") from None
        if line is None:
            self._lines.put(None)
            return None
        assert line.endswith(b"\n"), f"unfinished line {line!r}"
        return self._wire.receives(json.loads(line))

    def notify(self, method, params=None):
        self.send({"jsonrpc": "2.0", "method": method} | ({"params": params} if params is not None else {}))

    def start(self, method, params=None, *, id=None):
        """Sends a request without waiting; its id."""
        if id is None:
            self._last_id += 1
            id = self._last_id
        self.send(
            {"jsonrpc": "2.0", "id": id, "method": method}
            | ({"params": params} if params is not None else {})
        )
        return id

    def answer(self, id, timeout=60) -> dict:
        """The answer to a request; what comes before it is kept in `.notifications`."""
        while True:
            message = self.receive(timeout)
            assert message is not None, f"the server left before it answered {id}: {self.stderr}"
            if message.get("id") == id and "method" not in message:
                return message
            self.notifications.append(message)

    def request(self, method, params=None, *, id=None, timeout=60) -> dict:
        """Sends a request and returns the whole answer."""
        return self.answer(self.start(method, params, id=id), timeout)

    def initialize(self, revision="2025-11-25", capabilities=None) -> dict:
        """The handshake of a session; the result of initialize."""
        answer = self.request(
            "initialize",
            {
                "protocolVersion": revision,
                "capabilities": capabilities or {},
                "clientInfo": {"name": "tests", "version": "1"},
            },
        )
        self.notify("notifications/initialized")
        return answer["result"]

    def call_tool(self, name, args=None, *, timeout=60) -> dict:
        """The result of tools/call."""
        return self.request("tools/call", {"name": name, "arguments": args or {}}, timeout=timeout)["result"]

    def close(self, timeout=30, expect=0):
        """Ends its input and asserts how it ended."""
        if not self.process.stdin.closed:
            try:
                self.process.stdin.close()
            except BrokenPipeError:
                pass
        try:
            code = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(
                f"still there {timeout} s after the end of its input: {self.stderr}"
            ) from None
        self._reader.join(5)
        report = program.sanitizer_reports(self.reports)
        assert not report, report
        assert code == expect, f"it ended with {code}: {self.stderr}"

    def kill(self):
        self.process.kill()
        self.process.wait()
        self._reader.join(5)

    def finish(self):
        """Closes it unless the test has done so."""
        if self.process.returncode is None:
            self.close()

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if kind is None:
            self.close()
        else:
            self.kill()
