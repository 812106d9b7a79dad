"""check_service without systemd (trees of OpenRC and SysV, no manager at all) and with a bus that does not answer. The
real systemd is in tests/system/test_systemd_units.py."""

import os
import socket
import subprocess
import threading

import pytest

from harness.server import CallFault


def write(root, path, text="", mode=0o644):
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    file.chmod(mode)


def script(root, name, text=""):
    write(root, f"etc/init.d/{name}", f"#!/bin/sh\n{text}", 0o755)


@pytest.fixture
def tree(tmp_path):
    root = tmp_path / "root"
    root.mkdir()
    return root


@pytest.fixture
def ask(make_server, tree):
    def call(*names, lang=None, **config):
        call.server = make_server(config={"check_service": config or {"root": tree}})
        return call.server.call_tool("check_service", {"name": names[0] if len(names) == 1 else list(names)}, lang=lang)

    return call


def test_no_manager_is_a_result(ask):
    assert ask("ssh") == {"name": "ssh", "found": False, "manager": "none"}
    assert "no service manager" in ask.server.call_text("check_service", {"name": "ssh"}, lang="en")
    assert "aucun gestionnaire de services" in ask.server.call_text("check_service", {"name": "ssh"}, lang="fr")


def test_openrc(ask, tree):
    # a process that lives, seen through the tree's /proc
    process = subprocess.Popen(["sleep", "1000"])
    try:
        (tree / "proc").symlink_to("/proc")
        script(tree, "nginx", 'description="Web été"\n')
        script(tree, "cron")
        write(tree, "run/openrc/started/nginx")
        write(tree, "run/openrc/failed/cron")
        write(tree, "run/openrc/daemons/nginx/001", "exec=/usr/sbin/nginx\npidfile=/run/nginx/own.pid\n")
        write(tree, "run/nginx/own.pid", f"{process.pid}\n")
        write(tree, "etc/runlevels/default/nginx")
        both = ask("nginx.service", "cron", "ngin")
        assert both["manager"] == "openrc"
        nginx, cron, unknown = both["targets"]
        assert nginx["description"] == "Web été"
        assert (nginx["active_state"], nginx["enabled"], nginx["main_pid"]) == ("active", "enabled", process.pid)
        assert (cron["active_state"], cron["enabled"]) == ("failed", "disabled")
        assert "main_pid" not in cron
        assert unknown["found"] is False
        assert unknown["similar"] == ["nginx"]
    finally:
        process.kill()
        process.wait()


def test_sysv(ask, tree):
    process = subprocess.Popen(["sleep", "1000"])
    (tree / "proc").symlink_to("/proc")
    write(tree, "etc/inittab", "id:2:initdefault:\n")
    script(tree, "atd", "# Short-Description: Deferred execution\n")
    write(tree, "etc/rc2.d/S01atd")
    write(tree, "run/atd.pid", f"{process.pid}\n")
    running = ask("atd")
    process.kill()
    process.wait()
    dead = ask("atd")
    assert running["manager"] == "sysv"
    assert (running["active_state"], running["enabled"], running["main_pid"]) == ("active", "enabled", process.pid)
    assert running["description"] == "Deferred execution"
    assert running["since"]
    assert dead["active_state"] == "failed"
    assert "main_pid" not in dead


@pytest.mark.parametrize("name", ["", "a b", "../../etc/passwd", "*", "a\nb", "x" * 256, "-rf --", [], ["ok", "not ok"]])
def test_bad_names(server, name):
    with pytest.raises(CallFault) as fault:
        server.call_tool("check_service", {"name": name})
    assert fault.value.status == 400
    assert any("name" in error["pointer"] for error in fault.value.problem["errors"])


def test_too_many(server):
    with pytest.raises(CallFault) as fault:
        server.call_tool("check_service", {"name": [f"s{n}" for n in range(33)]})
    assert fault.value.status == 400


def test_no_bus(ask, tmp_path):
    with pytest.raises(CallFault) as fault:
        ask("ssh", bus_address=f"unix:path={tmp_path}/nothing")
    assert fault.value.status == 422
    assert "nothing" in fault.value.problem["detail"]


class SilentBus:
    """Takes connections and reads what comes, without an answer."""

    def __init__(self, path):
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        self.listener.listen()
        self.gone = threading.Event()
        self.came = threading.Event()
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            self.came.set()
            while peer.recv(4096):
                pass
            peer.close()
            self.gone.set()

    def close(self):
        self.listener.close()


@pytest.fixture
def silent_bus(tmp_path):
    # the address of a UNIX socket has room for 107 bytes
    path = f"/tmp/mcpt-bus-{os.getpid()}"
    bus = SilentBus(path)
    bus.address = f"unix:path={path}"
    yield bus
    bus.close()
    os.unlink(path)


def test_a_silent_bus_times_out(ask, silent_bus):
    with pytest.raises(CallFault) as fault:
        ask("ssh", bus_address=silent_bus.address)
    assert fault.value.status == 504
    assert silent_bus.gone.wait(10)
    ask.server.assert_alive()


def test_a_leaving_client_ends_the_wait(make_server, silent_bus):
    server = make_server(config={"check_service": {"bus_address": silent_bus.address}})
    body = b'{"name": "ssh"}'
    with socket.create_connection(("127.0.0.1", server.port)) as client:
        client.sendall(
            b"POST /call/check_service HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
        )
        assert silent_bus.came.wait(10)
        assert not silent_bus.gone.is_set()
    assert silent_bus.gone.wait(8), "the call went on without its caller"
    server.assert_alive()
