"""Name servers of a test's own on loopback: nsd with the zones of tests/data/dns-zones, unbound in front of it, and a
small one in Python that says whatever a test wants."""

import contextlib
import os
import re
import shutil
import socket
import struct
import subprocess
import threading
import time

from .ports import free_port
from .program import ROOT

ZONES = ROOT / "tests/data/dns-zones"
PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"


def _tool(name) -> str:
    found = shutil.which(name, path=PATH)
    assert found, f"{name} is not installed"
    return found


def dig(name, kind="A", *options, server="127.0.0.1", port=53, prefix=()) -> subprocess.CompletedProcess:
    """Runs dig; `prefix` is a command to run it under."""
    words = [
        *prefix,
        _tool("dig"),
        f"@{server}",
        "-p",
        str(port),
        "+tries=2",
        "+time=3",
        *options,
        kind,
        name,
    ]
    return subprocess.run(words, capture_output=True, text=True, timeout=30, check=False)


def dig_answer(name, kind="A", *options, **where) -> set:
    """{(name, ttl, type, data)} of the answer section, as dig shows it."""
    out = dig(name, kind, "+noall", "+answer", "+nosplit", *options, **where).stdout
    records = set()
    for line in out.splitlines():
        if line and not line.startswith(";"):
            owner, ttl, _, rtype, data = line.split(None, 4)
            records.add((owner, int(ttl), rtype, data))
    return records


class Daemon:
    """A server in the foreground, ready once it answers for `probe`."""

    def __init__(self, command, address, port, probe, log):
        self.address, self.port = address, port
        self.log = log.open("wb")
        self.process = subprocess.Popen(command, stdout=self.log, stderr=self.log, stdin=subprocess.DEVNULL)
        deadline = time.monotonic() + 20
        while (
            "status: NOERROR"
            not in dig(probe, "SOA", "+time=1", "+tries=1", server=address, port=port).stdout
        ):
            failed = self.process.poll() is not None or time.monotonic() > deadline
            if failed:
                self.close()
                raise AssertionError(f"{command[0]} does not answer: {log.read_text(errors='replace')}")

    def close(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()


def nsd(folder, zones: dict, address="127.0.0.1", port=None) -> Daemon:
    """An authoritative server for {zone: file}."""
    port = port or free_port(address)
    rows = [
        "server:",
        f"  ip-address: {address}@{port}",
        f"  zonesdir: {folder}",
        f"  pidfile: {folder}/nsd.pid",
        f"  xfrdfile: {folder}/xfrd.state",
        f"  zonelistfile: {folder}/zone.list",
        '  username: ""',
        '  chroot: ""',
        "  server-count: 1",
        "  refuse-any: no",
        "  rrl-ratelimit: 0",
        "  ipv4-edns-size: 4096",
        "remote-control:",
        "  control-enable: no",
    ]
    for zone, file in zones.items():
        rows += ["zone:", f"  name: {zone}", f"  zonefile: {file}"]
    config = folder / "nsd.conf"
    config.write_text("\n".join(rows) + "\n", encoding="ascii")
    return Daemon([_tool("nsd"), "-d", "-c", config], address, port, next(iter(zones)), folder / "nsd.log")


def plain_zones() -> dict:
    """The zones of tests/data/dns-zones that are served as they are."""
    return {file.stem: file for file in sorted(ZONES.glob("*.zone")) if file.stem != "signed.example"}


def sign_zone(folder, zone="signed.example"):
    """Signs tests/data/dns-zones/ZONE.zone for a day: (the signed file, the text of its trust anchor)."""
    shutil.copy(ZONES / f"{zone}.zone", folder / f"{zone}.zone")
    keygen = [_tool("ldns-keygen"), "-a", "ECDSAP256SHA256", "-k", zone]
    key = subprocess.run(keygen, cwd=folder, capture_output=True, text=True, check=True).stdout.strip()
    signer = [_tool("ldns-signzone"), "-o", zone, f"{zone}.zone", key]
    subprocess.run(signer, cwd=folder, capture_output=True, check=True)
    return folder / f"{zone}.zone.signed", (folder / f"{key}.ds").read_text(encoding="ascii")


def break_signature(file):
    """Another address under the same signature."""
    text = file.read_text(encoding="ascii")
    changed = re.sub(r"(host\.\S+\s+\d+\s+IN\s+A\s+)192\.0\.2\.81", r"\g<1>192.0.2.66", text)
    assert changed != text
    file.write_text(changed, encoding="ascii")


def unbound(folder, zones, anchors, upstream: Daemon, address="127.0.0.1", port=None) -> Daemon:
    """A validating resolver that knows `zones` (names) only, served by `upstream`; `anchors` is DS text."""
    port = port or free_port(address)
    (folder / "anchors").write_text(anchors, encoding="ascii")
    rows = [
        "server:",
        f"  interface: {address}@{port}",
        "  access-control: 127.0.0.0/8 allow",
        f'  directory: "{folder}"',
        '  chroot: ""',
        '  username: ""',
        f'  pidfile: "{folder}/unbound.pid"',
        "  use-syslog: no",
        "  do-daemonize: no",
        "  do-not-query-localhost: no",
        '  module-config: "validator iterator"',
        f'  trust-anchor-file: "{folder}/anchors"',
        "  ede: yes",
        "  val-log-level: 2",
        "remote-control:",
        "  control-enable: no",
    ]
    for zone in zones:
        rows += ["stub-zone:", f'  name: "{zone}"', f"  stub-addr: {upstream.address}@{upstream.port}"]
    config = folder / "unbound.conf"
    config.write_text("\n".join(rows) + "\n", encoding="ascii")
    return Daemon([_tool("unbound"), "-d", "-c", config], address, port, zones[0], folder / "unbound.log")


def question_of(query: bytes) -> bytes:
    """The question section of a query."""
    at = 12
    while query[at]:
        at += query[at] + 1
    return query[12 : at + 5]


def message(
    query: bytes, *, rcode=0, answers=b"", count=0, flags=0x8180, identity=None, question=None
) -> bytes:
    """An answer to `query`; `answers` are `count` records in wire form."""
    identity = query[:2] if identity is None else identity
    question = question_of(query) if question is None else question
    return (
        identity
        + struct.pack("!HHHHH", flags | rcode, 1 if question else 0, count, 0, 0)
        + question
        + answers
    )


def record_a(address="192.0.2.1", ttl=60) -> bytes:
    """An A record for the name of the question."""
    return b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, ttl, 4) + socket.inet_aton(address)


class FakeDns:
    """Calls answer(query, transport) for each query; sends the messages it returns (over UDP any number of them)."""

    def __init__(self, answer, host="127.0.0.1"):
        self.answer = answer
        self.queries = []
        self.port = free_port(host)
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind((host, self.port))
        self.tcp = socket.socket()
        self.tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.tcp.bind((host, self.port))
        self.tcp.listen(16)
        for target in (self._serve_udp, self._serve_tcp):
            threading.Thread(target=target, daemon=True).start()

    def _serve_udp(self):
        with contextlib.suppress(OSError):
            while True:
                query, client = self.udp.recvfrom(65535)
                if client is None:  # shut down
                    return
                self.queries.append(("udp", query))
                for reply in self.answer(query, "udp") or ():
                    self.udp.sendto(reply, client)

    def _serve_tcp(self):
        with contextlib.suppress(OSError):
            while True:
                peer, _ = self.tcp.accept()
                threading.Thread(target=self._serve_peer, args=(peer,), daemon=True).start()

    def _serve_peer(self, peer):
        with peer, contextlib.suppress(OSError):
            data = peer.recv(65535)
            query = data[2:]
            self.queries.append(("tcp", query))
            for reply in self.answer(query, "tcp") or ():
                peer.sendall(struct.pack("!H", len(reply)) + reply)

    def close(self):
        for listener in (self.udp, self.tcp):
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
