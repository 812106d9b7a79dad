"""port_scan in network namespaces, beside ss and nmap: exact lists of open ports, firewalls that drop, reject and lose, its own
connections, cancellation, few descriptors."""

import contextlib
import json
import socket
import subprocess
import threading
import time
import xml.etree.ElementTree as xml

import httpx
import pytest

from harness import program

FILTER = "table inet test {\n chain in {\n type filter hook input priority 0;\n %s\n }\n}\n"


def scan(cli, space, host, ports, *options):
    """The structured result of a call inside `space`."""
    outcome = cli("call", "port_scan", "--host", host, "--ports", ports, *options, "--json", netns=space)
    assert outcome.code == 0, outcome.err
    return outcome.json


def opened(result):
    return [port["port"] for port in result["open"]]


def ss(space, *addresses):
    """The ports that something listens on at these addresses, says ss."""
    lines = space.run("ss", "-ltnH").stdout.splitlines()
    ends = [line.split()[3].rpartition(":") for line in lines]
    return sorted({int(port) for address, _, port in ends if address.partition("%")[0] in addresses})


def nmap(space, host, ports, *options):
    """{state: [ports]}, says nmap."""
    family = ["-6"] if ":" in host else []
    out = space.run("nmap", "-n", "-Pn", "-p", ports, *family, *options, "-oX", "-", host, timeout=300).stdout
    states = {"open": [], "closed": [], "filtered": []}
    for port in xml.fromstring(out).iter("port"):
        states[port.find("state").get("state")].append(int(port.get("portid")))
    return states


@contextlib.contextmanager
def listening(space, *ends):
    """Listening sockets on (address, port) inside `space`."""

    def create(address, port):
        server = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if ":" in address:
            server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        server.bind((address, port))
        server.listen(4096)  # nobody accepts: the queue must hold all of a test
        return server

    with contextlib.ExitStack() as stack:
        for address, port in ends:
            stack.enter_context(space.call(create, address, port))
        yield


@pytest.fixture
def pair(netns):
    """Two namespaces; the left one scans, the right one is 10.77.0.2 and fd77::2."""
    left, right = netns.create(), netns.create()
    netns.link(left, right, ["10.77.0.1/24", "fd77::1/64"], ["10.77.0.2/24", "fd77::2/64"])
    for host in ("10.77.0.2", "fd77::2"):
        left.run("ping", "-c", "1", "-W", "10", host)  # a new link is not usable at once
    return left, right


def test_all_ports_of_this_machine_agree_with_ss(cli, netns):
    space = netns.create()
    ends = [("127.0.0.1", 22), ("0.0.0.0", 80), ("::", 443), ("::1", 8443), ("127.0.0.1", 65535), ("0.0.0.0", 40000)]
    with listening(space, *ends):
        four, six = ss(space, "127.0.0.1", "0.0.0.0"), ss(space, "[::1]", "[::]")
        assert (four, six) == ([22, 80, 40000, 65535], [443, 8443])
        result = scan(cli, space, "127.0.0.1", "all")
        assert opened(result) == four == nmap(space, "127.0.0.1", "1-65535", "-sT")["open"]
        assert (result["scanned"], result["closed"], result["filtered"]) == (65535, 65531, 0)
        assert opened(scan(cli, space, "::1", "all")) == six


def connects_to_itself(port):
    """True if a plain connection to a port that nobody listens on succeeds."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1) as met:
        return met.getsockname() == met.getpeername()
    return False


def test_its_own_connections_are_no_open_ports(cli, netns):
    """With sixteen ports to connect from, a plain connection to one of them meets itself every few times."""
    space = netns.create()
    space.sysctl("net.ipv4.ip_local_port_range", "40000 40015")
    tries = [space.call(connects_to_itself, port) for _ in range(50) for port in range(40000, 40016)]
    assert any(tries)
    with listening(space, ("127.0.0.1", 40005)):
        for _ in range(15):
            result = scan(cli, space, "127.0.0.1", "40000-40015")
            assert (opened(result), result["closed"]) == ([40005], 15)


def test_its_connections_do_not_meet_each_other(cli, netns):
    """Attempts that a firewall leaves hanging hold a port from which another one may seem to be answered."""
    space = netns.create()
    space.sysctl("net.ipv4.ip_local_port_range", "40000 40015")
    space.nft(FILTER % "tcp dport 40000-40007 tcp flags & (syn | ack) == syn drop")
    for _ in range(5):
        result = scan(cli, space, "127.0.0.1", "40000-40015", "--timeout_ms", "100")
        assert result["open"] == []


@pytest.mark.parametrize("host", ["10.77.0.2", "fd77::2"])
def test_firewalls_are_told_apart(cli, pair, host):
    left, right = pair
    right.sysctl("net.ipv4.icmp_ratelimit", 0)
    right.sysctl("net.ipv6.icmp.ratelimit", 0)
    right.nft(
        FILTER
        % """tcp dport 81 drop
        tcp dport 82 reject with icmpx type port-unreachable
        tcp dport 83 reject with icmpx type admin-prohibited
        tcp dport 84 reject with icmpx type host-unreachable
        tcp dport 85 reject with icmpx type no-route
        tcp dport 86 reject with tcp reset"""
    )
    with listening(right, *[(host, port) for port in (80, 81, 82, 83, 84, 85, 86)]):
        result = scan(cli, left, host, "79-87", "--timeout_ms", "300")
        raw, plain = nmap(left, host, "79-87", "-sS"), nmap(left, host, "79-87", "-sT")
    assert opened(result) == raw["open"] == plain["open"] == [80]
    assert result["closed"] == len(raw["closed"]) == 3
    assert [port["port"] for port in result["filtered_ports"]] == raw["filtered"] == [81, 82, 83, 84, 85]
    assert {port["port"]: port["reason"] for port in result["filtered_ports"]} == {
        81: "no_answer",
        82: "port_unreachable",
        83: "prohibited",
        84: "host_unreachable",
        85: "net_unreachable",
    }
    assert result["reasons"] == {port["reason"]: 1 for port in result["filtered_ports"]}


def test_a_lossy_firewall_hides_nothing(cli, pair):
    left, right = pair
    right.nft(FILTER % "tcp flags & (syn | ack) == syn numgen random mod 100 < 10 counter drop")
    ports = [1000 + 7 * i for i in range(20)]
    with listening(right, *[("10.77.0.2", port) for port in ports]):
        result = scan(cli, left, "10.77.0.2", "1000-1199")
    assert opened(result) == ports
    assert (result["closed"], result["filtered"]) == (180, 0)


def test_everything_dropped(cli, pair):
    pair[1].nft(FILTER % "meta l4proto tcp drop")
    result = scan(cli, pair[0], "10.77.0.2", "1-50", "--timeout_ms", "200")
    assert (result["status"], result["filtered"], result["reasons"]) == ("silent", 50, {"no_answer": 50})


@pytest.mark.parametrize("host", ["10.77.0.99", "fd77::99"])
def test_nobody_has_the_address(cli, pair, host):
    result = scan(cli, pair[0], host, "1-1000")
    assert (result["status"], result["reasons"]) == ("silent", {"no_neighbour": 1000})


def test_no_route(cli, pair):
    result = scan(cli, pair[0], "10.200.0.1", "1-1000")
    assert (result["status"], result["reasons"]) == ("silent", {"net_unreachable": 1000})


def test_a_network(cli, pair):
    left, right = pair
    right.address(right.run("sh", "-c", "ls /sys/class/net | grep -v lo").stdout.strip(), "10.77.0.7/24", "10.77.0.9/24")
    with listening(right, ("10.77.0.2", 22), ("0.0.0.0", 80)):
        result = scan(cli, left, "10.77.0.0/24", "22,80,443")
    found = {target["address"]: opened(target) for target in result["targets"]}
    assert found == {"10.77.0.1": [], "10.77.0.2": [22, 80], "10.77.0.7": [80], "10.77.0.9": [80]}
    assert (result["hosts"], result["up"], result["total_open"]) == (254, 4, 4)


def test_ipv6_only(cli, netns):
    left, right = netns.create(), netns.create()
    netns.link(left, right, "fd99::1/64", "fd99::2/64")
    with listening(right, ("::", 22)):
        result = scan(cli, left, "fd99::2,fd99::/126", "22")
    assert [opened(target) for target in result["targets"] if target["address"] == "fd99::2"] == [[22], [22]]


def test_few_descriptors_are_enough(binary, netns, tmp_path):
    space = netns.create()
    with listening(space, ("127.0.0.1", 22), ("127.0.0.1", 60000)):
        words = ["prlimit", "--nofile=64", binary, "call", "port_scan", "--host", "127.0.0.1", "--ports", "all", "--json"]
        outcome = program.run(space.command(words), reports=tmp_path / "sanitizer")
    assert outcome.code == 0, outcome.err
    assert (opened(outcome.json), outcome.json["closed"]) == ([22, 60000], 65533)


def test_public_addresses_by_setting(netns, make_server):
    left, right = netns.create(), netns.create()
    netns.link(left, right, "203.0.113.1/24", "203.0.113.2/24")
    server = make_server(netns=left, config={"port_scan": {"targets": "any"}})
    with listening(right, ("203.0.113.2", 22)):
        assert opened(server.call_tool("port_scan", {"host": "203.0.113.2", "ports": "22,23"})) == [22]


def count_attempts(space):
    return len(space.run("ss", "-tanH", "state", "syn-sent").stdout.splitlines())


def wait_until(happened, seconds=20):
    """Waits for an event that must come; how long it takes is not judged."""
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)


def test_a_client_that_leaves_ends_the_scan(netns, pair, make_server):
    left, right = pair
    right.nft(FILTER % "meta l4proto tcp drop")
    server = make_server(netns=left)

    def ask(leave):
        with httpx.Client(trust_env=False, timeout=60) as client:
            arguments = {"host": "10.77.0.2", "ports": "all", "timeout_ms": 10000}
            with contextlib.suppress(httpx.TimeoutException):
                client.post(server.url + "/call/port_scan", json=arguments, timeout=leave)

    caller = threading.Thread(target=left.call, args=(ask, 2))
    caller.start()
    wait_until(lambda: count_attempts(left) > 10)
    caller.join()
    wait_until(lambda: count_attempts(left) == 0, seconds=5)
    server.assert_alive()


def test_killed_in_the_middle_leaves_nothing(binary, pair, tmp_path):
    left, right = pair
    right.nft(FILTER % "meta l4proto tcp drop")
    words = [binary, "call", "port_scan", "--host", "10.77.0.2", "--ports", "all"]
    environment = program.environment(tmp_path / "sanitizer")
    process = left.popen(*words, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_until(lambda: count_attempts(left) > 10)
    process.terminate()
    process.wait(20)
    wait_until(lambda: count_attempts(left) == 0)


def test_a_cancelled_scan_is_gone_before_anything_is_answered(pair, stdio):
    """On a pipe: when the next request is answered, no socket of the scan is left."""
    left, right = pair
    right.nft(FILTER % "meta l4proto tcp drop")
    pipe = stdio(prefix=left.command([]))
    pipe.initialize()
    scan = {"host": "10.77.0.2", "ports": "all", "timeout_ms": 10000}
    id = pipe.start("tools/call", {"name": "port_scan", "arguments": scan})
    wait_until(lambda: count_attempts(left) > 10)
    cancel = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": id}}
    ping = {"jsonrpc": "2.0", "id": "next", "method": "ping"}
    pipe.send((json.dumps(cancel) + "\n" + json.dumps(ping)).encode())
    assert pipe.receive()["id"] == "next"
    assert count_attempts(left) == 0
    pipe.close()
    assert "outcome=cancelled" in pipe.stderr
