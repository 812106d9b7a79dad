"""dns_lookup with this machine's own settings: resolv.conf and hosts of a network namespace, several servers."""

import shutil
from pathlib import Path

import pytest

from harness import dns_servers


@pytest.fixture
def namespace(netns):
    """A namespace whose /etc files are the test's: .write(resolv.conf text, hosts text)."""
    created = netns.create()
    folder = Path("/etc/netns") / created.name

    def write(resolv, hosts):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "resolv.conf").write_text(resolv, encoding="ascii")
        (folder / "hosts").write_text(hosts, encoding="ascii")

    created.write = write
    yield created
    shutil.rmtree(folder, ignore_errors=True)


def start_nsd(namespace, folder, address):
    """nsd on port 53 of the namespace."""
    config = folder / "nsd.conf"
    rows = ["server:", f"  ip-address: {address}", f"  zonesdir: {folder}", f"  pidfile: {folder}/pid"]
    rows += [f"  xfrdfile: {folder}/xfrd", f"  zonelistfile: {folder}/list", '  username: ""', '  chroot: ""']
    rows += ["remote-control:", "  control-enable: no", "zone:", "  name: zone.example"]
    rows += [f"  zonefile: {dns_servers.ZONES}/zone.example.zone"]
    config.write_text("\n".join(rows) + "\n", encoding="ascii")
    process = namespace.popen(shutil.which("nsd", path=dns_servers.PATH), "-d", "-c", config)
    prefix = namespace.command([])
    for _ in range(100):
        if "NOERROR" in dns_servers.dig("zone.example", "SOA", "+time=1", server=address, prefix=prefix).stdout:
            return process
    process.kill()
    raise AssertionError("nsd does not answer")


def test_the_systems_server_is_asked(namespace, make_server, tmp_path):
    namespace.write("# ours\nnameserver 127.0.0.1\n", "192.0.2.99 host.zone.example alias\n2001:db8::99 alias\n")
    process = start_nsd(namespace, tmp_path, "127.0.0.1")
    try:
        server = make_server(netns=namespace)
        result = server.call_tool("dns_lookup", {"name": "host.zone.example"})
        expected = dns_servers.dig_answer("host.zone.example", "A", server="127.0.0.1", prefix=namespace.command([]))
        assert {(r["name"], r["ttl"], r["type"], r["data"]) for r in result["answers"]} == expected
        assert result["server"] == "127.0.0.1"
        assert result["hosts_file"] == ["192.0.2.99"]
        assert server.call_tool("dns_lookup", {"name": "alias"})["hosts_file"] == ["192.0.2.99", "2001:db8::99"]
    finally:
        process.terminate()
        process.wait(10)


def test_use_vc_means_tcp(namespace, make_server, tmp_path):
    namespace.write("nameserver 127.0.0.1\noptions use-vc\n", "127.0.0.1 localhost\n")
    process = start_nsd(namespace, tmp_path, "127.0.0.1")
    try:
        result = make_server(netns=namespace).call_tool("dns_lookup", {"name": "host.zone.example"})
        assert result["transport"] == "tcp"
    finally:
        process.terminate()
        process.wait(10)


def test_the_next_server_is_asked_when_the_first_is_silent(namespace, make_server, tmp_path):
    namespace.ip("link", "add", "hole", "type", "bridge")
    namespace.address("hole", "10.99.0.1/24")
    namespace.write("nameserver 10.99.0.53\nnameserver 127.0.0.1\n", "127.0.0.1 localhost\n")
    process = start_nsd(namespace, tmp_path, "127.0.0.1")
    try:
        server = make_server(netns=namespace)
        result = server.call_tool("dns_lookup", {"name": "host.zone.example", "timeout_ms": 3000})
        assert result["server"] == "127.0.0.1"
        assert [r["data"] for r in result["answers"]] == ["192.0.2.80"]
    finally:
        process.terminate()
        process.wait(10)


def test_no_network_is_a_result(namespace, make_server):
    namespace.write("nameserver 192.0.2.53\n", "127.0.0.1 localhost\n")
    server = make_server(netns=namespace)
    result = server.call_tool("dns_lookup", {"name": "zone.example"})
    assert "rcode" not in result
    assert "192.0.2.53" in result["error"]
    assert "unreachable" in result["error"]
