"""Fixtures of all tests of the real binary; what they are made of is in tests/harness."""

import contextlib
import itertools
import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from harness import program  # noqa: E402
from harness.mcp_http import watch_httpx  # noqa: E402
from harness.netns import NetnsFactory  # noqa: E402
from harness.server import Server  # noqa: E402
from harness.stdio import Stdio  # noqa: E402


@pytest.fixture(scope="session")
def _watched():
    with watch_httpx() as wire:
        yield wire


@pytest.fixture(autouse=True)
def _what_servers_say_fits_the_schema(_watched):
    """All that httpx exchanges over MCP, in every test."""
    _watched.faults.clear()
    yield
    assert not _watched.faults, "\n".join(_watched.faults)


@pytest.fixture(scope="session")
def binary() -> Path:
    """The mcp-assist under test: MCP_ASSIST_BIN, build/asan/mcp-assist or build/release/mcp-assist."""
    return program.find_binary()


@pytest.fixture(scope="session")
def server(binary, tmp_path_factory):
    """A server with default settings that all tests share; it must end well."""
    with Server(binary, tmp_path_factory.mktemp("server")) as started:
        yield started


@pytest.fixture(scope="session")
def call_tool(server):
    """call_tool(name, args, lang=None): a structured result of the shared server, checked by its schema."""
    return server.call_tool


@pytest.fixture(scope="session")
def schema_for(server):
    """schema_for(tool): the output schema that it publishes."""
    return server.schema_for


@contextlib.contextmanager
def _factory(kind, binary, tmp_path):
    """A function that starts things of one kind, each in its own folder; ends what the test left running."""
    numbers = itertools.count()
    with contextlib.ExitStack() as stack:

        def make(**options):
            folder = tmp_path / f"{kind.__name__.lower()}{next(numbers)}"
            folder.mkdir()
            made = kind(binary, folder, **options)
            stack.callback(made.finish)
            return made

        yield make


@pytest.fixture
def _namespaces():
    """Deleted after whatever the test started in them has ended: what starts things depends on this."""
    factory = NetnsFactory()
    yield factory
    factory.close()


@pytest.fixture
def make_server(binary, tmp_path, _namespaces):
    """make_server(args=(), env={}, config=None, netns=None, host="127.0.0.1", data=None): a server of the test's own."""
    with _factory(Server, binary, tmp_path) as make:
        yield make


@pytest.fixture
def stdio(binary, tmp_path, _namespaces):
    """stdio(args=(), env={}, config=None, prefix=()): a started `mcp-assist stdio`."""
    with _factory(Stdio, binary, tmp_path) as make:
        yield make


@pytest.fixture
def cli(binary, tmp_path):
    """cli("call", "calculator", "--expression", "1+1", env={}, stdin=None, netns=None): an Outcome."""

    def run(*args, netns=None, **options) -> program.Outcome:
        command = [binary, *args]
        return program.run(
            netns.command(command) if netns else command, reports=tmp_path / "sanitizer", **options
        )

    return run


@pytest.fixture
def netns(_namespaces):
    """Network namespaces: .create(), .link(a, b, "10.9.0.1/24", "10.9.0.2/24"), .pair(). Needs root."""
    if os.geteuid() != 0:
        pytest.skip("network namespaces need root")
    return _namespaces
