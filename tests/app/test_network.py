"""One network operation takes 10 s at most, in schema and check, unless the setting says more."""

import pytest
from harness.server import CallFault

# What reaches it within the range waits for nobody: the port is closed.
TOOLS = {
    "ping_host": {"host": "127.0.0.1", "count": 1},
    "port_scan": {"host": "127.0.0.1", "ports": "1"},
    "dns_lookup": {"name": "localhost", "server": "127.0.0.1", "port": 1},
    "http_request": {"url": "http://127.0.0.1:1/"},
}


def published(server):
    return {name: tool["inputSchema"]["properties"].get("timeout_ms") for name, tool in server.tools().items()}


def test_ten_seconds(server):
    found = {name: schema for name, schema in published(server).items() if schema}
    assert set(found) == set(TOOLS)
    assert {schema["maximum"] for schema in found.values()} == {10000}
    for name, args in TOOLS.items():
        with pytest.raises(CallFault) as fault:
            server.call_tool(name, args | {"timeout_ms": 10001})
        assert fault.value.status == 400 and "10000" in str(fault.value.problem)


@pytest.mark.parametrize(
    "options",
    [
        {"args": ("--network-timeout-max-ms", "60000")},
        {"config": {"network": {"timeout_max_ms": "60000"}}},
        {"env": {"MCP_ASSIST_NETWORK_TIMEOUT_MAX_MS": "60000"}},
    ],
    ids=["flag", "file", "environment"],
)
def test_raised(make_server, options):
    server = make_server(**options)
    assert {schema["maximum"] for schema in published(server).values() if schema} == {60000}
    for name, args in TOOLS.items():
        server.call_tool(name, args | {"timeout_ms": 60000})
        with pytest.raises(CallFault) as fault:
            server.call_tool(name, args | {"timeout_ms": 60001})
        assert fault.value.status == 400


def test_the_command_line_says_so_too(cli):
    for words in (("call", "http_request", "--help"), ("tools", "http_request")):
        assert "60000" in cli(*words, "--network-timeout-max-ms", "60000").out
        assert "60000" not in cli(*words).out


def test_it_is_never_lowered(cli, tmp_path):
    conf = tmp_path / "test.conf"
    conf.write_text("[network]\ntimeout_max_ms = 9999\n")
    done = cli("tools", "--config", conf)
    assert done.code == 2 and "line 2" in done.err and "10000" in done.err
    conf.write_text("[network]\nport = 1\n")
    assert cli("tools", "--config", conf).code == 2
