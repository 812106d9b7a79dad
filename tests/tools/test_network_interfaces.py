"""network_interfaces against `ip -j` (iproute2), field by field, in network namespaces of the test's own."""

import json
import subprocess

import pytest

COUNTERS = {
    "rx_bytes": ("rx", "bytes"),
    "tx_bytes": ("tx", "bytes"),
    "rx_packets": ("rx", "packets"),
    "tx_packets": ("tx", "packets"),
    "rx_errors": ("rx", "errors"),
    "tx_errors": ("tx", "errors"),
    "rx_dropped": ("rx", "dropped"),
    "tx_dropped": ("tx", "dropped"),
}
ADDRESS_FLAGS = ("dynamic", "deprecated", "tentative", "dadfailed", "nodad", "mngtmpaddr", "noprefixroute", "secondary", "temporary")


def ip(netns, *words):
    return json.loads(netns.run("ip", "-j", *words).stdout or "[]")


def expected_address(entry):
    address = {
        "family": entry["family"],
        "address": entry["local"],
        "prefix": entry["prefixlen"],
        "cidr": f"{entry['local']}/{entry['prefixlen']}",
        "scope": entry["scope"],
    }
    if "address" in entry:
        address["peer"] = entry["address"]
    flags = {flag for flag in ADDRESS_FLAGS if entry.get(flag)}
    if flags:
        address["flags"] = flags
    return address


def expected_interface(entry):
    """What we must say of a link of `ip -j -s -d addr`, counters aside."""
    interface = {
        "name": entry["ifname"],
        "index": entry["ifindex"],
        "type": entry.get("linkinfo", {}).get("info_kind") or entry["link_type"],
        "state": entry["operstate"],
        "flags": entry["flags"],
        "mtu": entry["mtu"],
        "addresses": [expected_address(address) for address in entry["addr_info"]],
    }
    for ours, theirs in (("mac", "address"), ("master", "master"), ("link", "link"), ("alias", "ifalias")):
        if theirs in entry:
            interface[ours] = entry[theirs]
    return interface


def comparable(interface):
    """Our interface as expected_interface() writes it."""
    kept = {k: v for k, v in interface.items() if k not in COUNTERS and k not in ("speed_mbps", "duplex")}
    kept["addresses"] = [
        address | ({"flags": set(address["flags"])} if "flags" in address else {}) for address in interface["addresses"]
    ]
    return kept


def expected_route(entry, family):
    route = {
        "family": family,
        "destination": entry["dst"],
        "type": entry["type"],
        "protocol": entry["protocol"],
        "scope": entry["scope"],
    }
    if "nexthops" in entry:
        route["nexthops"] = [
            {"weight": hop["weight"], "interface": hop["dev"]} | ({"gateway": hop["gateway"]} if "gateway" in hop else {})
            for hop in entry["nexthops"]
        ]
    for ours, theirs in (("gateway", "gateway"), ("interface", "dev"), ("source", "prefsrc"), ("metric", "metric")):
        if theirs in entry:
            route[ours] = entry[theirs]
    if "via" in entry:
        route["gateway"] = entry["via"]["host"]
    if entry.get("metrics", [{}])[0].get("mtu"):
        route["mtu"] = entry["metrics"][0]["mtu"]
    return route


def kernel_routes(netns):
    return [expected_route(r, "inet") for r in ip(netns, "-d", "route", "show", "table", "main")] + [
        expected_route(r, "inet6") for r in ip(netns, "-6", "-d", "route", "show", "table", "main")
    ]


def still(links):
    """What must not change between two looks: all but the seconds that addresses have left."""
    return [
        (link["ifname"], link["stats64"], link["operstate"], link["flags"], [expected_address(a) for a in link["addr_info"]])
        for link in links
    ]


def settled(netns, ask):
    """What `ask` answers while two questions to ip before and after agree: nothing changed meanwhile."""
    for _ in range(100):
        before = ip(netns, "-s", "-d", "addr"), kernel_routes(netns)
        result = ask()
        after = ip(netns, "-s", "-d", "addr"), kernel_routes(netns)
        if still(before[0]) == still(after[0]) and before[1] == after[1]:
            return result, after[0], after[1]
    raise AssertionError("the namespace never stands still")


@pytest.fixture
def office(netns):
    """A namespace with a bridge, veth pairs, a TUN link, aliases, secondary, peer and IPv6 addresses, all sorts of routes."""
    space = netns.create()
    commands = """
        link add br0 type bridge
        link add lan0 type veth peer name lan1
        link set lan1 master br0
        link set lan0 alias first_floor
        addr add 10.1.0.1/24 dev lan0
        addr add 10.1.0.3/24 dev lan0
        addr add 192.0.2.1 peer 192.0.2.2 dev lan0
        addr add 10.1.0.2/24 dev br0
        addr add fd00:1::1/64 dev lan0 nodad
        addr add fd00:1::9/64 dev lan0 nodad valid_lft 5000 preferred_lft 4000
        link set br0 mtu 1400
        link set lan0 up
        link set lan1 up
        link set br0 up
        tuntap add tun0 mode tun
        route add default via 10.1.0.254 metric 100
        route add default via 10.1.0.253 metric 200
        route add 10.9.0.0/16 nexthop via 10.1.0.3 weight 2 dev lan0 nexthop via 10.1.0.4 dev lan0
        route add 10.10.0.0/16 via 10.1.0.9 metric 50 mtu 1300
        route add blackhole 10.11.0.0/16
        route add prohibit 10.14.0.0/16
        route add 198.51.100.7 dev lan0 src 10.1.0.1 proto static
        route add 10.12.0.0/16 via inet6 fd00:1::12 dev lan0
        route add 10.13.0.0/16 via 10.1.0.9 table 100
        -6 route add default via fd00:1::fe metric 512
        -6 route add fd00:9::/64 nexthop via fd00:1::2 weight 3 dev lan0 nexthop via fd00:1::3 dev lan0
        -6 route add unreachable fd00:8::/48
        -6 route add fd00:7::7 dev lan0 metric 9
    """
    for command in commands.strip().splitlines():
        space.ip(*command.split())
    return space


@pytest.fixture
def ask(cli):
    """ask(netns, ...): our answer by the command line, which sends nothing over the namespace's links."""

    def run(netns, *args):
        outcome = cli("call", "network_interfaces", *args, "--json", netns=netns)
        assert outcome.code == 0, outcome.err
        return outcome.json

    return run


@pytest.fixture
def office_server(office, make_server):
    return make_server(netns=office)


def test_interfaces_equal_ip(office, ask):
    result, links, _ = settled(office, lambda: ask(office))
    assert result["found"] is True
    assert result["total"] == len(links)
    assert result["truncated"] is False
    assert [comparable(i) for i in result["interfaces"]] == [expected_interface(link) for link in links]


def test_counters_equal_ip(office, ask):
    office.run("ping", "-c", "3", "-i", "0.2", "-I", "lan0", "10.1.0.2", check=False)
    result, links, _ = settled(office, lambda: ask(office))
    for interface, link in zip(result["interfaces"], links, strict=True):
        for ours, (direction, theirs) in COUNTERS.items():
            assert interface[ours] == link["stats64"][direction][theirs], (link["ifname"], ours)
    assert any(i["rx_packets"] > 0 for i in result["interfaces"])


def test_routes_equal_ip(office, ask):
    result, _, routes = settled(office, lambda: ask(office))
    assert result["routes"] == routes
    assert result["routes_total"] == len(routes)
    destinations = [r["destination"] for r in routes]
    assert "10.9.0.0/16" in destinations
    assert "10.13.0.0/16" not in destinations


def test_default_gateways(office_server):
    gateways = office_server.call_tool("network_interfaces")["default_gateways"]
    assert gateways == [
        {"family": "inet", "address": "10.1.0.254", "interface": "lan0", "metric": 100},
        {"family": "inet", "address": "10.1.0.253", "interface": "lan0", "metric": 200},
        {"family": "inet6", "address": "fd00:1::fe", "interface": "lan0", "metric": 512},
    ]


def test_multipath_default_route(office, office_server):
    office.ip("route", "del", "default", "metric", "200")
    office.ip("route", "replace", "default", "metric", "100", "nexthop", "via", "10.1.0.3", "nexthop", "via", "10.1.0.4")
    gateways = office_server.call_tool("network_interfaces")["default_gateways"]
    assert [g["address"] for g in gateways if g["family"] == "inet"] == ["10.1.0.3", "10.1.0.4"]


def test_speed_equals_sysfs(office, office_server):
    """`ip netns exec` shows this namespace's /sys; it reads nothing there from a link that is not up."""
    result = office_server.call_tool("network_interfaces")
    for interface in result["interfaces"]:
        path = f"/sys/class/net/{interface['name']}/speed"
        shown = office.run("cat", path, check=False).stdout.strip()
        expected = int(shown) if shown.lstrip("-").isdigit() and int(shown) > 0 else None
        assert interface.get("speed_mbps") == expected, interface["name"]
    by_name = {i["name"]: i for i in result["interfaces"]}
    assert by_name["lan0"]["speed_mbps"] == 10000
    assert by_name["lan0"]["duplex"] == "full"


def test_one_interface(office_server):
    result = office_server.call_tool("network_interfaces", {"name": "br0"})
    assert [i["name"] for i in result["interfaces"]] == ["br0"]
    assert result["total"] == 1
    # The way out of the machine is told in any case: an empty list would read as "there is none".
    whole = office_server.call_tool("network_interfaces")
    assert result["default_gateways"] == whole["default_gateways"] != []
    assert {r["interface"] for r in result["routes"]} == {"br0"}
    routes = office_server.call_tool("network_interfaces", {"name": "lan0"})["routes"]
    assert "10.9.0.0/16" in [r["destination"] for r in routes]


def test_unknown_interface_is_a_finding(office_server):
    result = office_server.call_tool("network_interfaces", {"name": "nope0"})
    assert result["found"] is False
    assert result["interfaces"] == []
    assert "nope0" in office_server.call_text("network_interfaces", {"name": "nope0"})


def test_peer_in_another_namespace_has_no_name(netns, make_server):
    left, _ = netns.pair()
    interfaces = make_server(netns=left).call_tool("network_interfaces")["interfaces"]
    [veth] = [i for i in interfaces if i["type"] == "veth"]
    assert "link" not in veth


def test_rates(netns, make_server):
    left, right = netns.pair()
    server = make_server(netns=left)
    flood = right.popen(
        "ping", "-q", "-i", "0.01", "-s", "1000", "10.77.0.1", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        before, result, after = (server.call_tool("network_interfaces", {"sample_ms": ms}) for ms in (0, 1000, 0))
    finally:
        flood.kill()
        flood.wait()
    [first], [veth], [last] = ([i for i in r["interfaces"] if i["type"] == "veth"] for r in (before, result, after))
    # The sample took a second at least, between the two other looks: no more than what came between them.
    for counter in ("rx_bytes", "tx_bytes", "rx_packets", "tx_packets"):
        assert 0 < veth[f"{counter}_per_s"] <= last[counter] - first[counter]
    # Most packets carry 1,000 bytes; neighbour discovery adds a few small ones.
    assert 100 * veth["rx_packets_per_s"] < veth["rx_bytes_per_s"] < 1100 * veth["rx_packets_per_s"]
    assert "rx_bytes_per_s" not in server.call_tool("network_interfaces")["interfaces"][0]


def test_a_thousand_links(netns, make_server, ask):
    space = netns.create()
    batch = "".join(f"link add t{i}a type veth peer name t{i}b\naddr add 10.{i // 250}.{i % 250}.1/30 dev t{i}a\n" for i in range(500))
    space.run("ip", "-batch", "-", input=batch)
    server = make_server(netns=space)
    result, links, _ = settled(space, lambda: ask(space, "--limit", "10000"))
    assert result["total"] == len(links) == 1001
    assert [comparable(i) for i in result["interfaces"]] == [expected_interface(link) for link in links]
    short = server.call_tool("network_interfaces")
    assert len(short["interfaces"]) == 50
    assert short["total"] == 1001
    assert short["truncated"] is True
    assert "951" in server.call_text("network_interfaces")


def test_while_links_come_and_go(netns, make_server):
    """Dumps that the kernel marks as interrupted are asked for again: the links that stay are always there, once."""
    space = netns.create()
    space.run("ip", "-batch", "-", input="".join(f"link add s{i} type veth peer name p{i}\n" for i in range(100)))
    server = make_server(netns=space)
    script = "while :; do ip link add x0 type veth peer name x1; ip link del x0; done"
    churn = space.popen("sh", "-c", script, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(50):
            result = server.call_tool("network_interfaces", {"limit": 1000})
            names = [i["name"] for i in result["interfaces"]]
            assert len(names) == len(set(names))
            assert {f"s{i}" for i in range(100)} <= set(names)
    finally:
        churn.kill()
        churn.wait()


def test_dns_servers(server):
    result = server.call_tool("network_interfaces")
    listed = []
    with open("/etc/resolv.conf", encoding="ascii") as file:
        listed = [words[1] for words in map(str.split, file) if len(words) > 1 and words[0] == "nameserver"]
    assert result["dns_servers"] == (listed or ["127.0.0.1"])[:8]


def test_french_and_short(office_server):
    text = office_server.call_text("network_interfaces", lang="fr")
    assert "Passerelles par défaut" in text
    assert "10.1.0.1/24" in text
    # Far below 2,000 tokens, even at two characters each.
    assert len(text) < 4000
