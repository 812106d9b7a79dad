"""A started http_echo (tests/http/http_echo.c), and connections to it that write raw bytes and read replies strictly.

The server tells its events on standard output, so tests assert order, never time."""

import json
import os
import queue
import signal
import socket
import subprocess
import threading
from pathlib import Path

ECHO = os.environ.get(
    "MCP_ASSIST_HTTP_ECHO", str(Path(__file__).resolve().parents[2] / "build/asan/tests/http/http_echo"))
WAIT_S = 20  # far above what anything here takes


class Echo:
    """A running http_echo and the events it prints."""

    def __init__(self, **options):
        arguments = [f"{name}={value}" for name, value in options.items()]
        self.process = subprocess.Popen([ECHO, *arguments], stdout=subprocess.PIPE, text=True)
        self.events = queue.Queue()
        self.host = options.get("host", "127.0.0.1")
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        self.port = int(self.event("listening").split()[1])

    def _read(self):
        for line in self.process.stdout:
            self.events.put(line.rstrip("\n"))
        self.events.put(None)

    def next_event(self):
        event = self.events.get(timeout=WAIT_S)
        assert event is not None, "the server ended"
        return event

    def event(self, start):
        """The next event that begins with `start`; others are dropped."""
        while True:
            event = self.next_event()
            if event.startswith(start):
                return event

    def drain(self):
        """The events so far."""
        events = []
        while not self.events.empty():
            events.append(self.next_event())
        return events

    def connect(self):
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        sock = socket.socket(family)
        sock.settimeout(WAIT_S)
        sock.connect((self.host, self.port))
        return sock

    def ended(self):
        self.event("stopped")
        self.process.wait(timeout=WAIT_S)

    def close(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(timeout=WAIT_S) == 0, "sanitizer or crash: see standard error"


class Reply:
    def __init__(self, status, headers, body, version):
        self.status, self.headers, self.body, self.version = status, headers, body, version

    @property
    def json(self):
        return json.loads(self.body)


class Wire:
    """One connection, reading replies strictly."""

    def __init__(self, server):
        self.sock = server.connect()
        self.file = self.sock.makefile("rb")

    def send(self, data):
        self.sock.sendall(data)
        return self

    def head(self):
        line = self.file.readline()
        assert line.endswith(b"\r\n"), f"no reply, got {line!r}"
        version, status = line.decode().split(" ", 2)[:2]
        headers = {}
        while (line := self.file.readline()) != b"\r\n":
            assert line.endswith(b"\r\n"), f"cut head: {line!r}"
            name, value = line.decode("latin-1").rstrip("\r\n").split(": ", 1)
            assert name.lower() not in headers, f"{name} twice"
            headers[name.lower()] = value
        return Reply(int(status), headers, b"", version)

    def chunk(self):
        size = int(self.file.readline().strip(), 16)
        data = self.file.read(size)
        assert self.file.read(2) == b"\r\n"
        return data

    def reply(self, has_body=True):
        reply = self.head()
        if has_body and "transfer-encoding" in reply.headers:
            assert reply.headers["transfer-encoding"] == "chunked"
            while piece := self.chunk():
                reply.body += piece
        elif has_body and "content-length" in reply.headers:
            length = int(reply.headers["content-length"])
            reply.body = self.file.read(length)
            assert len(reply.body) == length
        return reply

    def at_end(self):
        """True if the server closed the connection and sent nothing more."""
        try:
            return self.file.read(1) == b""
        except ConnectionResetError:
            return True

    def close(self):
        self.file.close()
        self.sock.close()


GET = b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"


def post(body, extra=b"", path=b"/echo"):
    return (b"POST " + path + b" HTTP/1.1\r\nHost: x\r\nContent-Length: " + str(len(body)).encode() + b"\r\n" + extra
            + b"\r\n" + body)


def reset(sock):
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
    sock.close()
