"""The address guard where the forbidden addresses are real: a namespace that owns them, with listeners that count."""

import http.server
import os
import socket
import struct
import threading
from pathlib import Path

import pytest

from harness.server import CallFault

V4 = ["169.254.169.254", "169.254.170.2", "169.254.7.7", "100.100.100.200"]
V6 = ["fd00:ec2::254", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1", "fe80::a9fe:a9fe"]

SPELLINGS = {
    "plain": ["169.254.169.254", "169.254.169.254.", "169.254.170.2", "100.100.100.200"],
    "decimal": ["2852039166", "169.254.43518", "169.16689662"],
    "octal": ["025177524776", "0251.0376.0251.0376"],
    "hex": ["0xa9fea9fe", "0xA9FEA9FE", "0xa9.0xfe.0xa9.0xfe", "169.254.0251.0xfe"],
    "encoded": ["%31%36%39.254.169.254", "①⑥⑨.254.169.254", "169。254。169。254"],
    "mapped": ["[::ffff:169.254.169.254]", "[::ffff:a9fe:a9fe]", "[0:0:0:0:0:ffff:a9fe:a9fe]", "[::169.254.169.254]"],
    "nat64": ["[64:ff9b::169.254.169.254]", "[64:ff9b::a9fe:a9fe]"],
    "6to4": ["[2002:a9fe:a9fe::1]"],
    "ipv6": ["[fd00:ec2::254]"],
    "link-local": ["169.254.7.7", "[fe80::a9fe:a9fe%25lo]"],
    "unspecified": ["0.0.0.0", "0", "0x0", "00", "[::]", "[::ffff:0.0.0.0]"],
}

NAMES = {
    "plain.test": (["169.254.169.254"], []),
    "mixed.test": (["10.99.0.1", "169.254.169.254"], []),
    "six.test": ([], ["fd00:ec2::254"]),
    "mapped.test": ([], ["::ffff:169.254.169.254"]),
    "nat64.test": ([], ["64:ff9b::a9fe:a9fe"]),
    "zero.test": (["0.0.0.0"], ["::"]),
}


class Counter:
    """Listens on port 80 of every address and counts connections."""

    def __init__(self):
        self.accepted = []
        self.sockets = []
        for family, address in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):
            listener = socket.socket(family, socket.SOCK_STREAM)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            listener.bind((address, 80))
            listener.listen()
            self.sockets.append(listener)
            threading.Thread(target=self.count, args=(listener,), daemon=True).start()

    def count(self, listener):
        while True:
            try:
                peer, _ = listener.accept()
            except OSError:
                return
            self.accepted.append(peer.getsockname()[0])
            peer.recv(4096)
            peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret")
            peer.close()

    def close(self):
        for listener in self.sockets:
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()


class Redirector(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(302)
        self.send_header("Location", self.path.partition("?")[2])
        self.end_headers()

    def log_message(self, *words):
        pass


class Names:
    """A name server that says what NAMES says, with a time to live of 0; rebind.test changes with every question."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 53))
        self.asked = []
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                question, peer = self.socket.recvfrom(4096)
            except OSError:
                return
            self.socket.sendto(self.answer(question), peer)

    def answer(self, message):
        at, labels = 12, []
        while message[at]:
            labels.append(message[at + 1 : at + 1 + message[at]].decode().lower())
            at += 1 + message[at]
        kind = struct.unpack("!H", message[at + 1 : at + 3])[0]
        name = ".".join(labels)
        self.asked.append(name)
        v4, v6 = NAMES.get(name, ([], []))
        if name == "rebind.test":
            turn = self.asked.count(name) // 2  # A and AAAA are asked for
            v4 = ["127.0.0.1"] if turn % 2 == 0 else ["169.254.169.254"]
        records = [socket.inet_aton(a) for a in v4] if kind == 1 else []
        if kind == 28:
            records = [socket.inet_pton(socket.AF_INET6, a) for a in v6]
        body = b"".join(b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, 0, len(r)) + r for r in records)
        header = message[:2] + struct.pack("!HHHHH", 0x8580, 1, len(records), 0, 0)
        return header + message[12 : at + 5] + body

    def close(self):
        self.socket.close()


@pytest.fixture
def trap(netns):
    """A namespace that owns the forbidden addresses; `.counter`, `.names`, the redirector on 127.0.0.1:8080."""
    space = netns.create()
    for address in V4:
        space.ip("addr", "add", f"{address}/32", "dev", "lo")
    for address in V6:
        space.ip("addr", "add", f"{address}/128", "dev", "lo", "nodad", *(["scope", "link"] if "fe80" in address else []))
    # `ip netns exec` shows these files as /etc/resolv.conf and /etc/nsswitch.conf in there.
    folder = Path("/etc/netns") / space.name
    had_parent = folder.parent.exists()
    folder.mkdir(parents=True)
    (folder / "resolv.conf").write_text("nameserver 127.0.0.1\n")
    (folder / "nsswitch.conf").write_text("hosts: files dns\n")
    space.counter = space.call(Counter)
    space.names = space.call(Names)
    redirector = space.call(lambda: http.server.ThreadingHTTPServer(("127.0.0.1", 8080), Redirector))
    threading.Thread(target=redirector.serve_forever, daemon=True).start()
    yield space
    redirector.shutdown()
    redirector.server_close()
    space.counter.close()
    space.names.close()
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()
    if not had_parent:
        os.rmdir(folder.parent)


def ask(server, url):
    """The result, or None when it was refused; any other fault is an error."""
    try:
        return server.call_tool("http_request", {"url": url, "timeout_ms": 2000})
    except CallFault as fault:
        assert fault.status in (400, 403), fault
        return None


@pytest.mark.parametrize("form", SPELLINGS)
def test_no_connection_by_any_spelling(make_server, trap, form):
    server = make_server(netns=trap)
    for spelling in SPELLINGS[form]:
        for url in (f"http://{spelling}/", f"http://{spelling}:80/latest/meta-data/"):
            ask(server, url)
            ask(server, f"http://127.0.0.1:8080/?{url}")
    assert trap.counter.accepted == []
    server.assert_alive()


def test_no_connection_by_any_name(make_server, trap):
    server = make_server(netns=trap)
    for name in NAMES:
        ask(server, f"http://{name}/")
        ask(server, f"http://127.0.0.1:8080/?http://{name}/")
        assert name in trap.names.asked
    assert trap.counter.accepted == []


def test_no_connection_by_rebinding(make_server, trap):
    """The name leads to loopback for one question and to the metadata address for the next."""
    server = make_server(netns=trap)
    for _ in range(6):
        ask(server, "http://rebind.test:8080/?http://rebind.test/")
    assert trap.names.asked.count("rebind.test") > 2
    assert set(trap.counter.accepted) <= {"127.0.0.1"}


def test_the_trap_works(make_server, trap):
    """With the setting the same requests arrive: what the others count is real."""
    server = make_server(netns=trap, config={"http_request": {"link_local": "true"}})
    assert ask(server, "http://2852039166/")["body"] == "secret"
    assert ask(server, "http://plain.test/")["body"] == "secret"
    assert ask(server, "http://six.test/")["body"] == "secret"
    assert trap.counter.accepted == ["169.254.169.254", "169.254.169.254", "fd00:ec2::254"]
    # never, whatever the settings
    assert ask(server, "http://0.0.0.0/") is None
    assert len(trap.counter.accepted) == 3
