"""Behind a proxy: whom the log and the limits take for the client, and where the links lead."""

import re
import socket
import time

import httpx
import pytest

TRUST = ("--trusted-proxies", "127.0.0.1,10.0.0.0/8,2001:db8:1::/48")


def clients(server):
    """The clients of the access log, in order."""
    server.stop()
    return re.findall(r"event=request .*?client=(\S+)", server.stderr)


def ask(server, *forwarded, **headers):
    headers = list(headers.items()) + [("X-Forwarded-For", value) for value in forwarded]
    assert server.get("/health", headers=headers).status_code == 200


CHAINS = [
    (["203.0.113.7"], "203.0.113.7"),
    (["203.0.113.7:4711"], "203.0.113.7"),
    (["[2001:db8::7]:4711"], "2001:db8::7"),
    (["2001:db8::7"], "2001:db8::7"),
    (["::ffff:203.0.113.7"], "203.0.113.7"),
    # What the client wrote itself stands to the left.
    (["198.51.100.1, 203.0.113.7"], "203.0.113.7"),
    (["198.51.100.1", "203.0.113.7"], "203.0.113.7"),
    (["198.51.100.1, 203.0.113.7, 10.1.2.3"], "203.0.113.7"),
    (["203.0.113.7, 2001:db8:1:2::3 ,10.9.9.9"], "203.0.113.7"),
    # All trusted: the first of them.
    (["10.0.0.1, 10.0.0.2"], "10.0.0.1"),
    # No address: whoever wrote it is the last one known.
    (["nonsense"], "127.0.0.1"),
    (["203.0.113.7, nonsense, 10.1.2.3"], "10.1.2.3"),
    (["203.0.113.7,"], "127.0.0.1"),
    (["11.0.0.0, 127.0.0.1"], "11.0.0.0"),
    (["1" * 300], "127.0.0.1"),
    ([], "127.0.0.1"),
]


def test_who_is_behind_a_trusted_proxy(make_server):
    server = make_server(args=TRUST)
    for chain, _ in CHAINS:
        ask(server, *chain)
    assert clients(server) == [client for _, client in CHAINS]


def test_nobody_else_is_believed(make_server):
    server = make_server(args=("--trusted-proxies", "10.0.0.0/8,127.0.0.2"))
    for chain, _ in CHAINS:
        ask(server, *chain, Forwarded="for=203.0.113.7")
    assert set(clients(server)) == {"127.0.0.1"}


def test_loopback_means_the_client_not_the_proxy(make_server):
    """A proxy on this machine publishes the server: who comes through it from elsewhere needs a key all the same."""
    key = "handmade-key-0123456789-0123456789"
    server = make_server(args=TRUST, env={"MCP_ASSIST_KEYS": f"ci:{key}"})

    def status(client, **headers):
        return server.get("/tools", headers={"X-Forwarded-For": client} | headers).status_code

    assert server.get("/tools").status_code == 200
    assert status("127.0.0.1") == status("::1") == 200
    # No address is nobody on this machine, and another machine's loopback is its own.
    for chain in ("unknown", "unix:", "", ",", "[::1", "localhost", "203.0.113.7, unknown"):
        assert status(chain) == 401, chain
    assert status("127.0.0.1, 10.1.2.3") == status("::1, 2001:db8:1::1") == 401
    assert status("127.0.0.1, 127.0.0.1") == 200
    assert status("203.0.113.7") == status("10.1.2.3") == status("2001:db8::7") == 401
    assert status("203.0.113.7", Authorization=f"Bearer {key}") == 200
    server.stop()
    keyless = make_server(args=TRUST)
    assert keyless.get("/tools", headers={"X-Forwarded-For": "203.0.113.7"}).status_code == 401
    assert keyless.get("/health", headers={"X-Forwarded-For": "203.0.113.7"}).status_code == 200


def test_the_header_forwarded_is_not_read(make_server):
    server = make_server(args=TRUST)
    ask(server, Forwarded="for=203.0.113.7")
    assert clients(server) == ["127.0.0.1"]


def test_over_ipv6(make_server):
    server = make_server(host="::1", args=("--trusted-proxies", "::1"))
    ask(server, "203.0.113.7")
    assert clients(server) == ["203.0.113.7"]


def test_an_ipv4_proxy_of_a_server_on_both(make_server):
    server = make_server(host="::", args=("--trusted-proxies", "127.0.0.0/8", "--auth", "none-i-understand"))
    with socket.create_connection(("127.0.0.1", server.port)) as peer:
        peer.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: 203.0.113.7\r\n\r\n")
        assert peer.recv(100).startswith(b"HTTP/1.1 200")
    assert clients(server) == ["203.0.113.7"]


@pytest.mark.parametrize("text", ["10.0.0.0/33", "10.0.0/8", "example", "::/129", "10.0.0.0/", "10.0.0.0/-1", "/8"])
def test_wrong_networks(cli, text):
    done = cli("serve", "--port", "0", "--trusted-proxies", text)
    assert done.code == 2 and text in done.err and "ADDRESS/PREFIX" in done.err


def test_beneath_a_path(make_server):
    server = make_server(args=("--base-path", "/assist"))
    for base in ("/assist", ""):  # a proxy may pass the prefix on, or take it off
        assert server.get(f"{base}/health").status_code == 200
        links = server.get(f"{base}/", headers={"Accept": "application/json"}).json()["links"]
        assert links["mcp"] == "/assist/mcp" and all(link.startswith("/assist/") for link in links.values())
        assert server.get(f"{base}/openapi.json").json()["servers"] == [{"url": "/assist"}]
        assert server.post(f"{base}/call/calculator", json={"expression": "1+1"}).json()["value"] == 2
        ping = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
        assert server.post(f"{base}/mcp", json=ping).json()["id"] == 1
        assert server.get(f"{base}/tools/system-info?section=general").status_code == 200
    moved = server.get("/assist", follow_redirects=False)
    assert moved.status_code == 308 and moved.headers["Location"] == "/assist/"
    moved = server.get("/assist?x=1&y=%20", follow_redirects=False)
    assert moved.status_code == 308 and moved.headers["Location"] == "/assist/?x=1&y=%20"
    for path in ("/docs", "/redoc"):
        for base in ("/assist", ""):
            moved = server.get(f"{base}{path}/", follow_redirects=False)
            assert moved.status_code == 308 and moved.headers["Location"] == f"/assist{path}"
    for path in ("/assistant/health", "/assist/assist/health", "/Assist/health"):
        assert server.get(path).status_code == 404


def test_the_links_of_pages_stay_beneath_the_path(make_server):
    server = make_server(args=("--base-path", "/assist"))
    url = httpx.URL(server.url + "/assist/")
    page = server.get("/assist/", headers={"Accept": "text/html"})
    assert page.headers["Content-Type"].startswith("text/html")
    found = re.findall(r'(?:href|src)="([^"#]+)"', page.text)
    assert found
    for link in found:
        target = url.join(link)
        if target.host == url.host:
            assert target.path.startswith("/assist/") and server.get(target.path).status_code == 200


def test_keys_are_asked_for_beneath_the_path_too(make_server):
    env = {"MCP_ASSIST_KEYS": "ci:handmade-key-0123456789-0123456789"}
    server = make_server(args=("--base-path", "/assist", "--auth", "keys"), env=env)
    assert server.get("/assist/health").status_code == 200
    for path in ("/assist/tools", "/tools", "/assist/nothing"):
        assert server.get(path).status_code == 401
    assert server.post("/assist/mcp").json()["error"]["code"] == -32600


@pytest.mark.parametrize("text", ["assist", "/", "/assist/", "/a//b", "/a b", "/é", "/a?b", '/"', "/.", "/../x", "/a/..",
                                  "/mcp", "/tools", "/tools/calculator", "/assets"])
def test_wrong_base_paths(cli, text):
    done = cli("serve", "--port", "0", "--base-path", text)
    assert done.code == 2 and "accepted" in done.err


@pytest.mark.parametrize("text", ["/mcp2", "/it/mcp", "/...", "/.well-known", "/a..b/.c"])
def test_base_paths_that_only_look_like_wrong_ones(make_server, text):
    assert make_server(args=("--base-path", text)).get(f"{text}/health").status_code == 200


@pytest.mark.parametrize("text", ["*", "*.example.org", "example.org:8080", "http://example.org", "::1", "a b", "a/b"])
def test_wrong_allowed_hosts(cli, text):
    done = cli("serve", "--port", "0", "--allowed-hosts", text)
    assert done.code == 2 and text in done.err and "whole host names" in done.err


def test_the_welcome_names_what_can_be_opened_here(make_server):
    server = make_server(args=["--base-path", "/assist", "--auth", "none-i-understand"], host="0.0.0.0")
    text = wait_for_output(server, "Any other client")
    assert f"Listening on http://0.0.0.0:{server.port}\n" in text
    page = f"http://127.0.0.1:{server.port}/assist"
    assert f"{page}/mcp" in text and httpx.get(f"{page}/health", trust_env=False).status_code == 200


def wait_for_output(server, words, timeout=30):
    end = time.monotonic() + timeout
    while words not in "".join(server.output):
        assert time.monotonic() < end, server.output
        time.sleep(0.01)
    return "".join(server.output)
