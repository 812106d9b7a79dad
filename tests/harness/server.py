"""A started `mcp-assist serve`: requests, calls of its tools checked by the schemas they publish, its end."""

import json
import os
import re
import signal
import subprocess
import threading
from pathlib import Path

import httpx

from . import program, schema

READY = re.compile(r"Listening on (https?://\S+)")


class CallFault(AssertionError):
    """POST /call/{tool} did not answer 200: `.status`, `.problem` (the RFC 9457 object, or the text)."""

    def __init__(self, tool, response):
        self.status = response.status_code
        try:
            self.problem = response.json()
        except ValueError:
            self.problem = response.text
        super().__init__(f"{tool}: {self.status} {self.problem}")


class Server:
    """Use as a context manager, or stop() it: leaving asserts exit code 0 and no sanitizer report."""

    def __init__(
        self, binary: Path, tmp: Path, *, args=(), env=None, config=None, netns=None, host="127.0.0.1", data=None
    ):
        self.tmp = tmp
        self.data = data or tmp / "data"
        self.netns = netns
        self.reports = tmp / "sanitizer"
        self.stderr_path = tmp / "stderr.log"
        self.output = []
        self._tools = None
        command = self.command(binary, host) + [str(word) for word in args]
        if config is not None:
            command += ["--config", program.write_config(tmp / "mcp-assist.conf", config)]
        if netns is not None:
            command = netns.command(command)
        self.data.mkdir(exist_ok=True)
        with self.stderr_path.open("wb") as stderr:
            self.process = subprocess.Popen(
                [str(word) for word in command],
                env=program.environment(self.reports, env),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=stderr,
            )
        self.url = self._wait_ready(30)
        self.port = httpx.URL(self.url).port
        self.client = httpx.Client(base_url=self.url, timeout=60, trust_env=False)

    def command(self, binary, host):
        """What to start, to be followed by the test's own arguments."""
        return [binary, "serve", "--port", "0", "--host", host, "--data-dir", self.data]

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def stderr(self) -> str:
        return self.stderr_path.read_text(errors="replace")

    def _wait_ready(self, timeout) -> str:
        ready = threading.Event()
        found = []

        def read():
            for line in self.process.stdout:
                self.output.append(line.decode(errors="replace"))
                match = READY.search(self.output[-1])
                if match and not found:
                    found.append(match.group(1).rstrip("/"))
                    ready.set()
            ready.set()

        self._reader = threading.Thread(target=read, daemon=True)
        self._reader.start()
        ready.wait(timeout)
        if not found:
            self.process.kill()
            self.process.wait()
            report = program.sanitizer_reports(self.reports)
            raise AssertionError(f"the server does not listen: {''.join(self.output)}{self.stderr}{report}")
        return found[0]

    def request(self, method, path, **options) -> httpx.Response:
        """An HTTP request, sent from the server's network namespace."""
        if self.netns is None:
            return self.client.request(method, path, **options)
        return self.netns.call(
            lambda: httpx.request(method, self.url + path, timeout=60, trust_env=False, **options)
        )

    def get(self, path, **options) -> httpx.Response:
        return self.request("GET", path, **options)

    def post(self, path, **options) -> httpx.Response:
        return self.request("POST", path, **options)

    def rpc(self, method, params=None, *, id=1, headers=None) -> dict:
        """One JSON-RPC request without a session; the whole answer."""
        message = {"jsonrpc": "2.0", "id": id, "method": method, "params": params or {}}
        return self.post("/mcp", json=message, headers=headers).json()

    def tools(self) -> dict:
        """The published Tool objects by name."""
        if self._tools is None:
            self._tools = {tool["name"]: tool for tool in self.get("/tools").json()["tools"]}
        return self._tools

    def schema_for(self, tool) -> dict:
        """The output schema that a tool publishes."""
        return self.tools()[tool]["outputSchema"]

    def call_tool(self, name, args=None, *, lang=None) -> dict:
        """The structured result, checked against the published schema; CallFault when there is none."""
        headers = {"Content-Type": "application/json"} | ({"Accept-Language": lang} if lang else {})
        response = self.post(f"/call/{name}", content=json.dumps(args or {}), headers=headers)
        if response.status_code != 200:
            raise CallFault(name, response)
        result = response.json()
        schema.validate(result, self.schema_for(name), name)
        return result

    def call_text(self, name, args=None, *, lang=None) -> str:
        """The text that a person or a model reads for this call, over MCP."""
        headers = {"Accept-Language": lang} if lang else None
        answer = self.rpc("tools/call", {"name": name, "arguments": args or {}}, headers=headers)
        return "\n".join(b["text"] for b in answer["result"]["content"] if b["type"] == "text")

    def assert_alive(self):
        assert self.process.poll() is None, f"the server ended with {self.process.returncode}: {self.stderr}"
        assert self.get("/health").status_code == 200

    def stop(self, number=signal.SIGTERM, timeout=30, expect=0):
        """Ends the server with a signal and asserts how it ended."""
        if self.process.poll() is None:
            os.kill(self.process.pid, number)
        try:
            code = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(
                f"the server did not end within {timeout} s of signal {number}: {self.stderr}"
            ) from None
        self._reader.join(5)
        self.client.close()
        report = program.sanitizer_reports(self.reports)
        assert not report, report
        assert code == expect, f"the server ended with {code}: {self.stderr}"

    def kill(self):
        self.process.kill()
        self.process.wait()
        self._reader.join(5)
        self.client.close()

    def finish(self):
        """Stops it unless the test has done so."""
        if self.process.returncode is None:
            self.stop()

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if kind is None:
            self.stop()
        else:
            self.kill()
