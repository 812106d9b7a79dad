"""dns_lookup and DNSSEC: unbound validates a zone signed by the test; and a zone changed under its signature."""

import pytest

from harness import dns_servers


@pytest.fixture(scope="module")
def resolvers(tmp_path_factory):
    """(good, bad): resolvers that trust the signed zone; behind the second it was tampered with."""
    started = []

    def start(tamper):
        folder = tmp_path_factory.mktemp("dnssec")
        signed, anchor = dns_servers.sign_zone(folder)
        if tamper:
            dns_servers.break_signature(signed)
        zones = {"zone.example": dns_servers.ZONES / "zone.example.zone", "signed.example": signed}
        upstream = dns_servers.nsd(folder, zones)
        started.append(upstream)
        started.append(dns_servers.unbound(folder, list(zones), anchor, upstream))
        return started[-1]

    yield start(False), start(True)
    for daemon in reversed(started):
        daemon.close()


def ask(call_tool, resolver, name, **options):
    return call_tool("dns_lookup", {"name": name, "server": resolver.address, "port": resolver.port} | options)


def test_a_validated_answer_is_authenticated(call_tool, resolvers):
    result = ask(call_tool, resolvers[0], "host.signed.example")
    assert [(r["type"], r["data"]) for r in result["answers"]] == [("A", "192.0.2.81")]
    assert result["authenticated"] is True
    assert result["signed"] is True
    assert "ad" in result["flags"]


@pytest.mark.parametrize("kind", ["DNSKEY", "TXT", "SOA"])
def test_same_as_dig(call_tool, resolvers, kind):
    result = ask(call_tool, resolvers[0], "signed.example", type=kind)
    expected = dns_servers.dig_answer("signed.example", kind, port=resolvers[0].port)
    # A cache counts the TTL down: it is not compared.
    assert {(r["name"], r["type"], r["data"]) for r in result["answers"]} == {(r[0], *r[2:]) for r in expected}
    assert len(expected) == 1


def test_absence_is_authenticated_too(call_tool, resolvers):
    result = ask(call_tool, resolvers[0], "nowhere.signed.example")
    assert result["rcode"] == "NXDOMAIN"
    assert result["authenticated"] is True
    assert {r["type"] for r in result["authority"]} == {"SOA"}


def test_an_unsigned_zone_is_not_authenticated(call_tool, resolvers):
    result = ask(call_tool, resolvers[0], "host.zone.example")
    assert result["rcode"] == "NOERROR"
    assert result["authenticated"] is False
    assert result["signed"] is False


def test_a_forged_answer_is_refused_with_the_reason(call_tool, resolvers):
    result = ask(call_tool, resolvers[1], "host.signed.example")
    assert result["rcode"] == "SERVFAIL"
    assert result["answers"] == []
    assert result["authenticated"] is False
    assert [(e["code"], e["name"]) for e in result["extended_errors"]] == [(6, "DNSSEC Bogus")]
