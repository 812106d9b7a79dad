"""Fixtures around http_echo: one that all tests of a file share, ones of a test's own, connections."""

import pytest

from wire import Echo, Wire


@pytest.fixture(scope="module")
def echo():
    server = Echo()
    yield server
    server.close()


@pytest.fixture
def start():
    servers = []

    def run(**options):
        servers.append(Echo(**options))
        return servers[-1]

    yield run
    for server in servers:
        server.close()


@pytest.fixture
def wire(echo):
    opened = []

    def connect(server=echo):
        opened.append(Wire(server))
        return opened[-1]

    yield connect
    for one in opened:
        one.close()
