"""MCP over HTTP as it passes: whatever a server says is held against the schema of its revision, whoever the client is."""

import contextlib
import json
from unittest import mock

import httpx

from .mcp_schema import MODERN, Wire


class HttpWire:
    """All exchanges with servers: sessions are told apart by their header, connections of HTTP+SSE by their endpoint.
    `.count`: the messages held against a schema."""

    def __init__(self):
        self.count = 0
        self.faults = []
        self._sessions = {}
        self._endpoints = {}

    def ask(self, verb, target, headers, body):
        """A request whose headers (names in lower case) and body are known: the Reply to come, None if it is not MCP."""
        path = target.partition("?")[0]
        if path.endswith("/messages") and target in self._endpoints:
            self._endpoints[target].sends(_parsed(body))
        if verb == "GET" and path.endswith("/sse"):
            return Reply(self, Wire())
        if verb not in ("GET", "POST") or not path.endswith("/mcp"):
            return None
        known = self._sessions.get(headers.get("mcp-session-id"))
        wire = known or Wire(MODERN if headers.get("mcp-protocol-version") == MODERN else None)
        if verb == "POST":
            wire.sends(_parsed(body))
        return Reply(self, wire)

    def names(self, wire, *, session=None, endpoint=None):
        """What the server calls a conversation from now on."""
        if session:
            self._sessions[session] = wire
        if endpoint:
            self._endpoints[endpoint] = wire

    def holds(self, wire, message):
        self.count += 1
        try:
            wire.receives(message)
        except AssertionError as error:  # the test that sees it may be about something else, or on another thread
            self.faults.append(str(error))


class Reply:
    """What comes back to one request: its headers, its body in pieces, its end. Messages are judged as they come."""

    def __init__(self, http, wire):
        self.http, self.wire = http, wire
        self._kind, self._rest = "", b""

    def head(self, headers):
        """`headers`: names in lower case."""
        self._kind = headers.get("content-type", "").partition(";")[0]
        assert "content-encoding" not in headers
        self.http.names(self.wire, session=headers.get("mcp-session-id"))

    def feed(self, data):
        self._rest += data
        if self._kind == "text/event-stream":
            *events, self._rest = self._rest.split(b"\n\n")
            for event in events:
                self._event(event.decode())

    def _event(self, text):
        fields = dict(line.partition(": ")[::2] for line in text.splitlines() if not line.startswith(":"))
        data = fields.get("data", "")
        if fields.get("event") == "endpoint":
            self.http.names(self.wire, endpoint=data)
        elif data:
            self.http.holds(self.wire, json.loads(data))

    def end(self):
        if self._kind == "application/json" and self._rest:
            self.http.holds(self.wire, json.loads(self._rest))


def _parsed(body):
    try:
        return json.loads(body)
    except (ValueError, RecursionError):  # tests send what is no JSON on purpose
        return None


class _Stream(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A response's body on its way."""

    def __init__(self, stream, reply):
        self._stream, self._reply = stream, reply

    def __iter__(self):
        for data in self._stream:
            self._reply.feed(data)
            yield data
        self._reply.end()

    async def __aiter__(self):
        async for data in self._stream:
            self._reply.feed(data)
            yield data
        self._reply.end()

    def close(self):
        self._stream.close()

    async def aclose(self):
        await self._stream.aclose()


def _asked(wire, request):
    with contextlib.suppress(httpx.RequestNotRead):
        target = request.url.raw_path.decode()
        return wire.ask(request.method, target, dict(request.headers), request.content)
    return None


def _answered(reply, response):
    if reply:
        reply.head(dict(response.headers))
        response.stream = _Stream(response.stream, reply)
    return response


@contextlib.contextmanager
def watch_httpx():
    """While it lasts, everything that httpx exchanges in this process passes the HttpWire that it yields."""
    wire = HttpWire()
    plain, plain_async = httpx.HTTPTransport.handle_request, httpx.AsyncHTTPTransport.handle_async_request

    def handle(self, request):
        reply = _asked(wire, request)
        return _answered(reply, plain(self, request))

    async def handle_async(self, request):
        reply = _asked(wire, request)
        return _answered(reply, await plain_async(self, request))

    with (
        mock.patch.object(httpx.HTTPTransport, "handle_request", handle),
        mock.patch.object(httpx.AsyncHTTPTransport, "handle_async_request", handle_async),
    ):
        yield wire
