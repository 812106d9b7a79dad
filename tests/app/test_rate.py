"""How often one caller may ask: 429 with Retry-After, per key, per address; never loopback without keys."""

import time

import pytest

TRUST = ("--trusted-proxies", "127.0.0.1")
OPEN = (*TRUST, "--auth", "none-i-understand")
LIMIT = ("--rate-per-minute", "1", "--rate-burst", "3")
FIRST, SECOND = "first-key-0123456789-0123456789-", "second-key-0123456789-0123456789"
KEYS = {"MCP_ASSIST_KEYS": f"one:{FIRST},two:{SECOND}"}


def at(address, key=None):
    headers = {"X-Forwarded-For": address}
    return headers | ({"Authorization": f"Bearer {key}"} if key else {})


def statuses(server, headers, count=5, path="/tools"):
    return [server.get(path, headers=headers).status_code for _ in range(count)]


def test_an_address_is_limited(make_server):
    server = make_server(args=(*OPEN, *LIMIT))
    assert statuses(server, at("203.0.113.7")) == [200, 200, 200, 429, 429]
    refused = server.get("/tools", headers=at("203.0.113.7"))
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert refused.json()["type"].endswith(":too-many-requests")
    over_mcp = server.post("/mcp", headers=at("203.0.113.7"), json={})
    assert over_mcp.status_code == 429 and "Retry-After" in over_mcp.headers
    assert over_mcp.json()["error"]["code"] == -32600
    assert statuses(server, at("203.0.113.8"), 3) == [200] * 3


def test_an_ipv6_network_counts_as_one(make_server):
    server = make_server(args=(*OPEN, *LIMIT))
    answers = [statuses(server, at(f"2001:db8::{number:x}"), 1)[0] for number in range(1, 6)]
    assert answers == [200, 200, 200, 429, 429]
    assert statuses(server, at("2001:db8:0:1::1"), 1) == [200]


def test_a_key_is_limited_wherever_it_comes_from(make_server):
    server = make_server(args=(*TRUST, *LIMIT, "--auth", "keys"), env=KEYS)
    answers = [statuses(server, at(f"203.0.113.{number}", FIRST), 1)[0] for number in range(5)]
    assert answers == [200, 200, 200, 429, 429]
    assert statuses(server, at("203.0.113.1", SECOND)) == [200, 200, 200, 429, 429]


def test_guessing_keys_is_limited(make_server):
    server = make_server(args=(*LIMIT, "--auth", "keys"), env=KEYS)
    guesses = [
        server.get("/tools", headers={"Authorization": f"Bearer {number:040}"}).status_code for number in range(5)
    ]
    assert guesses == [401, 401, 401, 429, 429]
    assert server.get("/tools", headers={"Authorization": f"Bearer {FIRST}"}).status_code == 200


def test_loopback_without_keys_is_not(make_server):
    server = make_server(args=LIMIT)
    assert statuses(server, {}, 20) == [200] * 20
    assert statuses(server, at("203.0.113.7"), 5) == [200] * 5  # not from a trusted proxy: still loopback


def test_tokens_come_back(make_server):
    server = make_server(args=(*OPEN, "--rate-per-minute", "60", "--rate-burst", "1"))
    assert statuses(server, at("203.0.113.7"), 1) == [200]
    deadline = time.monotonic() + 30
    while (answer := server.get("/tools", headers=at("203.0.113.7"))).status_code == 429:
        assert time.monotonic() < deadline
        time.sleep(int(answer.headers["Retry-After"]))
    assert answer.status_code == 200


def test_without_a_limit(make_server):
    server = make_server(args=(*OPEN, "--rate-per-minute", "0", "--rate-burst", "1"))
    assert statuses(server, at("203.0.113.7"), 20) == [200] * 20


def test_many_addresses_take_no_memory_and_free_nobody(make_server):
    """A crowd of strangers does not give back the tokens of who has used them up."""
    server = make_server(args=(*OPEN, *LIMIT))
    assert statuses(server, at("203.0.113.7")) == [200, 200, 200, 429, 429]
    for number in range(2000):
        server.client.head("/health", headers=at(f"10.{number // 250}.{number % 250}.1"))
    assert statuses(server, at("203.0.113.7"), 1) == [429]


@pytest.mark.parametrize("flags", [("--rate-per-minute", "-1"), ("--rate-burst", "0")])
def test_wrong_settings(cli, flags):
    assert cli("serve", "--port", "0", *flags).code == 2
