"""port_scan on loopback: exact against ss, never its own connections, the grammar, the guard. Networks are in tests/system."""

import contextlib
import socket

import pytest

from harness.server import CallFault


@contextlib.contextmanager
def listeners(count, host="127.0.0.1"):
    """Listening sockets on free ports; yields the ports."""
    with contextlib.ExitStack() as stack:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        yield [
            stack.enter_context(socket.create_server((host, 0), family=family)).getsockname()[1] for _ in range(count)
        ]


def opened(result):
    return [port["port"] for port in result["open"]]


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_finds_listeners(call_tool, host):
    with listeners(3, host) as ports:
        closed = socket.socket()
        closed.bind(("127.0.0.1", 0))
        asked = sorted([*ports, closed.getsockname()[1]])
        result = call_tool("port_scan", {"host": host, "ports": ",".join(map(str, asked))})
        closed.close()
    assert opened(result) == sorted(ports)
    assert (result["address"], result["status"], result["scanned"]) == (host, "up", 4)
    assert (result["closed"], result["filtered"]) == (1, 0)


def test_a_name_means_its_ipv4_address(call_tool):
    with listeners(1) as ports:
        result = call_tool("port_scan", {"host": "localhost", "ports": str(ports[0])})
    assert (result["host"], result["address"], opened(result)) == ("localhost", "127.0.0.1", ports)


def test_ports_may_be_a_list(call_tool):
    result = call_tool("port_scan", {"host": "127.0.0.1", "ports": ["1-3", "ssh , 443"]})
    assert result["scanned"] == 5


@pytest.mark.parametrize("ports, count", [("top100", 100), ("1-1024", 1024), ("22", 1), ("top100,22,80-81,ssh", 100)])
def test_how_many_ports(call_tool, ports, count):
    result = call_tool("port_scan", {"host": "127.0.0.1", "ports": ports})
    assert result["scanned"] == count == len(result["open"]) + result["closed"] + result["filtered"]


def test_default_is_top100(call_tool):
    assert call_tool("port_scan", {"host": "127.0.0.1"})["scanned"] == 100


def test_open_ports_have_service_names(netns, make_server):
    space = netns.create()
    server = make_server(netns=space)

    def scan():
        with contextlib.ExitStack() as stack:
            for port in (22, 3306, 64999):
                stack.enter_context(socket.create_server(("127.0.0.1", port)))
            return server.call_tool("port_scan", {"host": "127.0.0.1", "ports": "22,3306,64999"})

    wanted = [{"port": 22, "service": "ssh"}, {"port": 3306, "service": "mysql"}, {"port": 64999}]
    assert space.call(scan)["open"] == wanted


def test_several_hosts(call_tool):
    with listeners(1) as ports:
        result = call_tool("port_scan", {"host": ["127.0.0.1", "127.0.0.2"], "ports": str(ports[0])})
    assert [opened(target) for target in result["targets"]] == [ports, []]
    assert (result["hosts"], result["up"], result["total_open"]) == (2, 2, 1)


def test_a_network(call_tool):
    with listeners(1, "127.0.7.9") as ports:
        result = call_tool("port_scan", {"host": "127.0.7.0/24", "ports": str(ports[0])})
    assert result["hosts"] == 254 == result["up"]
    assert [target["address"] for target in result["targets"] if target["open"]] == ["127.0.7.9"]


def test_a_name_without_address_is_a_finding(call_tool):
    result = call_tool("port_scan", {"host": "127.0.0.1", "family": "6", "ports": "80"})
    assert (result["status"], result["scanned"], result["open"]) == ("unresolved", 0, [])


@pytest.mark.parametrize(
    "ports, wrong",
    [
        ("0", ["0"]),
        ("65536", ["65536"]),
        ("22,x,80,9-1", ["x", "9-1"]),
        ("", [""]),
        ("22,,80", [""]),
        ("-", ["-"]),
        ("1-2-3", ["1-2-3"]),
        (["22", "nosuchservice"], ["nosuchservice"]),
    ],
)
def test_every_wrong_port_is_named(call_tool, ports, wrong):
    with pytest.raises(CallFault) as fault:
        call_tool("port_scan", {"host": "127.0.0.1", "ports": ports})
    errors = fault.value.problem["errors"]
    assert fault.value.status == 400
    assert [error["pointer"].split("/")[1] for error in errors] == ["ports"] * len(wrong)
    assert all(item in error["message"] for item, error in zip(wrong, errors))


@pytest.mark.parametrize("host", ["10.0.0.0/23", "fd00::/119", "10.0.0.0/33", "x/24", "a..b", "256.0.0.1", "10.0.0.0/"])
def test_wrong_hosts(call_tool, host):
    with pytest.raises(CallFault) as fault:
        call_tool("port_scan", {"host": host})
    assert fault.value.status == 400
    assert fault.value.problem["errors"][0]["pointer"].startswith("/host")
    assert host in fault.value.problem["errors"][0]["message"]


def test_too_much_for_one_call(call_tool):
    for arguments in ({"host": "127.0.0.0/24", "ports": "all"}, {"host": ["127.0.0.0/24", "127.0.1.0/24"]}):
        with pytest.raises(CallFault) as fault:
            call_tool("port_scan", arguments)
        assert fault.value.status == 400


PUBLIC = ("8.8.8.8", "2606:4700::1111", "192.0.2.1", "::ffff:8.8.8.8", "134744072", "8.8.8.0/30")
NEVER = ("169.254.169.254", "0xa9fea9fe", "::ffff:169.254.169.254", "fe80::1%lo", "169.254.1.1", "224.0.0.1", "0.0.0.0", "::")


def test_public_addresses_need_the_setting(netns, make_server):
    """In a namespace without a way out: should the guard fail, nobody is contacted."""
    server = make_server(netns=netns.create())
    for host in PUBLIC:
        with pytest.raises(CallFault) as fault:
            server.call_tool("port_scan", {"host": host, "ports": "80"})
        assert fault.value.status == 403 and "targets" in fault.value.problem["detail"]


def test_never_allowed(netns, make_server):
    space = netns.create()
    for config in (None, {"port_scan": {"targets": "any"}}):
        server = make_server(netns=space, config=config)
        for host in NEVER:
            with pytest.raises(CallFault) as fault:
                server.call_tool("port_scan", {"host": host, "ports": "80"})
            assert fault.value.status == 403


def test_text_in_both_languages(server):
    with listeners(1) as ports:
        arguments = {"host": "127.0.0.1", "ports": str(ports[0])}
        english, french = (server.call_text("port_scan", arguments, lang=lang) for lang in ("en", "fr"))
    assert "127.0.0.1: 1 open port, 0 closed, 0 filtered, of 1." in english
    assert "127.0.0.1 : 1 port ouvert, 0 fermé, 0 filtré, sur 1." in french
    assert str(ports[0]) in english and str(ports[0]) in french


def test_from_the_shell(cli):
    with listeners(1) as ports:
        outcome = cli("call", "port_scan", "--host", "127.0.0.1", "--ports", f"{ports[0]},1", "--json")
    assert outcome.code == 0 and opened(outcome.json) == ports
