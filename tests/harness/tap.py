"""Listening in between a server and clients that nobody here wrote: each message is held against its schema."""

import json
import socket
import sys
import threading
from pathlib import Path

import h11

from .mcp_http import HttpWire
from .mcp_schema import Wire

LARGEST = 1 << 20  # of a header


def stdio_command(folder, command) -> list:
    """The command line that runs `command` and notes what passes in `folder`, for judge_stdio()."""
    script = Path(__file__).with_name("stdio_tap.py")
    return [sys.executable, "-I", "-S", str(script), str(folder), "--", *map(str, command)]


def judge_stdio(folder) -> int:
    """Holds all that was noted against its schema; how many messages of servers there were."""
    count = 0
    for file in folder.glob("*.lines"):
        wire = Wire()
        for line in file.read_bytes().splitlines():
            message = json.loads(line[1:])
            if line.startswith(b">"):
                wire.sends(message)
            else:
                wire.receives(message)
                count += 1
    return count


class Relay:
    """Passes connections on to a port of 127.0.0.1, byte by byte as they come. Use as a context manager: `.port` is where
    clients connect; at the end all that the server said must have been right, and must have been something."""

    def __init__(self, port):
        self._target = port
        self.wire = HttpWire()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return  # closed
            try:
                server = socket.create_connection(("127.0.0.1", self._target))
            except OSError:
                client.close()
                continue
            heard = _Connection(self.wire)
            for source, sink, hear in ((client, server, heard.client), (server, client, heard.server)):
                source.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                threading.Thread(target=_pass_on, args=(source, sink, hear), daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        # Wakes the thread in accept(), which close() alone does not.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        if kind is None:
            assert not self.wire.faults, "\n".join(self.wire.faults)
            assert self.wire.count, "no message has passed"


def _pass_on(source, sink, hear):
    """One direction, to its end. A client that resets its connection is one that leaves."""
    try:
        while data := source.recv(65536):
            hear(data)
            sink.sendall(data)
        hear(b"")
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # was closed by the other direction


class _Connection:
    """One connection, read by an HTTP library in both of its roles: what one hears, the other one says."""

    def __init__(self, wire):
        self._wire, self._lock = wire, threading.Lock()
        self._asks = h11.Connection(h11.SERVER, LARGEST)
        self._answers = h11.Connection(h11.CLIENT, LARGEST)
        self._request = self._reply = None
        self._is_lost = False

    def client(self, data):
        with self._lock:
            try:
                if not self._is_lost:
                    self._asks.receive_data(data)
                    self._hear_client()
            except h11.ProtocolError:
                self._is_lost = True  # clients may try what is wrong; what it is answered is no matter of MCP

    def server(self, data):
        with self._lock:
            try:
                if not self._is_lost:
                    self._answers.receive_data(data)
                    self._hear_server()
            except h11.ProtocolError as error:
                self._is_lost = True
                if data:  # a client that leaves cuts what it was being told
                    self._wire.faults.append(f"{error!r} in {data[:1000]!r}")

    def _hear_client(self):
        while isinstance(event := self._asks.next_event(), (h11.Request, h11.Data, h11.EndOfMessage)):
            if isinstance(event, h11.Request):
                self._request, self._body, self._reply = event, b"", None
            elif isinstance(event, h11.Data):
                self._body += event.data
            else:
                verb, target = self._request.method.decode(), self._request.target.decode()
                self._reply = self._wire.ask(verb, target, _named(self._request), self._body)
            self._answers.send(event)

    def _hear_server(self):
        wanted = (h11.InformationalResponse, h11.Response, h11.Data, h11.EndOfMessage)
        while isinstance(event := self._answers.next_event(), wanted):
            self._asks.send(event)
            if self._reply and isinstance(event, h11.Response):
                self._reply.head(_named(event))
            elif self._reply and isinstance(event, h11.Data):
                self._reply.feed(bytes(event.data))
            elif isinstance(event, h11.EndOfMessage):
                self._end()

    def _end(self):
        if self._reply:
            self._reply.end()
        ends = (self._asks.our_state, self._asks.their_state, self._answers.our_state, self._answers.their_state)
        if all(end is h11.DONE for end in ends):
            self._asks.start_next_cycle()
            self._answers.start_next_cycle()
            self._hear_client()


def _named(event) -> dict:
    return {name.decode(): value.decode("latin-1") for name, value in event.headers}
