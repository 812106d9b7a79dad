"""ping_host on loopback: what it counts, how it computes, what it refuses, in both languages. Networks are in tests/system."""

import contextlib
import math
import re
import socket
import subprocess

import pytest

from harness.server import CallFault


def iputils(*options):
    """What ping(8) says: (sent, received, {ttl})."""
    done = subprocess.run(["ping", "-n", *options], capture_output=True, text=True, timeout=60, check=False)
    sent, received = re.search(r"(\d+) packets transmitted, (\d+) received", done.stdout).groups()
    return int(sent), int(received), {int(ttl) for ttl in re.findall(r"ttl=(\d+)", done.stdout)}


@contextlib.contextmanager
def listener():
    with socket.create_server(("127.0.0.1", 0), backlog=256) as server:
        yield server.getsockname()[1]


def closed_port():
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return bound.getsockname()[1]


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_agrees_with_ping(call_tool, address):
    result = call_tool("ping_host", {"host": address, "count": 5, "interval_ms": 10})
    sent, received, ttls = iputils("-c", "5", "-i", "0.01", address)
    assert (result["sent"], result["received"]) == (sent, received) == (5, 5)
    assert {reply["ttl"] for reply in result["replies"]} == ttls
    assert result["status"] == "up" and result["address"] == address and result["method"] == "icmp"
    assert result["loss_percent"] == 0


def test_statistics_follow_from_the_replies(call_tool):
    result = call_tool("ping_host", {"host": "127.0.0.1", "count": 50, "interval_ms": 10})
    times = [reply["rtt_ms"] for reply in result["replies"]]
    assert [reply["seq"] for reply in result["replies"]] == list(range(1, 51))
    mean = sum(times) / len(times)
    spread = math.sqrt(max(0, sum(t * t for t in times) / len(times) - mean * mean))
    jumps = [abs(b - a) for a, b in zip(times, times[1:])]
    assert min(times) > 0
    for field, value in {
        "rtt_min_ms": min(times),
        "rtt_max_ms": max(times),
        "rtt_avg_ms": mean,
        "rtt_mdev_ms": spread,
        "jitter_ms": sum(jumps) / len(jumps),
    }.items():
        assert result[field] == pytest.approx(value, abs=0.0021), field


def test_tcp_times_connections(call_tool):
    with listener() as port:
        result = call_tool("ping_host", {"host": "127.0.0.1", "method": "tcp", "port": port, "interval_ms": 10})
    assert (result["method"], result["port"], result["received"]) == ("tcp", port, 4)
    assert "reason" not in result and all("ttl" not in reply for reply in result["replies"])


def test_a_refusal_is_a_reply(call_tool):
    result = call_tool("ping_host", {"host": "127.0.0.1", "method": "tcp", "port": closed_port(), "interval_ms": 10})
    assert (result["status"], result["received"], result["reason"]) == ("up", 4, "refused")


def test_several_hosts_have_targets_and_totals(call_tool):
    hosts = ["127.0.0.1", "::1", "localhost", "127.0.0.77"]
    result = call_tool("ping_host", {"host": hosts, "count": 3, "interval_ms": 10})
    assert [target["host"] for target in result["targets"]] == hosts
    assert all(target["received"] == 3 for target in result["targets"])
    assert (result["up"], result["down"], result["unresolved"]) == (4, 0, 0)
    assert (result["total_sent"], result["total_received"], result["total_loss_percent"]) == (12, 12, 0)


def test_thirty_two_hosts_at_once(call_tool):
    hosts = [f"127.0.1.{i}" for i in range(1, 33)]
    result = call_tool("ping_host", {"host": hosts, "count": 5, "interval_ms": 10})
    assert [target["address"] for target in result["targets"]] == hosts
    assert result["total_received"] == 32 * 5


@pytest.mark.parametrize(
    "spelling, address",
    [
        ("2130706433", "127.0.0.1"),
        ("0x7f.1", "127.0.0.1"),
        ("0177.0.0.1", "127.0.0.1"),
        ("[::1]", "::1"),
        ("a.localhost", None),
    ],
)
def test_every_spelling_of_an_address(call_tool, spelling, address):
    result = call_tool("ping_host", {"host": spelling, "count": 1})
    assert result["status"] == "up"
    assert result["address"] in ([address] if address else ["127.0.0.1", "::1"])


def test_family_chooses_the_address(call_tool):
    for family, address in (("4", "127.0.0.1"), ("6", "::1")):
        assert call_tool("ping_host", {"host": "localhost", "count": 1, "family": family})["address"] == address
    result = call_tool("ping_host", {"host": "127.0.0.1", "count": 1, "family": "6"})
    assert (result["status"], result["reason"], result["sent"]) == ("unresolved", "no_such_name", 0)


@pytest.mark.parametrize(
    "arguments, names",
    [
        ({}, "host"),
        ({"host": []}, "host"),
        ({"host": "a..b"}, "host"),
        ({"host": "256.1.1.1"}, "host"),
        ({"host": "224.0.0.1"}, "host"),
        ({"host": "ff02::1"}, "host"),
        ({"host": ["127.0.0.1"] * 33}, "host"),
        ({"host": "127.0.0.1", "count": 0}, "count"),
        ({"host": "127.0.0.1", "count": 101}, "count"),
        ({"host": "127.0.0.1", "interval_ms": 1}, "interval_ms"),
        ({"host": "127.0.0.1", "method": "udp"}, "method"),
        ({"host": "127.0.0.1", "port": 65536}, "port"),
    ],
)
def test_wrong_arguments_are_named(call_tool, arguments, names):
    with pytest.raises(CallFault) as fault:
        call_tool("ping_host", arguments)
    assert fault.value.status == 400
    assert [error["pointer"].split("/")[1] for error in fault.value.problem["errors"]] == [names]


def test_every_wrong_host_is_named(call_tool):
    with pytest.raises(CallFault) as fault:
        call_tool("ping_host", {"host": ["a..b", "127.0.0.1", "1.2.3.4.5"]})
    messages = [error["message"] for error in fault.value.problem["errors"]]
    assert len(messages) == 2 and "a..b" in messages[0] and "1.2.3.4.5" in messages[1]


def test_no_connection_to_cloud_metadata(netns, make_server):
    """In a namespace without a way out: should the guard fail, nobody is contacted."""
    server = make_server(netns=netns.create())
    for host in ("169.254.169.254", "::ffff:169.254.169.254", "0xa9fea9fe"):
        with pytest.raises(CallFault) as fault:
            server.call_tool("ping_host", {"host": host, "method": "tcp"})
        assert fault.value.status == 403


def test_text_in_both_languages(server):
    arguments = {"host": "127.0.0.1", "count": 2, "interval_ms": 10}
    english, french = (server.call_text("ping_host", arguments, lang=lang) for lang in ("en", "fr"))
    assert "127.0.0.1 is up: 2 of 2 replies" in english and "Loss: 0" in english
    assert "127.0.0.1 répond 2 fois sur 2" in french and "Pertes" in french
    for text, sentence, line in ((english, r" (\S+) ms on average", "Avg: "), (french, r" en (\S+) ms en moyenne", "Moy : ")):
        assert f"\n{line}{re.search(sentence, text)[1]} ms\n" in text


def test_from_the_shell(cli):
    outcome = cli("call", "ping_host", "--host", "127.0.0.1", "--count", "2", "--json")
    assert outcome.code == 0 and outcome.json["received"] == 2
