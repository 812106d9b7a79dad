"""What a service manager hears: a socket of the test's own stands in for systemd's. The real one: tests/system/test_service.py."""

import os
import signal
import socket
import subprocess

import httpx
import pytest

from harness import program


class Manager:
    """A NOTIFY_SOCKET; .next() is the next message as a dictionary."""

    def __init__(self, name):
        self.name = name
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind("\0" + name[1:] if name.startswith("@") else name)
        self.socket.settimeout(30)

    def next(self):
        message = self.socket.recv(65536).decode()
        return dict(line.split("=", 1) for line in message.splitlines())

    def until(self, key):
        """The first message that has this key, and how many came before it."""
        others = 0
        while key not in (message := self.next()):
            others += 1
        return message, others


@pytest.fixture(params=["path", "abstract"])
def manager(request, tmp_path_factory):
    # A socket's path has 107 bytes, fewer than a folder of the test may need.
    folder = tmp_path_factory.mktemp("m")
    name = str(folder / "notify") if request.param == "path" else f"@mcp-assist-test-{os.getpid()}"
    made = Manager(name)
    yield made
    made.socket.close()


def test_ready_once_it_listens_and_stopping(make_server, manager):
    server = make_server(env={"NOTIFY_SOCKET": manager.name})
    ready = manager.next()
    assert ready == {"READY": "1", "STATUS": f"Listening on {server.url}"}
    server.stop()
    assert manager.next()["STOPPING"] == "1"


def test_nothing_more_while_nothing_changes(make_server, manager):
    server = make_server(env={"NOTIFY_SOCKET": manager.name})
    manager.next()
    manager.socket.settimeout(3)
    with pytest.raises(TimeoutError):
        manager.next()
    server.assert_alive()


def test_french(make_server, manager):
    server = make_server(env={"NOTIFY_SOCKET": manager.name}, args=["--lang", "fr"])
    assert manager.next()["STATUS"] == f"À l'écoute sur {server.url}"


def test_what_is_not_well_is_in_the_status(binary, manager, tmp_path):
    """Here no directory for data can be made; the server serves on."""
    env = program.environment(tmp_path / "sanitizer", {"NOTIFY_SOCKET": manager.name})
    command = [binary, "serve", "--port", "0", "--data-dir", "/proc/nowhere"]
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        status = manager.until("READY")[0]["STATUS"]
        while "data_dir" not in status:
            status = manager.until("STATUS")[0]["STATUS"]
        url, _, rest = status.removeprefix("Listening on ").partition("; ")
        parts = {part["name"]: part for part in components(url)}
        name, word = rest.split(": ")[0].split()
        assert parts[name]["status"] == word
        assert rest == f"{name} {word}: {parts[name]['reason']}"
        process.terminate()
        assert process.wait(30) == 0
    assert not program.sanitizer_reports(tmp_path / "sanitizer")


def components(url):
    health = httpx.get(f"{url}/health", trust_env=False).json()
    return [{"name": name, **part} for name, part in health["components"].items()]


def test_the_watchdog_hears_of_the_io_thread(make_server, manager):
    make_server(env={"NOTIFY_SOCKET": manager.name, "WATCHDOG_USEC": 200_000})
    manager.until("READY")
    for _ in range(5):
        assert manager.next() == {"WATCHDOG": "1"}


def test_the_watchdog_hears_of_a_server_that_finishes(make_server, manager):
    """A call that takes two seconds is answered after SIGTERM: no reason to be killed for silence."""
    server = make_server(env={"NOTIFY_SOCKET": manager.name, "WATCHDOG_USEC": 200_000})
    with socket.create_connection(("127.0.0.1", server.port)) as client:
        body = b'{"host":"127.0.0.1","count":10}'
        client.sendall(
            b"POST /call/ping_host HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
        )
        # The answer of the next request says that this one was read: one thread does both.
        server.assert_alive()
        os.kill(server.pid, signal.SIGTERM)
        assert manager.until("STOPPING")
        assert manager.next() == {"WATCHDOG": "1"}
        assert client.makefile("rb").readline() == b"HTTP/1.1 200 OK\r\n"
    server.process.wait(30)
    server.stop()


def test_the_watchdog_of_another_process_is_left_alone(make_server, manager):
    server = make_server(env={"NOTIFY_SOCKET": manager.name, "WATCHDOG_USEC": 200_000, "WATCHDOG_PID": 1})
    manager.until("READY")
    server.stop()
    message, others = manager.until("STOPPING")
    assert others == 0, message


@pytest.mark.parametrize(
    "variables, word",
    [
        ({"NOTIFY_SOCKET": "relative/path"}, "NOTIFY_SOCKET"),
        ({"NOTIFY_SOCKET": "/" + "x" * 108}, "NOTIFY_SOCKET"),
        ({"NOTIFY_SOCKET": "@"}, "NOTIFY_SOCKET"),
        ({"NOTIFY_SOCKET": "@nobody", "WATCHDOG_USEC": "soon"}, "WATCHDOG_USEC"),
        ({"NOTIFY_SOCKET": "@nobody", "WATCHDOG_USEC": "-1"}, "WATCHDOG_USEC"),
    ],
)
def test_what_no_manager_sets_is_refused(cli, variables, word):
    ended = cli("serve", "--port", "0", env=variables)
    assert ended.code == 2
    assert word in ended.err


def test_a_manager_that_is_gone_is_named_in_the_log(make_server, tmp_path):
    server = make_server(env={"NOTIFY_SOCKET": "@mcp-assist-test-nobody"})
    server.assert_alive()
    server.stop()
    assert "event=notify" in server.stderr
