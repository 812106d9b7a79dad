"""dns_lookup against nsd with a zone of the test's, compared with dig; and against servers that misbehave."""

import random
import socket

import pytest

from harness import dns_servers
from harness.dns_servers import FakeDns, dig, dig_answer, message, record_a
from harness.ports import free_port
from harness.server import CallFault


@pytest.fixture(scope="module")
def names(tmp_path_factory):
    """nsd with the zones of tests/data/dns-zones."""
    daemon = dns_servers.nsd(tmp_path_factory.mktemp("nsd"), dns_servers.plain_zones())
    yield daemon
    daemon.close()


@pytest.fixture
def lookup(call_tool, names):
    """lookup(name, type=..., ...): the result from that nsd."""

    def ask(name, **options):
        return call_tool("dns_lookup", {"name": name, "server": names.address, "port": names.port} | options)

    return ask


def answer_set(result, section="answers") -> set:
    return {(r["name"], r["ttl"], r["type"], r["data"]) for r in result[section]}


def without_quotes(records) -> set:
    """SvcParam values may be quoted or not (RFC 9460 2.1)."""
    return {(*r[:3], r[3].replace('"', "") if r[2] in ("SVCB", "HTTPS") else r[3]) for r in records}


CASES = [
    ("zone.example", "A"),
    ("zone.example", "AAAA"),
    ("zone.example", "MX"),
    ("zone.example", "TXT"),
    ("zone.example", "NS"),
    ("zone.example", "SOA"),
    ("zone.example", "CAA"),
    ("zone.example", "HTTPS"),
    ("zone.example", "ANY"),
    ("ZONE.Example.", "A"),
    ("www.zone.example", "A"),
    ("www.zone.example", "AAAA"),
    ("www.zone.example", "CNAME"),
    ("_sip._tcp.zone.example", "SRV"),
    ("_443._tcp.host.zone.example", "TLSA"),
    ("svc.zone.example", "SVCB"),
    ("alias.zone.example", "SVCB"),
    ("child.zone.example", "DS"),
    ("a.b.wild.zone.example", "A"),
    ("*.wild.zone.example", "A"),
    ("odd\\.label.zone.example", "A"),
    ("unknown.zone.example", "ANY"),
    ("many.zone.example", "A"),
    ("large.zone.example", "TXT"),
    ("80.2.0.192.in-addr.arpa", "PTR"),
    ("zone.example", "DNSKEY"),
]


@pytest.mark.parametrize(("name", "kind"), CASES)
def test_same_answer_as_dig(lookup, names, name, kind):
    result = lookup(name, type=kind)
    over = ["+notcp"] if kind == "ANY" else []
    expected = dig_answer(name, kind, *over, port=names.port)
    if kind != "DNSKEY":
        assert expected, "the zone has it"
    assert without_quotes(answer_set(result)) == without_quotes(expected)
    assert len(result["answers"]) == len(expected)
    assert result["rcode"] == "NOERROR"
    assert result["type"] == kind
    assert result["server"] == names.address


def test_the_default_type_is_a(lookup):
    assert {r["data"] for r in lookup("host.zone.example")["answers"]} == {"192.0.2.80"}


def test_the_alias_chain_is_shown_in_order(lookup):
    result = lookup("www.zone.example")
    assert [(r["type"], r["data"]) for r in result["answers"]] == [
        ("CNAME", "web.zone.example."),
        ("CNAME", "host.zone.example."),
        ("A", "192.0.2.80"),
    ]


def test_flags_as_dig_shows_them(lookup, names):
    shown = dig("zone.example", "A", "+adflag", port=names.port).stdout
    flags = shown.split("flags: ")[1].split(";")[0].split()
    assert lookup("zone.example")["flags"] == flags


def test_no_such_name_is_a_result(lookup):
    result = lookup("nowhere.zone.example")
    assert result["rcode"] == "NXDOMAIN"
    assert result["answers"] == []
    assert [r["type"] for r in result["authority"]] == ["SOA"]
    assert result["authority"][0]["name"] == "zone.example."


def test_a_dangling_alias_is_shown_with_its_code(lookup):
    result = lookup("dangling.zone.example")
    assert result["rcode"] == "NXDOMAIN"
    assert [r["data"] for r in result["answers"]] == ["nowhere.zone.example."]


@pytest.mark.parametrize("name", ["only-mx.zone.example", "parent.zone.example"])
def test_no_data_is_a_result(lookup, name):
    result = lookup(name, type="AAAA")
    assert result["rcode"] == "NOERROR"
    assert result["answers"] == []
    assert [r["type"] for r in result["authority"]] == ["SOA"]


def test_a_referral_shows_who_knows(lookup):
    result = lookup("deep.child.zone.example")
    assert result["answers"] == []
    assert ("child.zone.example.", "NS", "ns1.child.zone.example.") in {
        (r["name"], r["type"], r["data"]) for r in result["authority"]
    }


def test_another_zone_is_refused_as_a_result(lookup):
    assert lookup("example.net")["rcode"] == "REFUSED"


@pytest.mark.parametrize(
    ("address", "asked"),
    [
        ("192.0.2.80", "80.2.0.192.in-addr.arpa"),
        ("2001:db8::80", "0.8" + ".0" * 22 + ".8.b.d.0.1.0.0.2.ip6.arpa"),
        ("2001:0DB8:0:0::0080", "0.8" + ".0" * 22 + ".8.b.d.0.1.0.0.2.ip6.arpa"),
    ],
)
def test_an_address_is_looked_up_in_reverse(lookup, address, asked):
    result = lookup(address)
    assert (result["name"], result["type"]) == (asked, "PTR")
    assert [r["data"] for r in result["answers"]] == ["host.zone.example."]


def test_an_international_name_is_shown_in_both_forms(lookup):
    result = lookup("Bücher.zone.example")
    assert result["name"] == "xn--bcher-kva.zone.example"
    assert result["unicode"] == "bücher.zone.example"
    assert [r["data"] for r in result["answers"]] == ["192.0.2.77"]
    assert lookup("xn--bcher-kva.zone.example")["unicode"] == "bücher.zone.example"
    assert "unicode" not in lookup("host.zone.example")


def test_a_truncated_answer_is_fetched_over_tcp(lookup):
    assert lookup("large.zone.example", type="TXT")["transport"] == "tcp"
    assert lookup("host.zone.example")["transport"] == "udp"


@pytest.mark.parametrize(
    "name",
    [
        "a" * 64 + ".example",
        ".".join(["a" * 49] * 5 + ["abcd"]),
        "a..example",
        ".example",
        "..",
        "exam ple.org",
        "tab\t.org",
        "a\\256.org",
        "é\u2028.org",
        "",
    ],
)
def test_a_bad_name_is_invalid(lookup, name):
    with pytest.raises(CallFault) as fault:
        lookup(name)
    assert fault.value.status == 400
    assert [e["pointer"] for e in fault.value.problem["errors"]] == ["/name"]


def test_the_longest_name_is_not_invalid(lookup):
    name = ".".join(["a" * 49] * 5 + ["abc"])
    assert len(name) == 253
    assert lookup(name)["rcode"] == "REFUSED"


@pytest.mark.parametrize(
    "change",
    [
        {"type": "WKS"},
        {"port": 0},
        {"port": 65536},
        {"timeout_ms": 10001},
        {"timeout_ms": 0},
        {"server": "a..b"},
        {"server": "two words"},
        {"classe": "IN"},
    ],
)
def test_bad_arguments_are_invalid(lookup, change):
    with pytest.raises(CallFault) as fault:
        lookup("zone.example", **change)
    assert fault.value.status == 400
    assert fault.value.problem["errors"][0]["pointer"] == "/" + next(iter(change))


NO_NAME_SERVERS = (
    "169.254.169.254",
    "::ffff:169.254.169.254",
    "64:ff9b::169.254.169.254",
    "fe80::1",
    "fd00:ec2::254",
    "0.0.0.0",
    "::",
    "224.0.0.251",
    "255.255.255.255",
)


def test_addresses_that_are_no_name_servers_are_refused(netns, make_server):
    """In a namespace without a way out: should the guard fail, nobody is contacted."""
    server = make_server(netns=netns.create())
    for address in NO_NAME_SERVERS:
        with pytest.raises(CallFault) as fault:
            server.call_tool("dns_lookup", {"name": "zone.example", "server": address})
        assert fault.value.status == 403


def test_the_server_may_be_a_name(lookup):
    result = lookup("host.zone.example", server="localhost")
    assert result["server"] == "127.0.0.1"
    assert result["rcode"] == "NOERROR"


def test_a_server_name_without_address_is_a_result(lookup):
    result = lookup("zone.example", server="no-such-host.invalid", timeout_ms=1000)
    assert result["server"] == "no-such-host.invalid"
    assert "rcode" not in result
    assert "no-such-host.invalid" in result["error"]


def hosts_file() -> list:
    lines = []
    with open("/etc/hosts", encoding="utf-8") as file:
        for line in file:
            words = line.split("#")[0].split()
            if len(words) > 1:
                lines.append((words[0], words[1:]))
    return lines


def test_what_the_hosts_file_says(lookup):
    expected = [address for address, aliases in hosts_file() if "localhost" in aliases]
    assert expected
    assert lookup("LOCALHOST")["hosts_file"] == expected
    assert lookup("host.zone.example")["hosts_file"] == []
    reverse = [alias for address, aliases in hosts_file() if address == "127.0.0.1" for alias in aliases]
    assert lookup("127.0.0.1")["hosts_file"] == reverse


def test_a_closed_port_is_a_result(call_tool):
    port = free_port()
    result = call_tool("dns_lookup", {"name": "zone.example", "server": "127.0.0.1", "port": port})
    assert "rcode" not in result
    assert result["answers"] == []
    assert "refused" in result["error"]
    assert result["authenticated"] is False


def ask_fake(call_tool, fake, **options):
    return call_tool("dns_lookup", {"name": "zone.example", "server": "127.0.0.1", "port": fake.port} | options)


def test_a_silent_server_is_a_result(call_tool):
    with FakeDns(lambda query, transport: None) as fake:
        result = ask_fake(call_tool, fake, timeout_ms=300)
        assert len(fake.queries) == 3
    assert "rcode" not in result
    assert "no answer" in result["error"]


def test_a_lost_query_is_sent_again(call_tool):
    def answer(query, transport):
        return [message(query, answers=record_a("192.0.2.5"), count=1)] if len(fake.queries) == 3 else None

    with FakeDns(answer) as fake:
        result = ask_fake(call_tool, fake, timeout_ms=3000)
    assert [r["data"] for r in result["answers"]] == ["192.0.2.5"]
    assert len({query[:2] for _, query in fake.queries}) == 3, "each try has an id of its own"


def test_foreign_answers_are_ignored(call_tool):
    def answer(query, transport):
        other = bytes([query[0] ^ 1, query[1]])
        question = dns_servers.question_of(query)
        forged = {"answers": record_a("192.0.2.66"), "count": 1}
        return [
            b"",
            b"\0",
            message(query, identity=other, **forged),
            message(query, question=question.replace(b"zone", b"zona"), **forged),
            message(query, question=question[:-4] + b"\0\x1c\0\1", **forged),
            message(query, question=b"", **forged),
            message(query, flags=0x0180, **forged),
            message(query, question=question.upper(), answers=record_a("192.0.2.7"), count=1),
        ]

    with FakeDns(answer) as fake:
        result = ask_fake(call_tool, fake)
    assert [r["data"] for r in result["answers"]] == ["192.0.2.7"]


def test_tcp_that_fails_leaves_the_truncated_answer(call_tool):
    def answer(query, transport):
        return [message(query, flags=0x8380)] if transport == "udp" else None

    with FakeDns(answer) as fake:
        result = ask_fake(call_tool, fake)
    assert result["truncated"] is True
    assert result["transport"] == "udp"


@pytest.mark.parametrize(("rcode", "name"), [(2, "SERVFAIL"), (5, "REFUSED"), (4, "NOTIMP"), (9, "NOTAUTH")])
def test_refusals_are_results(call_tool, rcode, name):
    with FakeDns(lambda query, transport: [message(query, rcode=rcode)]) as fake:
        result = ask_fake(call_tool, fake)
    assert result["rcode"] == name
    assert "error" not in result


def test_a_server_without_edns_is_understood(call_tool):
    def answer(query, transport):
        if query[11]:
            return [query[:2] + b"\x81\x01" + bytes(8)]
        return [message(query, answers=record_a("192.0.2.8"), count=1)]

    with FakeDns(answer) as fake:
        result = ask_fake(call_tool, fake)
    assert [r["data"] for r in result["answers"]] == ["192.0.2.8"]
    assert len(fake.queries) == 2


def malformed(query, seed) -> bytes:
    """A message for this question with something wrong behind it."""
    source = random.Random(seed)
    good = message(query, answers=record_a() * 3, count=3)
    keep = 12 + len(dns_servers.question_of(query))
    kinds = [
        lambda: good[: source.randrange(keep, len(good))],
        lambda: good[:keep] + source.randbytes(source.randrange(200)),
        lambda: good[:6] + source.randbytes(6) + good[12:],
        lambda: good[:keep] + b"\xc0" + bytes([keep]) + good[keep + 2 :],
        lambda: good[:keep] + b"\xc0\xff" + good[keep + 2 :],
        lambda: good[:keep] + b"\xff" * 40,
        lambda: good[: keep + 3] + bytes([source.choice([16, 33, 35, 41, 46, 50, 52, 64, 65, 99])]) + good[keep + 4 :],
    ]
    return source.choice(kinds)()


def test_malformed_answers_do_no_harm(call_tool, server):
    seeds = iter(range(10**6))
    with FakeDns(lambda query, transport: [malformed(query, next(seeds))]) as fake:
        for _ in range(60):
            result = ask_fake(call_tool, fake, timeout_ms=1000, type="ANY")
            assert ("rcode" in result) != ("error" in result)
    server.assert_alive()


def test_hostile_text_stays_text(call_tool):
    """Control characters and bytes that are not UTF-8, in a name and in a TXT record."""
    txt = b"\x1b[31m\x00\xff<script>"
    data = bytes([len(txt)]) + txt
    record = b"\x04\xff\x00\x1b." + b"\xc0\x0c\0\x10\0\1\0\0\0\0" + len(data).to_bytes(2, "big") + data
    with FakeDns(lambda query, transport: [message(query, answers=record, count=1)]) as fake:
        result = ask_fake(call_tool, fake, type="ANY")
    assert result["answers"][0]["data"] == '"\\027[31m\\000\\255<script>"'
    assert result["answers"][0]["name"] == "\\255\\000\\027\\..zone.example."


def test_an_answer_over_the_budget_is_cut_and_says_so(server):
    """64 KB of records over TCP."""
    txt = b"\xff" + b"x" * 255
    record = b"\xc0\x0c\0\x10\0\1\0\0\0\x3c" + len(txt).to_bytes(2, "big") + txt
    big = {"answers": record * 240, "count": 240}

    def reply(query, transport):
        return [message(query, **big) if transport == "tcp" else message(query, flags=0x8380)]

    with FakeDns(reply) as fake:
        result = ask_fake(server.call_tool, fake, type="TXT")
        arguments = {"name": "zone.example", "type": "TXT", "server": "127.0.0.1", "port": fake.port}
        text = server.call_text("dns_lookup", arguments)
    assert 0 < len(result["answers"]) <= 240
    assert (len(result["answers"]) < 240) == (result.get("complete") is False)
    assert len(text.encode()) < 100_000


def test_both_languages(server, names):
    arguments = {"name": "nowhere.zone.example", "server": names.address, "port": names.port}
    assert "n'existe pas (NXDOMAIN)" in server.call_text("dns_lookup", arguments, lang="fr")
    english = server.call_text("dns_lookup", arguments, lang="en")
    assert "does not exist (NXDOMAIN)" in english
    assert "zone.example." in english


def test_the_query_is_what_dns_wants(call_tool):
    """One question, recursion desired, EDNS with 1232 bytes and DO (RFC 6891, RFC 4035)."""
    with FakeDns(lambda query, transport: [message(query)]) as fake:
        ask_fake(call_tool, fake, type="MX")
    _, query = fake.queries[0]
    assert query[2:12] == b"\x01\x20\0\1\0\0\0\0\0\1"
    assert query[12:] == b"\x04zone\x07example\0\0\x0f\0\1" + b"\0\0\x29\x04\xd0\0\0\x80\0\0\0"


def test_ipv6_servers(call_tool, tmp_path):
    if not socket.has_dualstack_ipv6():
        pytest.skip("no IPv6 here")
    daemon = dns_servers.nsd(tmp_path, dns_servers.plain_zones(), address="::1", port=free_port())
    try:
        result = call_tool("dns_lookup", {"name": "host.zone.example", "server": "::1", "port": daemon.port})
    finally:
        daemon.close()
    assert (result["server"], result["answers"][0]["data"]) == ("::1", "192.0.2.80")
