"""The gateway: a real nginx with packaging/nginx/gateway.conf in front of the real server, over TLS."""

import contextlib
import http.server
import json
import re
import signal
import socket
import ssl
import subprocess
import threading
import time

import httpx
import pytest

from harness.ports import free_port
from harness.program import ROOT

CONFIG = ROOT / "packaging/nginx/gateway.conf"
PING = {"host": "127.0.0.1", "count": 100, "interval_ms": 1000}


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("certs")
    words = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost".split()
    words += ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", folder / "server.key"]
    subprocess.run([*words, "-out", folder / "server.crt"], check=True, capture_output=True)
    return folder


def written(folder, certificate, places):
    """The file with these in place of what only exists among containers. In one pass: a path may hold another's name."""
    places = places | {"/etc/nginx/certs": certificate, "/tmp/": f"{folder}/"}
    text = CONFIG.read_text(encoding="utf-8")
    assert not [place for place in places if place not in text]
    text = re.sub("|".join(map(re.escape, places)), lambda match: str(places[match[0]]), text)
    file = folder / "gateway.conf"
    file.write_text(text, encoding="utf-8")
    return file


class Gateway:
    """nginx with the file as it is, but for the names that only exist among containers."""

    def __init__(self, folder, certificate, upstream):
        self.port = free_port()
        places = {
            "mcp-server:8000": f"127.0.0.1:{upstream}",
            "listen 8443 ": f"listen 127.0.0.1:{self.port} ",
            "/dev/stdout": folder / "access.log",
        }
        self.file = written(folder, certificate, places)
        self.log = folder / "error.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                ["nginx", "-p", folder, "-c", self.file, "-g", "daemon off;"], stdout=log, stderr=log
            )
        context = ssl.create_default_context(cafile=certificate / "server.crt")
        self.url = f"https://localhost:{self.port}"
        self.client = httpx.Client(base_url=self.url, verify=context, trust_env=False, timeout=60)
        self.context = context
        end = time.monotonic() + 20
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            assert self.process.poll() is None and time.monotonic() < end, self.log.read_text()
            time.sleep(0.05)

    def stop(self):
        self.client.close()
        self.process.send_signal(signal.SIGQUIT)
        try:
            assert self.process.wait(20) == 0
        finally:
            self.process.kill()


@pytest.fixture
def gateway(tmp_path, certificate):
    """gateway(port): a Gateway in front of that port."""
    with contextlib.ExitStack() as stack:

        def start(upstream):
            folder = tmp_path / "nginx"
            folder.mkdir()
            started = Gateway(folder, certificate, upstream)
            stack.callback(started.stop)
            return started

        yield start


@pytest.fixture
def echo():
    """A server that answers with the headers it was sent; yields its port."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            body = json.dumps({name.lower(): value for name, value in self.headers.items()}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def test_nginx_accepts_the_file(tmp_path, certificate):
    """Every word of it; names of containers are not there to be looked up."""
    file = written(tmp_path, certificate, {"mcp-server:8000": "127.0.0.1:1"})
    done = subprocess.run(["nginx", "-t", "-p", tmp_path, "-c", file], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "[warn]" not in done.stderr


def test_every_face_through_it(gateway, make_server):
    front = gateway(make_server().port)
    assert front.client.get("/health").json()["status"] == "ok"
    assert len(front.client.get("/tools").json()["tools"]) == 12
    done = front.client.post("/tools/calculator", json={"expression": "6 * 7"})
    assert done.json()["value"] == 42
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    assert len(front.client.post("/mcp", json=message).json()["result"]["tools"]) == 12


def test_security_headers_on_every_answer(gateway, make_server):
    front = gateway(make_server().port)
    for path, status in (("/health", 200), ("/no-such", 404), ("/metrics", 404), ("/stats", 404)):
        answer = front.client.get(path)
        assert answer.status_code == status, path
        assert "max-age=" in answer.headers["strict-transport-security"]
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert re.fullmatch("nginx", answer.headers["server"])  # no version


def test_figures_stay_behind_it(gateway, make_server):
    """Under no spelling that the server takes for one of the two paths."""
    server = make_server(args=("--base-path", "/assist"))
    front = gateway(server.port)
    assert front.client.get("/assist/tools").status_code == 200
    for name in ("metrics", "stats"):
        assert server.get(f"/assist/{name}").status_code == 200
        for path in (f"/{name}", f"/assist/{name}", f"/assist%2F{name}", f"/assist/%{ord(name[0]):x}{name[1:]}", f"/x/../{name}"):
            with socket.create_connection(("127.0.0.1", front.port)) as plain:
                stream = front.context.wrap_socket(plain, server_hostname="localhost")
                stream.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
                assert stream.recv(100).startswith(b"HTTP/1.1 404 "), path


def test_old_protocols_are_refused(gateway, make_server):
    front = gateway(make_server().port)
    words = ["openssl", "s_client", "-connect", f"127.0.0.1:{front.port}", "-tls1_1", "-cipher", "ALL:@SECLEVEL=0"]
    done = subprocess.run(words, input=b"", capture_output=True, timeout=20, check=False)
    assert done.returncode != 0
    done = subprocess.run([*words[:4], "-tls1_2"], input=b"", capture_output=True, timeout=20, check=False)
    assert done.returncode == 0


def test_what_a_client_claims_about_itself_is_not_passed_on(gateway, echo):
    front = gateway(echo)
    lies = {"X-Forwarded-For": "10.1.2.3", "X-Forwarded-Proto": "http", "X-Forwarded-Host": "evil.example"}
    sent = front.client.get("/", headers=lies | {"Forwarded": "for=10.1.2.3", "Authorization": "Bearer kept"}).json()
    assert sent["x-forwarded-for"] == "127.0.0.1"
    assert sent["x-forwarded-proto"] == "https"
    assert sent["host"] == sent["x-forwarded-host"] == f"localhost:{front.port}"
    assert "forwarded" not in sent
    assert sent["authorization"] == "Bearer kept"


def test_the_server_learns_who_is_behind_the_gateway(gateway, make_server):
    server = make_server(args=("--trusted-proxies", "127.0.0.1"))
    front = gateway(server.port)
    transport = httpx.HTTPTransport(verify=front.context, local_address="127.0.0.5")
    with httpx.Client(transport=transport, base_url=front.url.replace("localhost", "127.0.0.1")) as client:
        assert client.get("/tools", headers={"X-Forwarded-For": "10.1.2.3"}).status_code == 200
    wait_for(server, "client=127.0.0.5")
    assert "10.1.2.3" not in server.stderr


def test_a_foreign_host_is_refused_by_the_server_behind(gateway, make_server):
    front = gateway(make_server().port)
    assert front.client.get("/tools", headers={"Host": "evil.example"}).status_code == 403


def wait_for(server, words):
    end = time.monotonic() + 30
    while words not in server.stderr:
        assert time.monotonic() < end, server.stderr
        time.sleep(0.05)


def test_events_come_as_they_are_said_and_leaving_stops_the_call(gateway, make_server):
    """The call would take 100 s: its first event is here long before, or this test runs out of time."""
    server = make_server()
    front = gateway(server.port)
    params = {"name": "ping_host", "arguments": PING, "_meta": {"progressToken": 1}}
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    headers = {"Accept": "text/event-stream, application/json"}
    with front.client.stream("POST", "/mcp", json=message, headers=headers) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        event = next(line for line in answer.iter_lines() if line.startswith("data:") and line[5:].strip())
        assert json.loads(event[5:])["method"] == "notifications/progress"
    wait_for(server, "outcome=cancelled")


def test_too_many_requests_are_told_to_slow_down(gateway, make_server):
    front = gateway(make_server().port)
    for _ in range(2000):
        answer = front.client.get("/tools/disk-usage/none")
        if answer.status_code == 429:
            break
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "1"
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == 429
    assert "max-age=" in answer.headers["strict-transport-security"]
    assert front.client.get("/health").status_code == 200  # which is not limited


def test_a_body_that_is_too_large(gateway, make_server):
    front = gateway(make_server().port)
    assert front.client.post("/tools/calculator", content=b"x" * (1024 * 1024 + 1)).status_code == 413
