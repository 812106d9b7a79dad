"""Clients that see what official ones hide: event ids, single streams, the moment a connection is cut. Every message
that they read is checked against the schema of its revision."""

import http.client
import itertools
import json
import socket
import urllib.parse

from harness import mcp_schema

MODERN = "2026-07-28"
META = "io.modelcontextprotocol/"
TASKS = {"extensions": {"io.modelcontextprotocol/tasks": {}}}


def request(id, method, params=None) -> dict:
    return {"jsonrpc": "2.0", "id": id, "method": method} | ({"params": params} if params is not None else {})


def text_of(result) -> str:
    return "\n".join(block["text"] for block in result["content"] if block["type"] == "text")


class Exchange:
    """One HTTP request and what comes back, as it comes."""

    def __init__(self, url, verb, headers, body=None, *, revision="2025-11-25", method=None, timeout=30):
        where = urllib.parse.urlsplit(url)
        self.revision, self.method = revision, method
        self.last_id = self.retry_ms = self._wire = None
        if body is not None:
            self._wire = mcp_schema.Wire(None if revision == MODERN else revision)
            self._wire.sends(body)
        self.connection = http.client.HTTPConnection(where.hostname, where.port, timeout=timeout)
        data = None if body is None else json.dumps(body).encode()
        self.connection.request(verb, where.path, data, headers)
        self.socket = self.connection.sock
        self.response = self.connection.getresponse()

    @property
    def status(self) -> int:
        return self.response.status

    @property
    def is_stream(self) -> bool:
        return (self.response.getheader("content-type") or "").startswith("text/event-stream")

    def event(self):
        """(id, data) of the next event, comments left out; None at the end of the stream."""
        fields = {}
        while True:
            line = self.response.readline().decode()
            if not line:
                assert not fields, f"the stream ends within an event: {fields}"
                return None
            line = line.rstrip("\n")
            if not line and fields:
                self.last_id = fields.get("id", self.last_id)
                self.retry_ms = int(fields["retry"]) if "retry" in fields else self.retry_ms
                return fields.get("id"), fields.get("data", "")
            if line and not line.startswith(":"):
                name, _, value = line.partition(": ")
                fields[name] = value

    def message(self):
        """The next message; None at the end."""
        if not self.is_stream:
            body = self.response.read()
            return self._checked(json.loads(body)) if body else None
        event = self.event()
        while event and not event[1]:
            event = self.event()
        return self._checked(json.loads(event[1])) if event else None

    def _checked(self, message):
        """By the schema of the revision: as the answer to what was sent here, or on a stream that is taken up again."""
        if self._wire:
            return self._wire.receives(message)
        return mcp_schema.received(message, self.revision, self.method)

    def messages(self) -> list:
        """All that is still to come."""
        return list(iter(self.message, None))

    def cut(self):
        """Drops the connection in the middle of whatever it is doing."""
        self.socket.shutdown(socket.SHUT_RDWR)
        self.close()

    def close(self):
        self.response.close()
        self.connection.close()


class _Client:
    """What clients over HTTP have in common; `.heard`: what came before the answers."""

    def __init__(self, url):
        self.url = url
        self.ids = itertools.count(1)
        self.heard = []
        self._open = []

    def exchange(self, verb, headers, body=None, **options) -> Exchange:
        made = Exchange(self.url, verb, headers, body, revision=self.revision, **options)
        self._open.append(made)
        return made

    def request(self, method, params=None) -> dict:
        """The answer, whole."""
        with_answer = self.start(method, params)
        *before, answer = with_answer.messages()
        self.heard += before
        with_answer.close()
        return answer

    def result(self, method, params=None) -> dict:
        answer = self.request(method, params)
        assert "result" in answer, answer
        return answer["result"]

    def call(self, tool, **arguments) -> dict:
        """The result of a tool."""
        return self.result("tools/call", {"name": tool, "arguments": arguments})

    def close(self):
        for one in self._open:
            one.close()


class Session(_Client):
    """A client of a revision with sessions."""

    def __init__(self, url, revision="2025-11-25", capabilities=None):
        super().__init__(url)
        self.revision, self.headers = revision, {}
        hello = self.start(
            "initialize",
            {
                "protocolVersion": revision,
                "capabilities": capabilities or {},
                "clientInfo": {"name": "tests", "version": "1"},
            },
        )
        self.server = hello.message()["result"]
        assert self.server["protocolVersion"] == revision
        self.headers = {
            "Mcp-Session-Id": hello.response.getheader("mcp-session-id"),
            "MCP-Protocol-Version": revision,
        }
        assert self.notify("notifications/initialized") == 202

    def _headers(self):
        return {
            "Content-Type": "application/json",
            "Accept": "application/json, text/event-stream",
            **self.headers,
        }

    def start(self, method, params=None) -> Exchange:
        """A request whose answer is read later."""
        message = request(next(self.ids), method, params)
        return self.exchange("POST", self._headers(), message, method=method)

    def notify(self, method, params=None) -> int:
        message = {"jsonrpc": "2.0", "method": method} | ({"params": params} if params is not None else {})
        return self.exchange("POST", self._headers(), message).status

    def listen(self, last_event_id=None, method=None) -> Exchange:
        """GET: the stream on which the server speaks by itself, or the rest of one that was cut."""
        headers = self.headers | {"Accept": "text/event-stream"}
        if last_event_id is not None:
            headers["Last-Event-ID"] = last_event_id
        return self.exchange("GET", headers, method=method)


class Modern(_Client):
    """A client without a session."""

    revision = MODERN

    def __init__(self, url, capabilities=None):
        super().__init__(url)
        self.capabilities = capabilities or {}

    def start(self, method, params=None, *, meta=None) -> Exchange:
        params = stateless(params, self.capabilities, meta)
        headers = {
            "Content-Type": "application/json",
            "Accept": "application/json, text/event-stream",
            "MCP-Protocol-Version": MODERN,
            "Mcp-Method": method,
        }
        for key in ("name", "uri", "taskId"):
            if key in params:
                headers["Mcp-Name"] = params[key]
        return self.exchange("POST", headers, request(next(self.ids), method, params), method=method)


def stateless(params, capabilities, meta=None) -> dict:
    """The params of a stateless request."""
    known = {
        META + "protocolVersion": MODERN,
        META + "clientInfo": {"name": "tests", "version": "1"},
        META + "clientCapabilities": capabilities,
    }
    return (params or {}) | {"_meta": known | (meta or {})}


class Pipe:
    """A client on a pipe, of any revision."""

    def __init__(self, stdio, revision, capabilities=None):
        self.stdio, self.revision, self.capabilities = stdio, revision, capabilities or {}
        self.heard = []
        if revision != MODERN:
            stdio.initialize(revision, self.capabilities)

    def start(self, method, params=None, *, meta=None):
        """Sends a request; its id."""
        if self.revision == MODERN:
            params = stateless(params, self.capabilities, meta)
        return self.stdio.start(method, params)

    def message(self) -> dict:
        """The next message, whatever it is."""
        return self.stdio.receive()

    def answer(self, id) -> dict:
        while True:
            message = self.message()
            assert message is not None, f"the server left before it answered {id}"
            if message.get("id") == id and "method" not in message:
                return message
            self.heard.append(message)

    def request(self, method, params=None) -> dict:
        return self.answer(self.start(method, params))

    def result(self, method, params=None) -> dict:
        answer = self.request(method, params)
        assert "result" in answer, answer
        return answer["result"]

    def call(self, tool, **arguments) -> dict:
        return self.result("tools/call", {"name": tool, "arguments": arguments})
