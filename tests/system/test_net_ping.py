"""ping_host between network namespaces, beside ping(8): firewalls that drop, reject and lose at random, missing neighbours,
routing loops, IPv6 only, and users who may not send ICMP."""

import contextlib
import fcntl
import json
import os
import re
import shutil
import struct
import tempfile
import threading
from pathlib import Path

import pytest

from harness import program

FILTER = "table inet test {\n chain %s {\n type filter hook %s priority 0;\n %s\n }\n}\n"


def ping(cli, space, host, *options):
    """The structured result of a call inside `space`."""
    words = ["call", "ping_host", "--host", host, "--interval_ms", "10", *options, "--json"]
    outcome = cli(*words, netns=space)
    assert outcome.code == 0, outcome.err
    return outcome.json


def iputils(space, host, *options):
    """What ping(8) prints there."""
    return space.run("ping", "-n", "-i", "0.01", *options, host, check=False).stdout


def counts(text):
    sent, received = re.search(r"(\d+) packets transmitted, (\d+) received", text).groups()
    return int(sent), int(received)


def packets(space, comment):
    """How many packets the rule with this comment counted."""
    rules = json.loads(space.run("nft", "-j", "list", "ruleset").stdout)["nftables"]
    rule = next(item["rule"] for item in rules if item.get("rule", {}).get("comment") == comment)
    return next(part["counter"]["packets"] for part in rule["expr"] if "counter" in part)


@pytest.fixture
def pair(netns):
    """Two namespaces; the left one asks, the right one is 10.77.0.2 and fd77::2."""
    left, right = netns.create(), netns.create()
    netns.link(left, right, ["10.77.0.1/24", "fd77::1/64"], ["10.77.0.2/24", "fd77::2/64"])
    return left, right


@pytest.mark.parametrize("host", ["10.77.0.2", "fd77::2"])
def test_agrees_with_ping(cli, pair, host):
    result = ping(cli, pair[0], host, "--count", "10")
    text = iputils(pair[0], host, "-c", "10")
    assert (result["sent"], result["received"]) == counts(text) == (10, 10)
    assert {reply["ttl"] for reply in result["replies"]} == set(map(int, re.findall(r"ttl=(\d+)", text)))


@pytest.mark.parametrize("host", ["10.77.0.2", "fd77::2"])
def test_dropped(cli, pair, host):
    pair[1].nft(FILTER % ("in", "input", "meta l4proto { icmp, icmpv6 } @th,0,8 { 8, 128 } drop"))
    result = ping(cli, pair[0], host, "--timeout_ms", "300")
    assert (result["status"], result["sent"], result["received"], result["loss_percent"]) == ("down", 4, 0, 100)
    assert result["reason"] == "no_answer" and result["replies"] == [] and "rtt_avg_ms" not in result
    assert counts(iputils(pair[0], host, "-c", "4", "-W", "0.3")) == (4, 0)


@pytest.mark.parametrize(
    "kind, reason, says4, says6",
    [
        ("port-unreachable", "port_unreachable", "Destination Port Unreachable", "Port unreachable"),
        ("admin-prohibited", "prohibited", "Packet filtered", "Administratively prohibited"),
        ("host-unreachable", "host_unreachable", "Destination Host Unreachable", "Address unreachable"),
        ("no-route", "net_unreachable", "Destination Net Unreachable", "No route"),
    ],
)
def test_rejected(cli, pair, kind, reason, says4, says6):
    rule = "meta l4proto { icmp, icmpv6 } @th,0,8 { 8, 128 } reject with icmpx type " + kind
    pair[1].nft(FILTER % ("in", "input", rule))
    pair[1].sysctl("net.ipv4.icmp_ratelimit", 0)
    pair[1].sysctl("net.ipv6.icmp.ratelimit", 0)
    for host, says in (("10.77.0.2", says4), ("fd77::2", says6)):
        result = ping(cli, pair[0], host)
        assert (result["status"], result["reason"], result["reported_by"]) == ("down", reason, host)
        assert (result["sent"], result["received"]) == (4, 0)
        assert says in iputils(pair[0], host, "-c", "1", "-W", "1")


def test_lost_at_random_is_counted_exactly(cli, pair):
    rules = (
        'icmp type echo-request numgen random mod 100 < 30 counter drop comment "lost"\n'
        'icmp type echo-request counter accept comment "passed"'
    )
    pair[1].nft(FILTER % ("in", "input", rules))
    result = ping(cli, pair[0], "10.77.0.2", "--count", "100", "--timeout_ms", "1000")
    lost, passed = packets(pair[1], "lost"), packets(pair[1], "passed")
    assert lost > 0 and lost + passed == 100
    assert (result["sent"], result["received"], result["loss_percent"]) == (100, passed, lost)
    assert len({reply["seq"] for reply in result["replies"]}) == passed


@pytest.mark.parametrize("host", ["10.77.0.99", "fd77::99"])
def test_nobody_has_the_address(cli, pair, host):
    result = ping(cli, pair[0], host, "--count", "2")
    assert (result["status"], result["reason"], result["received"]) == ("down", "host_unreachable", 0)
    assert re.search("Destination Host Unreachable|Address unreachable", iputils(pair[0], host, "-c", "1", "-W", "5"))


def test_no_route(cli, pair):
    for host in ("203.0.113.1", "2001:db8::1"):
        result = ping(cli, pair[0], host)
        assert (result["status"], result["reason"], result["received"]) == ("down", "net_unreachable", 0)


def test_routing_loop(cli, pair, netns):
    left, right = pair
    beyond = netns.create()
    netns.link(right, beyond, ["10.78.0.1/24", "fd78::1/64"], ["10.78.0.2/24", "fd78::2/64"])
    routes = ((left, "10.77.0.2", "fd77::2"), (right, "10.78.0.2", "fd78::2"), (beyond, "10.78.0.1", "fd78::1"))
    for space, by4, by6 in routes:
        for target, by in (("10.77.0.0/16", by4), ("10.88.0.0/24", by4), ("fd77::/32", by6), ("fd88::/64", by6)):
            space.ip("route", "add", target, "via", by)
        space.sysctl("net.ipv4.ip_forward", 1)
        space.sysctl("net.ipv6.conf.all.forwarding", 1)
        space.sysctl("net.ipv4.icmp_ratelimit", 0)
        space.sysctl("net.ipv6.icmp.ratelimit", 0)
    for host in ("10.88.0.1", "fd88::1"):
        result = ping(cli, left, host, "--count", "2")
        assert (result["status"], result["reason"], result["received"]) == ("down", "ttl_exceeded", 0)
        reporters = re.findall(r"From (\S+).*(?:Time to live|Hop limit)", iputils(left, host, "-c", "1", "-W", "5"))
        assert [result["reported_by"]] == reporters


def test_own_firewall(cli, pair):
    pair[0].nft(FILTER % ("out", "output", "icmp type echo-request drop"))
    result = ping(cli, pair[0], "10.77.0.2")
    assert (result["status"], result["reason"], result["received"]) == ("down", "local_firewall", 0)


def test_ipv6_only(cli, netns):
    left, right = netns.create(), netns.create()
    netns.link(left, right, "fd99::1/64", "fd99::2/64")
    assert ping(cli, left, "fd99::2")["received"] == 4
    assert ping(cli, left, "10.77.0.2")["reason"] == "net_unreachable"


def test_some_up_some_down(cli, pair):
    hosts = "10.77.0.2,10.77.0.99,fd77::2,203.0.113.1"
    result = ping(cli, pair[0], hosts, "--count", "2")
    assert [target["status"] for target in result["targets"]] == ["up", "down", "up", "down"]
    assert (result["up"], result["down"], result["unresolved"]) == (2, 2, 0)
    assert (result["total_sent"], result["total_received"], result["total_loss_percent"]) == (8, 4, 50)


class SlowHost:
    """10.66.0.2 behind a TUN device: answers every echo request, but late."""

    def __init__(self, space, delay_s):
        self.delay_s = delay_s
        self.fd = space.call(self.open_device)
        space.address("slow", "10.66.0.1/24")
        self.thread = threading.Thread(target=self.relay, daemon=True)
        self.thread.start()

    @staticmethod
    def open_device():
        fd = os.open("/dev/net/tun", os.O_RDWR)
        fcntl.ioctl(fd, 0x400454CA, struct.pack("16sH22x", b"slow", 0x1001))  # TUNSETIFF: IFF_TUN | IFF_NO_PI
        return fd

    def relay(self):
        while True:
            try:
                packet = bytearray(os.read(self.fd, 2048))
            except OSError:
                return
            if packet[0] == 0x45 and packet[9] == 1 and packet[20] == 8:
                packet[12:16], packet[16:20] = packet[16:20], packet[12:16]
                packet[20] = 0
                total = struct.unpack("!H", packet[22:24])[0] + 0x0800  # RFC 1624: the type left the sum
                packet[22:24] = struct.pack("!H", (total & 0xFFFF) + (total >> 16))
                threading.Timer(self.delay_s, self.send, (bytes(packet),)).start()

    def send(self, packet):
        with contextlib.suppress(OSError):
            os.write(self.fd, packet)


def test_a_slow_path(cli, netns):
    space = netns.create()
    SlowHost(space, 0.1)
    result = ping(cli, space, "10.66.0.2")
    assert (result["received"], result["reason"] if "reason" in result else None) == (4, None)
    assert result["rtt_min_ms"] >= 100
    assert counts(iputils(space, "10.66.0.2", "-c", "4")) == (4, 4)


def test_late_replies_are_lost(cli, netns):
    """A reply that comes after the wait for it is not counted, nor taken for that of a later request."""
    space = netns.create()
    SlowHost(space, 0.1)
    result = ping(cli, space, "10.66.0.2", "--timeout_ms", "30", "--count", "30")
    assert (result["sent"], result["received"], result["reason"]) == (30, 0, "no_answer")


def test_tcp_through_a_firewall(cli, pair):
    pair[1].nft(
        FILTER % ("in", "input", "tcp dport 81 drop\n tcp dport 82 reject with icmpx type admin-prohibited")
    )
    method = ("--method", "tcp", "--timeout_ms", "300", "--port")
    assert ping(cli, pair[0], "10.77.0.2", *method, "80")["reason"] == "refused"
    assert ping(cli, pair[0], "10.77.0.2", *method, "81")["reason"] == "no_answer"
    assert ping(cli, pair[0], "10.77.0.2", *method, "82")["reason"] == "prohibited"


class Unprivileged:
    """Runs the program as a user without any right, from a copy that this user can read."""

    def __init__(self, binary):
        self.folder = Path(tempfile.mkdtemp())
        self.folder.chmod(0o755)
        self.program = shutil.copy(binary, self.folder / "mcp-assist")

    def call(self, space, *options):
        user = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "--inh-caps=-all"]
        words = [*user, self.program, "call", "ping_host", "--host", "10.77.0.2", "--interval_ms", "10", *options]
        return space.run(*words, check=False, env=program.environment(self.folder / "sanitizer"))


@pytest.fixture
def unprivileged(binary):
    made = Unprivileged(binary)
    yield made
    shutil.rmtree(made.folder)


def test_datagram_sockets_allowed(unprivileged, pair):
    pair[0].sysctl("net.ipv4.ping_group_range", "0 2147483647")
    done = unprivileged.call(pair[0], "--json")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert (result["method"], result["received"]) == ("icmp", 4)


def test_no_icmp_at_all(unprivileged, pair):
    pair[0].sysctl("net.ipv4.ping_group_range", "1 0")
    done = unprivileged.call(pair[0], "--json")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert (result["method"], result["port"], result["received"]) == ("tcp", 80, 4)
    assert "TCP" in unprivileged.call(pair[0]).stdout.splitlines()[0]
    refused = unprivileged.call(pair[0], "--method", "icmp")
    assert refused.returncode != 0 and "ping_group_range" in refused.stderr


def test_raw_sockets_when_only_those_are_allowed(cli, pair):
    pair[0].sysctl("net.ipv4.ping_group_range", "1 0")
    for host in ("10.77.0.2", "fd77::2"):
        result = ping(cli, pair[0], host)
        assert (result["method"], result["received"]) == ("icmp", 4)
    assert ping(cli, pair[0], "10.77.0.99", "--count", "1")["reason"] == "host_unreachable"
