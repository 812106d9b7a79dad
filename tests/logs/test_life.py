"""What the log says of the start, the settings and the end."""

import getpass
import os
import signal
import subprocess

import pytest

from harness import program
from logread import events_of, named, own_events


def test_start_settings_and_end(make_server, cli):
    with make_server(args=("--threads", "4"), env={"LOG_LEVEL": "INFO"}, config={"read_file": {"roots": "/tmp"}}) as server:
        pass
    events = events_of(server.stderr)
    start = events[0]
    assert start["event"] == "start" and start["face"] == "http" and start["url"] == server.url
    assert start["version"] == cli("version").out.split()[1]
    assert int(start["pid"]) == server.pid and start["user"] == getpass.getuser()
    assert start["data_dir"] == str(server.data)
    settings = {one["name"]: (one["value"], one["origin"]) for one in named(server.stderr, "setting")}
    assert settings["threads"] == ("4", "flag --threads")
    assert settings["log_level"] == ("INFO", "environment LOG_LEVEL")
    value, origin = settings["read_file.roots"]
    assert value == "/tmp" and origin.endswith(".conf, line 2")
    assert "body_max_bytes" not in settings
    stopping, stop = own_events(server.stderr)[-2:]  # a database may be ready only now
    assert (stopping["event"], stopping["signal"]) == ("stopping", "TERM")
    assert (stop["event"], stop["reason"], stop["signal"]) == ("stop", "signal", "TERM")
    assert float(stop["uptime_s"]) >= 0


def test_interrupt(make_server):
    server = make_server()
    server.stop(signal.SIGINT)
    assert named(server.stderr, "stop")[0]["signal"] == "INT"


def test_stdio_ends_with_its_input(stdio):
    with stdio() as pipe:
        pipe.initialize()
    assert events_of(pipe.stderr)[0]["face"] == "stdio"
    assert named(pipe.stderr, "stop")[0]["reason"] == "end of input"


def test_stdio_ends_with_a_signal(stdio):
    with stdio() as pipe:
        pipe.initialize()
        os.kill(pipe.pid, signal.SIGTERM)
        pipe.process.wait(30)
    assert named(pipe.stderr, "stop")[0]["signal"] == "TERM"


def test_stdio_ends_with_its_client(binary, tmp_path):
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [binary, "stdio", "--data-dir", tmp_path / "data"],
        env=program.environment(tmp_path / "sanitizer"),
        input=b'{"jsonrpc":"2.0","id":9,"method":"ping"}\n',
        stdout=writing,
        stderr=subprocess.PIPE,
        timeout=30,
        check=False,
    )
    os.close(writing)
    assert done.returncode == 0
    assert named(done.stderr.decode(), "stop")[0]["reason"] == "the client is gone"


def test_a_call_from_the_shell_is_quiet(cli):
    assert cli("call", "calculator", "1").err == ""
    done = cli("call", "calculator", "1", "--log-level", "info", "--log-format", "json")
    assert [one["event"] for one in own_events(done.err)] == ["call"]


@pytest.mark.skipif(os.geteuid() != 0, reason="serving as somebody else needs root")
def test_the_file_belongs_to_whom_we_serve_as(make_server, tmp_path):
    """Opened after root is given up, so that it can be opened again."""
    folder = tmp_path / "logs"
    folder.mkdir()
    folder.chmod(0o777)
    for parent in folder.parents:
        if not parent.stat().st_mode & 0o001:
            parent.chmod(0o711)
    with make_server(args=("--user", "nobody", "--log-file", folder / "a.log")) as server:
        assert named(folder / "a.log", "start")[0]["user"] == "nobody"
        assert (folder / "a.log").stat().st_uid != 0
    assert server.stderr == "" and program.sanitizer_reports(server.reports) == ""
