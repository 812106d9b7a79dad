"""Ten thousand clients that say nothing: the next one is served all the same, and they cost little."""

import resource
import socket
from pathlib import Path

import httpx
import pytest

IDLE = 10000
KEPT = 20000  # descriptors that both ends may have


def resident_kib(pid):
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0])


@pytest.fixture
def low_soft_limit():
    """A server is started with the soft limit of a login shell; the test has all it can get."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < KEPT and hard != resource.RLIM_INFINITY:
        pytest.skip(f"the hard limit of descriptors is {hard}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (1024, hard))
    yield lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_idle_connections(make_server, low_soft_limit):
    server = make_server()
    low_soft_limit()
    before = resident_kib(server.pid)
    held = []
    try:
        for number in range(IDLE):
            connection = socket.socket()
            held.append(connection)
            connection.settimeout(60)
            # Several addresses of ours: no lack of ports on this side.
            connection.bind((f"127.0.0.{1 + number % 5}", 0))
            try:
                connection.connect(("127.0.0.1", server.port))
                if number % 2:
                    connection.sendall(b"GET /health HT")  # half of them have begun to speak
            except OSError as error:
                raise AssertionError(f"connection {number} is not held: {error}") from error
        try:
            answer = httpx.get(f"{server.url}/health", trust_env=False, timeout=30)
        except httpx.TransportError as error:
            raise AssertionError(f"one more is not served: {error}") from error
        assert answer.status_code == 200
        assert server.call_tool("calculator", {"expression": "6*7"})["value"] == 42
        assert resident_kib(server.pid) - before < IDLE * 20  # 20 KiB each
        # They are really held, and answered when they begin to speak.
        for connection in held[::1000]:
            connection.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert connection.recv(100).startswith(b"HTTP/1.1 200")
    finally:
        for connection in held:
            connection.close()
    server.assert_alive()


def test_more_than_the_setting_are_told(make_server):
    server = make_server(args=("--connections", "10"))
    server.client.close()
    held = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(10)]
    try:
        with socket.create_connection(("127.0.0.1", server.port)) as one_more:
            one_more.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
            answer = one_more.recv(1000).decode().lower()
            assert answer.startswith("http/1.1 503") and "retry-after:" in answer
    finally:
        for connection in held:
            connection.close()
