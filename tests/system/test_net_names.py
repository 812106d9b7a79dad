"""How the network tools find addresses: hosts file, a real name server, search list, both families, servers that are silent,
refuse or lie. Every namespace has its own /etc/resolv.conf and /etc/hosts."""

import shutil
import socket
import struct
import threading
import time
from pathlib import Path

import pytest

UNBOUND = """
server:
  directory: "{folder}"
  chroot: ""
  username: ""
  pidfile: ""
  use-syslog: no
  interface: {address}
  access-control: 0.0.0.0/0 allow
  do-daemonize: no
  module-config: "iterator"
  local-zone: "." static
  local-zone: "example.test." static
  local-data: "four.example.test. A 127.0.0.4"
  local-data: "six.example.test. AAAA ::1"
  local-data: "both.example.test. A 127.0.0.5"
  local-data: "both.example.test. AAAA ::1"
  local-data: "xn--caf-dma.example.test. A 127.0.0.6"
  local-data: "metadata.example.test. A 169.254.169.254"
  local-data: "public.example.test. A 203.0.113.5"
  local-data: "text.example.test. TXT words"
{many}
remote-control:
  control-enable: no
"""


@pytest.fixture
def space(netns):
    """A namespace with files of its own under /etc; space.etc(name, content) writes one."""
    made = netns.create()
    folder = Path("/etc/netns") / made.name
    folder.mkdir(parents=True)
    made.etc = lambda name, content: (folder / name).write_text(content)
    made.etc("hosts", "127.0.0.9 printer.lan printer\n::1 printer.lan\n127.0.0.1 localhost\n")
    made.etc("resolv.conf", "nameserver 127.0.0.53\nsearch example.test\noptions timeout:1 attempts:1\n")
    made.etc("nsswitch.conf", "hosts: files dns\n")
    yield made
    shutil.rmtree(folder)


@pytest.fixture
def unbound(space, tmp_path):
    """unbound at 127.0.0.53 of the namespace."""
    many = "".join(f'  local-data: "many.example.test. A 127.3.0.{i}"\n' for i in range(1, 201))
    config = tmp_path / "unbound.conf"
    config.write_text(UNBOUND.format(folder=tmp_path, address="127.0.0.53", many=many))
    with (tmp_path / "unbound.log").open("wb") as log:
        process = space.popen("unbound", "-d", "-c", config, stdout=log, stderr=log)
    ask = ["dig", "@127.0.0.53", "+short", "+time=1", "+tries=1", "four.example.test"]
    deadline = time.monotonic() + 20
    while space.run(*ask, check=False).stdout.strip() != "127.0.0.4":
        assert process.poll() is None and time.monotonic() < deadline, (tmp_path / "unbound.log").read_text()
        time.sleep(0.1)
    yield
    process.terminate()
    process.wait(20)


def ping(cli, space, host, *options):
    words = ["call", "ping_host", "--host", host, "--count", "1", *options, "--json"]
    outcome = cli(*words, netns=space)
    assert outcome.code == 0, outcome.err
    return outcome.json


@pytest.mark.parametrize(
    "host, addresses",
    [
        ("four.example.test", ["127.0.0.4"]),
        ("four.example.test.", ["127.0.0.4"]),
        ("FOUR.Example.TEST", ["127.0.0.4"]),
        ("six.example.test", ["::1"]),
        ("four", ["127.0.0.4"]),
        ("café.example.test", ["127.0.0.6"]),
        ("xn--caf-dma.example.test", ["127.0.0.6"]),
        ("many.example.test", [f"127.3.0.{i}" for i in range(1, 201)]),
        ("printer.lan", ["::1", "127.0.0.9"]),
        ("printer", ["127.0.0.9"]),
        ("localhost", ["127.0.0.1"]),
    ],
)
def test_finds(cli, space, unbound, host, addresses):
    result = ping(cli, space, host)
    assert (result["status"], result["host"]) == ("up", host)
    assert result["address"] in addresses


def test_agrees_with_getent(cli, space, unbound):
    for host in ("both.example.test", "four.example.test", "printer", "four"):
        known = space.run("getent", "ahosts", host).stdout.split()[0::3]
        assert ping(cli, space, host)["address"] in known


def test_family(cli, space, unbound):
    assert ping(cli, space, "both.example.test", "--family", "4")["address"] == "127.0.0.5"
    assert ping(cli, space, "both.example.test", "--family", "6")["address"] == "::1"
    assert ping(cli, space, "four.example.test", "--family", "6")["reason"] == "no_such_name"


@pytest.mark.parametrize("host", ["nothing.example.test", "text.example.test", "four."])
def test_finds_nothing(cli, space, unbound, host):
    result = ping(cli, space, host)
    assert (result["status"], result["reason"], result["sent"]) == ("unresolved", "no_such_name", 0)


def test_the_guard_looks_at_the_address(cli, space, unbound):
    for host, says in (("metadata.example.test", "169.254.169.254"), ("public.example.test", "203.0.113.5")):
        outcome = cli("call", "port_scan", "--host", host, "--ports", "80", netns=space)
        assert outcome.code != 0 and says in outcome.err


def test_nobody_answers(cli, space):
    result = ping(cli, space, "four.example.test")
    assert (result["status"], result["reason"]) == ("unresolved", "no_name_server")


def test_a_second_server_answers(cli, space, unbound):
    space.etc("resolv.conf", "nameserver 127.0.0.99\nnameserver 127.0.0.53\noptions timeout:2\n")
    assert ping(cli, space, "four.example.test")["address"] == "127.0.0.4"


class Liar:
    """A name server at 127.0.0.53 that answers every question as `answer(query)` says; it counts the questions."""

    def __init__(self, space, answer):
        self.socket = space.call(socket.socket, socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.53", 53))
        self.answer = answer
        self.questions = 0
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                query, peer = self.socket.recvfrom(4096)
            except OSError:
                return
            self.questions += 1
            for reply in self.answer(query):
                self.socket.sendto(reply, peer)


def question_of(query):
    end = 12
    while query[end]:
        end += query[end] + 1
    return query[12 : end + 5]


def reply(query, flags=0x8180, owner=b"\xc0\x0c", kind=1, data=b"\x7f\0\0\x08", identity=None, answers=1):
    header = (identity or query[:2]) + struct.pack("!5H", flags, 1, answers, 0, 0)
    record = owner + struct.pack("!HHIH", kind, 1, 60, len(data)) + data
    return header + question_of(query) + record


STRANGE = {
    "another id": lambda query: [reply(query, identity=bytes([query[0] ^ 1, query[1]]))],
    "servfail": lambda query: [reply(query, flags=0x8182, answers=0)],
    "refused": lambda query: [reply(query, flags=0x8185, answers=0)],
    "no response bit": lambda query: [reply(query, flags=0x0100)],
    "another owner": lambda query: [reply(query, owner=b"\x05other\x04test\0")],
    "an alias to itself": lambda query: [reply(query, kind=5, data=b"\xc0\x0c")],
    "a pointer to itself": lambda query: [reply(query, owner=b"\xc0\x20")],
    "short address": lambda query: [reply(query, data=b"\x7f\0")],
    "cut": lambda query: [reply(query)[:-3]],
    "more answers than there are": lambda query: [reply(query, answers=500)],
    "noise": lambda query: [query[:2] + bytes(range(1, 200))],
    "empty": lambda query: [b"", b"\0"],
}


@pytest.mark.parametrize("how", STRANGE)
def test_strange_answers_give_no_address(cli, space, how):
    liar = Liar(space, STRANGE[how])
    result = ping(cli, space, "four.example.test")
    assert result["status"] == "unresolved" and result["reason"] in ("no_such_name", "no_name_server")
    assert liar.questions > 0


def test_an_alias_is_followed(cli, space):
    def answer(query):
        alias = b"\x04real\x04test\0"
        target = b"\x04REAL\x04test\0" + struct.pack("!HHIH", 1, 1, 60, 4) + b"\x7f\0\0\x08"
        return [reply(query, kind=5, data=alias, answers=2) + target]

    Liar(space, answer)
    assert ping(cli, space, "four.example.test")["address"] == "127.0.0.8"


def test_a_good_answer_after_a_forged_one(cli, space):
    liar = Liar(space, lambda query: [*STRANGE["another id"](query), reply(query, data=b"\x7f\0\0\x08")])
    assert ping(cli, space, "four.example.test", "--family", "4")["address"] == "127.0.0.8"
    assert liar.questions == 1


def test_other_sources_go_through_the_system(cli, space, unbound):
    """A source that we do not know is the system's affair: what getent finds, we find."""
    space.etc("nsswitch.conf", "hosts: files nosuchmodule dns\n")
    assert ping(cli, space, "four.example.test")["address"] == "127.0.0.4"
