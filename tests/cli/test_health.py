"""`mcp-assist health`: what it says of a server that is well, is not, or is none."""

import contextlib
import json
import socket
import threading

import pytest


class Peer:
    """A listener on loopback that does with each connection what the test says."""

    def __init__(self, serve, family=socket.AF_INET, host="127.0.0.1"):
        self.serve = serve
        self.heads = []
        self.listener = socket.socket(family)
        self.listener.bind((host, 0))
        self.listener.listen(8)
        self.port = self.listener.getsockname()[1]
        self.url = f"http://{f'[{host}]' if ':' in host else host}:{self.port}"
        self.over = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                with connection, contextlib.suppress(OSError):
                    head = b""
                    while b"\r\n\r\n" not in head:
                        more = connection.recv(4096)
                        if not more:
                            break
                        head += more
                    self.heads.append(head.decode())
                    self.serve(self, connection)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.over.set()
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


def says(body, status="200 OK", length=None):
    """A peer's answer."""
    text = body if isinstance(body, str) else json.dumps(body)
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\n"
    head += "" if length is None else f"Content-Length: {length}\r\n"
    return lambda peer, connection: connection.sendall((head + "\r\n" + text).encode())


def report(status, **parts):
    return {"status": status, "version": "0.1.0", "uptime_s": 12, "components": parts}


WORKERS = {"status": "degraded", "reason": "2 workers hang", "since": "2026-11-27T10:00:00.000Z"}


def test_no_answer_commands_the_terminal(cli):
    """A part's name and words come from whoever answers: a page title, a cleared screen, a line that looks like ours."""
    foreign = report("degraded", **{"a\x1b[31m": {"status": "failing", "reason": "x\x1b[2J\nb\x9b1m é", "since": "\x07"}})
    with Peer(says(foreign | {"version": "1\x1b]0;pwn\x07"})) as peer:
        done = cli("health", "--url", peer.url)
    assert done.code == 0
    assert done.out.splitlines()[0].startswith("degraded (version 1?]0;pwn?,")
    assert done.out.splitlines()[1:] == ["  a?[31m: failing since ?: x?[2J?b??1m é"]

def test_ok(cli, server):
    done = cli("health", "--url", server.url)
    assert done.code == 0 and done.err == ""
    assert done.out.startswith("ok (version ")
    assert cli("health", f"--url={server.url}/", "--lang", "fr").out.startswith("ok (version ")
    assert cli("health", "--url", f"{server.url}/health").code == 0


def test_the_url_comes_from_the_settings(cli, server, tmp_path):
    assert cli("health", "--port", server.port).code == 0
    assert cli("health", env={"PORT": server.port}).code == 0
    assert cli("health", env={"PORT": server.port, "HOST": "0.0.0.0"}).code == 0
    config = tmp_path / "x.conf"
    config.write_text(f"[server]\nport = {server.port}\nhost = localhost\n")
    assert cli("health", "--config", config).code == 0
    assert cli("health", env={"MCP_ASSIST_CONFIG": config}).code == 0


def test_ipv6(cli, make_server):
    server = make_server(host="::1")
    assert cli("health", "--host", "::1", "--port", server.port).code == 0
    assert cli("health", "--host", "::", "--port", server.port).code == 0
    assert cli("health", "--url", server.url).code == 0


def test_json_is_what_the_server_says(cli, server):
    done = cli("health", "--url", server.url, "--json")
    told, asked = done.json, server.get("/health").json()
    assert done.code == 0 and told.pop("uptime_s") <= asked.pop("uptime_s") and told == asked


def test_degraded_is_told_and_passes(cli):
    with Peer(says(report("degraded", workers=WORKERS, store={"status": "ok", "since": "x"}))) as peer:
        done = cli("health", "--url", peer.url)
        assert done.code == 0 and done.out.splitlines() == [
            "degraded (version 0.1.0, up for 12 s)",
            "  workers: degraded since 2026-11-27T10:00:00.000Z: 2 workers hang",
        ]
        french = cli("health", "--url", peer.url, env={"LANG": "fr_FR.UTF-8"})
        assert french.code == 0 and french.out.splitlines() == [
            "dégradé (version 0.1.0, en marche depuis 12 s)",
            "  workers : dégradé depuis 2026-11-27T10:00:00.000Z : 2 workers hang",
        ]
        assert cli("health", "--url", peer.url, "--json").json["status"] == "degraded"
        assert peer.heads[0].startswith("GET /health HTTP/1.0\r\n")


def test_failing(cli):
    part = WORKERS | {"status": "failing"}
    with Peer(says(report("failing", workers=part), "503 Service Unavailable")) as peer:
        done = cli("health", "--url", peer.url)
        assert done.code == 1 and done.out.startswith("failing") and "2 workers hang" in done.out
        assert "en panne" in cli("health", "--url", peer.url, "--lang", "fr").out
        done = cli("health", "--url", peer.url, "--json")
        assert done.code == 1 and done.json["status"] == "failing"


def test_dead_port(cli):
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # bound, not listening
        url = f"http://127.0.0.1:{held.getsockname()[1]}"
        done = cli("health", "--url", url)
        assert done.code == 1 and done.out == "" and url in done.err and "refused" in done.err
        assert "refusée" in cli("health", "--url", url, "--lang", "fr").err
        done = cli("health", "--url", url, "--json")
        assert done.code == 1 and done.err == "" and done.json["status"] == "unreachable"
        assert done.json["url"] == url


def drip(peer, connection):
    """A byte now and then, so that no single wait is long: only the deadline of the whole ends it."""
    for _ in iter(lambda: peer.over.wait(0.2), True):
        connection.sendall(b"H")


@pytest.mark.parametrize("serve", [lambda peer, connection: peer.over.wait(), drip], ids=["silent", "drip"])
def test_slow_server(cli, serve):
    with Peer(serve) as peer:
        done = cli("health", "--url", peer.url, timeout=9)  # a container's check has 10 s
        assert done.code == 1 and "5 s" in done.err


NOT_OURS = {
    "nothing": lambda peer, connection: None,
    "no HTTP": lambda peer, connection: connection.sendall(b"220 mail.example ESMTP\r\n"),
    "half a head": lambda peer, connection: connection.sendall(b"HTTP/1.1 200 OK\r\nX: "),
    "half a body": says('{"status":"ok"}', length=100),
    "not found": says({"status": "ok"}, "404 Not Found"),
    "no JSON": says("<html>ok</html>"),
    "no object": says('["ok"]'),
    "other words": says({"status": "UP"}),
    "no text": says({"status": 1}),
    "too much": says(" " * (1 << 20) + '{"status":"ok"}'),
}


@pytest.mark.parametrize("serve", NOT_OURS.values(), ids=NOT_OURS.keys())
@pytest.mark.parametrize("flags", [(), ("--json",)], ids=["text", "json"])
def test_something_else_answers(cli, serve, flags):
    with Peer(serve) as peer:
        done = cli("health", "--url", peer.url, *flags)
        assert done.code == 1
        assert done.json["status"] == "unreachable" if flags else (done.out == "" and peer.url in done.err)


def test_a_length_ends_the_body(cli):
    body = json.dumps(report("ok"))
    with Peer(says(body + "garbage", length=len(body))) as peer:
        assert cli("health", "--url", peer.url).code == 0


def test_a_report_that_lacks_things(cli):
    with Peer(says({"status": "degraded", "components": {"x": {"status": "failing"}, "y": 1}})) as peer:
        done = cli("health", "--url", peer.url)
        assert done.code == 0 and "x: failing" in done.out


WRONG_URLS = [
    "", "health", "127.0.0.1:8000", "ftp://127.0.0.1/", "https://127.0.0.1/", "http://", "http:///health",
    "http://user@127.0.0.1/", "http://127.0.0.1:0/", "http://127.0.0.1:65536/", "http://127.0.0.1:x/",
    "http://127.0.0.1:/", "http://[::1/", "http://127.0.0.1/a b", "http://127.0.0.1/\r\nX: y", "http://127.0.0.1#x",
    "http://[::1]x/", "http://" + "a" * 300, "http://127.0.0.1/" + "a" * 2000, "http://127.0.0.1?x",
]  # fmt: skip


@pytest.mark.parametrize("url", WRONG_URLS, ids=[repr(url[:40]) for url in WRONG_URLS])
def test_wrong_url(cli, url):
    done = cli("health", "--url", url)
    assert done.code == 2 and done.out == "" and "http://host[:port][/path]" in done.err
    assert "http://hôte" in cli("health", "--url", url, "--lang", "fr").err


def test_no_such_name(cli):
    assert cli("health", "--url", "http://bad..name/").code == 1


@pytest.mark.parametrize("words", [("--url",), ("--nonsense",), ("extra",), ("--port", "many")])
def test_wrong_flags(cli, words):
    done = cli("health", *words)
    assert done.code == 2 and done.out == "" and done.err.startswith("mcp-assist: ")
